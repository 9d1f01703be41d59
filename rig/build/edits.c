/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: insertions into a source tree at places known by their text.
 *
 * The method of a semantic patch with the least of means: an anchor is a piece of one line, compared
 * without its blanks, and stands exactly once in the file or in the function it is sought in. Releases move
 * lines about and leave these be; where one does not, that is said, and nothing is guessed. Limits: functions
 * are found by the layout that Xen's coding style prescribes, and the preprocessor is not looked at. */
#include "build/edits.h"
#include "base/error.h"
#include <string.h>

static const char has_file[] = "xen/include/xen/xenrig-has.h";

typedef struct {
    const char *headers;
    const char *tree;
    char *path;       /* of the file under edit, relative; NULL before the first */
    GPtrArray *lines; /* of that file, char * */
    char *function;   /* NULL: the whole file */
    GString *has;
    gint at; /* where "+" lines go; -1: nowhere */
} Editor;

static void free_editor(Editor *editor)
{
    g_free(editor->path);
    g_clear_pointer(&editor->lines, g_ptr_array_unref);
    g_free(editor->function);
    g_string_free(editor->has, TRUE);
    g_free(editor);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Editor, free_editor)

static gboolean save(Editor *editor, GError **error)
{
    if (!editor->path)
        return TRUE;
    g_autofree char *path = g_build_filename(editor->tree, editor->path, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < editor->lines->len; i++)
        g_string_append_printf(text, "%s%s", i ? "\n" : "", (char *)editor->lines->pdata[i]);
    g_clear_pointer(&editor->path, g_free);
    g_clear_pointer(&editor->lines, g_ptr_array_unref);
    return g_file_set_contents(path, text->str, (gssize)text->len, error);
}

/* Without blanks at all: "spinlock_t   lock;" and "spinlock_t lock;" are one. */
static char *squeeze(const char *text)
{
    char *squeezed = g_malloc(strlen(text) + 1);
    gsize length = 0;

    for (; *text; text++)
        if (!g_ascii_isspace(*text))
            squeezed[length++] = *text;
    squeezed[length] = '\0';
    return squeezed;
}

static gboolean begins_function(char **lines, guint at, const char *function)
{
    const char *line = lines[at];
    g_autofree char *call = g_strconcat(function, "(", NULL);
    const char *found = strstr(line, call);

    if (g_ascii_isspace(*line) || *line == '#' || *line == '/' || !found ||
        (found > line && (g_ascii_isalnum(found[-1]) || found[-1] == '_')))
        return FALSE;
    for (; lines[at]; at++) {
        if (*lines[at] == '{')
            return TRUE;
        if (strchr(lines[at], ';') || *lines[at] == '}')
            return FALSE;
    }
    return FALSE;
}

gboolean xr_edits_find_function(char **lines, const char *function, guint *first, guint *end,
                                guint *count)
{
    *count = 0;
    for (guint i = 0; lines[i]; i++) {
        if (!begins_function(lines, i, function))
            continue;
        ++*count;
        *first = i;
        while (lines[i] && *lines[i] != '}')
            i++;
        *end = lines[i] ? i + 1 : i;
        if (!lines[i])
            break;
    }
    return *count == 1;
}

static gboolean find_scope(const Editor *editor, guint *first, guint *end, GError **error)
{
    guint count;

    *first = 0;
    *end = editor->lines->len;
    if (!editor->function)
        return TRUE;
    g_ptr_array_add(editor->lines, NULL);
    gboolean found =
        xr_edits_find_function((char **)editor->lines->pdata, editor->function, first, end, &count);
    g_ptr_array_set_size(editor->lines, (gint)editor->lines->len - 1);
    if (found)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                "%s defines %s() %u times, not once: the edits were not made for this release",
                editor->path, editor->function, count);
    return FALSE;
}

/* The one line with pattern in it. */
static gboolean find_line(const Editor *editor, const char *pattern, guint *line, GError **error)
{
    g_autofree char *wanted = squeeze(pattern);
    g_autoptr(GString) places = g_string_new(NULL);
    guint first, end, count = 0;

    if (!find_scope(editor, &first, &end, error))
        return FALSE;
    for (guint i = first; i < end; i++) {
        g_autofree char *squeezed = squeeze(editor->lines->pdata[i]);
        if (!strstr(squeezed, wanted))
            continue;
        *line = i;
        g_string_append_printf(places, "%s%u", count++ ? ", " : " on lines ", i + 1);
    }
    if (count == 1)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                "%s: \"%s\" stands %u times%s%s%s%s, not once: the edits were not made for this "
                "release",
                editor->path, pattern, count, editor->function ? " in " : "",
                editor->function ? editor->function : "", editor->function ? "()" : "",
                places->str);
    return FALSE;
}

static gboolean word_file(Editor *editor, const char *rest, GError **error)
{
    g_autofree char *path = g_build_filename(editor->tree, rest, NULL);
    g_autofree char *text = NULL;

    g_clear_pointer(&editor->function, g_free);
    if (!save(editor, error))
        return FALSE;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_set_error(error, XR_ERROR, XR_ERROR_BUILD, "the source tree has no file %s", rest);
        return FALSE;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    editor->path = g_strdup(rest);
    editor->lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; lines[i]; i++)
        g_ptr_array_add(editor->lines, g_strdup(lines[i]));
    return TRUE;
}

