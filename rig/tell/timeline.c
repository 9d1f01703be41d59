/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what happened when, read from a record: for pictures and excerpts. */
#include "tell/timeline.h"

#include "base/json.h"
#include "keep/record.h"
#include "tell/excerpt.h"

#include <string.h>

/* A record may come from anywhere: no more of it is kept than a page can show. */
enum { STAGES_MAX = 1200, MARKS_MAX = 4000, CLOCKS_MAX = 1 << 20, TEXT_MAX = 400 };

static const char *const mark_names[XR_MARKS] = {
    [XR_MARK_CREATED] = "domU created", [XR_MARK_RELEASED] = "domU released",
    [XR_MARK_READY] = "domU ready",     [XR_MARK_STREAMING] = "domU streaming",
    [XR_MARK_ENDED] = "domU ended",     [XR_MARK_FAULT] = "fault ordered",
    [XR_MARK_RIG] = "rig, machine",
};

const char *xr_timeline_name(XrMarkKind kind)
{
    return mark_names[kind];
}

static void mark_free(gpointer data)
{
    XrMark *mark = data;

    g_free(mark->where);
    g_free(mark->text);
    g_free(mark);
}

static void stage_free(gpointer data)
{
    XrStage *stage = data;

    g_free(stage->name);
    g_free(stage);
}

void xr_timeline_free(XrTimeline *timeline)
{
    if (timeline == NULL)
        return;
    g_ptr_array_unref(timeline->stages);
    g_ptr_array_unref(timeline->marks);
    g_clear_pointer(&timeline->excerpts, g_ptr_array_unref);
    g_array_unref(timeline->clocks);
    g_free(timeline);
}

/* --- events --- */

static void take_stage(XrTimeline *timeline, JsonObject *event, gint64 t)
{
    const char *name = xr_json_string(event, "name", "");
    const gint64 index = xr_json_int(event, "index", -1);
    const gboolean window = g_str_equal(name, "window") || g_str_equal(name, "lockstep");
    g_autofree char *shown = window && index >= 0 && index < G_MAXINT32
                                 ? g_strdup_printf("window %d", (int)index + 1)
                                 : g_strndup(name, 32);
    XrStage *stage;

    if (g_str_equal(xr_json_string(event, "state", ""), "begin")) {
        if (timeline->stages->len >= STAGES_MAX)
            return;
        stage = g_new0(XrStage, 1);
        stage->name = g_steal_pointer(&shown);
        stage->begin_ns = t;
        stage->end_ns = -1;
        stage->measured = window;
        g_ptr_array_add(timeline->stages, stage);
        return;
    }
    for (guint i = timeline->stages->len; i > 0; i--) {
        stage = g_ptr_array_index(timeline->stages, i - 1);
        if (stage->end_ns < 0 && g_str_equal(stage->name, shown)) {
            stage->end_ns = t;
            return;
        }
    }
}

/* Takes text. */
static void add_mark(XrTimeline *timeline, XrMarkKind kind, gint64 t, const char *where, char *text)
{
    XrMark *mark;

    if (timeline->marks->len >= MARKS_MAX) {
        g_free(text);
        return;
    }
    mark = g_new0(XrMark, 1);
    mark->kind = kind;
    mark->t_ns = t;
    mark->where = g_strndup(where, 64);
    mark->text = text;
    g_ptr_array_add(timeline->marks, mark);
}

static void take_domain(XrTimeline *timeline, JsonObject *event, gint64 t)
{
    static const struct {
        const char *what;
        XrMarkKind kind;
    } kinds[] = {{"created", XR_MARK_CREATED}, {"released", XR_MARK_RELEASED},
                 {"exited", XR_MARK_ENDED},    {"destroyed", XR_MARK_ENDED},
                 {"zombie", XR_MARK_ENDED},    {"left", XR_MARK_ENDED}};
    const char *what = xr_json_string(event, "what", "");
    const char *reason = xr_json_string(event, "reason", "");
    const char *detail = xr_json_string(event, "detail", "");

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_equal(kinds[i].what, what))
            continue;
        add_mark(timeline, kinds[i].kind, t, xr_json_string(event, "name", "?"),
                 g_strdup_printf("%s%s%.64s%s%.*s", what, reason[0] != '\0' ? ": " : "", reason,
                                 detail[0] != '\0' ? ": " : "", TEXT_MAX, detail));
    }
}

