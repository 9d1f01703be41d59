/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of what is said of wrong plans that count time by instructions, of series and limits by name. */
#include "plan-wrong.h"

/* Six lines that let a machine be one of a series. */
#define LOCKSTEP "[machine]\ntime=lockstep\npcpus=4\nmemory=6G\n[dom0]\nvcpus=2\n"

static const Wrong wrong[] = {
    {"lockstep-pcpus", "[machine]\ntime=lockstep\npcpus=9\n[dom0]\nvcpus=8\n", NULL,
     "a.plan:3: machine.pcpus: machine.time lockstep needs a pCPU for each of dom0's 8 vCPUs, one "
     "for the domUs and one for the metronome; set machine.pcpus to 10 or more"},
    {"count-pcpus", "[machine]\ntime=count\npcpus=2\n", NULL,
     "a.plan:3: machine.pcpus: machine.time count is repeatable on one pCPU alone, and contention "
     "is "
     "lockstep's subject; set machine.pcpus to 1, or machine.time to lockstep"},
    {"count-pvh", "[machine]\ntime=count\npcpus=1\n[dom0]\nvcpus=1\n[guests]\nmode=pvh\n", NULL,
     "a.plan:7: guests.mode: machine.time count needs guests.mode pv; set it so, or machine.time "
     "to "
     "real"},
    {"bound-name", "[limits]\nmetric.a b=1\n", NULL,
     "a.plan:2: limits.metric.a b: \"a b\" is no figure's name; write metric.NAME with NAME as a "
     "report in JSON has it, e.g. metric.instructions.xen"},
    {"bound-value", "[limits]\nmetric.instructions.xen=5k\n", NULL,
     "a.plan:2: limits.metric.instructions.xen: \"5k\" is no limit; write the most that the figure "
     "may be, a number from 0 on, in the figure's own unit, e.g. 520000 or 1.5"},
    {"bound-set", NULL, "limits.metric.instructions=-1",
     "--set limits.metric.instructions=-1: \"-1\" is no limit; write the most that the figure may "
     "be, a number from 0 on, in the figure's own unit, e.g. 520000 or 1.5"},
    {"lockstep-linux", "[machine]\ntime=lockstep\npcpus=4\n[guests]\nkind=linux\n", NULL,
     "a.plan:5: guests.kind: machine.time lockstep needs guests.kind stream; set it so, or "
     "machine.time to real"},
    {"lockstep-kvm", "[machine]\ntime=lockstep\npcpus=4\n", "machine.accel=kvm",
     "--set machine.accel=kvm: machine.time lockstep needs machine.accel auto or tcg; set it so, "
     "or "
     "machine.time to real"},
    {"lockstep-slice", "[lockstep]\nslice=11\n", NULL,
     "a.plan:2: lockstep.slice: \"11\" is out of range; write a whole number from 12 to 100000"},
    {"series-real", "[series]\nbuilds=debian:bookworm\n", NULL,
     "a.plan:2: series.builds: a series is of machines in lockstep; set machine.time to lockstep, "
     "or "
     "leave series.builds and series.tuned empty and use `xenrig compare`"},
    {"series-twice", LOCKSTEP "[series]\nbuilds=a b a\n", NULL,
     "a.plan:8: series.builds: \"a\" stands there twice; a series measures each once"},
    {"series-many", LOCKSTEP "[series]\nbuilds=a b c d e\ntuned=a b c d\n", NULL,
     "a.plan:9: series.tuned: 9 builds; a series takes 8 in all, tuned ones included"},
    {"series-order", LOCKSTEP "[series]\ntuned=a\nvcpus=1 4 2\n", NULL,
     "a.plan:9: series.vcpus: 2 follows 4; write numbers of vCPUs in ascending order, "
     "each once"},
    {"series-word", LOCKSTEP "[series]\ntuned=a\n", "series.vcpus=1 two",
     "--set series.vcpus=1 two: \"two\" is no number of vCPUs; write numbers with "
     "spaces between, as 1 2 4 8"},
    {"series-pcpus", LOCKSTEP "[series]\ntuned=a\nvcpus=1 63\n", NULL,
     "a.plan:9: series.vcpus: 63 vCPUs of dom0 and 2 pCPUs beside them are more than "
     "the 64 that a machine has"},
    {"series-none", LOCKSTEP "[series]\ntuned=a\n", "series.vcpus= ",
     "--set series.vcpus= : \"\" is empty; write 1 to 100 bytes of printable text"},
    {"series-long", LOCKSTEP "[series]\ntuned=a\nvcpus=1 2 3 4 5 6 7 8 9\n", NULL,
     "a.plan:9: series.vcpus: 9 numbers of vCPUs; a series takes 1 to 8, as 1 2 4 8"},
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    return plan_wrong_run(wrong, G_N_ELEMENTS(wrong));
}
