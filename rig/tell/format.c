/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how figures, bars and paragraphs look in reports and progress. */
#include "tell/format.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

#define NS 1e9

static guint char_columns(gunichar c)
{
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

guint xr_tell_columns(const char *text)
{
    guint columns = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        columns += char_columns(g_utf8_get_char(p));
    return columns;
}

/* Bytes of text that fit into columns; taken gets the columns they take. */
static gsize prefix(const char *text, guint columns, guint *taken)
{
    const char *p = text;
    *taken = 0;
    while (*p != '\0') {
        guint c = char_columns(g_utf8_get_char(p));
        if (*taken + c > columns)
            break;
        *taken += c;
        p = g_utf8_next_char(p);
    }
    return (gsize)(p - text);
}

char *xr_tell_fit(const char *text, guint columns, gboolean pad)
{
    GString *out = g_string_new(NULL);
    guint taken = xr_tell_columns(text);
    if (taken <= columns) {
        g_string_append(out, text);
    } else if (columns > 0) {
        g_string_append_len(out, text, (gssize)prefix(text, columns - 1, &taken));
        g_string_append(out, g_get_charset(NULL) ? "…" : ">");
        taken++;
    }
    for (; pad && taken < columns; taken++)
        g_string_append_c(out, ' ');
    return g_string_free(out, FALSE);
}

/* Where a line of text ends that may take columns: at a space if there is one, else anywhere, but
 * at least one character is taken. */
static gsize line_end(const char *text, guint columns)
{
    guint taken;
    gsize len = prefix(text, columns, &taken);
    if (text[len] == '\0')
        return len;
    for (gsize at = len; at > 0; at--)
        if (text[at] == ' ')
            return at;
    return len > 0 ? len : (gsize)(g_utf8_next_char(text) - text);
}

void xr_tell_fold(GString *out, const char *text, const char *indent, guint width)
{
    guint used = xr_tell_columns(indent);
    guint columns = width > used + 1 ? width - used : 1;
    do {
        gsize len = line_end(text, columns);
        g_string_append(out, indent);
        g_string_append_len(out, text, (gssize)len);
        g_string_append_c(out, '\n');
        text += len;
        text += strspn(text, " ");
    } while (*text != '\0');
}

char *xr_tell_bar(double share, guint columns)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    gboolean blocks = g_get_charset(NULL);
    double full = isfinite(share) ? CLAMP(share, 0.0, 1.0) * columns : 0;
    guint steps = (guint)lround(full * (blocks ? 8 : 1));
    guint whole = blocks ? steps / 8 : steps;
    guint part = blocks ? steps % 8 : 0;
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < whole; i++)
        g_string_append(out, blocks ? "█" : "#");
    g_string_append(out, eighths[part]);
    for (guint i = whole + (part > 0); i < columns; i++)
        g_string_append_c(out, ' ');
    return g_string_free(out, FALSE);
}

char *xr_tell_sparkline(const double *values, gsize n)
{
    static const char *const utf8[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    const char *const *levels = g_get_charset(NULL) ? utf8 : ascii;
    double top = 0;
    for (gsize i = 0; i < n; i++)
        if (isfinite(values[i]))
            top = MAX(top, values[i]);
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            g_string_append_c(out, ' ');
        else
            g_string_append(out, levels[top > 0 ? lround(MAX(values[i], 0) / top * 7) : 0]);
    }
    return g_string_free(out, FALSE);
}

char *xr_tell_megabytes(double bytes_per_s)
{
    double mb = bytes_per_s / 1e6;
    if (!isfinite(mb))
        return g_strdup("-");
    return g_strdup_printf(fabs(mb) < 99.995 ? "%.2f" : "%.1f", mb);
}

char *xr_tell_seconds(gint64 ns)
{
    double s = (double)ns / NS;
    if (s < 0.9995 && ns != 0)
        return g_strdup_printf("%.3g ms", s * 1e3);
    if (s < 599.95)
        return g_strdup_printf("%.1f s", s);
    gint64 whole = (gint64)llround(s);
    return g_strdup_printf("%" G_GINT64_FORMAT " min %02d s", whole / 60, (int)(whole % 60));
}

