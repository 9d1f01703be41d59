/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a plan's file, with the lines on which its keys stand.
 *
 * GKeyFile is the judge of syntax and unescapes values, but it knows no lines and lets the last of
 * two equal keys win. So the lines are gone through once more here, for places and duplicates. */
#include "plan/file.h"
#include "base/error.h"
#include "base/text.h"
#include <string.h>

static void entry_free(gpointer data)
{
    XrPlanEntry *entry = data;
    g_free(entry->section);
    g_free(entry->key);
    g_free(entry->value);
    g_free(entry);
}

static guint line_at(const char *text, const char *place)
{
    guint line = 1;
    for (; text < place; text++)
        line += *text == '\n';
    return line;
}

/* Bytes of the first n lines. */
static gsize prefix_length(char **lines, guint n)
{
    gsize length = 0;
    for (guint i = 0; i < n; i++)
        length += strlen(lines[i]) + 1;
    return length;
}

/* Line of the first error: the shortest run of lines from the top that does not load. */
static guint first_bad_line(const char *text, char **lines)
{
    guint good = 0, bad = g_strv_length(lines);

    while (bad - good > 1) {
        const guint middle = good + (bad - good) / 2;
        g_autoptr(GKeyFile) part = g_key_file_new();
        if (g_key_file_load_from_data(part, text, prefix_length(lines, middle), G_KEY_FILE_NONE,
                                      NULL))
            good = middle;
        else
            bad = middle;
    }
    return bad;
}

static void set_syntax_error(GError **error, const char *path, const char *text,
                             const GError *cause)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    const guint line = first_bad_line(text, lines);
    g_autofree char *shown = xr_text_escape(g_strstrip(lines[line - 1]), -1, 80);

    if (g_error_matches(cause, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND))
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s:%u: \"%s\" stands before any section; write a [section] line above it",
                    path, line, shown);
    else if (g_error_matches(cause, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE))
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s:%u: \"%s\" is neither a section nor a key; write [section], key=value or "
                    "# comment",
                    path, line, shown);
    else
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s:%u: %s", path, line, cause->message);
}

static gboolean load(const char *path, GKeyFile *file, char **text, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autofree char *contents = NULL;
    gsize size = 0;
    const char *bad = NULL;

    if (!g_file_get_contents(path, &contents, &size, &cause)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s: cannot read the plan: %s", path,
                    cause->message);
        return FALSE;
    }
    if (!g_utf8_validate_len(contents, size, &bad)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s:%u: is not UTF-8 text; save the plan as UTF-8", path,
                    line_at(contents, bad));
        return FALSE;
    }
    if (!g_key_file_load_from_data(file, contents, size, G_KEY_FILE_NONE, &cause)) {
        set_syntax_error(error, path, contents, cause);
        return FALSE;
    }
    *text = g_steal_pointer(&contents);
    return TRUE;
}

/* A comment or blank line gives nothing. */
static XrPlanEntry *parse_line(char *line, guint number, const char *section)
{
    g_strstrip(line);
    if (!*line || *line == '#')
        return NULL;
    XrPlanEntry *entry = g_new0(XrPlanEntry, 1);
    entry->line = number;
    if (*line == '[') {
        entry->section = g_strndup(line + 1, strcspn(line + 1, "]"));
    } else {
        entry->section = g_strdup(section);
        entry->key = g_strchomp(g_strndup(line, strcspn(line, "=")));
    }
    return entry;
}

static gboolean add_key(const char *path, GKeyFile *file, GHashTable *seen, XrPlanEntry *entry,
                        GError **error)
{
    g_autofree char *name = g_strconcat(entry->section, ".", entry->key, NULL);
    g_autofree char *shown = xr_text_escape(name, -1, 80);
    const guint before = GPOINTER_TO_UINT(g_hash_table_lookup(seen, name));

    if (before) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s:%u: %s: is there twice, first on line %u; remove one", path, entry->line,
                    shown, before);
        return FALSE;
    }
    g_hash_table_insert(seen, g_steal_pointer(&name), GUINT_TO_POINTER(entry->line));
    g_autoptr(GError) cause = NULL;
    entry->value = g_key_file_get_string(file, entry->section, entry->key, &cause);
    if (g_error_matches(cause, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s:%u: %s: has a backslash that escapes nothing; write \\\\ for a backslash",
                    path, entry->line, shown);
        return FALSE;
    }
    /* A key that GKeyFile passed over (a translation, "key[de]") is unknown to the schema. */
    if (!entry->value)
        entry->value = g_strdup("");
    g_strstrip(entry->value);
    return TRUE;
}

GPtrArray *xr_plan_file_read(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *text = NULL;

    if (!load(path, file, &text, error))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    const char *section = "";
    for (guint i = 0; lines[i]; i++) {
        XrPlanEntry *entry = parse_line(lines[i], i + 1, section);
        if (!entry)
            continue;
        g_ptr_array_add(entries, entry);
        section = entry->section;
        if (entry->key && !add_key(path, file, seen, entry, error))
            return NULL;
    }
    return g_steal_pointer(&entries);
}
