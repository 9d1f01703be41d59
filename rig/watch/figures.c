/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what domUs counted of their VBDs, grant operations that were counted, and what the host gave.
 *
 * Figures are cumulative: the last ones of a VBD are kept. A domU wrote them; dom0's agent has checked
 * their form, and here they are only bounded. */
#include "watch/observation-priv.h"

#include "base/json.h"
#include <string.h>

enum { VBD_MAX = 1023 };

void xr_figures_free(XrFigures *figures)
{
    if (figures == NULL)
        return;
    g_free(figures->domain);
    g_free(figures);
}

static gint compare_figures(gconstpointer a, gconstpointer b)
{
    const XrFigures *left = *(XrFigures *const *)a;
    const XrFigures *right = *(XrFigures *const *)b;
    const int order = strcmp(left->domain, right->domain);

    return order != 0 ? order : (left->vbd > right->vbd) - (left->vbd < right->vbd);
}

/* Takes the place of older ones of the same VBD. */
static void keep(XrObservation *obs, XrFigures *taken)
{
    g_autoptr(XrFigures) figures = taken;
    GPtrArray *all = xr_priv(obs)->figures;

    for (guint i = 0; i < all->len; i++) {
        const XrFigures *old = g_ptr_array_index(all, i);

        if (old->vbd != figures->vbd || !g_str_equal(old->domain, figures->domain))
            continue;
        xr_figures_free(all->pdata[i]);
        all->pdata[i] = g_steal_pointer(&figures);
        return;
    }
    if (all->len >= xr_priv(obs)->max_vbds) {
        xr_findings_bad_event(obs, "figures", "they are of more VBDs than the plan has");
        return;
    }
    g_ptr_array_add(all, g_steal_pointer(&figures));
    g_ptr_array_sort(all, compare_figures);
}

/* Number i of a pair; -1 if it is none. */
static gint64 number_at(JsonArray *pair, guint i)
{
    JsonNode *node = json_array_get_element(pair, i);

    return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? json_node_get_int(node)
               : -1;
}

static gboolean take_bucket(XrFigures *figures, JsonNode *node)
{
    JsonArray *pair = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    gint64 bucket, requests;

    if (pair == NULL || json_array_get_length(pair) != 2)
        return FALSE;
    bucket = number_at(pair, 0);
    requests = number_at(pair, 1);
    if (bucket < 0 || bucket >= XR_LATENCY_BUCKETS || requests < 0)
        return FALSE;
    figures->latency[bucket] = requests;
    return TRUE;
}

static gboolean take_latency(XrFigures *figures, JsonArray *latency)
{
    if (latency == NULL || json_array_get_length(latency) > XR_LATENCY_BUCKETS)
        return FALSE;
    for (guint i = 0; i < json_array_get_length(latency); i++) {
        if (!take_bucket(figures, json_array_get_element(latency, i)))
            return FALSE;
    }
    return TRUE;
}

void xr_told_figures(XrObservation *obs, JsonObject *event)
{
    const char *domain = xr_json_string(event, "name", "");
    const gint64 vbd = xr_json_int(event, "vbd", -1);
    g_autoptr(XrFigures) figures = g_new0(XrFigures, 1);

    if (domain[0] == '\0' || strlen(domain) > XR_WHERE_MAX || vbd < 0 || vbd > VBD_MAX) {
        xr_findings_bad_event(obs, "figures", "they have no name or vbd, or one that is too long");
        return;
    }
    figures->domain = g_strdup(domain);
    figures->vbd = (guint)vbd;
    figures->gap_ns = xr_json_int(event, "gap_ns", -1);
    if (figures->gap_ns < 0 || !take_latency(figures, xr_json_array(event, "latency"))) {
        xr_findings_bad_event(obs, "figures", "their gap_ns or latency makes no sense");
        return;
    }
    keep(obs, g_steal_pointer(&figures));
}

gboolean xr_observation_latency(const XrObservation *obs, double requests[XR_LATENCY_BUCKETS])
{
    const GPtrArray *all = xr_priv(obs)->figures;
    double sum = 0;

    memset(requests, 0, XR_LATENCY_BUCKETS * sizeof *requests);
    for (guint i = 0; i < all->len; i++) {
        const XrFigures *figures = g_ptr_array_index(all, i);

        for (guint b = 0; b < XR_LATENCY_BUCKETS; b++) {
            requests[b] += (double)figures->latency[b];
            sum += (double)figures->latency[b];
        }
    }
    return sum > 0;
}

void xr_told_grants(XrObservation *obs, JsonObject *event)
{
    const XrGrantOps ops = {.maps = xr_json_int(event, "maps", -1),
                            .unmaps = xr_json_int(event, "unmaps", -1),
                            .bytes = xr_json_int(event, "bytes", -1)};

    if (ops.maps < 0 || ops.unmaps < 0 || ops.bytes < 0)
        xr_findings_bad_event(obs, "grants", "it has no maps, unmaps or bytes");
    else
        xr_priv(obs)->grant_ops = ops;
}

void xr_told_host(XrObservation *obs, JsonObject *event)
{
    static const XrHostUse unknown = {-1, -1, -1, -1};
    GArray *host = xr_priv(obs)->host;
    const gint64 index = xr_json_int(event, "index", -1);
    const gint64 run = xr_json_int(event, "run_ns", -1), wait = xr_json_int(event, "wait_ns", -1);
    XrHostUse *use;

    if (index < 0 || index > obs->windows->len || run < 0 || wait < 0) {
        xr_findings_bad_event(obs, "host", "its index, run_ns or wait_ns makes no sense");
        return;
    }
    while (host->len <= index)
        g_array_append_val(host, unknown);
    use = &g_array_index(host, XrHostUse, index);
    if (g_str_equal(xr_json_string(event, "when", ""), "begin")) {
        use->begin_run = run;
        use->begin_wait = wait;
    } else {
        use->end_run = run;
        use->end_wait = wait;
    }
}
