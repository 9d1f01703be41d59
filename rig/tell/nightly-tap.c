/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night as TAP 13.
 *
 * A test a build and plan, the baseline's first, with what was measured in "# " lines. Regressed, failed and error are "not ok".
 * Unsure is "ok … # SKIP": the night did not say anything, and a harness that took it for a failure would be
 * red until a history has grown. A night that a signal ended bails out. */
#include "tell/nightly.h"

#include "tell/format.h"

enum { REASON_MAX = 600, LINE_MAX_BYTES = 300 };

/* A description ends at the first "#". */
static char *description(const XrNightCell *cell)
{
    g_autofree char *build = xr_tell_night_build(cell);
    g_autofree char *text = g_strdup_printf("%s: %s", cell->plan, build);

    return g_strdelimit(g_steal_pointer(&text), "#", '_');
}

static void add_metric(GString *out, const XrNightMetric *metric)
{
    g_autofree char *name = xr_tell_safe(metric->metric, 100);
    g_autofree char *base = xr_tell_value(metric->result.base, metric->unit);
    g_autofree char *value = xr_tell_value(metric->result.value, metric->unit);
    g_autofree char *factor = xr_tell_night_factor(metric);
    g_autofree char *why = xr_tell_night_why(metric);
    g_autofree char *fence = xr_tell_night_fence(metric);

    g_string_append_printf(out, "# %s: %s, %s; baseline %s, %s: %s\n", name,
                           xr_night_kind_name(metric->result.kind), value, base, factor, why);
    if (metric->result.why != XR_NIGHT_NO_FENCE)
        g_string_append_printf(out, "#   fence: %s\n", fence);
    for (guint i = 0; i < metric->changes->len; i++) {
        g_autofree char *change = xr_tell_night_change(metric, i);

        g_string_append_printf(out, "#   %s\n", change);
    }
}

static void add_run(GString *out, const XrNightRun *run)
{
    g_autofree char *reason = xr_tell_safe(run->reason, REASON_MAX);
    g_autofree char *dir = xr_tell_safe(run->dir, 4096);
    g_autofree char *incomplete = xr_tell_night_incomplete(run);
    g_auto(GStrv) lines = g_strsplit(run->excerpt != NULL ? run->excerpt : "", "\n", -1);

    if (g_str_equal(run->verdict, "pass"))
        return;
    g_string_append_printf(out, "# run: %s: %s (record %s)\n", run->verdict, reason, dir);
    if (incomplete != NULL)
        g_string_append_printf(out, "#   %s\n", incomplete);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = xr_tell_safe(lines[i], LINE_MAX_BYTES);

        if (*line != '\0')
            g_string_append_printf(out, "#   | %s\n", line);
    }
}

static void add_cell(GString *out, const XrNightCell *cell, guint number)
{
    g_autofree char *name = description(cell);
    g_autofree char *reason = xr_tell_safe(cell->reason, REASON_MAX);

    g_string_append_printf(out, "%s %u - %s", cell->kind > XR_NIGHT_UNSURE ? "not ok" : "ok",
                           number, name);
    if (cell->kind == XR_NIGHT_UNSURE)
        g_string_append_printf(out, " # SKIP unsure: %s", reason);
    g_string_append_printf(out, "\n# %s: %s\n", xr_night_kind_name(cell->kind), reason);
    if (cell->starved > 0)
        g_string_append_printf(out,
                               "# left out of all figures, held up by the host: %u of %u runs\n",
                               cell->starved, cell->told);
    for (guint i = 0; i < cell->runs->len; i++)
        add_run(out, cell->runs->pdata[i]);
    for (guint i = 0; i < cell->metrics->len; i++)
        add_metric(out, cell->metrics->pdata[i]);
}

char *xr_tell_night_tap(const XrNightReport *report)
{
    GString *out = g_string_new("TAP version 13\n");
    g_autofree char *dir = xr_tell_safe(report->dir, 4096);

    g_string_append_printf(out, "1..%u\n", report->cells->len);
    for (guint i = 0; i < report->cells->len; i++)
        add_cell(out, report->cells->pdata[i], i + 1);
    for (guint i = 0; i < report->notes->len; i++) {
        g_autofree char *note = xr_tell_safe(report->notes->pdata[i], REASON_MAX);

        g_string_append_printf(out, "# %s\n", note);
    }
    g_string_append_printf(out, "# record: %s\n", dir);
    if (report->end == XR_NIGHT_END_INTERRUPTED)
        g_string_append(out, "Bail out! a signal ended the night before all was run\n");
    return g_string_free(out, FALSE);
}
