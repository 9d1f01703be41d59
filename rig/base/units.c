/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: values with units, as plans and options write them. */
#include "base/units.h"
#include "base/error.h"
#include "base/text.h"
#include <string.h>

#define BYTES_HELP    "write bytes as 4096, 64K, 2M, 1G or 1T"
#define DURATION_HELP "write a time as 100us, 250ms, 30s, 5m or 1h"
#define RATIO_HELP    "write a ratio as 15% or 0.15"
#define RATIO_MAX     10.0

typedef struct {
    const char *name;
    guint64 factor;
} Unit;

/* Largest first: formatting takes the first that divides. Names of equal factor: the short first.
 */
static const Unit byte_units[] = {
    {"T", G_GUINT64_CONSTANT(1) << 40},
    {"TiB", G_GUINT64_CONSTANT(1) << 40},
    {"G", G_GUINT64_CONSTANT(1) << 30},
    {"GiB", G_GUINT64_CONSTANT(1) << 30},
    {"M", G_GUINT64_CONSTANT(1) << 20},
    {"MiB", G_GUINT64_CONSTANT(1) << 20},
    {"K", G_GUINT64_CONSTANT(1) << 10},
    {"KiB", G_GUINT64_CONSTANT(1) << 10},
    {"", 1},
};
static const Unit duration_units[] = {
    {"h", G_GUINT64_CONSTANT(3600000000000)}, {"m", G_GUINT64_CONSTANT(60000000000)},
    {"s", G_GUINT64_CONSTANT(1000000000)},    {"ms", G_GUINT64_CONSTANT(1000000)},
    {"us", G_GUINT64_CONSTANT(1000)},         {"ns", 1},
};

static gboolean refuse(GError **error, const char *text, const char *what, const char *help)
{
    g_autofree char *shown = xr_text_escape(text, -1, 80);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"%s\" %s; %s", shown, what, help);
    return FALSE;
}

/* What is wrong with a text that does not begin with a number, NULL if it does. */
static const char *number_fault(const char *text)
{
    if (!*text)
        return "is empty";
    if (*text == '-' && g_ascii_isdigit(text[1]))
        return "is negative";
    if (!g_ascii_isdigit(*text))
        return "is no number";
    return NULL;
}

static gboolean parse(const char *text, const Unit *units, gsize n_units, const char *help,
                      guint64 *value, GError **error)
{
    const char *fault = number_fault(text);
    if (fault)
        return refuse(error, text, fault, help);

    const gsize digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    guint64 number = 0;
    g_autofree char *number_text = g_strndup(text, digits);
    if (!g_ascii_string_to_unsigned(number_text, 10, 0, G_MAXUINT64, &number, NULL))
        return refuse(error, text, "is too large", help);
    if (*unit == '.' || *unit == ',')
        return refuse(error, text, "is no whole number", help);

    for (gsize i = 0; i < n_units; i++) {
        if (!g_str_equal(unit, units[i].name))
            continue;
        if (!g_uint64_checked_mul(value, number, units[i].factor))
            return refuse(error, text, "is too large", help);
        return TRUE;
    }
    if (!*unit && number == 0) {
        *value = 0;
        return TRUE;
    }
    return refuse(error, text, *unit ? "has no unit I know" : "has no unit", help);
}

gboolean xr_units_parse_bytes(const char *text, guint64 *bytes, GError **error)
{
    return parse(text, byte_units, G_N_ELEMENTS(byte_units), BYTES_HELP, bytes, error);
}

gboolean xr_units_parse_duration(const char *text, guint64 *duration_ns, GError **error)
{
    return parse(text, duration_units, G_N_ELEMENTS(duration_units), DURATION_HELP, duration_ns,
                 error);
}

gboolean xr_units_parse_ratio(const char *text, double *ratio, GError **error)
{
    const char *fault = *text == '.' ? NULL : number_fault(text);
    if (fault)
        return refuse(error, text, fault, RATIO_HELP);

    char *end = NULL;
    const double number = g_ascii_strtod(text, &end);
    const gboolean percent = g_str_equal(end, "%");
    /* strtod would also take hexadecimal. */
    const gboolean plain = strspn(text, "0123456789.eE+-") == (gsize)(end - text) && end > text;
    if (!plain || (*end && !percent))
        return refuse(error, text, "is no ratio", RATIO_HELP);

    const double value = percent ? number / 100 : number;
    if (!(value <= RATIO_MAX))
        return refuse(error, text, "is above 10 (1000%)", RATIO_HELP);
    *ratio = value;
    return TRUE;
}

static char *format(guint64 value, const Unit *units, gsize n_units)
{
    if (value == 0)
        return g_strdup("0");
    gsize i = 0;
    while (i + 1 < n_units && value % units[i].factor != 0)
        i++;
    return g_strdup_printf("%" G_GUINT64_FORMAT "%s", value / units[i].factor, units[i].name);
}

char *xr_units_format_bytes(guint64 bytes)
{
    return format(bytes, byte_units, G_N_ELEMENTS(byte_units));
}

char *xr_units_format_duration(guint64 duration_ns)
{
    return format(duration_ns, duration_units, G_N_ELEMENTS(duration_units));
}

/* The shortest text of number, followed by suffix, that parses back to ratio; NULL if none does. */
static char *format_digits(double number, const char *suffix, double ratio)
{
    char *shortest = NULL;
    for (int digits = 1; digits <= 17; digits++) {
        char buffer[G_ASCII_DTOSTR_BUF_SIZE], format_text[16];
        double back = 0;
        g_snprintf(format_text, sizeof(format_text), "%%.%dg", digits);
        g_ascii_formatd(buffer, sizeof(buffer), format_text, number);
        g_autofree char *text = g_strconcat(buffer, suffix, NULL);
        if (!xr_units_parse_ratio(text, &back, NULL) || back != ratio)
            continue;
        if (shortest && strlen(shortest) <= strlen(text)) /* fewer digits, but an exponent */
            continue;
        g_free(shortest);
        shortest = g_steal_pointer(&text);
    }
    return shortest;
}

char *xr_units_format_ratio(double ratio)
{
    g_autofree char *plain = format_digits(ratio, "", ratio);
    g_autofree char *percent = format_digits(ratio * 100, "%", ratio);

    if (ratio == 0)
        return g_strdup("0");
    if (!plain) /* outside what a plan can hold */
        return g_strdup_printf("%g", ratio);
    if (percent && strlen(percent) <= strlen(plain))
        return g_steal_pointer(&percent);
    return g_steal_pointer(&plain);
}
