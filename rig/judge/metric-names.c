/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which figures a run can have, known before it is run.
 *
 * A mistyped name, or a figure of another way to count time, would else be told by the first run, minutes later. */
#include "judge/metric-names.h"

#include "base/error.h"
#include "watch/classes.h"
#include <string.h>

/* The ways to count time under which there is a figure. */
enum {
    REAL = 1 << XR_TIME_REAL,
    COUNT = 1 << XR_TIME_COUNT,
    LOCKSTEP = 1 << XR_TIME_LOCKSTEP,
    LAYERS = 1 << (XR_TIME_COUNT + 1), /* in lockstep with lockstep.layers */
    COUNTED = COUNT | LAYERS,
    ALL = REAL | COUNT | LOCKSTEP,
};

static const struct {
    const char *name;
    guint times;
} figures[] = {
    {"throughput", REAL},
    {"tick_throughput", LOCKSTEP},
    {"instructions", COUNTED},
    {"requests", REAL},
    {"fairness", REAL | LOCKSTEP},
    {"longest_stall", REAL},
    {"latency_p50", REAL},
    {"latency_p99", REAL},
    {"latency_max", REAL},
    {"longest_gap", REAL},
    {"boot_time", ALL},
    {"create_time", ALL},
    {"domain_create_time", ALL},
    {"ready_time", ALL},
    {"warmup_time", REAL},
    {"steady", REAL},
    {"steady_cov", REAL},
    {"repeat_difference", LOCKSTEP},
    {"dom0_busy", LAYERS},
    {"xen_wait", LAYERS},
    {"pause", COUNTED},
    {"hypercalls", COUNTED},
    {"counted_bytes", COUNTED},
    {"grant_maps", REAL | COUNTED},
    {"grant_unmaps", REAL | COUNTED},
    {"grant_copies", COUNTED},
    {"grant_pairs", ALL},
    {"lock_acquired", ALL},
    {"lock_per_pair", ALL},
    {"lock_per_mib", COUNT},
    {"lock_contended", ALL},
    {"lock_hold", ALL},
    {"lock_wait", ALL},
    {"host_wait", REAL},
    {"cpu", REAL},
    {"guest_share", REAL},
    {"coverage", REAL},
    {"free_before", REAL | LOCKSTEP},
    {"free_after", REAL},
    {"grants_before", REAL | LOCKSTEP},
    {"grants_after", REAL},
    {"mismatches", ALL},
    {"io_errors", ALL},
};

static guint times_of(const XrPlan *plan)
{
    const gboolean layers = plan->machine.time == XR_TIME_LOCKSTEP && plan->lockstep.layers;

    return (1u << plan->machine.time) | (layers ? LAYERS : 0);
}

static gboolean check_class(const char *name, GError **error)
{
    const char *class = name + strlen(XR_CLASS_PREFIX);

    if (xr_class_exists(class))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "compare.metric %s: no kind of findings \"%s\"; there are: %s", name, class,
                xr_class_names());
    return FALSE;
}

gboolean xr_metric_check(const XrPlan *plan, const char *name, GError **error)
{
    static const char *const times[] = {
        [XR_TIME_REAL] = "real", [XR_TIME_LOCKSTEP] = "lockstep", [XR_TIME_COUNT] = "count"};
    g_autofree char *base = g_strndup(name, strcspn(name, "."));
    g_autoptr(GString) names = g_string_new(NULL);

    if (g_str_has_prefix(name, XR_CLASS_PREFIX))
        return check_class(name, error);
    for (gsize i = 0; i < G_N_ELEMENTS(figures); i++) {
        if ((figures[i].times & times_of(plan)) == 0)
            continue;
        if (g_str_equal(figures[i].name, base))
            return TRUE;
        g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", figures[i].name);
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "compare.metric %s: a run by machine.time=%s has no such figure; there are: %s",
                name, times[plan->machine.time], names->str);
    return FALSE;
}
