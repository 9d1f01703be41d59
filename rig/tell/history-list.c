/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: runs of the history as a table, and one of them in full. */
#include "tell/history.h"

#include "tell/format.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 80, LABEL = 12, SHOWN_MAX = 4096, HOST_DIGITS = 8 };

char *xr_tell_time(gint64 time_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);

    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M") : g_strdup("?");
}

static void add_cell(GString *out, const char *text, guint columns)
{
    g_autofree char *safe = xr_tell_safe(text, SHOWN_MAX);
    g_autofree char *cell = xr_tell_fit(safe, columns, TRUE);

    g_string_append_printf(out, "%s  ", cell);
}

/* "this host", "7c909893", "7c909893@node7" */
static char *short_host(const XrHistoryHost *host, const char *this_host)
{
    g_autofree char *digits = g_strndup(host->fingerprint, HOST_DIGITS);

    if (g_str_equal(host->id, this_host))
        return g_strdup("this host");
    return host->origin[0] != '\0' ? g_strconcat(digits, "@", host->origin, NULL)
                                   : g_steal_pointer(&digits);
}

static gboolean are_all_here(const GPtrArray *runs, const char *this_host)
{
    for (guint i = 0; i < runs->len; i++) {
        if (!g_str_equal(((const XrHistoryRun *)runs->pdata[i])->host->id, this_host))
            return FALSE;
    }
    return TRUE;
}

/* Other verdicts say so themselves. */
static gboolean failed_early(const XrHistoryRun *run)
{
    return !run->complete && g_str_equal(run->verdict, "fail");
}

static void add_line(GString *out, const XrHistoryRun *run, const char *this_host, gboolean hosts)
{
    const XrHistoryMetric *figure = run->figure;
    g_autofree char *time = xr_tell_time(run->started_us);
    g_autofree char *value =
        figure != NULL ? xr_tell_value(figure->value, figure->unit) : g_strdup("-");
    g_autofree char *host = short_host(run->host, this_host);
    g_autofree char *verdict = g_strconcat(run->verdict, failed_early(run) ? "*" : "", NULL);

    add_cell(out, time, 16);
    add_cell(out, verdict, 7);
    add_cell(out, run->plan, 10);
    add_cell(out, run->build, 22);
    add_cell(out, value, 12);
    if (hosts)
        add_cell(out, host, 14);
    g_autofree char *id = xr_tell_safe(run->id, SHOWN_MAX);
    g_string_append_printf(out, "%s\n", id);
}

char *xr_tell_history_list(const GPtrArray *runs, const char *this_host)
{
    const gboolean hosts = !are_all_here(runs, this_host);
    gboolean marked = FALSE;
    GString *out = g_string_new(NULL);

    if (runs->len == 0)
        return g_string_free(g_string_append(out, "no such run is in the history\n"), FALSE);
    add_cell(out, "started (UTC)", 16);
    add_cell(out, "verdict", 7);
    add_cell(out, "plan", 10);
    add_cell(out, "build", 22);
    add_cell(out, "figure", 12);
    if (hosts)
        add_cell(out, "host", 14);
    g_string_append(out, "id\n");
    for (guint i = 0; i < runs->len; i++) {
        add_line(out, runs->pdata[i], this_host, hosts);
        marked |= failed_early(runs->pdata[i]);
    }
    g_string_append_printf(out, "%u run%s\n", runs->len, runs->len == 1 ? "" : "s");
    if (marked)
        g_string_append(out, "*: the run is incomplete; `xenrig history show ID` says why\n");
    return g_string_free(out, FALSE);
}

/* --- one run --- */

static void add_pair(GString *out, const char *label, const char *value)
{
    g_autofree char *safe = xr_tell_safe(value, SHOWN_MAX);
    g_autofree char *indent = g_strnfill(LABEL + 2, ' ');
    g_autofree char *name = xr_tell_fit(label, LABEL, TRUE);
    g_autoptr(GString) folded = g_string_new(NULL);

    xr_tell_fold(folded, safe, indent, WIDTH);
    g_string_append_printf(out, "  %s%s", name, folded->str + LABEL + 2);
}

static char *describe_host(const XrHistoryHost *host, const char *this_host)
{
    g_autofree char *memory = xr_tell_bytes(host->memory_bytes);
    const gboolean here = g_str_equal(host->id, this_host);

    return g_strdup_printf("%s%s: %s, %" G_GINT64_FORMAT " cores, %s, Linux %s, %s", host->id,
                           here                      ? " (this host)"
                           : host->origin[0] != '\0' ? " (imported)"
                                                     : "",
                           host->cpu, host->cores, memory, host->kernel, host->distribution);
}

