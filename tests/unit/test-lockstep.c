/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: slices of a machine in lockstep. */
#include "base/error.h"
#include "boot/lockstep.h"

typedef struct {
    guint pcpus, shift, wanted;
    guint interval_us, slice, remainder;
} Fit;

static void test_fit(void)
{
    static const Fit fits[] = {
        {10, 0, 100, 1, 100, 0},  {10, 0, 400, 4, 400, 0},  {10, 0, 1000, 10, 1000, 0},
        {10, 2, 100, 4, 100, 0},  {10, 2, 25, 1, 25, 0},    {10, 3, 12, 1, 12, 5},
        {17, 0, 60, 1, 58, 14},   {2, 0, 500, 1, 500, 0},   {2, 0, 550, 1, 500, 0},
        {10, 4, 6, 1, 6, 2},      {1, 0, 1000, 1, 1000, 0}, {17, 0, 100, 2, 117, 11},
        {17, 2, 100, 7, 102, 16}, {9, 1, 100, 2, 111, 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(fits); i++) {
        XrLockstep got;
        g_autoptr(GError) error = NULL;
        gboolean ok = xr_lockstep_fit(fits[i].pcpus, fits[i].shift, fits[i].wanted, &got, &error);
        g_assert_no_error(error);
        g_assert_true(ok);
        g_assert_cmpuint(got.pcpus, ==, fits[i].pcpus);
        g_assert_cmpuint(got.shift, ==, fits[i].shift);
        g_assert_cmpuint(got.interval_us, ==, fits[i].interval_us);
        g_assert_cmpuint(got.slice, ==, fits[i].slice);
        g_assert_cmpuint(got.remainder, ==, fits[i].remainder);
    }
}

static void test_refused(void)
{
    static const struct {
        guint pcpus, shift, slice;
        const char *message;
    } cases[] = {
        {10, 0, 50,
         "lockstep: slices of 50 instructions are not to be had with 10 pCPUs at shift 0, the "
         "closest is 100; shift 1 comes closer"},
        {10, 0, 12,
         "lockstep: slices of 12 instructions are not to be had with 10 pCPUs at shift 0, the "
         "closest is 100; shift 4 comes closer"},
        {0, 0, 50, "lockstep: 0 pCPUs; from 1 to 255 will do"},
        {10, 11, 50, "lockstep: shift 11; QEMU takes 0 to 10"},
        {10, 0, 0, "lockstep: slices of 0 instructions; from 1 to 1000000 will do"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        XrLockstep got;
        g_autoptr(GError) error = NULL;
        g_assert_false(
            xr_lockstep_fit(cases[i].pcpus, cases[i].shift, cases[i].slice, &got, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, cases[i].message);
    }
}

static void test_push(void)
{
    static const struct {
        guint pcpus, shift, slice, beat;
        guint reach;
        double real;
    } cases[] = {
        {10, 0, 100, 15, 34, 100.85},    {10, 0, 12, 11, 4, 11.05},   {17, 0, 25, 15, 15, 25.794},
        {10, 6, 100, 15, 2158, 100.005}, {2, 0, 400, 45, 28, 406.75},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        XrLockstepPush got;
        g_autoptr(GError) error = NULL;
        g_assert_true(xr_lockstep_push(cases[i].pcpus, cases[i].shift, cases[i].slice,
                                       cases[i].beat, &got, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(got.reach, ==, cases[i].reach);
        g_assert_cmpfloat_with_epsilon(got.slice, cases[i].real, 0.01);
    }
}

static void test_push_refused(void)
{
    XrLockstepPush got;
    g_autoptr(GError) error = NULL;

    g_assert_false(xr_lockstep_push(10, 0, 12, 15, &got, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "lockstep: a metronome that pushes its timers each 15 instructions; it must do "
                    "so at least once in a slice, of 12");
}

static void test_words(void)
{
    g_auto(GStrv) args = xr_lockstep_args(2, 7);
    g_auto(GStrv) fine = xr_lockstep_fine_args(4);
    g_auto(GStrv) timers = xr_lockstep_timer_args();
    g_autofree char *joined = g_strjoinv(" ", args);
    g_autofree char *fine_joined = g_strjoinv(" ", fine);
    g_autofree char *qmp = xr_lockstep_fine_qmp(1);
    g_autofree char *coarse = xr_lockstep_coarse_qmp();

    g_assert_cmpstr(joined, ==,
                    "-accel tcg,thread=single -rtc base=2026-01-01,clock=vm -netdev "
                    "hubport,id=xenrig-slices,hubid=0 -global migration.announce-rounds=0 -icount "
                    "shift=2,sleep=off -seed 7");
    g_assert_cmpstr(fine_joined, ==,
                    "-object filter-buffer,id=xenrig-slices,netdev=xenrig-slices,interval=4");
    g_assert_cmpuint(g_strv_length(timers), ==, 6);
    g_assert_cmpstr(timers[0], ==, "-device");
    g_assert_cmpstr(timers[5], ==, "rtl8139,id=xenrig-slices2,romfile=,addr=0x1e");
    g_assert_cmpstr(qmp, ==,
                    "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":\"filter-buffer\","
                    "\"id\":\"xenrig-slices\",\"netdev\":\"xenrig-slices\",\"interval\":1}}");
    g_assert_cmpstr(coarse, ==,
                    "{\"execute\":\"object-del\",\"arguments\":{\"id\":\"xenrig-slices\"}}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lockstep/fit", test_fit);
    g_test_add_func("/lockstep/refused", test_refused);
    g_test_add_func("/lockstep/push", test_push);
    g_test_add_func("/lockstep/push-refused", test_push_refused);
    g_test_add_func("/lockstep/words", test_words);
    return g_test_run();
}
