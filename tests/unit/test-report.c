/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the pages that records are told as.
 *
 * A whole page is compared with tests/golden/report, its style left out; XENRIG_GOLDEN=write writes it anew. */
#include "base/error.h"
#include "report-record.h"
#include "run/report.h"
#include "tell/html.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static const RecordShape small = {
    .id = "20261122T120000Z-small-ab12", .domus = 2, .windows = 2, .window_s = 4};

typedef struct {
    char *dir, *record, *out, *path;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    f->dir = g_dir_make_tmp("xenrig-report-XXXXXX", NULL);
    f->record = g_build_filename(f->dir, "record", NULL);
    f->out = g_build_filename(f->dir, "out", NULL);
    f->path = g_strdup(g_getenv("PATH"));
    record_fake_gnuplot(f->dir);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    g_setenv("PATH", f->path, TRUE);
    record_remove(f->dir);
    g_free(f->dir);
    g_free(f->record);
    g_free(f->out);
    g_free(f->path);
}

static char *contents(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

/* The one page of the fixture's record. */
static char *page_of(Fixture *f)
{
    const char *const records[] = {f->record, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = xr_report_pages(records, f->out, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(pages->failures->len, ==, 0);
    g_assert_cmpuint(pages->paths->len, ==, 1);
    return contents(pages->paths->pdata[0]);
}

static char *page_of_shape(Fixture *f, RecordShape shape)
{
    record_write(f->record, &shape);
    return page_of(f);
}

static void assert_has(const char *page, const char *text)
{
    if (strstr(page, text) == NULL)
        g_error("\"%s\" is not in the page", text);
}

static void assert_lacks(const char *page, const char *text)
{
    if (strstr(page, text) != NULL)
        g_error("\"%s\" is in the page", text);
}

/* --- what a page may hold --- */

/* Whatever is between < and > is a tag of ours, with attributes as we write them; the style has no such signs. */
static void assert_only_our_markup(const char *page)
{
    g_autoptr(GRegex) tag = g_regex_new(
        "^<(!DOCTYPE "
        "html|/?(html|head|meta|title|style|body|main|section|footer|p|h[123]|nav|a|span|"
        "article|blockquote|details|summary|pre|mark|strong|dl|dt|dd|div|table|caption|thead|tbody|"
        "tr|th|td|i|"
        "figure|figcaption|svg|text)( "
        "(class|id|href|lang|charset|name|content|http-equiv|scope|tabindex|style|role|"
        "aria-label|width|height|open)(=\"[^\"<>]*\")?)*)>$",
        0, 0, NULL);

    for (const char *at = strchr(page, '<'); at != NULL; at = strchr(at + 1, '<')) {
        const char *end = strchr(at, '>');
        g_autofree char *text = g_strndup(at, (gsize)(end - at + 1));

        g_assert_nonnull(end);
        if (!g_regex_match(tag, text, 0, NULL))
            g_error("%s is no tag of ours", text);
    }
}

static void assert_harmless(const char *page)
{
    g_assert_true(g_utf8_validate(page, -1, NULL));
    for (const char *p = page; *p != '\0'; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);

        if (c != '\n' && !g_unichar_isprint(c))
            g_error("U+%04X is in the page", c);
    }
    assert_only_our_markup(page);
}

static void assert_fetches_nothing(const char *page)
{
    assert_lacks(page, "http:");
    assert_lacks(page, "https:");
    assert_lacks(page, "url(");
    assert_lacks(page, " src=");
}

/* --- a whole page --- */

/* Without what differs from one place and version to the next, and without its style. */
static char *normalised(const char *page, const char *record)
{
    const char *begin = strstr(page, "<style>"), *end = strstr(page, "</style>");
    g_autofree char *text = g_strdup_printf("%.*s%s", (int)(begin - page), page, end);
    g_autoptr(GString) all = g_string_new(text);

    g_string_replace(all, record, "RECORD", 0);
    g_string_replace(all, "xenrig " XR_VERSION, "xenrig VERSION", 0);
    return g_strdup(all->str);
}

static void test_golden(Fixture *f, gconstpointer data)
{
    static const char path[] = XR_SOURCE_DIR "/tests/golden/report/crash.html";
    RecordShape shape = small;

    shape.crash = TRUE;
    g_autofree char *page = page_of_shape(f, shape);
    g_autofree char *text = normalised(page, f->record);
    if (g_strcmp0(g_getenv("XENRIG_GOLDEN"), "write") == 0)
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autofree char *golden = contents(path);
    g_assert_cmpstr(text, ==, golden);
}

static void test_pass(Fixture *f, gconstpointer data)
{
    g_autofree char *page = page_of_shape(f, small);

    assert_has(page, "<span class=\"badge pass\">PASS</span> 2 of 2 domUs streamed");
    assert_has(page, "None: nothing complained");
    assert_has(page, "<svg role=\"img\" aria-label=\"A strip for each VBD over time");
    assert_lacks(page, "<title>no</title>");
    assert_has(page, "<td>w01/vbd0</td>");
    assert_has(page, "<pre class=\"wrap\">xenrig run &apos;small plan&apos; &apos;&apos;</pre>");
    assert_has(page, "<td>dom0-initramfs</td>");
    assert_has(page, "prefers-color-scheme:dark");
    assert_lacks(page, "When it was run");
    assert_harmless(page);
    assert_fetches_nothing(page);
}

/* The record's own verdict is told where judging it anew comes to another. */
static void test_judged_otherwise(Fixture *f, gconstpointer data)
{
    record_write(f->record, &small);
    record_put(f->record, "verdict.json", "{\"verdict\":\"unsure\"}\n");
    g_autofree char *page = page_of(f);
    assert_has(page, "When it was run, the verdict was <strong>unsure</strong>");
}

static void test_excerpt(Fixture *f, gconstpointer data)
{
    RecordShape shape = small;

    shape.crash = TRUE;
    g_autofree char *page = page_of_shape(f, shape);
    assert_has(page, "<span class=\"badge fail\">FAIL</span>");
    assert_has(page, "<summary>console of w01 around it");
    assert_has(page, "</span>the line before\n");
    assert_has(page, "<mark>Kernel panic - not syncing: ordered by the rig </mark>\n");
    assert_has(page, "</span>the line after\n");
    assert_has(page, "<td>fault ordered</td>");
    /* What one excerpt shows is not shown again for the finding beside it. */
    g_assert_null(strstr(strstr(page, "the line after") + 1, "the line after"));
}

/* --- what guests say --- */

static void test_hostile(Fixture *f, gconstpointer data)
{
    RecordShape shape = small;

    shape.crash = TRUE;
    shape.hostile = HOSTILE;
    record_write(f->record, &shape);
    record_put(f->record, "verdict.json", "{\"verdict\":\"<script>\"}\n");
    g_autofree char *page = page_of(f);
    assert_has(page, "&lt;script&gt;document.title=&apos;pwned&apos;&lt;/script&gt;");
    assert_has(page, "&amp;lt;b&amp;gt; \\u{202e}diap \\x1b[31m \\u{009b}1m end");
    assert_harmless(page);
}

/* At the joint: each sign alone, bytes that are no text, and a bound that cuts no entity. */
static void test_text(void)
{
    static const struct {
        const char *text;
        gsize max;
        const char *told;
    } cases[] = {
        {"<&>\"'", 100, "&lt;&amp;&gt;&quot;&apos;"},
        {"\xff\xfe\xc3", 100, "\\xff\\xfe\\xc3"},
        {"a\x07\x1b\x7f\r\n\tb", 100, "a\\x07\\x1b\\x7f\\x0d\\x0a\\x09b"},
        {"\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b", 100, "\\u{202e}\\u{2066}\\u{200b}"},
        {"\xe2\x80\xa8", 100, "\\u{2028}"},
        {"<<<<<<<<<<", 7, "&lt;&lt;&lt;&lt;…"},
        {"", 10, ""},
        {NULL, 10, ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        xr_html_text(out, cases[i].text, cases[i].max);
        g_assert_cmpstr(out->str, ==, cases[i].told);
    }
}

/* A console that is all noise makes no page that cannot be opened. */
static void test_bounded(Fixture *f, gconstpointer data)
{
    g_autofree char *noise = g_strnfill(100000, '<');
    RecordShape shape = {
        .id = "big", .domus = 24, .windows = 12, .window_s = 10, .crash = TRUE, .hostile = noise};

    g_autofree char *page = page_of_shape(f, shape);
    g_assert_cmpuint(strlen(page), <, 200 * 1024);
    assert_only_our_markup(page);
}

/* --- what goes wrong --- */

static void assert_failure(Fixture *f, const char *record, const char *words)
{
    const char *const records[] = {record, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = xr_report_pages(records, f->out, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(pages->paths->len, ==, 0);
    g_assert_cmpuint(pages->failures->len, ==, 1);
    if (strstr(pages->failures->pdata[0], words) == NULL)
        g_error("\"%s\" does not say \"%s\"", (const char *)pages->failures->pdata[0], words);
}

static void test_no_record(Fixture *f, gconstpointer data)
{
    g_autofree char *missing = g_build_filename(f->dir, "missing", NULL);

    assert_failure(f, missing,
                   "missing: cannot be read: No such file or directory; give the folder that");
    assert_failure(f, f->dir, "is no record of a run: it holds no file \"plan\"");
}

static void test_damaged_record(Fixture *f, gconstpointer data)
{
    record_write(f->record, &small);
    record_put(f->record, "events.jsonl", "{\"t\":1,\"kind\":\"stage\"}\nnonsense\n{}\n");
    assert_failure(f, f->record, "events.jsonl:2: ");
    record_write(f->record, &small);
    record_put(f->record, "run.json", "[");
    assert_failure(f, f->record, "run.json");
}

static void assert_no_pages(const Fixture *f, const char *const *records, const char *out,
                            const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = xr_report_pages(records, out, &error);

    g_assert_null(pages);
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    if (strstr(error->message, words) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, words);
}

static void test_no_folder(Fixture *f, gconstpointer data)
{
    const char *const records[] = {f->record, NULL};
    g_autofree char *file = g_build_filename(f->dir, "gnuplot", NULL);

    record_write(f->record, &small);
    assert_no_pages(f, records, file, "pages cannot be written there: ");
    assert_no_pages(f, records, file, "; give another folder by -o DIR");
    if (geteuid() == 0)
        return;
    g_assert_cmpint(g_mkdir(f->out, 0500), ==, 0);
    assert_no_pages(f, records, f->out, "pages cannot be written there: Permission denied");
}

static guint count_files(const char *dir)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    guint n = 0;

    while (g_dir_read_name(folder) != NULL)
        n++;
    return n;
}

/* Nothing is left, and what was there before stays whole. */
static void test_full_disk(Fixture *f, gconstpointer data)
{
    const char *const records[] = {f->record, NULL};
    struct rlimit old, few;

    record_write(f->record, &small);
    g_autofree char *before = page_of(f);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
    few = old;
    few.rlim_cur = 4000;
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &few), ==, 0);
    assert_no_pages(f, records, f->out, ".html: cannot be written: ");
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
    g_assert_cmpuint(count_files(f->out), ==, 1);
    g_autofree char *path = g_strdup_printf("%s/%s.html", f->out, small.id);
    g_autofree char *after = contents(path);
    g_assert_cmpstr(before, ==, after);
}

static void test_no_gnuplot(Fixture *f, gconstpointer data)
{
    const char *const records[] = {f->record, NULL};
    g_autoptr(GError) error = NULL;

    record_write(f->record, &small);
    g_setenv("PATH", f->record, TRUE);
    g_autoptr(XrReportPages) pages = xr_report_pages(records, f->out, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(pages->hint, ==,
                    "there is no gnuplot to draw pictures: apt-get install gnuplot-nox");
    g_autofree char *page = contents(pages->paths->pdata[0]);
    assert_has(page, "<p class=\"missing\">No picture: there is no gnuplot");
    assert_has(page, "<td>w01/vbd0</td>");
}

/* --- several --- */

static void test_several(Fixture *f, gconstpointer data)
{
    g_autofree char *second = g_build_filename(f->dir, "second", NULL);
    g_autofree char *missing = g_build_filename(f->dir, "missing", NULL);
    const char *const records[] = {f->record, missing, second, NULL};
    g_autoptr(GError) error = NULL;
    RecordShape crash = small;

    crash.crash = TRUE;
    record_write(f->record, &small);
    record_write(second, &crash);
    g_autoptr(XrReportPages) pages = xr_report_pages(records, f->out, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(pages->failures->len, ==, 1);
    g_assert_cmpuint(pages->paths->len, ==, 3);
    g_assert_true(g_str_has_suffix(pages->paths->pdata[2], "/index.html"));
    g_autofree char *index = contents(pages->paths->pdata[2]);
    assert_has(index, "<h1>3 reports</h1>");
    assert_has(index,
               "<a href=\"20261122T120000Z-small-ab12.html\">20261122T120000Z-small-ab12</a>");
    assert_has(index, "<a href=\"20261122T120000Z-small-ab12-2.html\">");
    assert_has(index, "<span class=\"badge error\">ERROR</span>");
    assert_has(index, "missing: cannot be read");
    assert_harmless(index);
}

/* An id from elsewhere leads to no other folder. */
static void test_id_is_no_path(Fixture *f, gconstpointer data)
{
    static const struct {
        const char *id, *name;
    } cases[] = {
        {"../../etc/x", "------etc-x.html"}, {"", "record.html"}, {"index", "record.html"}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *const records[] = {f->record, NULL};
        RecordShape shape = small;

        shape.id = cases[i].id;
        record_write(f->record, &shape);
        g_autoptr(XrReportPages) pages = xr_report_pages(records, f->out, NULL);
        g_autofree char *name = g_path_get_basename(pages->paths->pdata[0]);
        g_assert_cmpstr(name, ==, cases[i].name);
    }
}

static void test_latest(Fixture *f, gconstpointer data)
{
    g_autofree char *old = g_build_filename(f->dir, "runs", "20261121T120000Z-a-0001", NULL);
    g_autofree char *new = g_build_filename(f->dir, "runs", "20261122T120000Z-a-0000", NULL);
    g_autoptr(GError) error = NULL;

    g_setenv("XENRIG_STATE", f->dir, TRUE);
    g_assert_null(xr_report_latest(&error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_nonnull(strstr(error->message, "there is no record of a run; `xenrig run` makes one"));
    g_clear_error(&error);
    g_assert_cmpint(g_mkdir_with_parents(new, 0700), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(old, 0700), ==, 0);
    g_autofree char *latest = xr_report_latest(&error);
    g_assert_cmpstr(latest, ==, new);
}

#define ADD(name, function) g_test_add("/report/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/text", test_text);
    ADD("golden", test_golden);
    ADD("pass", test_pass);
    ADD("judged-otherwise", test_judged_otherwise);
    ADD("excerpt", test_excerpt);
    ADD("hostile", test_hostile);
    ADD("bounded", test_bounded);
    ADD("no-record", test_no_record);
    ADD("damaged-record", test_damaged_record);
    ADD("no-folder", test_no_folder);
    ADD("full-disk", test_full_disk);
    ADD("no-gnuplot", test_no_gnuplot);
    ADD("several", test_several);
    ADD("id-is-no-path", test_id_is_no_path);
    ADD("latest", test_latest);
    return g_test_run();
}
