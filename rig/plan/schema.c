/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: values of a plan, from text and back, as the table of keys says. */
#include "plan/schema.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include <string.h>

#define NAME_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-"

static gpointer value_of(XrPlan *plan, const XrSchemaKey *key)
{
    return G_STRUCT_MEMBER_P(plan, key->offset);
}

static gboolean refuse(GError **error, const char *text, const char *what, const XrSchemaKey *key)
{
    g_autofree char *shown = xr_text_escape(text, -1, 80);
    g_autofree char *accepts = xr_schema_accepts(key);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"%s\" %s%s write %s", shown, what,
                g_str_has_suffix(what, "?") ? "" : ";", accepts);
    return FALSE;
}

int xr_schema_find(const char *section, const char *key)
{
    for (gsize i = 0; i < xr_schema_len; i++)
        if (g_str_equal(xr_schema[i].section, section) && g_str_equal(xr_schema[i].key, key))
            return (int)i;
    return -1;
}

gboolean xr_schema_has_section(const char *section)
{
    for (gsize i = 0; i < xr_schema_len; i++)
        if (g_str_equal(xr_schema[i].section, section))
            return TRUE;
    return FALSE;
}

char *xr_schema_accepts(const XrSchemaKey *key)
{
    g_autofree char *choices = key->choices ? g_strjoinv(", ", (char **)key->choices) : NULL;
    const char *what = NULL;

    switch (key->type) {
    case XR_KEY_NAME:
        return g_strdup_printf("at most %s letters, digits and ._+-, a letter or digit first",
                               key->max);
    case XR_KEY_STRING:
        return g_strdup_printf("%s to %s bytes of printable text", key->min, key->max);
    case XR_KEY_ENUM:
        return g_strdup_printf("%s%s", key->choices[1] ? "one of " : "", choices);
    case XR_KEY_BOOL:
        return g_strdup("yes or no");
    case XR_KEY_UINT:
    case XR_KEY_COUNT:
        what = "a whole number";
        break;
    case XR_KEY_BYTES:
        what = "bytes (4096, 64K, 2M, 1G, 1T)";
        break;
    case XR_KEY_DURATION:
        what = "a time (250ms, 30s, 5m, 1h)";
        break;
    case XR_KEY_RATIO:
        what = "a ratio (15% or 0.15)";
        break;
    }
    return g_strdup_printf("%s from %s to %s", what, key->min, key->max);
}

/* --- text to value --- */

static gboolean parse_number(const XrSchemaKey *key, const char *text, guint64 *value,
                             GError **error)
{
    const gsize digits = strspn(text, G_CSET_DIGITS);

    if (!*text)
        return refuse(error, text, "is empty", key);
    if (text[digits])
        return refuse(error, text, *text == '-' ? "is negative" : "is no whole number", key);
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, value, NULL))
        *value = G_MAXUINT64; /* above every range */
    return TRUE;
}

static gboolean parse_integer(const XrSchemaKey *key, const char *text, guint64 *value,
                              GError **error)
{
    if (key->type == XR_KEY_BYTES)
        return xr_units_parse_bytes(text, value, error);
    if (key->type == XR_KEY_DURATION)
        return xr_units_parse_duration(text, value, error);
    return parse_number(key, text, value, error);
}

static gboolean set_integer(XrPlan *plan, const XrSchemaKey *key, const char *text, GError **error)
{
    guint64 value = 0, min = 0, max = 0;

    if (!parse_integer(key, text, &value, error) || !parse_integer(key, key->min, &min, error) ||
        !parse_integer(key, key->max, &max, error))
        return FALSE;
    if (value < min || value > max)
        return refuse(error, text, "is out of range", key);
    if (key->type == XR_KEY_UINT)
        *(guint *)value_of(plan, key) = (guint)value;
    else
        *(guint64 *)value_of(plan, key) = value;
    return TRUE;
}

static gboolean set_ratio(XrPlan *plan, const XrSchemaKey *key, const char *text, GError **error)
{
    double value = 0, min = 0, max = 0;

    if (!xr_units_parse_ratio(text, &value, error) ||
        !xr_units_parse_ratio(key->min, &min, error) ||
        !xr_units_parse_ratio(key->max, &max, error))
        return FALSE;
    if (value < min || value > max)
        return refuse(error, text, "is out of range", key);
    *(double *)value_of(plan, key) = value;
    return TRUE;
}