/* domUs tell of themselves by their state. */
static void take_guest(XrTimeline *timeline, JsonObject *event, gint64 t)
{
    const char *state = xr_json_string(event, "state", "");
    const char *name = xr_json_string(event, "name", "?");

    if (g_str_equal(state, "ready"))
        add_mark(timeline, XR_MARK_READY, t, name, g_strdup(state));
    else if (g_str_equal(state, "streaming"))
        add_mark(timeline, XR_MARK_STREAMING, t, name, g_strdup(state));
}

/* Of rig, machine and fault: what, and why. */
static void take_words(XrTimeline *timeline, JsonObject *event, XrMarkKind kind, gint64 t)
{
    const char *what = xr_json_string(event, kind == XR_MARK_FAULT ? "fault" : "what", "?");
    const char *text = xr_json_string(event, "text", "");
    const char *where = xr_json_string(event, "domain", xr_json_string(event, "kind", "?"));

    add_mark(timeline, kind, t, where,
             g_strdup_printf("%.64s%s%.*s", what, text[0] != '\0' ? ": " : "", TEXT_MAX, text));
}

static void take_sample(XrTimeline *timeline, JsonObject *event, gint64 t)
{
    const XrClock clock = {t, xr_json_int(event, "guest_ns", -1)};
    const guint n = timeline->clocks->len;
    const XrClock *last = n > 0 ? &g_array_index(timeline->clocks, XrClock, n - 1) : NULL;

    if (clock.guest_ns < 0 || n >= CLOCKS_MAX ||
        (last != NULL && (clock.t_ns <= last->t_ns || clock.guest_ns <= last->guest_ns)))
        return;
    g_array_append_val(timeline->clocks, clock);
}

static void take(JsonObject *event, gpointer user_data)
{
    XrTimeline *timeline = user_data;
    const char *kind = xr_json_string(event, "kind", "");
    const gint64 t = MAX(xr_json_int(event, "t", 0), 0);

    timeline->end_ns = MAX(timeline->end_ns, t);
    if (g_str_equal(kind, "sample"))
        take_sample(timeline, event, t);
    else if (g_str_equal(kind, "console"))
        xr_excerpts_line(timeline->excerpts, event, t);
    else if (g_str_equal(kind, "stage"))
        take_stage(timeline, event, t);
    else if (g_str_equal(kind, "domain"))
        take_domain(timeline, event, t);
    else if (g_str_equal(kind, "guest"))
        take_guest(timeline, event, t);
    else if (g_str_equal(kind, "fault"))
        take_words(timeline, event, XR_MARK_FAULT, t);
    else if (g_str_equal(kind, "rig") || g_str_equal(kind, "machine"))
        take_words(timeline, event, XR_MARK_RIG, t);
}

XrTimeline *xr_timeline_read(const char *dir, const GPtrArray *findings, GError **error)
{
    g_autoptr(XrTimeline) timeline = g_new0(XrTimeline, 1);

    timeline->stages = g_ptr_array_new_with_free_func(stage_free);
    timeline->marks = g_ptr_array_new_with_free_func(mark_free);
    timeline->clocks = g_array_new(FALSE, FALSE, sizeof(XrClock));
    timeline->excerpts = xr_excerpts_new(findings);
    if (!xr_record_read_events(dir, take, timeline, NULL, error))
        return NULL;
    for (guint i = 0; i < timeline->stages->len; i++) {
        XrStage *stage = g_ptr_array_index(timeline->stages, i);

        if (stage->end_ns < 0)
            stage->end_ns = timeline->end_ns;
    }
    xr_excerpts_settle(timeline->excerpts);
    return g_steal_pointer(&timeline);
}

gint64 xr_timeline_guest(const XrTimeline *timeline, gint64 t_ns)
{
    const XrClock *clocks = (const XrClock *)(gpointer)timeline->clocks->data;
    guint low = 0, high = timeline->clocks->len;

    if (high < 2)
        return -1;
    high--;
    while (high - low > 1) {
        const guint middle = low + (high - low) / 2;

        if (clocks[middle].t_ns <= t_ns)
            low = middle;
        else
            high = middle;
    }
    const double share =
        (double)(t_ns - clocks[low].t_ns) / (double)(clocks[high].t_ns - clocks[low].t_ns);
    return MAX(clocks[low].guest_ns +
                   (gint64)(share * (double)(clocks[high].guest_ns - clocks[low].guest_ns)),
               0);
}
