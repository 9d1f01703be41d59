/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page with hostile text, loaded by headless Chromium: no script runs, by escaping alone. On request (suite report).
 *
 * What would happen otherwise is shown first: the same text put into a page as it is does run, or the test says nothing. The page's own
 * policy against scripts is taken out, so that it cannot hide what escaping missed. */
#include "report-record.h"
#include "run/report.h"

static char *chromium;

typedef struct {
    char *dir;
} Fixture;

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

static char *hostile_page(const Fixture *f)
{
    const RecordShape shape = {
        .id = "r", .domus = 2, .windows = 2, .window_s = 4, .crash = TRUE, .hostile = HOSTILE};
    g_autofree char *record = g_build_filename(f->dir, "record", NULL);
    g_autofree char *out = g_build_filename(f->dir, "out", NULL);
    const char *const records[] = {record, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = NULL;
    char *text = NULL;

    record_write(record, &shape);
    pages = xr_report_pages(records, NULL, out, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(pages->paths->len, ==, 1);
    g_assert_true(g_file_get_contents(pages->paths->pdata[0], &text, NULL, NULL));
    return text;
}

static void test_control(Fixture *f, gconstpointer data)
{
    g_autofree char *document =
        loaded(f, "<!DOCTYPE html><html><head><title>calm</title></head><body><pre>" HOSTILE
                  "</pre></body></html>");

    g_assert_true(was_run(document));
}

static void test_hostile(Fixture *f, gconstpointer data)
{
    g_autofree char *page = hostile_page(f);
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
    g_assert_nonnull(strstr(document, "<section id=\"repeat\">"));
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
    ADD("policy", test_policy);
    const int result = g_test_run();
    g_free(chromium);
    return result;
}