static void add_what(GString *out, const XrHistoryRun *run, const char *this_host)
{
    g_autofree char *time = xr_tell_time(run->started_us);
    g_autofree char *length = isfinite(run->seconds)
                                  ? xr_tell_seconds((gint64)(CLAMP(run->seconds, 0, 9e9) * 1e9))
                                  : g_strdup("an unknown time");
    g_autofree char *when =
        g_strdup_printf("%s UTC, took %s; by `xenrig %s` %s", time, length, run->purpose, run->rig);
    g_autofree char *plan =
        g_strdup_printf("%s, settings %s, time %s", run->plan,
                        run->setup[0] != '\0' ? run->setup : "not known", run->mode);
    g_autofree char *build = g_strdup_printf("%s: Xen %s, id %s", run->build,
                                             run->xen_version[0] != '\0' ? run->xen_version : "?",
                                             run->build_id[0] != '\0' ? run->build_id : "?");
    g_autofree char *host = describe_host(run->host, this_host);

    add_pair(out, "started", when);
    add_pair(out, "plan", plan);
    add_pair(out, "build", build);
    add_pair(out, "host", host);
}

static void add_findings(GString *out, const GPtrArray *findings)
{
    g_string_append_printf(out, "\nfindings: %u\n", findings->len);
    for (guint i = 0; i < findings->len; i++) {
        const XrHistoryFinding *finding = findings->pdata[i];
        g_autofree char *line = xr_tell_safe(finding->line, 600);
        g_autofree char *when = isfinite(finding->when_s)
                                    ? g_strdup_printf(" at %.1f s", finding->when_s)
                                    : g_strdup("");
        g_autofree char *head = g_strdup_printf(
            "%s %s in %s%s", g_str_equal(finding->weight, "pass") ? "note" : finding->weight,
            finding->kind, finding->where, when);
        g_autofree char *safe = xr_tell_safe(head, 600);

        xr_tell_fold(out, safe, "  ", WIDTH);
        if (line[0] != '\0')
            xr_tell_fold(out, line, "    | ", WIDTH);
    }
}

static void add_metrics(GString *out, const GPtrArray *metrics)
{
    g_string_append(out, "\nfigures: median, low and high, samples\n");
    for (guint i = 0; i < metrics->len; i++) {
        const XrHistoryMetric *metric = metrics->pdata[i];
        g_autofree char *value = xr_tell_value(metric->value, metric->unit);
        g_autofree char *low = xr_tell_value(metric->low, metric->unit);
        g_autofree char *high = xr_tell_value(metric->high, metric->unit);

        g_string_append(out, "  ");
        add_cell(out, metric->name, 24);
        if (metric->count > 1) {
            g_autofree char *range = g_strdup_printf("%s to %s", low, high);

            add_cell(out, value, 16);
            add_cell(out, range, 32);
            g_string_append_printf(out, "%u\n", metric->count);
        } else {
            g_autofree char *safe = xr_tell_safe(value, 200);

            g_string_append_printf(out, "%s\n", safe);
        }
    }
}

char *xr_tell_history_run(const XrHistoryRun *run, const char *this_host)
{
    GString *out = g_string_new(NULL);
    g_autofree char *word = g_ascii_strup(run->verdict, -1);
    g_autofree char *verdict = g_strdup_printf("%s: %s", word, run->reason);
    g_autofree char *safe = xr_tell_safe(verdict, SHOWN_MAX);
    g_autofree char *record = xr_tell_safe(run->record, SHOWN_MAX);
    const gboolean there = g_file_test(run->record, G_FILE_TEST_IS_DIR);

    xr_tell_fold(out, safe, "", WIDTH);
    g_string_append_c(out, '\n');
    if (failed_early(run))
        add_pair(out, "incomplete", run->incomplete);
    add_pair(out, "id", run->id);
    add_what(out, run, this_host);
    add_findings(out, run->findings);
    add_metrics(out, run->metrics);
    g_string_append_printf(out, "\nrecord: %s%s\n", record, there ? "" : " (not there any more)");
    if (there)
        g_string_append_printf(out, "judge by today's limits: xenrig judge %s\n", run->id);
    return g_string_free(out, FALSE);
}
