/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the page of a history: for each plan and build whether its figures changed, their trends, and the runs. */
#include "tell/facts.h"
#include "tell/pages.h"
#include "tell/trend-plot.h"

#include "tell/format.h"
#include <math.h>

enum {
    PIXELS_HIGH = 300,
    SMALL_HIGH = 210,
    RUNS_MAX = 240, /* of all groups */
    ID_DIGITS = 8,
    /* So that a page takes no longer than some seconds, and does not grow without bound: of all pictures, those of
     * plans' own figures, two each, come first, and groups share what is left. */
    PICTURES_MAX = 48,
    PICTURES_BYTES = 320 * 1024,
    MAIN_BYTES = 32 * 1024
};

void xr_history_group_free(XrHistoryGroup *group)
{
    if (group == NULL)
        return;
    g_ptr_array_unref(group->trends);
    g_ptr_array_unref(group->runs);
    g_free(group->plan);
    g_free(group->build);
    g_free(group->why);
    g_free(group);
}

static const XrTrend *main_trend(const XrHistoryGroup *group)
{
    return group->trends->len > 0 ? group->trends->pdata[0] : NULL;
}

static void add_sentence(GString *out, const XrHistoryGroup *group)
{
    const XrTrend *trend = main_trend(group);
    g_autofree char *words = trend != NULL ? xr_trend_sentence(trend) : NULL;
    g_autofree char *sentence = NULL;

    if (trend != NULL)
        sentence = g_strdup_printf("%s of %s on %s: %s", trend->series->metric, group->plan,
                                   group->build, words);
    else if (group->why != NULL)
        sentence = g_strdup(group->why);
    else
        sentence =
            g_strdup_printf("%s on %s: none of %u run%s has a figure", group->plan, group->build,
                            group->runs->len, group->runs->len == 1 ? "" : "s");
    xr_html_badge(out, trend != NULL ? xr_trend_word(trend) : "unsure");
    g_string_append_c(out, ' ');
    xr_html_text(out, sentence, 2000);
}

static guint count_changed(const GPtrArray *groups)
{
    guint changed = 0;

    for (guint i = 0; i < groups->len; i++) {
        const XrTrend *trend = main_trend(groups->pdata[i]);

        changed += trend != NULL && trend->changes->len > 0;
    }
    return changed;
}

static void add_head(XrPage *page, const XrHistoryView *view)
{
    g_string_append(page->out, "<p class=\"soft\">xenrig, history of ");
    xr_html_text(page->out, view->scope, 500);
    g_string_append(page->out, "</p>\n");
    if (view->groups->len == 1) {
        g_string_append(page->out, "<h1>");
        add_sentence(page->out, view->groups->pdata[0]);
        g_string_append(page->out, "</h1>\n");
        return;
    }
    g_string_append_printf(page->out, "<h1>%u of %u plans and builds changed</h1>\n",
                           count_changed(view->groups), view->groups->len);
    for (guint i = 0; i < view->groups->len; i++) {
        g_string_append_printf(page->out, "<p><a href=\"#g%u\">", i + 1);
        add_sentence(page->out, view->groups->pdata[i]);
        g_string_append(page->out, "</a></p>\n");
    }
    if (view->left_out > 0)
        g_string_append_printf(page->out,
                               "<p>And %u more, run longer ago: --plan, --build and --since "
                               "choose.</p>\n",
                               view->left_out);
}

/* --- trends --- */

static gboolean is_constant(const XrTrend *trend)
{
    const GPtrArray *points = trend->series->points;

    for (guint i = 1; i < points->len; i++)
        if (((XrHistoryPoint *)points->pdata[i])->value !=
            ((XrHistoryPoint *)points->pdata[0])->value)
            return FALSE;
    return TRUE;
}

static char *picture_label(const XrTrend *trend)
{
    g_autofree char *sentence = xr_trend_sentence(trend);
    g_autofree char *text =
        g_strdup_printf("%s of each run in their order: %s.", trend->series->metric, sentence);

    return xr_tell_safe(text, 300);
}

