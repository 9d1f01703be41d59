/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of series: whole, with points missing, of names and reasons that are markup. */
#include "page-checks.h"
#include "report-record.h"
#include "run/report.h"
#include "series-fixture.h"
#include "tell/series.h"

static const char *const none[] = {NULL};

/* The page of a record. Free with g_free. */
static char *page_in(const char *dir)
{
    g_autofree char *out = g_build_filename(state, "out", NULL);
    const char *const records[] = {dir, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, out, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(pages->failures->len, ==, 0);
    g_assert_cmpuint(pages->paths->len, ==, 1);
    return contents(pages->paths->pdata[0]);
}

static char *page_of(const Fixture *f)
{
    return page_in(f->record->dir);
}

static void test_whole(void)
{
    Fixture f = {0};

    begin(&f, none);
    g_assert_null(go_on(&f));
    g_autofree char *page = page_of(&f);
    assert_has(page, "<span class=\"badge pass\">PASS</span> split-lock, vCPU 0 moves 2.68 times "
                     "what single-lock, vCPU 0 does, at 8 vCPUs of dom0; split-lock, tuned 2.68; "
                     "stock, tuned 2.68</h1>");
    /* The mail's row beside ours. */
    assert_has(page, "<tr><td class=\"name\">split-lock, vCPU 0</td><td class=\"n\">3000</td><td "
                     "class=\"n\">2.14</td><td "
                     "class=\"n\">2.68 (2.66 to 2.69)</td>");
    /* Both sets of curves, a point, the law, and the way back. */
    assert_has(page, "aria-label=\"Bytes a tick by the number of dom0&apos;s vCPUs");
    assert_has(page, "Each disk held to a rate.");
    assert_has(
        page,
        "<td class=\"name\">single-lock, vCPU 0</td><td class=\"n\">16</td><td><span class=\"badge "
        "pass\">PASS</span></td><td class=\"n\">3.218</td>");
    assert_has(page, "contention 0.4 (0.397 to 0.403)");
    assert_has(page, "the intervals meet");
    assert_has(page, "The mail measured a machine of 2013");
    assert_has(page, "Judge its points again, booting nothing:");
    assert_has(page, "debsrc:bookworm+single-lock, id id of debsrc:bookworm+single-lock");
    assert_lacks(page, "<section id=\"missing\">");
    assert_harmless(page);
    assert_fetches_nothing(page);
    end(&f);
}

/* Plan bof as it was really run. */
static void test_recorded(void)
{
    g_autofree char *page = page_in(XR_SOURCE_DIR "/tests/golden/series/bof");

    assert_has(page,
               "<span class=\"badge pass\">PASS</span> split-lock, vCPU 0 moves 2.09 times what "
               "single-lock, vCPU 0 does, at 8 vCPUs of dom0; split-lock, tuned 2.07; ");
    assert_has(page, "40 of 40 points measured");
    assert_lacks(page, "<section id=\"missing\">");
    assert_harmless(page);
}

/* Points that are not there are named, and no figure is made up for them. */
static void test_missing(void)
{
    static const char *const small[] = {"series.builds=s+bad s+single-lock",
                                        "series.tuned=", "series.vcpus=2 8", NULL};
    Fixture f = {.broken = "fail"};

    begin(&f, small);
    g_autofree char *before = page_of(&f);
    assert_has(before, "<span class=\"badge error\">ERROR</span> 8 of 8 points missing; builds "
                       "cannot be compared yet, at 8 vCPUs of dom0</h1>");
    assert_has(before, "No point has a figure yet.");
    g_assert_null(go_on(&f));
    g_autofree char *page = page_of(&f);
    assert_has(page, "<span class=\"badge fail\">FAIL</span> 4 of 8 points missing; ");
    assert_has(page, "<a href=\"#missing\">missing points</a>");
    assert_has(
        page,
        "<tr><td><span class=\"badge fail\">FAIL</span></td><td class=\"name\">bad, vCPU 0</td><td "
        "class=\"n\">2</td><td>held</td><td class=\"why\">it was so</td>");
    assert_has(page, "no law: ");
    assert_harmless(page);
    end(&f);
}

static void test_hostile(void)
{
    static const char *const odd[] = {
        "series.builds=s+single-lock x+<script>document.title='pwned'</script>",
        "series.tuned=", "series.vcpus=8", NULL};
    Fixture f = {0};
    g_autoptr(GError) error = NULL;

    begin(&f, odd);
    XrSeriesPoint *point = xr_series_point_new("s+single-lock", "vcpu0", 8, TRUE);
    g_free(point->reason);
    point->reason = g_strdup(HOSTILE);
    g_assert_true(xr_series_record_add(f.record, point, &error));
    g_assert_no_error(error);
    g_autofree char *page = page_of(&f);
    assert_has(page, "&lt;script&gt;document.title=&apos;pwned&apos;&lt;/script&gt;");
    assert_has(page, "&lt;img src=x onerror=");
    assert_harmless(page);
    end(&f);
}

/* What is in the folder says that it is a series, and no plan of one. */
static void test_broken(void)
{
    Fixture f = {0};
    g_autoptr(GError) error = NULL;

    begin(&f, none);
    record_put(f.record->dir, "plan", "[plan]\nname=odd\n");
    g_autofree char *out = g_build_filename(f.record->dir, "out", NULL);
    const char *const records[] = {f.record->dir, NULL};
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, out, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(pages->paths->len, ==, 0);
    assert_has(pages->failures->pdata[0], "/plan: it names no builds: it is no plan of a series");
    end(&f);
}

int main(int argc, char **argv)
{
    g_autofree char *dir = g_dir_make_tmp("xenrig-series-XXXXXX", NULL);
    g_autofree char *path = g_strconcat(dir, ":", g_getenv("PATH"), NULL);
    int result;

    g_test_init(&argc, &argv, NULL);
    record_fake_gnuplot(dir);
    g_setenv("PATH", path, TRUE);
    g_test_add_func("/report-series/whole", test_whole);
    g_test_add_func("/report-series/recorded", test_recorded);
    g_test_add_func("/report-series/missing", test_missing);
    g_test_add_func("/report-series/hostile", test_hostile);
    g_test_add_func("/report-series/broken", test_broken);
    result = run_with_state();
    record_remove(dir);
    return result;
}
