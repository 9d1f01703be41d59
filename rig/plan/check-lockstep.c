/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a plan can ask for where the machine goes forward in lockstep. */
#include "plan/check.h"

/* Keys of what comes in from the host, or is measured by its clock. */
static gboolean check_host(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const struct {
        const char *key, *needed;
        gboolean wrong;
    } needs[] = {
        {"machine.accel", "auto or tcg", p->machine.accel == XR_ACCEL_KVM},
        {"guests.kind", "stream", p->guests.kind != XR_GUEST_STREAM},
        {"guests.mode", "pv", p->guests.mode != XR_GUEST_PV},
        {"workload.backing", "null or memory", p->workload.backing == XR_BACKING_DISK},
        {"workload.count_grants", "0", p->workload.count_grants > 0},
        {"fault.kind", "none", p->fault.kind != XR_FAULT_NONE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(needs); i++) {
        g_autofree char *keys = g_strconcat(needs[i].key, " machine.time", NULL);

        if (needs[i].wrong)
            return xr_check_impossible(check, keys,
                                       "machine.time %s needs %s %s; set it so, or machine.time to "
                                       "real",
                                       xr_plan_time_name(p->machine.time), needs[i].key,
                                       needs[i].needed);
    }
    return TRUE;
}

/* With several the order in which they run is the host's (run/count.h). */
static gboolean check_count(const XrCheck *check)
{
    const XrPlan *p = check->plan;

    if (p->machine.pcpus == 1)
        return TRUE;
    return xr_check_impossible(
        check, "machine.pcpus machine.time",
        "machine.time count is repeatable on one pCPU alone, and contention is "
        "lockstep's subject; set machine.pcpus to 1, or machine.time to "
        "lockstep");
}

gboolean xr_check_lockstep(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint least = p->dom0.vcpus + 2;

    if (p->machine.time == XR_TIME_REAL)
        return TRUE;
    if (p->machine.time == XR_TIME_COUNT)
        return check_count(check) && check_host(check);
    if (p->machine.pcpus < least)
        return xr_check_impossible(check, "machine.pcpus dom0.vcpus machine.time",
                                   "machine.time %s needs a pCPU for each of dom0's %u vCPUs, one "
                                   "for the domUs and one for "
                                   "the metronome; set machine.pcpus to %u or more",
                                   xr_plan_time_name(p->machine.time), p->dom0.vcpus, least);
    return check_host(check);
}
