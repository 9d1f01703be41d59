/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the plan, what to run: loading, showing, names. */
#include "plan/plan.h"
#include "base/error.h"
#include "base/text.h"
#include "plan/bounds.h"
#include "plan/check.h"
#include "plan/file.h"
#include "plan/need.h"
#include "plan/schema.h"
#include "plan/shipped.h"
#include <string.h>

#define SUFFIX ".plan"

void xr_plan_free(XrPlan *plan)
{
    if (!plan)
        return;
    xr_schema_clear(plan);
    g_ptr_array_unref(plan->bounds);
    g_free(plan);
}

/* Only a fault in the table itself makes a default invalid; the tests load it. */
static XrPlan *plan_new(GError **error)
{
    g_autoptr(XrPlan) plan = g_new0(XrPlan, 1);
    plan->bounds = xr_bounds_new();
    for (gsize i = 0; i < xr_schema_len; i++)
        if (!xr_schema_set(plan, &xr_schema[i], xr_schema[i].fallback, error))
            return NULL;
    return g_steal_pointer(&plan);
}

/* --- values --- */

static gboolean apply(XrPlan *plan, char **origins, const char *section, const char *name,
                      const char *value, const char *origin, GError **error)
{
    const int index = xr_schema_find(section, name);
    if (xr_bounds_is_key(section, name)) {
        if (xr_bounds_set(plan->bounds, name, value, error))
            return TRUE;
        g_prefix_error(error, "%s: ", origin);
        return FALSE;
    }
    if (index < 0) {
        g_autofree char *text = xr_schema_unknown(section, name);
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s: %s", origin, text);
        return FALSE;
    }
    if (!xr_schema_set(plan, &xr_schema[index], value, error)) {
        g_prefix_error(error, "%s: ", origin);
        return FALSE;
    }
    g_free(origins[index]);
    origins[index] = g_strdup(origin);
    return TRUE;
}

static gboolean apply_file(XrPlan *plan, char **origins, const char *path, GError **error)
{
    g_autoptr(GPtrArray) entries = xr_plan_file_read(path, error);
    if (!entries)
        return FALSE;

    g_free(plan->plan.name);
    plan->plan.name = xr_shipped_name(path, SUFFIX);
    for (guint i = 0; i < entries->len; i++) {
        const XrPlanEntry *entry = entries->pdata[i];
        g_autofree char *section = xr_text_escape(entry->section, -1, 80);
        g_autofree char *key = xr_text_escape(entry->key ? entry->key : "", -1, 80);
        g_autofree char *origin =
            entry->key ? g_strdup_printf("%s:%u: %s.%s", path, entry->line, section, key)
                       : g_strdup_printf("%s:%u: [%s]", path, entry->line, section);
        if (!entry->key && !xr_schema_has_section(entry->section)) {
            g_autofree char *text = xr_schema_unknown(entry->section, "");
            g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s: %s", origin, text);
            return FALSE;
        }
        if (entry->key &&
            !apply(plan, origins, entry->section, entry->key, entry->value, origin, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean apply_override(XrPlan *plan, char **origins, const char *text, GError **error)
{
    g_autofree char *shown = xr_text_escape(text, -1, 200);
    g_autofree char *origin = g_strconcat("--set ", shown, NULL);
    const char *equals = strchr(text, '=');
    const char *dot = strchr(text, '.');

    if (!equals || !dot || dot > equals) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s: write section.key=value, e.g. --set guests.count=4", origin);
        return FALSE;
    }
    g_autofree char *section = g_strstrip(g_strndup(text, (gsize)(dot - text)));
    g_autofree char *key = g_strstrip(g_strndup(dot + 1, (gsize)(equals - dot - 1)));
    g_autofree char *value = g_strstrip(g_strdup(equals + 1));
    return apply(plan, origins, section, key, value, origin, error);
}

XrPlan *xr_plan_load(const char *path, const char *const *overrides, GError **error)
{
    g_autoptr(XrPlan) plan = plan_new(error);
    if (!plan)
        return NULL;

    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(places, (int)xr_schema_len);
    g_autofree char *file = path ? xr_shipped_find(path, SUFFIX, "plan", error) : NULL;
    if (path && (!file || !apply_file(plan, (char **)places->pdata, file, error)))
        return NULL;
    for (gsize i = 0; overrides && overrides[i]; i++)
        if (!apply_override(plan, (char **)places->pdata, overrides[i], error))
            return NULL;
    xr_need_fill_in(plan);
    if (!xr_plan_check(plan, (char **)places->pdata, error))
        return NULL;
    return g_steal_pointer(&plan);
}

char **xr_plan_overrides(const char *const *sets, const char *key, const char *value)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_autofree char *last = g_strconcat(key, "=", value, NULL);

    if (sets)
        g_strv_builder_addv(all, (const char **)sets);
    if (value)
        g_strv_builder_add(all, last);
    return g_strv_builder_end(all);
}

/* --- text --- */

/* Two lines: what the key is, and what it takes. */
static void add_comment(GKeyFile *file, const XrSchemaKey *key)
{
    g_autofree char *accepts = xr_schema_accepts(key);
    const char *fallback = *key->fallback ? key->fallback : "empty";
    if (key->type == XR_KEY_NAME)
        fallback = "the file's name";
    g_autofree char *text = g_strdup_printf(" %s\n %s; default: %s", key->doc, accepts, fallback);
    g_key_file_set_comment(file, key->section, key->key, text, NULL);
}

char *xr_plan_show(const XrPlan *plan, gboolean comments)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    for (gsize i = 0; i < xr_schema_len; i++) {
        const XrSchemaKey *key = &xr_schema[i];
        g_autofree char *value = xr_schema_get(plan, key);
        g_key_file_set_string(file, key->section, key->key, value);
        if (comments)
            add_comment(file, key);
    }
    xr_bounds_show(plan->bounds, file, comments);
    return g_key_file_to_data(file, NULL, NULL);
}

char *xr_plan_guest_name(guint i)
{
    return g_strdup_printf("w%02u", i);
}
