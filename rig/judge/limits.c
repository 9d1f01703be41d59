/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: findings of figures against the plan's limits, and of what was not measured.
 *
 * What is missing is never passed over: without a cause among the findings it is an error of its own;
 * with one it is a note, so that the cause is what the verdict tells. */
#include "judge/judge-priv.h"

#include "base/units.h"
#include "build/source.h"
#include <math.h>
#include <string.h>

static void add_finding(XrCase *c, const char *kind, XrVerdictKind weight, const char *where,
                        const char *meaning)
{
    g_ptr_array_add(c->verdict->findings, xr_finding_new(kind, weight, where, -1, NULL, meaning));
}

/* Every window below: the hypervisor is too slow. The median below, but not all: more runs decide. */
static void judge_throughput(XrCase *c)
{
    const double limit = (double)c->plan->limits.throughput;
    const XrMetric *sum = xr_verdict_metric(c->verdict, "throughput");
    g_autofree char *meaning = NULL;

    if (limit <= 0 || sum == NULL || sum->value >= limit)
        return;
    meaning = g_strdup_printf("The VBDs wrote %.1f MB/s in sum (%.1f to %.1f over windows); "
                              "limits.throughput asks for %.1f MB/s.%s",
                              sum->value / 1e6, sum->low / 1e6, sum->high / 1e6, limit / 1e6,
                              sum->high >= limit ? " Some windows reached it." : "");
    if (sum->high >= limit)
        add_finding(c, "throughput", XR_UNSURE, "sum", meaning);
    else
        xr_host_finding(c, "throughput", "sum", -1, meaning);
}

/* An unsteady rate matters where the rate itself is judged. */
static void judge_steady(XrCase *c)
{
    g_autofree char *cov = NULL;
    g_autofree char *meaning = NULL;

    if (c->priv->steady != 0)
        return;
    cov = isfinite(c->priv->steady_cov)
              ? g_strdup_printf(" (it varied by %.0f %% of its mean at the end)",
                                c->priv->steady_cov * 100)
              : g_strdup("");
    meaning = g_strdup_printf("The rate was not steady when workload.warmup_max had passed%s: the "
                              "windows were measured all the same.",
                              cov);
    add_finding(c, "unsteady", c->plan->limits.throughput > 0 ? XR_UNSURE : XR_PASS, "sum",
                meaning);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

/* domUs that xl was told to destroy and did not, in all its time: they are still there, with their memory and
 * grants. TRUE if there are any. */
static gboolean judge_left(XrCase *c)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(c->obs->domains), by_name);
    gboolean any = FALSE;

    for (GList *l = names; l != NULL; l = l->next) {
        if (!g_str_equal(g_hash_table_lookup(c->obs->domains, l->data), "left"))
            continue;
        any = TRUE;
        xr_host_finding(
            c, "not-destroyed", l->data, -1,
            "xl was told to destroy the domU and did not come to an end: it waits for the "
            "domU's backends first. The domU still has its memory and grants, so nothing "
            "is known of leaks.");
    }
    return any;
}

static void judge_leaks(XrCase *c)
{
    const XrObservation *obs = c->obs;
    const gint64 lost = obs->free_before - obs->free_after;
    const gint64 kept = obs->grants_after - MAX(obs->grants_before, 0);
    g_autofree char *limit = xr_units_format_bytes(c->plan->limits.memory_leak);

    if (obs->free_before >= 0 && obs->free_after >= 0 && lost > 0 &&
        (guint64)lost > c->plan->limits.memory_leak) {
        g_autofree char *meaning = g_strdup_printf(
            "Xen has %.1f MiB less free memory after the last domU was gone than before the first; "
            "limits.memory_leak allows %s.",
            (double)lost / 1048576, limit);

        add_finding(c, "memory-leak", XR_FAIL, "xen", meaning);
    }
    if (obs->grants_after >= 0 && kept > (gint64)c->plan->limits.grant_leak) {
        g_autofree char *meaning = g_strdup_printf(
            "%" G_GINT64_FORMAT " more grants are active after the last domU was gone than before "
            "the first; limits.grant_leak allows %u.",
            kept, c->plan->limits.grant_leak);

        add_finding(c, "grant-leak", XR_FAIL, "xen", meaning);
    }
}

/* --- what is missing --- */

static void miss(GPtrArray *missing, guint have, guint want, const char *what)
{
    if (have < want)
        g_ptr_array_add(missing, g_strdup_printf("%u of %u %s", have, want, what));
}

static guint windows_without(const XrCase *c)
{
    guint count = 0;

    for (guint i = 0; i < c->obs->series->len; i++) {
        const XrSeries *s = g_ptr_array_index(c->obs->series, i);

        for (guint w = 0; w < c->obs->windows->len; w++) {
            const XrWindow *window = &g_array_index(c->obs->windows, XrWindow, w);

            count += isnan(xr_observation_rate(c->obs, s, window->begin_ns, window->end_ns));
        }
    }
    return count;
}

static guint domains_left(const XrObservation *obs)
{
    static const char *const ends[] = {"exited", "destroyed", "zombie", "left", NULL};
    GHashTableIter iter;
    gpointer what;
    guint left = 0;

    g_hash_table_iter_init(&iter, obs->domains);
    while (g_hash_table_iter_next(&iter, NULL, &what))
        left += !g_strv_contains(ends, what);
    return left;
}

