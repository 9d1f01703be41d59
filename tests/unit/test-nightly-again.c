/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Night after night of one build against itself, each with the history of those before: figures drawn from runs that were
 * really run. */
#include "nightly-fixture.h"
#include "recorded.h"

#include <unistd.h>

enum { NIGHTS = 20, A_DAY_S = 86400 };

static void test_nights(gconstpointer name)
{
    g_autoptr(GArray) values = recorded(name);
    g_autoptr(GRand) rand = g_rand_new_with_seed(11);
    guint kinds[XR_NIGHT_FAILED + 1] = {0};

    begin();
    for (guint i = 0; i < NIGHTS; i++) {
        Fixture f = {.recorded = values, .rand = rand};

        begin_night(&f, "baseline=" PINNED "\nbuilds=" PINNED "\nplans=smoke\nruns=3\n"
                        "metrics=throughput boot_time\n");
        f.record->started_us += (gint64)i * A_DAY_S * G_USEC_PER_SEC;
        go_on(&f);
        kinds[f.report->kind]++;
        if (i >= 2)
            g_assert_cmpuint(metric_of(&f, 1, "throughput")->input.fence.values, ==,
                             MIN(6 * i, XR_FENCE_MOST));
        end_night(&f);
    }
    g_test_message("%s: %u same, %u unsure, %u improved, %u regressed", (const char *)name,
                   kinds[XR_NIGHT_SAME], kinds[XR_NIGHT_UNSURE], kinds[XR_NIGHT_IMPROVED],
                   kinds[XR_NIGHT_REGRESSED]);
    g_assert_cmpuint(kinds[XR_NIGHT_SAME] + kinds[XR_NIGHT_UNSURE], ==, NIGHTS);
    g_assert_cmpuint(kinds[XR_NIGHT_SAME], >=, NIGHTS * 8 / 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", TRUE);
    g_test_add_data_func("/nightly-again/default", "default", test_nights);
    g_test_add_data_func("/nightly-again/smoke", "smoke", test_nights);
    return run_with_state();
}
