/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what was counted in a window of instructions, as the plugin in QEMU tells it. */
#include "watch/observation-priv.h"

#include "base/json.h"
#include <stdlib.h>

void xr_counted_free(XrCounted *counted)
{
    if (counted == NULL)
        return;
    g_array_unref(counted->guests);
    g_array_unref(counted->dom0_calls);
    g_array_unref(counted->guest_calls);
    g_free(counted);
}

/* -1 where the element is no number of things. */
static gint64 number_of(JsonNode *node)
{
    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) == G_TYPE_INT64
               ? MAX(json_node_get_int(node), -1)
               : -1;
}

/* One for each domU; FALSE where they are others. */
static gboolean take_list(JsonArray *list, guint wanted, GArray *numbers, gint64 *sum)
{
    if (list == NULL || json_array_get_length(list) != wanted)
        return FALSE;
    for (guint i = 0; i < wanted; i++) {
        const gint64 number = number_of(json_array_get_element(list, i));

        if (number < 0)
            return FALSE;
        if (numbers != NULL)
            g_array_append_val(numbers, number);
        *sum += number;
    }
    return TRUE;
}

static void take_calls(JsonObject *calls, GArray *numbers)
{
    for (guint i = 0; calls != NULL && i < XR_HYPERCALLS; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        const gint64 number = number_of(json_object_get_member(calls, name));

        if (number > 0)
            g_array_index(numbers, gint64, i) = number;
    }
}

static GArray *calls_new(void)
{
    GArray *calls = g_array_new(FALSE, TRUE, sizeof(gint64));

    return g_array_set_size(calls, XR_HYPERCALLS);
}

static gboolean take_numbers(XrCounted *counted, JsonObject *event)
{
    const struct {
        const char *name;
        gint64 *value;
    } members[] = {{"xen", &counted->xen},
                   {"dom0_kernel", &counted->dom0_kernel},
                   {"dom0_user", &counted->dom0_user},
                   {"others", &counted->others},
                   {"pause_xen", &counted->pause_xen},
                   {"maps", &counted->maps},
                   {"unmaps", &counted->unmaps},
                   {"copies", &counted->copies},
                   {"unsettled", &counted->unsettled}};

    for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
        *members[i].value = xr_json_int(event, members[i].name, -1);
        if (*members[i].value < 0)
            return FALSE;
    }
    return TRUE;
}

void xr_told_count(XrObservation *obs, JsonObject *event)
{
    XrPriv *priv = xr_priv(obs);
    g_autoptr(XrCounted) counted = g_new0(XrCounted, 1);
    gint64 all = 0;

    counted->guests = g_array_new(FALSE, FALSE, sizeof(gint64));
    counted->dom0_calls = calls_new();
    counted->guest_calls = calls_new();
    if (!take_numbers(counted, event) ||
        !take_list(xr_json_array(event, "guests"), priv->max_guests, counted->guests, &all) ||
        !take_list(xr_json_array(event, "bytes"), priv->max_guests, NULL, &counted->bytes) ||
        counted->bytes == 0) {
        xr_findings_bad_event(obs, "count", "it lacks a number, or is not of all domUs");
        return;
    }
    take_calls(xr_json_object(event, "dom0_hypercalls"), counted->dom0_calls);
    take_calls(xr_json_object(event, "guest_hypercalls"), counted->guest_calls);
    xr_counted_free(priv->counted);
    priv->counted = g_steal_pointer(&counted);
}