static void miss_counters(const XrObservation *obs, GPtrArray *missing)
{
    if (obs->free_before < 0 || obs->free_after < 0)
        g_ptr_array_add(missing, g_strdup("Xen's free memory is not known before and after"));
    if (obs->grants_before < 0 || obs->grants_after < 0)
        g_ptr_array_add(missing, g_strdup("active grants are not known before and after"));
}

static void miss_counts(const XrCase *c, guint vbds, GPtrArray *missing)
{
    if (c->plan->guests.kind == XR_GUEST_STREAM)
        miss(missing, c->priv->figures->len, vbds, "VBDs have figures of their domU");
    if (c->plan->workload.count_grants > 0 && c->priv->grant_ops.bytes < 0)
        g_ptr_array_add(missing, g_strdup("grant operations were not counted"));
    if (xr_source_name_has_option(c->plan->hypervisor.build, "coverage") &&
        c->priv->coverage->len == 0)
        g_ptr_array_add(missing, g_strdup("the lines of Xen that ran were not read"));
    if (xr_source_name_has_option(c->plan->hypervisor.build, "lock-profile"))
        miss(missing, c->priv->lock_spans->len, c->plan->workload.windows,
             "windows have a lock profile");
}

static GPtrArray *missing_in_lockstep(const XrCase *c)
{
    GPtrArray *missing = g_ptr_array_new_with_free_func(g_free);
    const guint guests = c->plan->guests.count;
    const guint windows = c->plan->lockstep.lengths * c->plan->lockstep.seeds +
                          c->plan->lockstep.check + c->plan->lockstep.layers;

    miss(missing, c->obs->guests_created, guests, "domUs were created");
    miss(missing, c->obs->guests_streaming, guests, "domUs streamed");
    miss(missing, c->obs->tallies->len, windows, "windows were measured");
    if (c->plan->lockstep.layers && c->priv->counted == NULL)
        g_ptr_array_add(missing, g_strdup("instructions were not counted"));
    return missing;
}

static GPtrArray *missing_in_count(const XrCase *c)
{
    GPtrArray *missing = g_ptr_array_new_with_free_func(g_free);
    const guint guests = c->plan->guests.count;

    miss(missing, c->obs->guests_created, guests, "domUs were created");
    miss(missing, c->obs->guests_streaming, guests, "domUs streamed");
    if (c->priv->counted == NULL)
        g_ptr_array_add(missing, g_strdup("no instructions were counted"));
    if (xr_source_name_has_option(c->plan->hypervisor.build, "lock-profile") &&
        c->priv->lock_spans->len == 0)
        g_ptr_array_add(missing, g_strdup("Xen's lock profile was not read"));
    return missing;
}

static GPtrArray *missing_in_real_time(const XrCase *c)
{
    GPtrArray *missing = g_ptr_array_new_with_free_func(g_free);
    const XrObservation *obs = c->obs;
    const guint guests = c->plan->guests.count, vbds = guests * c->plan->guests.vbds;
    const guint gaps = windows_without(c), left = domains_left(obs);

    miss(missing, obs->guests_created, guests, "domUs were created");
    miss(missing, obs->guests_streaming, guests, "domUs streamed");
    miss(missing, obs->series->len, vbds, "VBDs have counters");
    miss(missing, obs->windows->len, c->plan->workload.windows, "windows were measured");
    if (gaps > 0)
        g_ptr_array_add(missing,
                        g_strdup_printf("%u times a VBD has no samples in a window", gaps));
    miss_counts(c, vbds, missing);
    miss_counters(obs, missing);
    if (left > 0)
        g_ptr_array_add(missing, g_strdup_printf("%u domUs were never seen to end", left));
    return missing;
}

/* Events tell why the run is not whole. Figures against limits do not. */
static gboolean has_cause(const XrObservation *obs)
{
    for (guint i = 0; i < obs->findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(obs->findings, i);

        if (finding->weight >= XR_ERROR_VERDICT || finding->weight == XR_SKIP)
            return TRUE;
    }
    return FALSE;
}

static void judge_missing(XrCase *c)
{
    static GPtrArray *(*const missing_in[])(const XrCase *) = {
        [XR_TIME_REAL] = missing_in_real_time,
        [XR_TIME_LOCKSTEP] = missing_in_lockstep,
        [XR_TIME_COUNT] = missing_in_count};
    g_autoptr(GPtrArray) missing = missing_in[c->plan->machine.time](c);
    const gboolean cause = has_cause(c->obs);
    g_autofree char *list = NULL;
    g_autofree char *meaning = NULL;

    if (missing->len == 0)
        return;
    g_ptr_array_add(missing, NULL);
    list = g_strjoinv("; ", (char **)missing->pdata);
    meaning = g_strdup_printf("%s: %s.",
                              cause ? "Not measured because of the trouble already found"
                                    : "The run lacks what it should have measured",
                              list);
    add_finding(c, XR_KIND_INCOMPLETE, cause ? XR_PASS : XR_ERROR_VERDICT, "rig", meaning);
    for (guint i = 0; i + 1 < missing->len; i++)
        g_ptr_array_add(c->verdict->incomplete, g_strdup(missing->pdata[i]));
}

void xr_limits_judge(XrCase *c)
{
    judge_throughput(c);
    judge_steady(c);
    if (!judge_left(c))
        judge_leaks(c);
    judge_missing(c);
    xr_bounds_judge(c);
}
