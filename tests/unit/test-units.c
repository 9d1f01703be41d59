/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of values with units and of the rig's folders. */
#include "base/error.h"
#include "base/paths.h"
#include "base/units.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES    "; write bytes as 4096, 64K, 2M, 1G or 1T"
#define DURATION "; write a time as 100us, 250ms, 30s, 5m or 1h"
#define RATIO    "; write a ratio as 15% or 0.15"

typedef gboolean (*Parse)(const char *text, guint64 *value, GError **error);

static void assert_refused(Parse parse, const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    guint64 value = 77;
    g_assert_false(parse(text, &value, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, message);
}

static void test_bytes(void)
{
    static const struct {
        const char *text;
        guint64 value;
        const char *shown;
    } good[] = {
        {"0", 0, "0"},
        {"0K", 0, "0"},
        {"4096", 4096, "4K"},
        {"3000", 3000, "3000"},
        {"64K", 65536, "64K"},
        {"64KiB", 65536, "64K"},
        {"2M", 2097152, "2M"},
        {"1024MiB", 1073741824, "1G"},
        {"1536M", 1610612736, "1536M"},
        {"6G", 6442450944, "6G"},
        {"1TiB", 1099511627776, "1T"},
        {"007", 7, "7"},
        {"18446744073709551615", G_MAXUINT64, "18446744073709551615"},
        {"16777215T", G_GUINT64_CONSTANT(16777215) << 40, "16777215T"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        guint64 value = 0;
        g_assert_true(xr_units_parse_bytes(good[i].text, &value, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(value, ==, good[i].value);
        g_autofree char *shown = xr_units_format_bytes(value);
        g_assert_cmpstr(shown, ==, good[i].shown);
    }
    assert_refused(xr_units_parse_bytes, "", "\"\" is empty" BYTES);
    assert_refused(xr_units_parse_bytes, "-1M", "\"-1M\" is negative" BYTES);
    assert_refused(xr_units_parse_bytes, "1.5M", "\"1.5M\" is no whole number" BYTES);
    assert_refused(xr_units_parse_bytes, "2X", "\"2X\" has no unit I know" BYTES);
    assert_refused(xr_units_parse_bytes, "2m", "\"2m\" has no unit I know" BYTES);
    assert_refused(xr_units_parse_bytes, "2 M", "\"2 M\" has no unit I know" BYTES);
    assert_refused(xr_units_parse_bytes, "M", "\"M\" is no number" BYTES);
    assert_refused(xr_units_parse_bytes, "+2", "\"+2\" is no number" BYTES);
    assert_refused(xr_units_parse_bytes, "18446744073709551616",
                   "\"18446744073709551616\" is too large" BYTES);
    assert_refused(xr_units_parse_bytes, "16777216T", "\"16777216T\" is too large" BYTES);
    assert_refused(xr_units_parse_bytes, "1\033[31m", "\"1\\x1b[31m\" has no unit I know" BYTES);
}

static void test_duration(void)
{
    static const struct {
        const char *text;
        guint64 value;
        const char *shown;
    } good[] = {
        {"0", 0, "0"},
        {"1ns", 1, "1ns"},
        {"1500ns", 1500, "1500ns"},
        {"250us", 250000, "250us"},
        {"250ms", 250000000, "250ms"},
        {"1000ms", 1000000000, "1s"},
        {"90s", 90000000000, "90s"},
        {"60s", 60000000000, "1m"},
        {"5m", 300000000000, "5m"},
        {"1h", 3600000000000, "1h"},
        {"5124095h", 18446742000000000000u, "5124095h"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        guint64 value = 77;
        g_assert_true(xr_units_parse_duration(good[i].text, &value, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(value, ==, good[i].value);
        g_autofree char *shown = xr_units_format_duration(value);
        g_assert_cmpstr(shown, ==, good[i].shown);
    }
    assert_refused(xr_units_parse_duration, "", "\"\" is empty" DURATION);
    assert_refused(xr_units_parse_duration, "30", "\"30\" has no unit" DURATION);
    assert_refused(xr_units_parse_duration, "-5s", "\"-5s\" is negative" DURATION);
    assert_refused(xr_units_parse_duration, "0,5s", "\"0,5s\" is no whole number" DURATION);
    assert_refused(xr_units_parse_duration, "3d", "\"3d\" has no unit I know" DURATION);
    assert_refused(xr_units_parse_duration, "5124096h", "\"5124096h\" is too large" DURATION);
}

static gboolean parse_ratio(const char *text, guint64 *value, GError **error)
{
    double ratio = 0;
    return xr_units_parse_ratio(text, &ratio, error);
}

static void test_ratio(void)
{
    static const struct {
        const char *text;
        double value;
        const char *shown;
    } good[] = {
        {"0", 0, "0"},
        {"0%", 0, "0"},
        {"15%", 0.15, "15%"},
        {"0.15", 0.15, "15%"},
        {".5", 0.5, "50%"},
        {"1", 1, "1"},
        {"100%", 1, "1"},
        {"12.5%", 0.125, "12.5%"},
        {"0.001", 0.001, "0.1%"},
        {"1000%", 10, "10"},
        {"1.5", 1.5, "1.5"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        double value = 77;
        g_assert_true(xr_units_parse_ratio(good[i].text, &value, &error));
        g_assert_no_error(error);
        g_assert_cmpfloat(value, ==, good[i].value);
        g_autofree char *shown = xr_units_format_ratio(value);
        g_assert_cmpstr(shown, ==, good[i].shown);
    }
    assert_refused(parse_ratio, "", "\"\" is empty" RATIO);
    assert_refused(parse_ratio, "-1%", "\"-1%\" is negative" RATIO);
    assert_refused(parse_ratio, "nan", "\"nan\" is no number" RATIO);
    assert_refused(parse_ratio, "inf", "\"inf\" is no number" RATIO);
    assert_refused(parse_ratio, "0x1", "\"0x1\" is no ratio" RATIO);
    assert_refused(parse_ratio, "15 %", "\"15 %\" is no ratio" RATIO);
    assert_refused(parse_ratio, ".", "\".\" is no ratio" RATIO);
    assert_refused(parse_ratio, "0,15", "\"0,15\" is no ratio" RATIO);
    assert_refused(parse_ratio, "1001%", "\"1001%\" is above 10 (1000%)" RATIO);
    assert_refused(parse_ratio, "1e999", "\"1e999\" is above 10 (1000%)" RATIO);
}

/* Whatever value a plan holds, showing it loses nothing. */
static void test_round_trip(void)
{
    for (int i = 0; i < 2000; i++) {
        const guint64 number =
            ((guint64)g_test_rand_int() << 32 | (guint32)g_test_rand_int()) >> (i % 64);
        const double ratio = g_test_rand_double_range(0, 10);
        guint64 bytes = 0, duration = 0;
        double back = 0;
        g_autofree char *bytes_text = xr_units_format_bytes(number);
        g_autofree char *duration_text = xr_units_format_duration(number);
        g_autofree char *ratio_text = xr_units_format_ratio(ratio);
        g_assert_true(xr_units_parse_bytes(bytes_text, &bytes, NULL));
        g_assert_true(xr_units_parse_duration(duration_text, &duration, NULL));
        g_assert_true(xr_units_parse_ratio(ratio_text, &back, NULL));
        g_assert_cmpuint(bytes, ==, number);
        g_assert_cmpuint(duration, ==, number);
        g_assert_cmpfloat(back, ==, ratio);
    }
}

static void test_folders(void)
{
    g_setenv("XENRIG_CACHE", "/a/cache", TRUE);
    g_setenv("XENRIG_STATE", "/a/../state", TRUE);
    g_setenv("XENRIG_RUNTIME", "/a/run", TRUE);
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *state = xr_paths_state();
    g_autofree char *runtime = xr_paths_runtime();
    g_assert_cmpstr(cache, ==, "/a/cache");
    g_assert_cmpstr(state, ==, "/state");
    g_assert_cmpstr(runtime, ==, "/a/run");

    g_unsetenv("XENRIG_RUNTIME");
    g_setenv("XDG_RUNTIME_DIR", "/tmp", TRUE);
    g_autofree char *session = xr_paths_runtime();
    g_assert_cmpstr(session, ==, "/tmp/xenrig");
    g_setenv("XDG_RUNTIME_DIR", "/no/such/folder", TRUE);
    g_autofree char *fallback = xr_paths_runtime();
    g_autofree char *expected = g_strdup_printf("/tmp/xenrig-%u", (guint)getuid());
    g_assert_cmpstr(fallback, ==, expected);
}

static void test_private_folder(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *root = g_dir_make_tmp("xenrig-test-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *folder = g_build_filename(root, "a", NULL);
    g_autofree char *link = g_build_filename(root, "link", NULL);
    GStatBuf info;

    g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
    g_assert_true(xr_paths_make_private(folder, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(folder, &info), ==, 0);
    g_assert_cmpuint(info.st_mode & 07777, ==, 0700);

    g_assert_cmpint(symlink(folder, link), ==, 0);
    g_assert_false(xr_paths_make_private(link, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_autofree char *message = g_strdup_printf(
        "%s: is not a folder of user %u; remove it or name another place in XENRIG_RUNTIME, "
        "XENRIG_CACHE or XENRIG_STATE",
        link, (guint)getuid());
    g_assert_cmpstr(error->message, ==, message);

    g_unlink(link);
    g_rmdir(folder);
    g_rmdir(root);
}

static void test_data(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *plan = xr_paths_data("tests/plans/smoke.plan", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(plan, ==, XR_SOURCE_DIR "/tests/plans/smoke.plan");

    g_setenv("XENRIG_DATA", "/no/such", TRUE);
    g_assert_null(xr_paths_data("images/nothing", &error));
    g_unsetenv("XENRIG_DATA");
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_true(g_str_has_prefix(error->message, "images/nothing is missing; looked for "
                                                   "/no/such/images/nothing, "));
    g_assert_nonnull(strstr(error->message, XR_SOURCE_DIR "/images/nothing, "));
    g_assert_true(g_str_has_suffix(error->message, "/share/xenrig/images/nothing; build the rig "
                                                   "(meson compile) or name its folder in "
                                                   "XENRIG_DATA"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("XENRIG_DATA");
    g_test_add_func("/units/bytes", test_bytes);
    g_test_add_func("/units/duration", test_duration);
    g_test_add_func("/units/ratio", test_ratio);
    g_test_add_func("/units/round-trip", test_round_trip);
    g_test_add_func("/paths/folders", test_folders);
    g_test_add_func("/paths/private", test_private_folder);
    g_test_add_func("/paths/data", test_data);
    return g_test_run();
}
