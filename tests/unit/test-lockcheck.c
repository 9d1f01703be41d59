/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: what guests/lockcheck is told, what it says, and what is made of it. */
#include "base/error.h"
#include "run/lockcheck.h"

#define WORDS                                                                                      \
    "lockcheck vcpus=3 lock=rwlock spread=uniform think=100 crit=20 flagged=64 seed=7 windows=5 "  \
    "beats=1000 spin=3 reach=0"

static void test_options(void)
{
    struct lc_options o;
    const char *key;

    g_assert_true(lc_options_parse(WORDS " think=101 beatsy=3", &o, &key));
    g_assert_cmpuint(o.vcpus, ==, 3);
    g_assert_cmpint(o.lock, ==, LC_RWLOCK);
    g_assert_cmpint(o.spread, ==, LC_UNIFORM);
    g_assert_cmpuint(o.think, ==, 101);
    g_assert_cmpuint(o.crit, ==, 20);
    g_assert_cmpuint(o.flagged, ==, 64);
    g_assert_cmpuint(o.seed, ==, 7);
    g_assert_cmpuint(o.windows, ==, 5);
    g_assert_cmpuint(o.beats, ==, 1000);
    g_assert_cmpuint(o.spin, ==, 3);
    g_assert_cmpuint(o.reach, ==, 0);
}

static void test_options_refused(void)
{
    static const struct {
        const char *more, *key;
    } cases[] = {
        {"lock=tickets", "lock"},
        {"lock=", "lock"},
        {"spread=0", "spread"},
        {"vcpus=1", "vcpus"},
        {"vcpus=33", "vcpus"},
        {"think=0", "think"},
        {"think=4294967396", "think"},
        {"crit=5x", "crit"},
        {"flagged=257", "flagged"},
        {"seed=", "seed"},
        {"windows=999", "windows"},
        {"beats=-1", "beats"},
        {"spin=0", "spin"},
        {"reach=99999999999999999999999", "reach"},
    };
    struct lc_options o;
    const char *key = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words = g_strconcat(WORDS " ", cases[i].more, NULL);
        g_assert_false(lc_options_parse(words, &o, &key));
        g_assert_cmpstr(key, ==, cases[i].key);
    }
    g_assert_false(lc_options_parse("", &o, &key));
    g_assert_cmpstr(key, ==, "lock");
}

/* QEMU's boot says things first; the serial port ends lines in its own way. */
static void test_parse(void)
{
    g_autoptr(GError) error = NULL;
    guint64 ticks = 0;
    gboolean lapsed = TRUE;
    g_autofree guint64 *counts =
        xr_lockcheck_parse("SeaBIOS\r\nlockcheck: ticks 200059\nlockcheck: window 0 3 4\r\n"
                           "lockcheck: window 1 30 40\nlockcheck: done\nlockcheck: lapsed\n",
                           2, 2, &ticks, &lapsed, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(ticks, ==, 200059);
    g_assert_false(lapsed);
    g_assert_cmpuint(counts[0], ==, 3);
    g_assert_cmpuint(counts[1], ==, 4);
    g_assert_cmpuint(counts[2], ==, 30);
    g_assert_cmpuint(counts[3], ==, 40);

    g_autofree guint64 *late =
        xr_lockcheck_parse("lockcheck: ticks 1\nlockcheck: window 0 3 4\nlockcheck: lapsed\n", 2, 1,
                           &ticks, &lapsed, &error);
    g_assert_no_error(error);
    g_assert_nonnull(late);
    g_assert_true(lapsed);
}

static void test_parse_refused(void)
{
    static const char *const texts[] = {
        "",
        "lockcheck: refused, for want of a valid lock\n",
        "lockcheck: ticks 5\nlockcheck: window 0 1\nlockcheck: done\n",
        "lockcheck: ticks 5\nlockcheck: window 0 1 2 3\nlockcheck: done\n",
        "lockcheck: ticks 5\nlockcheck: window 1 1 2\nlockcheck: done\n",
        "lockcheck: ticks 5\nlockcheck: window 0 1 2x\nlockcheck: done\n",
        "lockcheck: ticks 5\nlockcheck: window 0 1 2\n",
        "lockcheck: ticks 0\nlockcheck: window 0 1 2\nlockcheck: done\n",
        "lockcheck: window 0 1 2\nlockcheck: done\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        guint64 ticks;
        gboolean lapsed;
        g_assert_null(xr_lockcheck_parse(texts[i], 2, 1, &ticks, &lapsed, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_MACHINE);
    }
    g_autoptr(GError) error = NULL;
    guint64 ticks;
    gboolean lapsed;
    g_assert_null(
        xr_lockcheck_parse("lockcheck: refused,\033[1m for want", 2, 1, &ticks, &lapsed, &error));
    g_assert_cmpstr(error->message, ==,
                    "lockcheck: 0 of 1 windows of 2 vCPUs in what the guest said: lockcheck: "
                    "refused,\\x1b[1m for want");
}

/* S / (S + Z), beats not longer than slices, runs of bounded length. */
static void test_case(void)
{
    const XrLockcheckHow how = {.seed = 9, .sections = 10000};
    XrLockcheckCase what = {.lock = LC_TWO, .cpus = 8, .share = 0.1, .hold = 150};
    struct lc_options o;

    xr_lockcheck_options(&what, &how, 12, &o);
    g_assert_cmpuint(o.vcpus, ==, 9);
    g_assert_cmpuint(o.crit, ==, 75);
    g_assert_cmpuint(o.think, ==, 675);
    g_assert_cmpuint(o.spin, ==, 1);
    g_assert_cmpuint(o.seed, ==, 9);
    xr_lockcheck_options(&what, &how, 100, &o);
    g_assert_cmpuint(o.spin, ==, 20);
    what.share = 0.01;
    what.cpus = 1;
    xr_lockcheck_options(&what, &how, 100, &o);
    g_assert_cmpfloat_with_epsilon(49.0 * o.beats * 4, 1.5e7, 1e4);
}

static void test_at_zero(void)
{
    const XrLockcheckRun runs[] = {
        {.slice = 10, .rate = 1.02, .truth = 1},
        {.slice = 20, .rate = 2.06, .truth = 2},
        {.slice = 40, .rate = 1.05, .truth = 1},
    };
    g_assert_cmpfloat_with_epsilon(xr_lockcheck_off(&runs[1]), 0.03, 1e-9);
    g_assert_cmpfloat_with_epsilon(xr_lockcheck_off_at_zero(runs, 3), 0.01, 1e-9);
    g_assert_cmpfloat_with_epsilon(xr_lockcheck_off_at_zero(runs, 1), 0.02, 1e-9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lockcheck/options", test_options);
    g_test_add_func("/lockcheck/options-refused", test_options_refused);
    g_test_add_func("/lockcheck/parse", test_parse);
    g_test_add_func("/lockcheck/parse-refused", test_parse_refused);
    g_test_add_func("/lockcheck/case", test_case);
    g_test_add_func("/lockcheck/at-zero", test_at_zero);
    return g_test_run();
}
