/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: figures against limits.metric.NAME, which the plan sets for any figure by its name.
 *
 * A figure that the run does not have cannot have kept its limit: that is an error, and tells which there are. */
#include "judge/judge-priv.h"

#include <string.h>

/* Names of figures that begin so. */
static GString *names_like(const XrCase *c, const char *head)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < c->verdict->metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(c->verdict->metrics, i);

        if (g_str_has_prefix(metric->name, head))
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", metric->name);
    }
    return names;
}

/* Names that begin as this one does, up to its first '.', or all where there are none such. */
static char *known_names(const XrCase *c, const char *name)
{
    g_autofree char *head = g_strndup(name, strcspn(name, "."));
    g_autoptr(GString) near = names_like(c, head);

    if (near->len > 0)
        return g_strdup(near->str);
    return g_string_free(names_like(c, ""), FALSE);
}

static void judge_missing(XrCase *c, const XrBound *bound)
{
    g_autofree char *known = known_names(c, bound->metric);
    g_autofree char *meaning =
        g_strdup_printf("limits.metric.%s: this run has no such figure; it has %s.", bound->metric,
                        known[0] != '\0' ? known : "none at all");

    g_ptr_array_add(c->verdict->findings,
                    xr_finding_new("limit-unknown", XR_ERROR_VERDICT, "rig", -1, NULL, meaning));
}

static void judge_bound(XrCase *c, const XrBound *bound)
{
    const XrMetric *metric = xr_verdict_metric(c->verdict, bound->metric);
    g_autofree char *meaning = NULL;

    if (metric == NULL) {
        judge_missing(c, bound);
        return;
    }
    if (metric->value <= bound->most)
        return;
    meaning = g_strdup_printf("%s is %.10g %s, limits.metric.%s allows %.10g: %.2f %% too much.",
                              bound->metric, metric->value, metric->unit, bound->metric,
                              bound->most, (metric->value / bound->most - 1) * 100);
    xr_host_finding(c, "metric", "rig", -1, meaning);
}

void xr_bounds_judge(XrCase *c)
{
    for (guint i = 0; i < c->plan->bounds->len; i++)
        judge_bound(c, g_ptr_array_index(c->plan->bounds, i));
}
