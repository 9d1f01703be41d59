/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the page of a comparison. */
#include "compare-fixture.h"
#include "run/report.h"

static void assert_has(const char *page, const char *text)
{
    if (strstr(page, text) == NULL)
        g_error("\"%s\" is not in %s", text, page);
}

static char *page_of(const Fixture *f)
{
    const char *const records[] = {f->record->dir, NULL};
    g_autofree char *out = g_build_filename(state, "pages", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, out, &error);
    char *text = NULL;

    g_assert_no_error(error);
    g_assert_cmpuint(pages->failures->len, ==, 0);
    g_file_get_contents(pages->paths->pdata[0], &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static void test_different(void)
{
    const char *const builds[] = {"good", "bad", NULL};
    const char *const overrides[] = {"compare.runs_max=8", NULL};
    Fixture f = {.second = 50};

    begin(&f, builds, overrides);
    go_on(&f);
    g_autofree char *page = page_of(&f);
    assert_has(page, "<h1><span class=\"badge different\">DIFFERENT</span> bad is 2.00 to 2.01 "
                     "times slower than good.</h1>");
    assert_has(page, "<dt>B</dt><dd>bad: median ");
    assert_has(page, "<dt>effect</dt>");
    assert_has(page, "--replay");
    assert_has(page, "<dt>seed of the order</dt><dd>42</dd>");
    assert_has(page, "<td>runs/001-");
    end(&f);
}

static void test_unsure(void)
{
    const char *const builds[] = {"good", "bad<b>", NULL};
    const char *const overrides[] = {"compare.runs_max=8", NULL};
    Fixture f = {.second = 50, .stop_after = 3};

    begin(&f, builds, overrides);
    go_on(&f);
    g_autofree char *page = page_of(&f);
    assert_has(page, "<span class=\"badge unsure\">UNSURE</span> nothing is known of bad&lt;b&gt;: "
                     "the first look");
    g_assert_null(strstr(page, "<b>"));
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report-compare/different", test_different);
    g_test_add_func("/report-compare/unsure", test_unsure);
    return run_with_state();
}