char *xr_tell_bytes(gint64 bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    guint i = 0;
    for (; fabs(value) >= 1024 && i + 1 < G_N_ELEMENTS(units); i++)
        value /= 1024;
    if (value == round(value))
        return g_strdup_printf("%.0f %s", value, units[i]);
    int digits = fabs(value) < 9.995 ? 2 : fabs(value) < 99.95 ? 1 : 0;
    return g_strdup_printf("%.*f %s", digits, value, units[i]);
}

char *xr_tell_value(double value, const char *unit)
{
    if (!isfinite(value))
        return g_strdup("not measured");
    if (g_strcmp0(unit, "B/s") == 0) {
        g_autofree char *mb = xr_tell_megabytes(value);
        return g_strconcat(mb, " MB/s", NULL);
    }
    if (g_strcmp0(unit, "ns") == 0)
        return xr_tell_seconds((gint64)CLAMP(value, -9e18, 9e18));
    if (g_strcmp0(unit, "s") == 0)
        return xr_tell_seconds((gint64)CLAMP(value * NS, -9e18, 9e18));
    if (g_strcmp0(unit, "B") == 0 || g_strcmp0(unit, "bytes") == 0)
        return xr_tell_bytes((gint64)CLAMP(value, -9e18, 9e18));
    if (g_strcmp0(unit, "ratio") == 0)
        return g_strdup_printf("%.3f", value);
    if (unit == NULL || unit[0] == '\0' || g_str_equal(unit, "count"))
        return g_strdup_printf("%.15g", value);
    /* What is counted is the same each time, to the last digit. */
    if (g_str_equal(unit, "/MiB") && fabs(value) >= 1000)
        return g_strdup_printf("%.0f %s", value, unit);
    return g_strdup_printf("%.3g %s", value, unit);
}

char *xr_tell_when(gint64 when_ns, const char *stage)
{
    if (when_ns < 0)
        return g_strdup("over the whole run");
    g_autofree char *seconds = g_strdup_printf("%.1f s", (double)when_ns / NS);
    return stage == NULL ? g_strdup_printf("at %s", seconds)
                         : g_strdup_printf("at %s, %s", seconds, stage);
}

char *xr_tell_safe(const char *text, gsize max_bytes)
{
    return xr_text_escape(text == NULL ? "" : text, -1, max_bytes);
}

void xr_tell_set(JsonObject *object, const char *name, const char *text, gsize max_bytes)
{
    g_autofree char *safe = xr_tell_safe(text, max_bytes);

    if (text != NULL)
        json_object_set_string_member(object, name, safe);
    else
        json_object_set_null_member(object, name);
}

char *xr_tell_shell_word(const char *text)
{
    const gboolean plain = text[0] != '\0' && strpbrk(text, " \t\n'\"\\$`*?[]();&|<>~#!{}") == NULL;
    g_autofree char *word = plain ? g_strdup(text) : g_shell_quote(text);

    return xr_tell_safe(word, 8192);
}

char *xr_tell_incomplete(const XrVerdict *verdict)
{
    g_autoptr(GString) text = g_string_new("The run is incomplete: ");

    if (verdict->kind != XR_FAIL || xr_verdict_is_complete(verdict))
        return NULL;
    for (guint i = 0; i < verdict->incomplete->len; i++) {
        g_autofree char *reason = xr_tell_safe(verdict->incomplete->pdata[i], 1000);

        g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", reason);
    }
    if (text->str[text->len - 1] != '.')
        g_string_append_c(text, '.');
    return g_strdup(text->str);
}

const char *xr_tell_weight(XrVerdictKind weight)
{
    return weight == XR_PASS ? "note" : xr_verdict_name(weight);
}

char *xr_tell_quote(const char *text, gboolean whole_lines, gsize max_bytes, guint width)
{
    g_autofree char *cut = g_strchomp(g_strndup(text, max_bytes));
    g_auto(GStrv) lines = whole_lines ? g_strsplit(cut, "\n", -1) : NULL;
    GString *folded = g_string_new(NULL);

    for (gsize i = 0; lines != NULL && lines[i] != NULL; i++) {
        g_autofree char *line = xr_tell_safe(lines[i], max_bytes);

        xr_tell_fold(folded, g_strchomp(line), "    | ", width);
    }
    if (!whole_lines) {
        g_autofree char *line = xr_tell_safe(text, max_bytes);

        xr_tell_fold(folded, line, "    | ", width);
    } else if (strlen(text) > max_bytes) {
        g_string_append(folded, "    | …\n");
    }
    return g_string_free(folded, FALSE);
}
