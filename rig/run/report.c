/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: pages of HTML from stored records. */
#include "run/report.h"

#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "keep/record.h"
#include "run/compare-stored.h"
#include "run/run.h"
#include "tell/format.h"
#include "tell/pages.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 80 };

void xr_report_pages_free(XrReportPages *pages)
{
    if (pages == NULL)
        return;
    g_ptr_array_unref(pages->paths);
    g_ptr_array_unref(pages->failures);
    g_free(pages->hint);
    g_free(pages);
}

/* --- one page --- */

/* "2026-11-22 12:00:00" of what a record says. */
static char *moment_of(const char *started)
{
    char *moment = g_strndup(started, 19);

    return g_strdelimit(moment, "T", ' ');
}

static void take_hint(XrReportPages *pages, char *hint)
{
    if (pages->hint == NULL)
        pages->hint = hint;
    else
        g_free(hint);
}

/* The word that the record's own verdict.json holds; NULL for one that has none. */
static char *verdict_then(const char *dir)
{
    g_autoptr(JsonObject) verdict = xr_record_read_json(dir, "verdict.json", NULL);

    return verdict != NULL ? g_strdup(xr_json_string(verdict, "verdict", NULL)) : NULL;
}

static char *run_page(const char *dir, XrReportPages *pages, XrIndexRow *row, GError **error)
{
    g_autoptr(XrPlan) plan = NULL;
    g_autoptr(XrRunResult) result = xr_run_judge_record(dir, NULL, &plan, error);
    g_autoptr(XrTimeline) timeline = NULL;
    g_autofree char *then = NULL;
    g_autofree char *incomplete = NULL;
    char *hint = NULL;
    char *text;

    if (result == NULL)
        return NULL;
    incomplete = xr_tell_incomplete(result->verdict);
    timeline = xr_timeline_read(dir, result->verdict->findings, error);
    if (timeline == NULL)
        return NULL;
    const XrReport report = xr_run_report(result, plan);
    then = verdict_then(dir);
    text = xr_tell_html_run(&report, timeline, then, &hint);
    take_hint(pages, hint);
    row->verdict = xr_verdict_name(result->verdict->kind);
    row->name = g_strdup(xr_json_string(result->run, "id", "run"));
    row->plan = g_strdup(plan->plan.name);
    row->build = g_strdup(plan->hypervisor.build);
    row->started = moment_of(xr_json_string(result->run, "started", ""));
    row->reason = g_strjoin(". ", result->verdict->reason, incomplete, NULL);
    return text;
}

/* What it came to, of all builds. */
static char *sentences_of(const XrCompareReport *report)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *failure = xr_tell_compare_failure(report);

    for (guint i = 1; report->builds[i] != NULL; i++) {
        g_autofree char *sentence = xr_tell_pair_and_end(report, i);

        g_string_append_printf(text, "%s%s", i > 1 ? "; " : "", sentence);
    }
    if (failure != NULL)
        g_string_append_printf(text, "; %s", failure);
    return g_strdup(text->str);
}

static char *comparison_page(const char *dir, XrReportPages *pages, XrIndexRow *row, GError **error)
{
    const char *const none[] = {NULL};
    g_autoptr(XrCompareResult) result = xr_compare_replay(dir, none, error);
    g_autoptr(JsonObject) record = NULL;
    g_autofree char *plan_text = NULL;
    char *hint = NULL;
    char *text;

    if (result == NULL)
        return NULL;
    record = xr_record_read_json(dir, "compare.json", error);
    if (record == NULL)
        return NULL;
    const XrCompareReport report = xr_compare_report(result);
    plan_text = xr_plan_show(result->plan, FALSE);
    text = xr_tell_html_compare(&report, record, plan_text, &hint);
    take_hint(pages, hint);
    row->verdict = xr_tell_compare_failures(&report) > 0
                       ? xr_verdict_name(XR_FAIL)
                       : xr_likeness_name(xr_comparison_kind(result->comparison));
    row->name = g_strdup(xr_json_string(record, "id", "comparison"));
    row->plan = g_strdup(report.plan);
    row->build = g_strjoinv(", ", result->builds);
    row->started = moment_of(xr_json_string(record, "started", ""));
    row->reason = sentences_of(&report);
    return text;
}

