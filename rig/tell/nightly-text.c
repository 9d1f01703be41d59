/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night for people. */
#include "tell/nightly.h"

#include "tell/format.h"
#include <math.h>

enum { WIDTH = 80, REASON_MAX = 600, LINE_MAX_BYTES = 300, LINES_MAX = 12 };

/* --- the verdict --- */

static const XrNightCell *worst_cell(const XrNightReport *report)
{
    for (guint i = 0; i < report->cells->len; i++) {
        const XrNightCell *cell = report->cells->pdata[i];

        if (cell->kind == report->kind && !(cell->is_baseline && cell->kind == XR_NIGHT_SAME))
            return cell;
    }
    return report->cells->pdata[0];
}

static void add_verdict(GString *out, const XrNightReport *report, gboolean color)
{
    static const char *const colors[] = {
        [XR_NIGHT_SAME] = "\033[32m",      [XR_NIGHT_IMPROVED] = "\033[32m",
        [XR_NIGHT_UNSURE] = "\033[33m",    [XR_NIGHT_ERROR] = "\033[31m",
        [XR_NIGHT_REGRESSED] = "\033[31m", [XR_NIGHT_FAILED] = "\033[31m"};
    const XrNightCell *cell = worst_cell(report);
    g_autofree char *kind = g_ascii_strup(xr_night_kind_name(report->kind), -1);
    g_autofree char *build = xr_tell_night_build(cell);
    g_autofree char *reason = xr_tell_safe(cell->reason, REASON_MAX);
    g_autofree char *text =
        g_strdup_printf("%s: %s under plan %s: %s.", kind, build, cell->plan, reason);

    if (color)
        g_string_append(out, colors[report->kind]);
    xr_tell_fold(out, text, "", WIDTH);
    if (color)
        g_string_append(out, "\033[0m");
    if (report->end == XR_NIGHT_END_INTERRUPTED)
        g_string_append(out, "A signal ended the night before all was run.\n");
    if (report->end == XR_NIGHT_END_BUDGET)
        g_string_append(out, "The budget of time was spent before all was run.\n");
    g_string_append_c(out, '\n');
}

static void add_head(GString *out, const XrNightReport *report)
{
    const XrNight *night = report->night;
    g_autofree char *baseline = xr_tell_safe(night->baseline, 300);

    g_string_append_printf(out,
                           "  night      %s: %u runs of each build under each plan, order by "
                           "seed %u\n",
                           night->name, night->runs, report->seed);
    g_string_append_printf(out, "  baseline   %s\n", baseline);
    g_string_append_printf(out, "  started    %s, host %s\n", report->started, report->host);
    g_string_append_printf(out,
                           "  alarms     false ones in at most %.3g %% of nights (rank tests, "
                           "all metrics together)\n",
                           night->false_alarm * 100);
}

/* --- a build --- */

static void add_metric(GString *out, const XrNightMetric *metric)
{
    const XrNightResult *result = &metric->result;
    g_autofree char *name = xr_tell_safe(metric->metric, 100);
    g_autofree char *base = xr_tell_value(result->base, metric->unit);
    g_autofree char *value = xr_tell_value(result->value, metric->unit);
    g_autofree char *factor = xr_tell_night_factor(metric);
    g_autofree char *why = xr_tell_night_why(metric);
    g_autofree char *fence = xr_tell_night_fence(metric);
    g_autofree char *fence_line = g_strconcat("fence: ", fence, NULL);

    g_string_append_printf(out, "    %-16s %-12s %-12s %-14s %s\n", name, base, value, factor,
                           xr_night_kind_name(result->kind));
    xr_tell_fold(out, why, "      ", WIDTH);
    if (result->why != XR_NIGHT_NO_FENCE)
        xr_tell_fold(out, fence_line, "      ", WIDTH);
}

