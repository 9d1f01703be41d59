/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of what is said of a wrong plan. */
#include "plan-wrong.h"

#define GUEST_KEYS "known: kind, mode, kernel, count, vbds, vcpus, memory"
#define SECTIONS                                                                                   \
    "known: plan, machine, lockstep, count, evtchn, hypervisor, dom0, guests, workload, "          \
    "limits, compare, fault, series"

static const Wrong wrong[] = {
    /* syntax */
    {"no-key", "[guests]\ncount=2\nhello there\n", NULL,
     "a.plan:3: \"hello there\" is neither a section nor a key; write [section], key=value or # "
     "comment"},
    {"open-section", "\n[guests\ncount=2\n", NULL,
     "a.plan:2: \"[guests\" is neither a section nor a key; write [section], key=value or # "
     "comment"},
    {"no-section", "# a plan\ncount=2\n[guests]\n", NULL,
     "a.plan:2: \"count=2\" stands before any section; write a [section] line above it"},
    {"last-line", "[guests]\ncount", NULL,
     "a.plan:2: \"count\" is neither a section nor a key; write [section], key=value or # "
     "comment"},
    {"not-utf8", "[plan]\n\ndescription=\xff\n", NULL,
     "a.plan:3: is not UTF-8 text; save the plan as UTF-8"},
    {"escape", "[plan]\ndescription=a\\q\n", NULL,
     "a.plan:2: plan.description: has a backslash that escapes nothing; write \\\\ for a "
     "backslash"},
    {"terminal", "[guests]\n\033[2J\n", NULL,
     "a.plan:2: \"\\x1b[2J\" is neither a section nor a key; write [section], key=value or # "
     "comment"},
    {"twice", "[guests]\ncount=2\nvbds=1\ncount=3\n", NULL,
     "a.plan:4: guests.count: is there twice, first on line 2; remove one"},
    {"twice-apart", "[guests]\ncount=2\n[dom0]\n[guests]\ncount=2\n", NULL,
     "a.plan:5: guests.count: is there twice, first on line 2; remove one"},

    /* names */
    {"unknown-key", "[guests]\ncuont=3\n", NULL,
     "a.plan:2: guests.cuont: no such key in [guests]; did you mean \"count\"? " GUEST_KEYS},
    {"far-key", "[guests]\nnumber_of_them=3\n", NULL,
     "a.plan:2: guests.number_of_them: no such key in [guests]; " GUEST_KEYS},
    {"other-section", "[guests]\nblock_size=2M\n", NULL,
     "a.plan:2: guests.block_size: no such key in [guests]; did you mean "
     "\"workload.block_size\"? " GUEST_KEYS},
    {"translated", "[guests]\ncount[de]=3\n", NULL,
     "a.plan:2: guests.count[de]: no such key in [guests]; " GUEST_KEYS},
    {"unknown-section", "[guests]\n[guest]\ncount=3\n", NULL,
     "a.plan:2: [guest]: no such section; did you mean \"guests\"? " SECTIONS},
    {"far-section", "[network]\n", NULL, "a.plan:1: [network]: no such section; " SECTIONS},
    {"set-key", NULL, "guests.cuont=3",
     "--set guests.cuont=3: no such key in [guests]; did you mean \"count\"? " GUEST_KEYS},
    {"set-section", NULL, "geusts.count=3",
     "--set geusts.count=3: no such section; did you mean \"guests\"? " SECTIONS},
    {"set-no-dot", NULL, "count=3",
     "--set count=3: write section.key=value, e.g. --set guests.count=4"},
    {"set-no-value", NULL, "guests.count",
     "--set guests.count: write section.key=value, e.g. --set guests.count=4"},
    {"set-late-dot", NULL, "count=3.5",
     "--set count=3.5: write section.key=value, e.g. --set guests.count=4"},

    /* values */
    {"unit", "[workload]\n\n# big\nblock_size = 2X\n", NULL,
     "a.plan:4: workload.block_size: \"2X\" has no unit I know; write bytes as 4096, 64K, 2M, 1G "
     "or 1T"},
    {"no-unit", "[limits]\nboot=180\n", NULL,
     "a.plan:2: limits.boot: \"180\" has no unit; write a time as 100us, 250ms, 30s, 5m or 1h"},
    {"ratio", "[limits]\nsteady_cov=a\n", NULL,
     "a.plan:2: limits.steady_cov: \"a\" is no number; write a ratio as 15% or 0.15"},
    {"ratio-range", "[limits]\nfairness=101%\n", NULL,
     "a.plan:2: limits.fairness: \"101%\" is out of range; write a ratio (15% or 0.15) from 0 to "
     "100%"},
    {"bytes-range", "[workload]\nblock_size=128M\n", NULL,
     "a.plan:2: workload.block_size: \"128M\" is out of range; write bytes (4096, 64K, 2M, 1G, "
     "1T) from 4K to 64M"},
    {"time-range", "[workload]\nsample_interval=1ms\n", NULL,
     "a.plan:2: workload.sample_interval: \"1ms\" is out of range; write a time (250ms, 30s, 5m, "
     "1h) from 20ms to 1m"},
    {"too-many", "[guests]\ncount=65\n", NULL,
     "a.plan:2: guests.count: \"65\" is out of range; write a whole number from 1 to 64"},
    {"too-few", NULL, "guests.count=0",
     "--set guests.count=0: \"0\" is out of range; write a whole number from 1 to 64"},
    {"overflow", NULL, "guests.count=99999999999999999999",
     "--set guests.count=99999999999999999999: \"99999999999999999999\" is out of range; write a "
     "whole number from 1 to 64"},
    {"wrap", NULL, "guests.count=4294967297",
     "--set guests.count=4294967297: \"4294967297\" is out of range; write a whole number from 1 "
     "to 64"},
    {"negative", NULL, "guests.count=-1",
     "--set guests.count=-1: \"-1\" is negative; write a whole number from 1 to 64"},
    {"fraction", NULL, "guests.count=1.5",
     "--set guests.count=1.5: \"1.5\" is no whole number; write a whole number from 1 to 64"},
    {"empty", "[guests]\ncount=\n", NULL,
     "a.plan:2: guests.count: \"\" is empty; write a whole number from 1 to 64"},
    {"comment-behind", "[guests]\ncount=24 # all\n", NULL,
     "a.plan:2: guests.count: \"24 # all\" is no whole number; write a whole number from 1 to 64"},
    {"switch", "[workload]\nverify=maybe\n", NULL,
     "a.plan:2: workload.verify: \"maybe\" is neither yes nor no; write yes or no"},
    {"choice", "[workload]\nbacking=memroy\n", NULL,
     "a.plan:2: workload.backing: \"memroy\" is not known; did you mean \"memory\"? write one of "
     "null, memory, disk"},
    {"far-choice", "[machine]\naccel=hvf\n", NULL,
     "a.plan:2: machine.accel: \"hvf\" is not known; write one of auto, kvm, tcg"},
    {"kind", "[guests]\nkind=netbsd\n", NULL,
     "a.plan:2: guests.kind: \"netbsd\" is not known; write one of stream, linux"},
    {"mode", "[guests]\nmode=hvm\n", NULL,
     "a.plan:2: guests.mode: \"hvm\" is not known; write one of pv, pvh"},
    {"count-grants", NULL, "workload.count_grants=61s",
     "--set workload.count_grants=61s: \"61s\" is out of range; write a time (250ms, 30s, 5m, 1h) "
     "from 0 to 60s"},
    {"queues", NULL, "workload.queues=17",
     "--set workload.queues=17: \"17\" is out of range; write a whole number from 1 to 16"},
    {"name", "[plan]\nname=../../etc\n", NULL,
     "a.plan:2: plan.name: \"../../etc\" is no name; write at most 64 letters, digits and ._+-, a "
     "letter or digit first"},
    {"no-name", "[plan]\nname=\n", NULL,
     "a.plan:2: plan.name: \"\" is empty; write at most 64 letters, digits and ._+-, a letter or "
     "digit first"},
    {"no-build", NULL, "hypervisor.build=",
     "--set hypervisor.build=: \"\" is empty; write 1 to 1000 bytes of printable text"},
    {"control", "[dom0]\ncmdline=quiet\\nevil\n", NULL,
     "a.plan:2: dom0.cmdline: \"quiet\\x0aevil\" holds what cannot be printed; write 0 to 1000 "
     "bytes of printable text"},
    {"set-control", NULL, "dom0.cmdline=a\033b",
     "--set dom0.cmdline=a\\x1bb: \"a\\x1bb\" holds what cannot be printed; write 0 to 1000 bytes "
     "of printable text"},

    /* combinations */
    {"vcpus", "[dom0]\nvcpus=3\n", NULL,
     "a.plan:2: dom0.vcpus: dom0.vcpus 3 is above machine.pcpus 2; lower the one or raise the "
     "other"},
    {"vcpus-set", "[dom0]\nvcpus=2\n", "machine.pcpus=1",
     "--set machine.pcpus=1: dom0.vcpus 2 is above machine.pcpus 1; lower the one or raise the "
     "other"},
    {"pages", NULL, "workload.block_size=5000",
     "--set workload.block_size=5000: workload.block_size 5000 is no multiple of 4K; write e.g. "
     "64K or 2M"},
    {"blocks", "[workload]\nvbd_size=3M\n", NULL,
     "a.plan:2: workload.vbd_size: workload.vbd_size 3M is no whole number of blocks of 2M; change "
     "workload.vbd_size or workload.block_size"},
    {"small-vbd", "[workload]\nvbd_size=2M\n", NULL,
     "a.plan:2: workload.vbd_size: workload.in_flight 2 blocks of 2M are more than the whole VBD "
     "of 2M; lower workload.in_flight or raise workload.vbd_size"},
    {"buffers", "[guests]\nmemory=96M\nkind=linux\n", "guests.vbds=24",
     "--set guests.vbds=24: 24 VBDs with 2 writes of 2M in flight do not fit in guests.memory 96M; "
     "raise guests.memory to 144M, or lower workload.in_flight, workload.block_size or "
     "guests.vbds"},
    {"forgets", "[workload]\nverify=yes\n", NULL,
     "a.plan:2: workload.verify: workload.verify needs a backing that keeps what is written; set "
     "workload.backing to memory or disk"},
    {"disks", "[workload]\nbacking=disk\n[guests]\ncount=25\n", NULL,
     "a.plan:4: guests.count: 25 domUs with 1 VBDs need 25 disks, and the machine has room for 24; "
     "lower guests.count or guests.vbds, or set workload.backing to null or memory"},
    {"disk-rate", "[workload]\ndisk_bytes_per_s=20M\n", NULL,
     "a.plan:2: workload.disk_bytes_per_s: workload.disk_bytes_per_s limits disks, and "
     "workload.backing is null; set it to disk, or workload.disk_bytes_per_s to 0"},
    {"disk-requests", "[workload]\nvbd_size=16M\nbacking=memory\ndisk_requests_per_s=20\n", NULL,
     "a.plan:4: workload.disk_requests_per_s: workload.disk_requests_per_s limits disks, and "
     "workload.backing is memory; set it to disk, or workload.disk_requests_per_s to 0"},
    {"stored", "[workload]\nbacking=memory\n", NULL,
     "a.plan:2: workload.backing: 24 VBDs of 1G kept in memory and 400M for dom0 itself do not fit "
     "in dom0.memory 1280M; raise dom0.memory to 24976M, or lower workload.vbd_size, guests.count "
     "or guests.vbds"},
    {"memory", "[guests]\nmemory=256M\n", NULL,
     "a.plan:2: guests.memory: dom0 with 1280M, 24 domUs with 256M and Xen with 128M do not fit in "
     "machine.memory 6G; raise machine.memory to 7552M, or lower dom0.memory, guests.count or "
     "guests.memory"},
    {"window", NULL, "workload.window=900ms",
     "--set workload.window=900ms: a workload.window of 900ms has no two samples when one comes "
     "every 500ms; lower workload.sample_interval or raise workload.window"},
    {"stall", NULL, "limits.stall=100ms",
     "--set limits.stall=100ms: a standstill of limits.stall 100ms cannot be seen with a sample "
     "every 500ms; lower workload.sample_interval or raise limits.stall"},
    {"silence", NULL, "limits.silence=1s",
     "--set limits.silence=1s: limits.silence 1s is less than 4 samples, one every 500ms; lower "
     "workload.sample_interval or raise limits.silence"},
    {"fault-guest", "[fault]\nkind=destroy-guest\nguest=24\n", NULL,
     "a.plan:3: fault.guest: fault.guest 24 is not among the 24 domUs; write 0 to 23"},
    {"fault-vbd",
     "[guests]\ncount=2\n[workload]\nbacking=memory\nvbd_size=16M\nverify=yes\n[fault]\n"
     "kind=corrupt-block\nvbd=1\n",
     NULL, "a.plan:9: fault.vbd: fault.vbd 1 is not among the 1 VBDs of a domU; write 0 to 0"},
    {"fault-unseen", "[fault]\nkind=corrupt-block\n", NULL,
     "a.plan:2: fault.kind: fault.kind corrupt-block is seen only by workload.verify; set it to "
     "yes and workload.backing to memory or disk"},
    {"compare-order", NULL, "compare.runs_min=30",
     "--set compare.runs_min=30: compare.runs_min 30 is above compare.runs_max 20; lower the one "
     "or "
     "raise the other"},
    {"compare-few", "[compare]\nruns_max=6\n", NULL,
     "a.plan:2: compare.runs_max: even if all 6 runs of one build are above all of the other, "
     "chance does that in 0.22 % of comparisons, and compare.false_different allows 0.1%; raise "
     "compare.runs_max to 7, or compare.false_different"},
    {"compare-strict", "[compare]\nfalse_same=0.01%\nruns_max=7\n", NULL,
     "a.plan:3: compare.runs_max: even if all 7 runs of one build are above all of the other, "
     "chance does that in 0.029 % of comparisons, and compare.false_same allows 0.01%; raise "
     "compare.runs_max to 8, or compare.false_same"},
    {"fault-after", "[fault]\nkind=silence\nafter=15s\n", NULL,
     "a.plan:3: fault.after: fault.after 15s comes too late: the windows last 15s; lower "
     "fault.after"},

    /* what domUs of a kind can do */
    {"linux-reads", "[guests]\nkind=linux\n", "workload.read_share=10%",
     "--set workload.read_share=10%: workload.read_share is known to domUs of kind stream only, "
     "and "
     "guests.kind is linux; set it to stream, or workload.read_share to 0"},
    {"linux-order", "[workload]\norder=random\n", "guests.kind=linux",
     "--set guests.kind=linux: workload.order is known to domUs of kind stream only, and "
     "guests.kind is linux; set it to stream, or workload.order to stream"},
    {"linux-flush", "[workload]\nflush_every=5\n[guests]\nkind=linux\n", NULL,
     "a.plan:2: workload.flush_every: workload.flush_every is known to domUs of kind stream only, "
     "and guests.kind is linux; set it to stream, or workload.flush_every to 0"},
    {"linux-discard", "[workload]\ndiscard_every=5\n[guests]\nkind=linux\n", NULL,
     "a.plan:2: workload.discard_every: workload.discard_every is known to domUs of kind stream "
     "only, and guests.kind is linux; set it to stream, or workload.discard_every to 0"},
    {"linux-paranoid", "[workload]\nparanoid=yes\n[guests]\nkind=linux\n", NULL,
     "a.plan:2: workload.paranoid: workload.paranoid is known to domUs of kind stream only, and "
     "guests.kind is linux; set it to stream, or workload.paranoid to no"},
    {"dom0-pvh-lockstep", "[dom0]\nmode=pvh\n[machine]\ntime=lockstep\n", NULL,
     "a.plan:2: dom0.mode: dom0.mode pvh needs machine.time real, and it is lockstep; set "
     "machine.time to real or dom0.mode to pv"},
    {"dom0-pvh-kvm", "[machine]\naccel=kvm\n", "dom0.mode=pvh",
     "--set dom0.mode=pvh: dom0.mode pvh needs QEMU's emulated AMD CPU and IOMMU, and "
     "machine.accel is kvm; set it to tcg, or dom0.mode to pv"},
    {"linux-small", "[guests]\nkind=linux\n", "guests.memory=31M",
     "--set guests.memory=31M: guests.memory 31M is too little for a domU of kind linux; write at "
     "least 32M, or 0 for what it needs"},
    {"ring-pages", NULL, "workload.ring_pages=3",
     "--set workload.ring_pages=3: workload.ring_pages 3 is no power of two; write 1, 2, 4, 8 or "
     "16"},
    {"figures", NULL, "workload.figures_interval=99ms",
     "--set workload.figures_interval=99ms: workload.figures_interval 99ms is too short; write at "
     "least 100ms, or 0 for figures at the end only"},
    {"stream-vcpus", "[guests]\nkind=stream\nvcpus=2\n", NULL,
     "a.plan:3: guests.vcpus: guests.vcpus 2 cannot be used: a domU of kind stream has one vCPU, "
     "which serves all of workload.queues; set guests.vcpus to 1 or guests.kind to linux"},
    {"stream-small", "[guests]\nkind=stream\nmemory=7M\n", NULL,
     "a.plan:3: guests.memory: guests.memory 7M is too little for a domU of kind stream; write at "
     "least 8M, or 0 for what it needs"},
    {"stream-big", "[guests]\nkind=stream\nmemory=513M\ncount=1\n", NULL,
     "a.plan:3: guests.memory: guests.memory 513M is more than a domU of kind stream can use; "
     "write at most 512M, or 0 for what it needs"},
    {"stream-block", "[guests]\nkind=stream\nmemory=8M\n", "workload.block_size=4M",
     "--set workload.block_size=4M: 1 VBDs and a block of 4M do not fit in guests.memory 8M; raise "
     "guests.memory to 9M, or lower workload.block_size or guests.vbds"},
    {"stream-buffers",
     "[guests]\nkind=stream\nmemory=8M\n[workload]\nbacking=memory\nvbd_size=16M\nverify=yes\n",
     NULL,
     "a.plan:3: guests.memory: 1 VBDs with 2 writes of 2M in flight do not fit in guests.memory "
     "8M; raise guests.memory to 9M, or lower workload.in_flight, workload.block_size or "
     "guests.vbds"},
    {"stream-most",
     "[guests]\nkind=stream\ncount=1\nvbds=5\n[workload]\nbacking=disk\nparanoid=yes\n"
     "in_flight=64\n",
     NULL,
     "a.plan:8: workload.in_flight: 5 VBDs with 64 writes of 2M in flight need 645M of memory, and "
     "a domU "
     "of kind stream has at most 512M; lower workload.in_flight, workload.block_size or "
     "guests.vbds"},
    {"paranoid-persistent", "[workload]\nparanoid=yes\nbacking=memory\nvbd_size=16M\n",
     "workload.persistent_grants=yes",
     "--set workload.persistent_grants=yes: workload.paranoid watches the pages of each request, "
     "and "
     "with workload.persistent_grants data goes by pages that stay granted; set one of them to no"},
    {"all-discards", "[guests]\nkind=stream\n", "workload.discard_every=1",
     "--set workload.discard_every=1: workload.discard_every 1 leaves nothing that is written, by "
     "which throughput is measured; write 0, or 2 or more"},
    {"discards-forget", "[guests]\nkind=stream\n", "workload.discard_every=2",
     "--set workload.discard_every=2: workload.discard_every needs a backing that takes discards; "
     "set workload.backing to memory or disk"},
    {"discards-verified", "[guests]\nkind=stream\n[workload]\nbacking=disk\nparanoid=yes\n",
     "workload.discard_every=2",
     "--set workload.discard_every=2: workload.discard_every leaves blocks of unknown content, and "
     "workload.paranoid asks for a known one; set workload.discard_every to 0 or "
     "workload.paranoid to no"},
    {"paranoid-forgets", "[guests]\nkind=stream\n[workload]\nvbd_size=128M\nparanoid=yes\n", NULL,
     "a.plan:5: workload.paranoid: workload.paranoid needs a backing that keeps what is written; "
     "set workload.backing to memory or disk"},
    {"many-blocks", "[guests]\nkind=stream\n[workload]\nblock_size=4K\n", "workload.order=random",
     "--set workload.order=random: with workload.order random a domU of kind stream keeps account "
     "of at most 65536 blocks of each VBD, and workload.vbd_size holds 262144; lower "
     "workload.vbd_size or raise workload.block_size"},
    {"many-verified",
     "[guests]\nkind=stream\n[workload]\nbacking=disk\nverify=yes\nblock_size=8K\n", NULL,
     "a.plan:6: workload.block_size: with workload.verify a domU of kind stream keeps account of "
     "at most 65536 blocks of each VBD, and workload.vbd_size holds 131072; lower "
     "workload.vbd_size or raise workload.block_size"},
    {"grants", "[guests]\nkind=stream\ncount=1\nvbds=24\n[workload]\nring_pages=2\n",
     "workload.in_flight=4",
     "--set workload.in_flight=4: 24 VBDs with so much in flight need 50746 grants in each domU, "
     "and Xen gives 32760; lower guests.vbds, workload.in_flight, workload.ring_pages, "
     "workload.queues or workload.block_size"},
    {"trace-memory", "[workload]\ncount_grants=5s\n[guests]\nkind=linux\n[machine]\nmemory=3712M\n",
     NULL,
     "a.plan:6: machine.memory: dom0 with 1280M, 24 domUs with 96M and Xen with 132M do not fit in "
     "machine.memory 3712M; raise machine.memory to 3716M, or lower dom0.memory, guests.count or "
     "guests.memory"},
};

static void test_missing(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(xr_plan_load("smoek", NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(
        error->message, "\"smoek\": no such plan; did you mean \"smoke\"? shipped: bof, "));
    g_assert_true(g_str_has_suffix(error->message,
                                   ", verify; for a file of yours write its path, e.g. ./my.plan"));
    g_clear_error(&error);

    g_assert_null(xr_plan_load("./none.plan", NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "./none.plan: cannot read the plan: "));
    g_clear_error(&error);
    g_assert_null(xr_plan_load("", NULL, &error));
    g_assert_true(g_str_has_prefix(error->message, "\"\": no such plan; shipped: "));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/wrong/missing", test_missing);
    return plan_wrong_run(wrong, G_N_ELEMENTS(wrong));
}
