/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: limits of figures by name, keys limits.metric.NAME.
 *
 * Which figures a run has is known when it has been judged: here a name is only checked for being one at all. */
#include "plan/bounds.h"
#include "base/error.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

#define PREFIX          "metric."
#define NAME_MAX_BYTES  120
#define NAME_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._/+-"

static void bound_free(gpointer data)
{
    XrBound *bound = data;

    g_free(bound->metric);
    g_free(bound);
}

GPtrArray *xr_bounds_new(void)
{
    return g_ptr_array_new_with_free_func(bound_free);
}

gboolean xr_bounds_is_key(const char *section, const char *key)
{
    return g_str_equal(section, "limits") && g_str_has_prefix(key, PREFIX);
}

static gboolean parse(const char *text, double *value)
{
    char *end = NULL;

    *value = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value) && *value >= 0;
}

static XrBound *find_or_add(GPtrArray *bounds, const char *metric)
{
    XrBound *bound = NULL;

    for (guint i = 0; i < bounds->len; i++) {
        bound = g_ptr_array_index(bounds, i);
        if (g_str_equal(bound->metric, metric))
            return bound;
    }
    bound = g_new0(XrBound, 1);
    bound->metric = g_strdup(metric);
    g_ptr_array_add(bounds, bound);
    return bound;
}

gboolean xr_bounds_set(GPtrArray *bounds, const char *key, const char *text, GError **error)
{
    const char *metric = key + strlen(PREFIX);
    const gsize len = strlen(metric);
    double most = 0;

    if (len == 0 || len > NAME_MAX_BYTES || strspn(metric, NAME_CHARACTERS) != len) {
        g_autofree char *shown = xr_text_escape(metric, -1, 80);
        g_set_error(
            error, XR_ERROR, XR_ERROR_INPUT,
            "\"%s\" is no figure's name; write metric.NAME with NAME as a report in JSON has "
            "it, e.g. metric.instructions.xen",
            shown);
        return FALSE;
    }
    if (!parse(text, &most)) {
        g_autofree char *shown = xr_text_escape(text, -1, 80);
        g_set_error(
            error, XR_ERROR, XR_ERROR_INPUT,
            "\"%s\" is no limit; write the most that the figure may be, a number from 0 on, "
            "in the figure's own unit, e.g. 520000 or 1.5",
            shown);
        return FALSE;
    }
    find_or_add(bounds, metric)->most = most;
    return TRUE;
}

void xr_bounds_show(const GPtrArray *bounds, GKeyFile *file, gboolean comments)
{
    for (guint i = 0; i < bounds->len; i++) {
        const XrBound *bound = g_ptr_array_index(bounds, i);
        g_autofree char *key = g_strconcat(PREFIX, bound->metric, NULL);
        char text[G_ASCII_DTOSTR_BUF_SIZE];

        g_key_file_set_string(file, "limits", key, g_ascii_dtostr(text, sizeof text, bound->most));
        if (comments)
            g_key_file_set_comment(
                file, "limits", key,
                " the most that this figure of a run may be\n a number from 0 on, in "
                "the figure's own unit; default: no limit",
                NULL);
    }
}