static gboolean set_bool(XrPlan *plan, const XrSchemaKey *key, const char *text, GError **error)
{
    const gboolean yes = g_str_equal(text, "yes") || g_str_equal(text, "true");
    if (!yes && !g_str_equal(text, "no") && !g_str_equal(text, "false"))
        return refuse(error, text, "is neither yes nor no", key);
    *(gboolean *)value_of(plan, key) = yes;
    return TRUE;
}

static void replace_string(XrPlan *plan, const XrSchemaKey *key, const char *text)
{
    char **slot = value_of(plan, key);
    g_free(*slot);
    *slot = g_strdup(text);
}

static gboolean set_choice(XrPlan *plan, const XrSchemaKey *key, const char *text, GError **error)
{
    for (int i = 0; key->choices[i]; i++) {
        if (!g_str_equal(key->choices[i], text))
            continue;
        *(int *)value_of(plan, key) = i;
        return TRUE;
    }
    g_autofree char *near = xr_schema_suggest(text, key->choices);
    g_autofree char *what = g_strconcat("is not known", *near ? ";" : "", near, NULL);
    return refuse(error, text, what, key);
}

/* Values end up in command lines, XML and terminals. */
static gboolean is_printable(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return FALSE;
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        if (!g_unichar_isprint(g_utf8_get_char(c)))
            return FALSE;
    return TRUE;
}

static gboolean set_string(XrPlan *plan, const XrSchemaKey *key, const char *text, GError **error)
{
    const gsize len = strlen(text);

    if (!is_printable(text))
        return refuse(error, text, "holds what cannot be printed", key);
    if (key->type == XR_KEY_NAME && len > 0 &&
        (strspn(text, NAME_CHARACTERS) != len || !g_ascii_isalnum(*text)))
        return refuse(error, text, "is no name", key);
    if (len < g_ascii_strtoull(key->min, NULL, 10))
        return refuse(error, text, "is empty", key);
    if (len > g_ascii_strtoull(key->max, NULL, 10))
        return refuse(error, text, "is too long", key);
    replace_string(plan, key, text);
    return TRUE;
}

gboolean xr_schema_set(XrPlan *plan, const XrSchemaKey *key, const char *text, GError **error)
{
    switch (key->type) {
    case XR_KEY_NAME:
    case XR_KEY_STRING:
        return set_string(plan, key, text, error);
    case XR_KEY_ENUM:
        return set_choice(plan, key, text, error);
    case XR_KEY_BOOL:
        return set_bool(plan, key, text, error);
    case XR_KEY_UINT:
    case XR_KEY_COUNT:
    case XR_KEY_BYTES:
    case XR_KEY_DURATION:
        return set_integer(plan, key, text, error);
    case XR_KEY_RATIO:
        return set_ratio(plan, key, text, error);
    }
    g_return_val_if_reached(FALSE);
}

/* --- value to text --- */

char *xr_schema_get(const XrPlan *plan, const XrSchemaKey *key)
{
    const void *value = G_STRUCT_MEMBER_P(plan, key->offset);

    switch (key->type) {
    case XR_KEY_NAME:
    case XR_KEY_STRING:
        return g_strdup(*(char *const *)value);
    case XR_KEY_ENUM:
        return g_strdup(key->choices[*(const int *)value]);
    case XR_KEY_BOOL:
        return g_strdup(*(const gboolean *)value ? "yes" : "no");
    case XR_KEY_UINT:
        return g_strdup_printf("%u", *(const guint *)value);
    case XR_KEY_COUNT:
        return g_strdup_printf("%" G_GUINT64_FORMAT, *(const guint64 *)value);
    case XR_KEY_BYTES:
        return xr_units_format_bytes(*(const guint64 *)value);
    case XR_KEY_DURATION:
        return xr_units_format_duration(*(const guint64 *)value);
    case XR_KEY_RATIO:
        return xr_units_format_ratio(*(const double *)value);
    }
    g_return_val_if_reached(NULL);
}

void xr_schema_clear(XrPlan *plan)
{
    for (gsize i = 0; i < xr_schema_len; i++)
        if (xr_schema[i].type <= XR_KEY_STRING)
            g_clear_pointer((char **)value_of(plan, &xr_schema[i]), g_free);
}
