/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: windows measured in lockstep, as domUs tallied them. */
#include "watch/observation-priv.h"

#include "base/json.h"

enum { TALLIES_MAX = 10000 };

void xr_tally_free(XrTally *tally)
{
    g_array_unref(tally->vbds);
    g_free(tally);
}

/* What one domU's VBDs moved in its window. */
static gboolean take_domain(XrTally *tally, guint vbds, JsonNode *node)
{
    JsonObject *domain = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    JsonArray *bytes = domain != NULL ? xr_json_array(domain, "bytes") : NULL;
    const gint64 ticks = domain != NULL ? xr_json_int(domain, "ticks", -1) : -1;

    if (bytes == NULL || ticks <= 0 || json_array_get_length(bytes) != vbds)
        return FALSE;
    tally->ordered += MAX(xr_json_int(domain, "ordered", 0), 0);
    tally->ticks += ticks;
    for (guint i = 0; i < vbds; i++) {
        JsonNode *element = json_array_get_element(bytes, i);
        const gint64 moved = JSON_NODE_HOLDS_VALUE(element) ? json_node_get_int(element) : -1;
        const double rate = (double)moved / (double)ticks;

        if (moved < 0)
            return FALSE;
        g_array_append_val(tally->vbds, rate);
        tally->bytes_per_tick += rate;
        tally->bytes += moved;
    }
    return TRUE;
}

void xr_told_tally(XrObservation *obs, JsonObject *event)
{
    const XrPriv *priv = xr_priv(obs);
    JsonArray *domains = xr_json_array(event, "domains");
    g_autoptr(XrTally) tally = g_new0(XrTally, 1);
    gboolean whole = domains != NULL && json_array_get_length(domains) == priv->max_guests &&
                     obs->tallies->len < TALLIES_MAX;

    tally->slice = priv->slice;
    tally->layers = priv->layers;
    tally->seed = (guint)xr_json_int(event, "seed", 0);
    tally->vbds = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; whole && i < priv->max_guests; i++)
        whole = take_domain(tally, priv->max_vbds / priv->max_guests,
                            json_array_get_element(domains, i));
    if (whole)
        g_ptr_array_add(obs->tallies, g_steal_pointer(&tally));
    else
        xr_findings_bad_event(obs, "tally", "it is not of all domUs and their VBDs");
}

/* It is saved only when all of them stream. */
void xr_told_snapshot(XrObservation *obs, JsonObject *event)
{
    if (!g_str_equal(xr_json_string(event, "what", ""), "found")) {
        xr_findings_bad_event(obs, "snapshot", "its what is not known");
        return;
    }
    obs->guests_created = obs->guests_ready = obs->guests_streaming = xr_priv(obs)->max_guests;
}