static void add_changes(GString *out, const XrNightMetric *metric)
{
    for (guint i = 0; i < metric->changes->len; i++) {
        g_autofree char *text = xr_tell_night_change(metric, i);

        xr_tell_fold(out, text, "    ", WIDTH);
    }
}

/* The first lines of what consoles said. */
static void add_excerpt(GString *out, const char *excerpt)
{
    g_auto(GStrv) lines = g_strsplit(excerpt, "\n", -1);

    for (guint i = 0; lines[i] != NULL && i < LINES_MAX; i++) {
        g_autofree char *line = xr_tell_safe(lines[i], LINE_MAX_BYTES);

        if (*line != '\0')
            xr_tell_fold(out, line, "      | ", WIDTH);
    }
}

static void add_run(GString *out, const XrNightRun *run)
{
    g_autofree char *verdict = g_ascii_strup(run->verdict, -1);
    g_autofree char *reason = xr_tell_safe(run->reason, REASON_MAX);
    g_autofree char *dir = xr_tell_safe(run->dir, 4096);
    g_autofree char *text = g_strdup_printf("%s: %s", verdict, reason);
    g_autofree char *incomplete = xr_tell_night_incomplete(run);

    if (g_str_equal(run->verdict, "pass"))
        return;
    xr_tell_fold(out, text, "    ", WIDTH);
    if (incomplete != NULL)
        xr_tell_fold(out, incomplete, "    ", WIDTH);
    if (run->excerpt != NULL)
        add_excerpt(out, run->excerpt);
    g_string_append_printf(out, "      record: %s\n", dir);
}

static void add_cell(GString *out, const XrNightCell *cell)
{
    g_autofree char *build = xr_tell_night_build(cell);
    g_autofree char *reason = xr_tell_safe(cell->reason, REASON_MAX);
    g_autofree char *kind = g_ascii_strup(xr_night_kind_name(cell->kind), -1);
    const gboolean good = cell->is_baseline && cell->kind == XR_NIGHT_SAME;
    g_autofree char *head = g_strdup_printf("%s: %s: %s", build, good ? "ok" : kind, reason);

    xr_tell_fold(out, head, "  ", WIDTH);
    if (cell->starved > 0)
        g_string_append_printf(out,
                               "    %u of %u runs are left out of all figures: the host held them "
                               "up\n",
                               cell->starved, cell->told);
    for (guint i = 0; i < cell->runs->len; i++)
        add_run(out, cell->runs->pdata[i]);
    if (cell->metrics->len > 0)
        g_string_append_printf(out, "    %-16s %-12s %-12s %s\n", "metric", "baseline", "build",
                               "difference");
    for (guint i = 0; i < cell->metrics->len; i++)
        add_metric(out, cell->metrics->pdata[i]);
    for (guint i = 0; i < cell->metrics->len; i++)
        add_changes(out, cell->metrics->pdata[i]);
}

void xr_tell_night_text(const XrNightReport *report, FILE *out, gboolean color)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *dir = xr_tell_safe(report->dir, 4096);
    const char *plan = NULL;

    add_verdict(text, report, color);
    add_head(text, report);
    for (guint i = 0; i < report->cells->len; i++) {
        const XrNightCell *cell = report->cells->pdata[i];

        if (cell->is_baseline) {
            plan = cell->plan;
            g_string_append_printf(text, "\nplan %s\n", plan);
        }
        add_cell(text, cell);
    }
    g_string_append_c(text, '\n');
    for (guint i = 0; i < report->notes->len; i++) {
        g_autofree char *note = xr_tell_safe(report->notes->pdata[i], REASON_MAX);

        xr_tell_fold(text, note, "", WIDTH);
    }
    g_string_append_printf(text, "record: %s\n", dir);
    if (report->end == XR_NIGHT_END_INTERRUPTED || report->end == XR_NIGHT_END_BUDGET)
        g_string_append_printf(text, "go on: xenrig nightly --resume %s\n", dir);
    fwrite(text->str, 1, text->len, out);
}