static gboolean word_function(Editor *editor, const char *rest, GError **error)
{
    g_free(editor->function);
    editor->function = *rest ? g_strdup(rest) : NULL;
    return TRUE;
}

static gboolean word_before(Editor *editor, const char *rest, GError **error)
{
    guint line;

    if (!find_line(editor, rest, &line, error))
        return FALSE;
    editor->at = (gint)line;
    return TRUE;
}

static gboolean word_after(Editor *editor, const char *rest, GError **error)
{
    if (!word_before(editor, rest, error))
        return FALSE;
    editor->at++;
    return TRUE;
}

static gboolean word_replace(Editor *editor, const char *rest, GError **error)
{
    g_auto(GStrv) sides = g_strsplit(rest, " -> ", 2);
    guint line;

    if (g_strv_length(sides) != 2) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"replace\" wants OLD -> NEW");
        return FALSE;
    }
    if (!find_line(editor, sides[0], &line, error))
        return FALSE;
    char **place = (char **)&editor->lines->pdata[line];
    g_auto(GStrv) parts = g_strsplit(*place, sides[0], -1);
    g_free(*place);
    *place = g_strjoinv(sides[1], parts);
    return TRUE;
}

static gboolean word_copy(Editor *editor, const char *rest, GError **error)
{
    g_auto(GStrv) names = g_strsplit(rest, " ", 2);
    g_autofree char *text = NULL;
    gsize size;

    if (g_strv_length(names) != 2) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"copy\" wants NAME and PATH");
        return FALSE;
    }
    g_autofree char *from = g_build_filename(editor->headers, names[0], NULL);
    g_autofree char *to = g_build_filename(editor->tree, names[1], NULL);
    return g_file_get_contents(from, &text, &size, error) &&
           g_file_set_contents(to, text, (gssize)size, error);
}

static gboolean word_has(Editor *editor, const char *rest, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(rest, " ", 2);
    g_autofree char *wanted = squeeze(parts[0] && parts[1] ? parts[1] : "");

    if (!*wanted) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"has\" wants MACRO and PATTERN");
        return FALSE;
    }
    for (guint i = 0; i < editor->lines->len; i++) {
        g_autofree char *squeezed = squeeze(editor->lines->pdata[i]);
        if (strstr(squeezed, wanted)) {
            g_string_append_printf(editor->has, "#define %s\n", parts[0]);
            return TRUE;
        }
    }
    g_string_append_printf(editor->has, "/* no %s */\n", parts[0]);
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*run)(Editor *editor, const char *rest, GError **error);
    gboolean needs_file, needs_rest;
} words[] = {
    {"file", word_file, FALSE, TRUE},      {"function", word_function, TRUE, FALSE},
    {"after", word_after, TRUE, TRUE},     {"before", word_before, TRUE, TRUE},
    {"replace", word_replace, TRUE, TRUE}, {"copy", word_copy, FALSE, TRUE},
    {"has", word_has, TRUE, TRUE},
};

static gboolean run_word(Editor *editor, const char *line, GError **error)
{
    gsize length = strcspn(line, " ");
    g_autofree char *name = g_strndup(line, length);
    const char *rest = line + length + strspn(line + length, " ");

    editor->at = -1;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(words[i].name, name) != 0)
            continue;
        if ((words[i].needs_file && !editor->path) || (words[i].needs_rest && !*rest)) {
            g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"%s\" lacks %s", name,
                        *rest ? "a \"file\" before it" : "an argument");
            return FALSE;
        }
        return words[i].run(editor, rest, error);
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no such word: \"%s\"; known: after, before, copy, file, function, has, replace",
                name);
    return FALSE;
}

static gboolean run_line(Editor *editor, const char *line, GError **error)
{
    if (!*line || *line == '#')
        return TRUE;
    if (*line != '+')
        return run_word(editor, line, error);
    if (editor->at < 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"+\" follows neither after nor before");
        return FALSE;
    }
    g_ptr_array_insert(editor->lines, editor->at++, g_strdup(line + 1));
    return TRUE;
}

static gboolean save_has(const Editor *editor, GError **error)
{
    if (editor->has->len == 0)
        return TRUE;
    g_autofree char *path = g_build_filename(editor->tree, has_file, NULL);
    return g_file_set_contents(path, editor->has->str, (gssize)editor->has->len, error);
}

gboolean xr_edits_apply(const char *list, const char *headers, const char *tree, GError **error)
{
    g_autoptr(Editor) editor = g_new0(Editor, 1);
    g_autofree char *text = NULL;

    editor->headers = headers;
    editor->tree = tree;
    editor->has = g_string_new(NULL);
    editor->at = -1;
    if (!g_file_get_contents(list, &text, NULL, error))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        if (!run_line(editor, lines[i], error)) {
            g_prefix_error(error, "%s:%u: ", list, i + 1);
            return FALSE;
        }
    }
    return save(editor, error) && save_has(editor, error);
}

gboolean xr_edits_hash(const char *list, const char *headers, GChecksum *checksum, GError **error)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(list, &text, NULL, error))
        return FALSE;
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], " ", 3);
        g_autofree char *header = NULL;
        if (g_strv_length(parts) != 3 || strcmp(parts[0], "copy") != 0)
            continue;
        g_autofree char *path = g_build_filename(headers, parts[1], NULL);
        if (!g_file_get_contents(path, &header, NULL, error))
            return FALSE;
        g_checksum_update(checksum, (const guchar *)header, -1);
    }
    return TRUE;
}
