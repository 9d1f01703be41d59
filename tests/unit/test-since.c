/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points in time as options write them. */
#include "base/error.h"
#include "base/since.h"

#define NOW G_GINT64_CONSTANT(1795168800000000) /* 2026-11-20 10:00 UTC */

static void test_right(void)
{
    static const struct {
        const char *text;
        gint64 seconds;
    } rows[] = {
        {"30m", 1795167000},
        {"12h", 1795125600},
        {"7d", 1794564000},
        {"2w", 1793959200},
        {"0d", 1795168800},
        {"2026-11-20", 1795132800},
        {"100000w", 0},
        {"2026-11-20T09:00:00Z", 1795165200},
        {"2026-11-20T09:00:00+01:00", 1795161600},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        gint64 since = -1;

        g_assert_true(xr_since_parse(rows[i].text, NOW, &since, &error));
        g_assert_no_error(error);
        g_assert_cmpint(since, ==, rows[i].seconds * G_USEC_PER_SEC);
    }
}

static void test_wrong(void)
{
    static const char *const texts[] = {
        "", "7", "d", "7y", "7dd", "-7d", "7 d", "2026-13-20", "tomorrow", "99999999999999999999d"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        gint64 since;
        g_autofree char *wanted = g_strdup_printf(
            "\"%s\" is no time that I know; write how long ago, as 30m, 12h, 7d or 2w, or a day or "
            "time of UTC, as 2026-11-20 or 2026-11-20T15:00:00Z",
            texts[i]);

        g_assert_false(xr_since_parse(texts[i], NOW, &since, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, wanted);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/since/right", test_right);
    g_test_add_func("/since/wrong", test_wrong);
    return g_test_run();
}
