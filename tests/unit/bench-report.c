/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long pages take to be made, and how large they are: of a run as plan default makes it, and of one of every VBD that a
 * plan may have; of a whole series; of a history of several plans and builds. Figures only: what they should be is for a reader, who knows how busy the host was. */
#include "history-fixture.h"
#include "keep/series-record.h"
#include "plan/series.h"
#include "report-record.h"
#include "run/report.h"

/* Without a record: of the history. */
static void measure(const char *dir, const char *record, const char *what)
{
    const char *const records[] = {record, NULL};
    const XrReportHistory history = {.host = HOST_A};
    g_autoptr(GError) error = NULL;
    struct stat page;

    const gint64 begun = g_get_monotonic_time();
    g_autoptr(XrReportPages) pages =
        xr_report_pages(records, record == NULL ? &history : NULL, dir, &error);
    const double seconds = (double)(g_get_monotonic_time() - begun) / 1e6;
    g_assert_no_error(error);
    g_assert_cmpuint(pages->paths->len, ==, 1);
    g_assert_cmpint(g_stat(pages->paths->pdata[0], &page), ==, 0);
    g_test_message("%s: %.2f s, %.0f KiB%s", what, seconds, (double)page.st_size / 1024,
                   pages->hint != NULL ? ", without pictures" : "");
}

static void measure_run(const char *dir, const RecordShape *shape)
{
    g_autofree char *record = g_build_filename(dir, shape->id, NULL);
    g_autofree char *what = g_strdup_printf("%u domUs, %u windows of %u s", shape->domus,
                                            shape->windows, shape->window_s);

    record_write(record, shape);
    measure(dir, record, what);
}

static void test_report(void)
{
    static const RecordShape shapes[] = {
        {.id = "default", .domus = 24, .windows = 3, .window_s = 5},
        {.id = "long", .domus = 64, .windows = 60, .window_s = 10},
    };
    g_autofree char *dir = g_dir_make_tmp("xenrig-bench-XXXXXX", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
        measure_run(dir, &shapes[i]);
    record_remove(dir);
}

/* All points of plan bof. */
static void test_series(void)
{
    g_autofree char *dir = g_dir_make_tmp("xenrig-bench-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(dir, "series", NULL);
    g_autoptr(JsonObject) builds = json_object_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load("bof", NULL, &error);
    g_autofree char *shown = xr_plan_show(plan, FALSE);
    const char *key;
    g_autoptr(XrSeriesShape) shape = xr_series_shape(plan, &key, &error);
    g_autoptr(XrSeriesRecord) record =
        xr_series_record_new(folder, "bof", shown, builds, NULL, &error);

    g_assert_no_error(error);
    for (guint i = 0; i < shape->curves->len * shape->vcpus->len * 2; i++) {
        const XrSeriesCurve *curve = shape->curves->pdata[i / 2 % shape->curves->len];
        const guint vcpus = g_array_index(shape->vcpus, guint, i / 2 / shape->curves->len);
        g_autofree char *line = g_strdup_printf("{\"build\":\"%s\",\"binding\":\"%s\",\"vcpus\":%u,"
                                                "\"held\":%s,\"build_id\":\"i\",\"verdict\":"
                                                "\"pass\",\"reason\":\"r\",\"record\":\"runs/"
                                                "%u\",\"seconds\":60,\"slices\":[{\"length\":25,"
                                                "\"samples\":[%g,%g,%g]}]}",
                                                curve->build, xr_plan_binding_name(curve->binding),
                                                vcpus, i % 2 ? "true" : "false", i, 1 + 0.5 * vcpus,
                                                1.1 + 0.5 * vcpus, 0.9 + 0.5 * vcpus);
        g_autoptr(JsonObject) object = xr_json_parse_line(line, -1, &error);

        g_assert_no_error(error);
        XrSeriesPoint *point = xr_series_point_parse(object, &error);
        g_assert_no_error(error);
        g_assert_true(xr_series_record_add(record, point, &error));
    }
    measure(dir, folder, "a series of 40 points");
    record_remove(dir);
}

/* Six builds, each with 200 runs and 20 figures. */
static void test_history(void)
{
    static const char sql[] =
        "BEGIN;"
        "INSERT INTO hosts VALUES ('" HOST_A "', '" HOST_A "', '', '', 'A CPU', '', '', 2, 1);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)"
        " INSERT INTO runs SELECT i, printf('20261120T100000Z-plan-%05d', i),"
        " 1795168800000000 + i * 260000000, '" HOST_A "', printf('/nowhere/runs/%05d', i), 'plan',"
        " printf('build-%d', i % 6), printf('%016x', i % 6), '4.17.5', 'pass', 'it went well',"
        " '0.1.0', 'real', 'run', 40.5, '0123456789abcdef' FROM n;"
        "WITH RECURSIVE m(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM m WHERE j < 20)"
        " INSERT INTO metrics SELECT number, iif(j = 1, 'throughput', printf('metric_%02d', j)),"
        " 'B/s', 4e8 + number * j % 97 * 1e5 + iif(number > 800, 3e7, 0), 3.9e8, 4.1e8, 3"
        " FROM runs, m;"
        "COMMIT";
    g_autofree char *dir = g_dir_make_tmp("xenrig-bench-XXXXXX", NULL);
    XrHistory *history;

    begin();
    history = open_history();
    g_assert_cmpint(sqlite3_exec(history->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    xr_history_close(history);
    measure(dir, NULL, "a history of 1200 runs, 6 builds, 20 figures");
    record_remove(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/report", test_report);
    g_test_add_func("/bench/series", test_series);
    g_test_add_func("/bench/history", test_history);
    return run_with_state();
}