static void add_main(XrPage *page, const XrTrend *trend)
{
    g_autofree char *label = picture_label(trend);
    g_autofree char *fence = xr_trend_fence_words(trend);
    g_autofree char *starved = xr_trend_starved_words(trend);
    g_autofree char *caption = g_strdup_printf(
        "%s, a point a run; its axis does not begin at zero. Shaded: what is usual; green: "
        "medians; dashed: changes, with the first run after; orange: beyond what is usual, or "
        "failed. %s.",
        trend->series->metric, fence);

    xr_page_picture(page, xr_trend_plot(trend, XR_PICTURE_WIDE, PIXELS_HIGH),
                    xr_trend_plot(trend, XR_PICTURE_NARROW, PIXELS_HIGH), label, caption);
    if (trend->series->others > 0)
        g_string_append_printf(page->out,
                               "<p>%u more run%s of other settings, or of settings that are not "
                               "known, %s no part of it.</p>\n",
                               trend->series->others, trend->series->others == 1 ? "" : "s",
                               trend->series->others == 1 ? "is" : "are");
    if (starved != NULL)
        g_string_append_printf(page->out, "<p>%s.</p>\n", starved);
}

static void add_changes(XrPage *page, const XrTrend *trend)
{
    static const char *const columns[] = {"since",   "run", "#before", "#after",
                                          "#change", "#p",  "build",   NULL};

    if (trend->changes->len == 0)
        return;
    xr_page_table(page, "Changes: the first run after each, and medians before and after", columns);
    for (guint i = 0; i < trend->changes->len; i++) {
        const XrChangePoint *change = &g_array_index(trend->changes, XrChangePoint, i);
        const XrHistoryPoint *before = trend->series->points->pdata[change->index - 1];
        const XrHistoryPoint *after = trend->series->points->pdata[change->index];
        g_autofree char *time = xr_tell_time(after->started_us);
        g_autofree char *from = xr_tell_value(change->before, trend->series->unit);
        g_autofree char *to = xr_tell_value(change->after, trend->series->unit);
        g_autofree char *by =
            g_strdup_printf("%+.1f %%", (change->after / change->before - 1) * 100);
        g_autofree char *p = g_strdup_printf("%.3f", change->p);

        g_string_append(page->out, "<tr>");
        xr_html_element(page->out, "td", "n", time);
        xr_html_element(page->out, "td", NULL, after->run);
        xr_html_element(page->out, "td", "n", from);
        xr_html_element(page->out, "td", "n", to);
        xr_html_element(page->out, "td", "n", change->before > 0 ? by : "-");
        xr_html_element(page->out, "td", "n", p);
        xr_html_element(page->out, "td", NULL,
                        g_str_equal(before->build_id, after->build_id) ? "the same" : "another");
        g_string_append(page->out, "</tr>\n");
    }
    xr_page_table_end(page);
}

static void add_figure_row(GString *out, const XrTrend *trend)
{
    const GPtrArray *points = trend->series->points;
    const XrHistoryPoint *newest = points->pdata[points->len - 1];
    const char *unit = trend->series->unit;
    const gboolean known = trend->fence.state == XR_FENCE_KNOWN;
    g_autofree char *value = xr_tell_value(newest->value, unit);
    g_autofree char *low = xr_tell_value(trend->fence.low, unit);
    g_autofree char *high = xr_tell_value(trend->fence.high, unit);
    g_autofree char *usual = known ? g_strdup_printf("%s to %s", low, high) : g_strdup("-");
    g_autofree char *sentence = is_constant(trend)
                                    ? g_strdup_printf("the same in all of %u runs", points->len)
                                    : xr_trend_sentence(trend);

    g_string_append(out, "<tr>");
    xr_html_element(out, "td", NULL, trend->series->metric);
    xr_html_element(out, "td", "n", value);
    xr_html_element(out, "td", "n", usual);
    g_string_append(out, "<td class=\"why\">");
    xr_html_text(out, sentence, 400);
    g_string_append(out, "</td></tr>\n");
}

/* As many as there is room for. */
static void add_pictures(XrPage *page, const XrHistoryGroup *group, guint groups)
{
    const gssize bytes = PICTURES_BYTES / (gssize)groups - MAIN_BYTES;
    const gsize begin = page->out->len;
    guint pictures = PICTURES_MAX / groups - 2, without = 0;

    for (guint i = 1; i < group->trends->len; i++) {
        const XrTrend *trend = group->trends->pdata[i];
        g_autofree char *label = NULL;

        if (is_constant(trend))
            continue;
        if (pictures == 0 || (gssize)(page->out->len - begin) >= bytes) {
            without++;
            continue;
        }
        label = picture_label(trend);
        xr_page_picture_small(page, xr_trend_plot(trend, XR_PICTURE_NARROW, SMALL_HIGH), label,
                              trend->series->metric);
        pictures--;
    }
    if (without > 0)
        g_string_append_printf(page->out,
                               "<p>Pictures of %u more would make the page too large: --plan and "
                               "--build choose.</p>\n",
                               without);
}