static char *series_page(const char *dir, XrReportPages *pages, XrIndexRow *row, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "plan", NULL);
    g_autoptr(JsonObject) description = xr_record_read_json(dir, "series.json", error);
    XrSeriesRecord *record = description != NULL ? xr_series_record_open(dir, error) : NULL;
    XrPlan *plan = record != NULL ? xr_plan_load(path, NULL, error) : NULL;
    g_autoptr(XrSeriesTable) table = NULL;
    g_autofree char *plan_text = NULL;
    char *hint = NULL;
    char *text;

    if (plan != NULL && !xr_plan_is_series(plan)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: it names no builds: it is no plan of a series", path);
        g_clear_pointer(&plan, xr_plan_free);
    }
    if (plan == NULL) {
        xr_series_record_free(record);
        return NULL;
    }
    table = xr_series_table_new(plan, record);
    plan_text = xr_plan_show(plan, FALSE);
    text = xr_tell_html_series(table, description, plan_text, &hint);
    take_hint(pages, hint);
    row->verdict = xr_verdict_name(xr_series_verdict(table));
    row->name = g_strdup(record->id);
    row->plan = g_strdup(plan->plan.name);
    row->build =
        g_strjoin(plan->series.builds[0] != '\0' && plan->series.tuned[0] != '\0' ? " " : "",
                  plan->series.builds, plan->series.tuned, NULL);
    row->started = moment_of(record->started);
    row->reason = xr_series_sentence(table);
    return text;
}

static char *page_of(const char *dir, XrReportPages *pages, XrIndexRow *row, GError **error)
{
    g_autofree char *comparison = g_build_filename(dir, "compare.json", NULL);

    if (g_access(dir, R_OK | X_OK) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: cannot be read: %s; give the folder that `xenrig run` or `xenrig compare` "
                    "named as its "
                    "record",
                    dir, g_strerror(errno));
        return NULL;
    }
    if (xr_series_record_is(dir))
        return series_page(dir, pages, row, error);
    return g_file_test(comparison, G_FILE_TEST_IS_REGULAR) ? comparison_page(dir, pages, row, error)
                                                           : run_page(dir, pages, row, error);
}

/* --- files --- */

/* The id, which a record from elsewhere may have from anybody, as the name of a file that is not yet among taken. */
static char *file_name(const char *id, GHashTable *taken)
{
    g_autofree char *plain = g_strndup(id, NAME_MAX_BYTES);
    char *name;

    g_strcanon(plain, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-", '-');
    if (plain[0] == '\0' || g_str_equal(plain, "index")) {
        g_free(plain);
        plain = g_strdup("record");
    }
    name = g_strconcat(plain, ".html", NULL);
    for (guint i = 2; g_hash_table_contains(taken, name); i++) {
        g_free(name);
        name = g_strdup_printf("%s-%u.html", plain, i);
    }
    g_hash_table_add(taken, g_strdup(name));
    return name;
}

static gboolean write_page(XrReportPages *pages, const char *dir, const char *name,
                           const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(GError) local = NULL;

    /* To a temporary name beside it, then renamed. */
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: cannot be written: %s; give a folder with room by -o DIR", path,
                    local->message);
        return FALSE;
    }
    g_ptr_array_add(pages->paths, g_steal_pointer(&path));
    return TRUE;
}

static gboolean make_dir(const char *dir, GError **error)
{
    if (g_mkdir_with_parents(dir, 0700) == 0 && g_access(dir, W_OK | X_OK) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: pages cannot be written there: %s; give another folder by -o DIR", dir,
                g_strerror(errno));
    return FALSE;
}

