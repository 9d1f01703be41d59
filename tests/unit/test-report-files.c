/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of where pages go, of records and folders that will not do, and of several records at once. */
#include "base/error.h"
#include "report-fixture.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- what goes wrong --- */

static void assert_failure(Fixture *f, const char *record, const char *words)
{
    const char *const records[] = {record, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, f->out, &error);

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
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, out, &error);

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
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, f->out, &error);
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
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, f->out, &error);
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
        g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, f->out, NULL);
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

#define ADD(name, function)                                                                        \
    g_test_add("/report-files/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
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
