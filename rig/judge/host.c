/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether the host itself held the machine up.
 *
 * Method: of the time in which the machine's threads could have run in a window, the share that they
 * waited for a CPU of the host. vCPUs wait for one another: the holder of a lock, or the target of a TLB
 * flush, that is not running holds up all others, so a waiting share costs far more than that share of
 * the throughput (seen with two vCPUs on two cores: 560 MB/s became 5 at a load of 7). What VBDs did or
 * failed to do then says nothing about the hypervisor, and is unsure.
 * Limits: known only on the rig's own host, and elsewhere what it could excuse is unsure unless the plan
 * calls any wait right (limits.host_wait=100%); memory bandwidth and caches that others take are not seen. */
#include "judge/judge-priv.h"

#include <math.h>

static double share_of(const XrHostUse *use)
{
    const gint64 run = use->end_run - use->begin_run, wait = use->end_wait - use->begin_wait;

    if (use->begin_run < 0 || use->end_run < 0 || run < 0 || wait < 0 || run + wait == 0)
        return NAN;
    return (double)wait / (double)(run + wait);
}

void xr_host_add(XrCase *c)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < c->priv->host->len; i++) {
        const double share = share_of(&g_array_index(c->priv->host, XrHostUse, i));

        if (!isnan(share))
            g_array_append_val(samples, share);
    }
    xr_metric_take(c->verdict, "host_wait", "ratio", samples);
}

void xr_host_finding(XrCase *c, const char *kind, const char *where, gint64 when_ns,
                     const char *meaning)
{
    const XrMetric *wait = xr_verdict_metric(c->verdict, "host_wait");
    g_autofree char *excused = NULL;

    if (wait == NULL && c->priv->remote && c->plan->limits.host_wait < 1) {
        excused = g_strconcat(meaning, XR_HOST_UNKNOWN, NULL);
        g_ptr_array_add(c->verdict->findings,
                        xr_finding_new(kind, XR_UNSURE, where, when_ns, NULL, excused));
        return;
    }
    if (wait == NULL || wait->high <= c->plan->limits.host_wait) {
        g_ptr_array_add(c->verdict->findings,
                        xr_finding_new(kind, XR_FAIL, where, when_ns, NULL, meaning));
        return;
    }
    excused = g_strdup_printf(
        "%s But the host let the machine wait for its CPUs in up to %.0f %% of the "
        "time that it could have run (limits.host_wait allows %.0f %%), which may be "
        "all the reason: run again when nothing else runs.",
        meaning, wait->high * 100, c->plan->limits.host_wait * 100);
    g_ptr_array_add(c->verdict->findings,
                    xr_finding_new(kind, XR_UNSURE, where, when_ns, NULL, excused));
}
