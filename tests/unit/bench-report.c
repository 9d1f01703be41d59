/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long pages take to be made, and how large they are: of a run as plan default makes it, and of one of every VBD that a
 * plan may have. Figures only: what they should be is for a reader, who knows how busy the host was. */
#include "report-record.h"
#include "run/report.h"

static void measure(const char *dir, const RecordShape *shape)
{
    g_autofree char *record = g_build_filename(dir, shape->id, NULL);
    const char *const records[] = {record, NULL};
    g_autoptr(GError) error = NULL;
    struct stat page;

    record_write(record, shape);
    const gint64 begin = g_get_monotonic_time();
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, dir, &error);
    const double seconds = (double)(g_get_monotonic_time() - begin) / 1e6;
    g_assert_no_error(error);
    g_assert_cmpuint(pages->paths->len, ==, 1);
    g_assert_cmpint(g_stat(pages->paths->pdata[0], &page), ==, 0);
    g_test_message("%u domUs, %u windows of %u s: %.2f s, %.0f KiB%s", shape->domus, shape->windows,
                   shape->window_s, seconds, (double)page.st_size / 1024,
                   pages->hint != NULL ? ", without pictures" : "");
}

static void test_report(void)
{
    static const RecordShape shapes[] = {
        {.id = "default", .domus = 24, .windows = 3, .window_s = 5},
        {.id = "long", .domus = 64, .windows = 60, .window_s = 10},
    };
    g_autofree char *dir = g_dir_make_tmp("xenrig-bench-XXXXXX", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
        measure(dir, &shapes[i]);
    record_remove(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/report", test_report);
    return g_test_run();
}
