/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what consoles said around findings. */
#include "tell/excerpt.h"

#include "base/json.h"
#include <string.h>

enum { EXCERPTS_MAX = 12, BEFORE = 8, AFTER = 16, LINE_BYTES_MAX = 1024 };
static const gint64 after_ns = (gint64)10 * 1000000000; /* later lines are another matter */

static void said_free(gpointer data)
{
    XrSaid *said = data;

    g_free(said->line);
    g_free(said);
}

static void excerpt_free(gpointer data)
{
    XrExcerpt *excerpt = data;

    g_queue_clear_full(&excerpt->before, said_free);
    g_queue_clear_full(&excerpt->after, said_free);
    g_free(excerpt->source);
    g_free(excerpt);
}

/* "w03" of "w03/vbd0"; what the rig itself complains of is looked for on the machine's console. */
static char *source_of(const XrFinding *finding)
{
    const char *where = finding->where != NULL ? finding->where : "";

    if (where[0] == '\0' || g_str_equal(where, "rig"))
        return g_strdup("xen");
    return g_strndup(where, strcspn(where, "/"));
}

GPtrArray *xr_excerpts_new(const GPtrArray *findings)
{
    GPtrArray *excerpts = g_ptr_array_new_with_free_func(excerpt_free);

    for (guint i = 0; i < findings->len && excerpts->len < EXCERPTS_MAX; i++) {
        const XrFinding *finding = g_ptr_array_index(findings, i);
        XrExcerpt *excerpt;

        if (finding->when_ns < 0)
            continue;
        excerpt = g_new0(XrExcerpt, 1);
        excerpt->finding = finding;
        excerpt->source = source_of(finding);
        g_queue_init(&excerpt->before);
        g_queue_init(&excerpt->after);
        g_ptr_array_add(excerpts, excerpt);
    }
    return excerpts;
}

static void add_line(XrExcerpt *excerpt, const char *line, gint64 t_ns)
{
    const gboolean late = t_ns >= excerpt->finding->when_ns;
    XrSaid *said;

    if (late && (excerpt->after.length >= AFTER || t_ns > excerpt->finding->when_ns + after_ns))
        return;
    said = g_new0(XrSaid, 1);
    said->t_ns = t_ns;
    said->line = g_strndup(line, LINE_BYTES_MAX);
    g_queue_push_tail(late ? &excerpt->after : &excerpt->before, said);
    if (excerpt->before.length > BEFORE)
        said_free(g_queue_pop_head(&excerpt->before));
}

void xr_excerpts_line(GPtrArray *excerpts, JsonObject *event, gint64 t_ns)
{
    const char *source = xr_json_string(event, "source", "");
    const char *line = xr_json_string(event, "line", "");

    for (guint i = 0; i < excerpts->len; i++) {
        XrExcerpt *excerpt = g_ptr_array_index(excerpts, i);

        if (g_str_equal(excerpt->source, source))
            add_line(excerpt, line, t_ns);
    }
}

static gint64 first_ns(const XrExcerpt *excerpt)
{
    const GQueue *lines = excerpt->before.length > 0 ? &excerpt->before : &excerpt->after;

    return ((const XrSaid *)lines->head->data)->t_ns;
}

static gint64 last_ns(const XrExcerpt *excerpt)
{
    const GQueue *lines = excerpt->after.length > 0 ? &excerpt->after : &excerpt->before;

    return ((const XrSaid *)lines->tail->data)->t_ns;
}

/* Whether all of the other's lines are there. */
static gboolean shows(const XrExcerpt *excerpt, const XrExcerpt *other)
{
    return g_str_equal(excerpt->source, other->source) && first_ns(excerpt) <= first_ns(other) &&
           last_ns(other) <= last_ns(excerpt);
}

void xr_excerpts_settle(GPtrArray *excerpts)
{
    guint i = 0;

    while (i < excerpts->len) {
        const XrExcerpt *excerpt = g_ptr_array_index(excerpts, i);
        gboolean drop = excerpt->before.length + excerpt->after.length == 0;

        for (guint k = 0; k < i && !drop; k++)
            drop = shows(g_ptr_array_index(excerpts, k), excerpt);
        if (drop)
            g_ptr_array_remove_index(excerpts, i);
        else
            i++;
    }
}
