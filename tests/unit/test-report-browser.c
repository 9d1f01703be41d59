/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages with hostile text, of a run, a series and the history, loaded by headless Chromium: no script runs, by escaping alone. On request (suite report).
 *
 * What would happen otherwise is shown first: the same text put into a page as it is does run, or the test says nothing. The page's own
 * policy against scripts is taken out, so that it cannot hide what escaping missed. */
#include "history-fixture.h"
#include "keep/series-record.h"
#include "plan/plan.h"
#include "report-record.h"
#include "run/report.h"

static char *chromium;

typedef struct {
    char *dir;
} Fixture;

/* A name as a build's may be: without blanks. */
#define ODD_NAME                                                                                   \
    "s+<script>document.title='pwned'</script><img/src=x/onerror=\"document.title='pwned'\">"

static void set_up(Fixture *f, gconstpointer data)
{
    f->dir = g_dir_make_tmp("xenrig-browser-XXXXXX", NULL);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    record_remove(f->dir);
    g_free(f->dir);
}

/* The document as it stands once scripts, if any, have run. No name resolves: what a page fetches cannot come. */
static char *loaded(const Fixture *f, const char *text)
{
    g_autofree char *page = g_build_filename(f->dir, "page.html", NULL);
    g_autofree char *profile = g_strdup_printf("--user-data-dir=%s/profile", f->dir);
    g_autofree char *uri = g_filename_to_uri(page, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) browser = NULL;
    char *document = NULL;

    record_put(f->dir, "page.html", text);
    browser = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, chromium,
        "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=2000",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-dev-shm-usage", profile, uri, NULL);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(browser, NULL, NULL, &document, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_successful(browser));
    g_assert_nonnull(strstr(document, "</html>"));
    return document;
}

static gboolean was_run(const char *document)
{
    return strstr(document, "<title>pwned</title>") != NULL;
}

/* The page of a record, or without one of the history. */
static char *page_of(const Fixture *f, const char *record)
{
    g_autofree char *out = g_build_filename(f->dir, "out", NULL);
    const XrReportHistory history = {.host = HOST_A};
    const char *const records[] = {record, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages =
        xr_report_pages(records, record == NULL ? &history : NULL, out, &error);
    char *text = NULL;

    g_assert_no_error(error);
    g_assert_cmpuint(pages->failures->len, ==, 0);
    g_assert_true(g_file_get_contents(pages->paths->pdata[0], &text, NULL, NULL));
    return text;
}

static char *hostile_page(const Fixture *f)
{
    const RecordShape shape = {
        .id = "r", .domus = 2, .windows = 2, .window_s = 4, .crash = TRUE, .hostile = HOSTILE};
    g_autofree char *record = g_build_filename(f->dir, "record", NULL);

    record_write(record, &shape);
    return page_of(f, record);
}

static char *hostile_series(const Fixture *f)
{
    static const char *const overrides[] = {"series.builds=s+single-lock " ODD_NAME,
                                            "series.tuned=", "series.vcpus=1 2 4 8", NULL};
    g_autofree char *dir = g_build_filename(f->dir, "series", NULL);
    g_autoptr(JsonObject) builds = json_object_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load("bof", overrides, &error);
    g_autofree char *shown = NULL;
    XrSeriesPoint *point = xr_series_point_new(ODD_NAME, "vcpu0", 8, FALSE);

    g_assert_no_error(error);
    shown = xr_plan_show(plan, FALSE);
    json_object_set_string_member(builds, ODD_NAME, HOSTILE);
    g_autoptr(XrSeriesRecord) record =
        xr_series_record_new(dir, "bof", shown, builds, NULL, &error);
    g_assert_no_error(error);
    g_free(point->reason);
    point->reason = g_strdup(HOSTILE);
    g_assert_true(xr_series_record_add(record, point, &error));
    return page_of(f, dir);
}

static char *hostile_history(const Fixture *f)
{
    g_autofree char *quoted = record_quote(HOSTILE);
    g_autofree char *hostile = g_strndup(quoted + 1, strlen(quoted) - 2);
    const Made made = {
        .id = "odd", .plan = hostile, .build = hostile, .build_id = hostile, .reason = hostile};

    begin();
    enter(&made);
    return page_of(f, NULL);
}

static void test_control(Fixture *f, gconstpointer data)
{
    g_autofree char *document =
        loaded(f, "<!DOCTYPE html><html><head><title>calm</title></head><body><pre>" HOSTILE
                  "</pre></body></html>");

    g_assert_true(was_run(document));
}

static void assert_calm(const Fixture *f, const char *page, const char *last)
{
    g_autoptr(GString) bare = g_string_new(page);

    g_assert_cmpuint(g_string_replace(bare, "<meta http-equiv=\"Content-Security-Policy\"",
                                      "<meta name=\"none\"", 0),
                     ==, 1);
    g_autofree char *document = loaded(f, bare->str);
    g_assert_false(was_run(document));
    g_assert_null(strstr(document, "<script"));
    g_assert_null(strstr(document, "<img"));
    g_assert_null(strstr(document, "<svg onload"));
    /* The text is there, as text, and the page goes on after it. */
    g_assert_nonnull(strstr(document, "&lt;script&gt;document.title='pwned'&lt;/script&gt;"));
    g_assert_nonnull(strstr(document, last));
}

static void test_hostile(Fixture *f, gconstpointer data)
{
    g_autofree char *page = hostile_page(f);

    assert_calm(f, page, "<section id=\"repeat\">");
}

static void test_series(Fixture *f, gconstpointer data)
{
    g_autofree char *page = hostile_series(f);

    assert_calm(f, page, "<section id=\"repeat\">");
}

static void test_history(Fixture *f, gconstpointer data)
{
    g_autofree char *page = hostile_history(f);

    assert_calm(f, page, "<footer>");
}

/* With its own policy, too, the page is shown: styles and the picture's image are allowed. */
static void test_policy(Fixture *f, gconstpointer data)
{
    g_autofree char *page = hostile_page(f);
    g_autofree char *document = loaded(f, page);

    g_assert_false(was_run(document));
    g_assert_nonnull(strstr(document, "<section id=\"repeat\">"));
}

#define ADD(name, function) g_test_add("/browser/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    chromium = g_find_program_in_path("chromium");
    if (chromium == NULL) {
        puts("TAP version 13\n1..0 # SKIP no chromium here; on Debian: apt-get install chromium");
        return 0;
    }
    ADD("control", test_control);
    ADD("hostile", test_hostile);
    ADD("series", test_series);
    ADD("history", test_history);
    ADD("policy", test_policy);
    const int result = run_with_state();
    g_free(chromium);
    return result;
}
