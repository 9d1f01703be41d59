/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night as JUnit's XML, as GitLab and Jenkins read it.
 *
 * A testsuite a plan, a testcase a build, the baseline among them; time is that of its runs, in seconds. Regressed and failed are
 * a failure, error is an error, unsure is skipped. system-out has what `--tap` has in its comments: metrics with their fences, runs
 * that did not pass, and what consoles said then. XML 1.0 has no way to write most control characters, so they, and
 * whatever else does not print, stand as \xNN or \u{N}. */
#include "tell/nightly.h"

#include "tell/format.h"
#include <math.h>

enum { REASON_MAX = 600, LINE_MAX_BYTES = 300 };

/* Text of any kind, for content and attributes. */
static void add_text(GString *out, const char *text, gsize max_bytes)
{
    g_autofree char *safe = xr_tell_safe(text, max_bytes);
    g_autofree char *escaped = g_markup_escape_text(safe, -1);

    g_string_append(out, escaped);
}

static void add_attribute(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, " %s=\"", name);
    add_text(out, text, REASON_MAX);
    g_string_append_c(out, '"');
}

static void add_line(GString *out, const char *text)
{
    add_text(out, text, REASON_MAX);
    g_string_append_c(out, '\n');
}

/* --- a build --- */

static void add_metric(GString *out, const XrNightMetric *metric)
{
    g_autofree char *base = xr_tell_value(metric->result.base, metric->unit);
    g_autofree char *value = xr_tell_value(metric->result.value, metric->unit);
    g_autofree char *factor = xr_tell_night_factor(metric);
    g_autofree char *why = xr_tell_night_why(metric);
    g_autofree char *fence = xr_tell_night_fence(metric);
    const gboolean none = metric->result.why == XR_NIGHT_NO_FENCE; /* which why tells */
    g_autofree char *line =
        g_strdup_printf("%s: %s, %s; baseline %s, %s: %s%s%s", metric->metric,
                        xr_night_kind_name(metric->result.kind), value, base, factor, why,
                        none ? "" : "; fence: ", none ? "" : fence);

    add_line(out, line);
    for (guint i = 0; i < metric->changes->len; i++) {
        g_autofree char *change = xr_tell_night_change(metric, i);

        add_line(out, change);
    }
}

static void add_run(GString *out, const XrNightRun *run)
{
    g_auto(GStrv) lines = g_strsplit(run->excerpt != NULL ? run->excerpt : "", "\n", -1);
    g_autofree char *head = g_strdup_printf("%s: %s: %s", run->id, run->verdict, run->reason);
    g_autofree char *incomplete = xr_tell_night_incomplete(run);

    add_line(out, head);
    if (incomplete != NULL)
        add_line(out, incomplete);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] == '\0')
            continue;
        g_string_append(out, "  | ");
        add_text(out, lines[i], LINE_MAX_BYTES);
        g_string_append_c(out, '\n');
    }
}

static void add_outcome(GString *out, const XrNightCell *cell)
{
    const char *const elements[] = {[XR_NIGHT_UNSURE] = "skipped",
                                    [XR_NIGHT_ERROR] = "error",
                                    [XR_NIGHT_REGRESSED] = "failure",
                                    [XR_NIGHT_FAILED] = "failure"};
    const char *element = elements[cell->kind];

    if (element == NULL)
        return;
    g_string_append_printf(out, "      <%s", element);
    add_attribute(out, "message", cell->reason);
    if (cell->kind != XR_NIGHT_UNSURE)
        add_attribute(out, "type", xr_night_kind_name(cell->kind));
    g_string_append(out, "/>\n");
}

static void add_case(GString *out, const XrNightCell *cell)
{
    g_autofree char *name = xr_tell_night_build(cell);
    g_autofree char *class = g_strconcat("nightly.", cell->plan, NULL);

    g_string_append(out, "    <testcase");
    add_attribute(out, "classname", class);
    add_attribute(out, "name", name);
    g_string_append_printf(out, " time=\"%.3f\">\n", cell->seconds);
    add_outcome(out, cell);
    g_string_append(out, "      <system-out>");
    g_string_append_printf(out, "%s: ", xr_night_kind_name(cell->kind));
    add_line(out, cell->reason);
    for (guint i = 0; i < cell->metrics->len; i++)
        add_metric(out, cell->metrics->pdata[i]);
    for (guint i = 0; i < cell->runs->len; i++)
        add_run(out, cell->runs->pdata[i]);
    g_string_append(out, "</system-out>\n    </testcase>\n");
}

/* --- suites --- */

/* Attributes that suites have: of the cells of plan, or of all for NULL. */
static void add_counts(GString *out, const XrNightReport *report, const char *plan)
{
    guint tests = 0, kinds[XR_NIGHT_FAILED + 1] = {0};
    double seconds = 0;

    for (guint i = 0; i < report->cells->len; i++) {
        const XrNightCell *cell = report->cells->pdata[i];

        if (plan != NULL && !g_str_equal(cell->plan, plan))
            continue;
        tests++;
        kinds[cell->kind]++;
        seconds += cell->seconds;
    }
    g_string_append_printf(out,
                           " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" "
                           "time=\"%.3f\"",
                           tests, kinds[XR_NIGHT_REGRESSED] + kinds[XR_NIGHT_FAILED],
                           kinds[XR_NIGHT_ERROR], kinds[XR_NIGHT_UNSURE], seconds);
}

/* "2026-11-28T09:20:11": without fraction and zone, as readers want it. */
static char *timestamp(const char *started)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(started, NULL);

    return time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%S") : g_strdup("");
}

char *xr_tell_night_junit(const XrNightReport *report)
{
    GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    g_autofree char *time = timestamp(report->started);
    g_autofree char *name = g_strconcat("xenrig nightly ", report->night->name, NULL);

    add_attribute(out, "name", name);
    add_counts(out, report, NULL);
    g_string_append(out, ">\n");
    for (guint i = 0; i < report->cells->len; i++) {
        const XrNightCell *cell = report->cells->pdata[i];

        if (cell->is_baseline) {
            g_string_append(out, i > 0 ? "  </testsuite>\n  <testsuite" : "  <testsuite");
            add_attribute(out, "name", cell->plan);
            add_counts(out, report, cell->plan);
            add_attribute(out, "timestamp", time);
            g_string_append(out, ">\n");
        }
        add_case(out, cell);
    }
    g_string_append(out, "  </testsuite>\n</testsuites>\n");
    return g_string_free(out, FALSE);
}