typedef struct {
    XrReportPages *pages;
    const char *dir;
    GHashTable *taken; /* names of files */
    GHashTable *hrefs; /* id to name */
    GPtrArray *rows;   /* XrIndexRow */
} Report;

static void report_clear(Report *report)
{
    xr_report_pages_free(report->pages);
    g_hash_table_unref(report->taken);
    g_hash_table_unref(report->hrefs);
    g_ptr_array_unref(report->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Report, report_clear)

/* Takes text and row. FALSE: dir cannot be written to. What gave no page is a failure and a row of the index. */
static gboolean put_page(Report *report, XrIndexRow *taken, char *text, const char *what,
                         const GError *trouble, GError **error)
{
    g_autoptr(XrIndexRow) row = taken;
    g_autofree char *page = text;

    if (page == NULL) {
        row->verdict = "error";
        g_free(row->name);
        row->name = g_strdup(what);
        row->reason = g_strdup(trouble->message);
        g_ptr_array_add(report->pages->failures, g_strdup(trouble->message));
    } else {
        row->href = file_name(row->name, report->taken);
        if (!write_page(report->pages, report->dir, row->href, page, error))
            return FALSE;
        g_hash_table_insert(report->hrefs, g_strdup(row->name), g_strdup(row->href));
    }
    g_ptr_array_add(report->rows, g_steal_pointer(&row));
    return TRUE;
}

static gboolean add_record(Report *report, const char *record, GError **error)
{
    XrIndexRow *row = g_new0(XrIndexRow, 1);
    g_autoptr(GError) local = NULL;
    char *text = page_of(record, report->pages, row, &local);

    return put_page(report, row, text, record, local, error);
}

static gboolean add_history(Report *report, const XrReportHistory *history, GError **error)
{
    XrIndexRow *row = g_new0(XrIndexRow, 1);
    g_autoptr(GError) local = NULL;
    char *hint = NULL;
    char *text = xr_report_history(history, report->hrefs, &row->reason, &hint, &local);

    take_hint(report->pages, hint);
    row->verdict = "note";
    row->name = g_strdup("history");
    row->plan = g_strdup(history->plan);
    row->build = g_strdup(history->build);
    return put_page(report, row, text, "history", local, error);
}

XrReportPages *xr_report_pages(const char *const *records, const XrReportHistory *history,
                               const char *dir, GError **error)
{
    g_auto(Report) report = {
        .pages = g_new0(XrReportPages, 1),
        .dir = dir,
        .taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .hrefs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .rows = g_ptr_array_new_with_free_func((GDestroyNotify)xr_index_row_free)};

    report.pages->paths = g_ptr_array_new_with_free_func(g_free);
    report.pages->failures = g_ptr_array_new_with_free_func(g_free);
    if (!make_dir(dir, error))
        return NULL;
    for (gsize i = 0; records[i] != NULL; i++) {
        if (!add_record(&report, records[i], error))
            return NULL;
    }
    if (history != NULL && !add_history(&report, history, error))
        return NULL;
    if (report.rows->len > 1 && report.pages->paths->len > 0) {
        g_autofree char *index = xr_tell_html_index(report.rows);

        if (!write_page(report.pages, dir, "index.html", index, error))
            return NULL;
    }
    return g_steal_pointer(&report.pages);
}

char *xr_report_latest(GError **error)
{
    g_autofree char *state = xr_paths_state();
    g_autofree char *runs = g_build_filename(state, "runs", NULL);
    g_autoptr(GDir) folder = g_dir_open(runs, 0, NULL);
    g_autofree char *latest = NULL;
    const char *name;

    /* Names begin with the time at which the run began. */
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        if (latest != NULL && strcmp(name, latest) <= 0)
            continue;
        g_free(latest);
        latest = g_strdup(name);
    }
    if (latest != NULL)
        return g_build_filename(runs, latest, NULL);
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: there is no record of a run; `xenrig run` makes one, or name a record", runs);
    return NULL;
}