static void add_others(XrPage *page, const XrHistoryGroup *group, guint groups)
{
    static const char *const columns[] = {"figure", "#newest", "#usual", "trend", NULL};

    if (group->trends->len < 2)
        return;
    g_string_append(page->out, "<details><summary>Other figures</summary>\n");
    xr_page_table(page, "Other figures of the newest of the same runs, forty at most", columns);
    for (guint i = 1; i < group->trends->len; i++)
        add_figure_row(page->out, group->trends->pdata[i]);
    xr_page_table_end(page);
    add_pictures(page, group, groups);
    g_string_append(page->out, "</details>\n");
}

/* --- runs --- */

static void add_run(GString *out, const XrHistoryRun *run, const XrHistoryGroup *group,
                    GHashTable *hrefs)
{
    const XrTrend *trend = main_trend(group);
    const char *href = g_hash_table_lookup(hrefs, run->id);
    const gboolean other = trend != NULL && !g_str_equal(trend->series->setup, run->setup);
    g_autofree char *time = xr_tell_time(run->started_us);
    g_autofree char *figure =
        run->figure != NULL ? xr_tell_value(run->figure->value, run->figure->unit) : g_strdup("-");
    g_autofree char *build = g_strndup(run->build_id, ID_DIGITS);

    g_string_append(out, "<tr>");
    xr_html_element(out, "td", "n", time);
    g_string_append(out, "<td>");
    xr_html_badge(out, run->verdict);
    g_string_append(out, "</td>");
    xr_html_element(out, "td", "n", figure);
    g_string_append(out, "<td>");
    if (href != NULL) {
        g_string_append(out, "<a href=\"");
        xr_html_text(out, href, 200);
        g_string_append(out, "\">");
    }
    xr_html_text(out, run->id, 100);
    g_string_append(out, href != NULL ? "</a></td>" : "</td>");
    xr_html_element(out, "td", NULL, build);
    g_string_append(out, "<td class=\"why\">");
    xr_html_text(out, other ? "other settings; " : "", 50);
    if (!run->complete && g_str_equal(run->verdict, "fail"))
        xr_html_text(out, "incomplete; ", 50);
    xr_html_text(out, run->reason, 200);
    g_string_append(out, "</td></tr>\n");
}

static void add_runs(XrPage *page, const XrHistoryGroup *group, const XrHistoryView *view)
{
    static const char *const columns[] = {"started (UTC)", "verdict", "#figure", "run",
                                          "build id",      "why",     NULL};
    const guint n = group->runs->len, most = RUNS_MAX / view->groups->len;

    g_string_append_printf(page->out, "<details><summary>%u run%s</summary>\n", n,
                           n == 1 ? "" : "s");
    xr_page_table(page, "The newest first", columns);
    for (guint i = 0; i < MIN(n, most); i++)
        add_run(page->out, group->runs->pdata[i], group, view->hrefs);
    xr_page_table_end(page);
    if (n > most)
        g_string_append_printf(page->out, "<p>And %u older; `xenrig history list` has all.</p>\n",
                               n - most);
    g_string_append(page->out, "</details>\n");
}

static void add_group(XrPage *page, const XrHistoryView *view, guint index)
{
    const XrHistoryGroup *group = view->groups->pdata[index];
    const XrTrend *trend = main_trend(group);
    g_autofree char *id = g_strdup_printf("g%u", index + 1);
    g_autofree char *name = g_strdup_printf("%s on %s", group->plan, group->build);

    xr_page_section(page, id, name);
    if (trend == NULL) {
        g_string_append(page->out, "<p>");
        xr_html_text(page->out,
                     group->why != NULL ? group->why
                                        : "No run of the newest one's settings has a figure",
                     2000);
        g_string_append(page->out, ".</p>\n");
    } else {
        add_main(page, trend);
        add_changes(page, trend);
    }
    add_runs(page, group, view);
    add_others(page, group, view->groups->len);
}

char *xr_tell_html_history(const XrHistoryView *view, char **hint)
{
    XrPage *page = xr_page_new("xenrig: history");

    add_head(page, view);
    for (guint i = 0; i < view->groups->len; i++)
        add_group(page, view, i);
    return xr_page_end(page, hint);
}
