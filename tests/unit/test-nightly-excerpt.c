/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What consoles said around a failure, as a night tells it. */
#include "report-fixture.h"
#include "run/nightly.h"

static void test_crash(Fixture *f, gconstpointer data)
{
    RecordShape shape = small;
    g_autofree char *text = NULL;

    shape.crash = TRUE;
    record_write(f->record, &shape);
    text = xr_night_excerpt(f->record);
    g_assert_nonnull(text);
    assert_has(text, " in w01: ");
    assert_has(text, " w01: Kernel panic - not syncing: ordered by the rig");
}

static void test_nothing(Fixture *f, gconstpointer data)
{
    g_assert_null(xr_night_excerpt(f->record));
    record_write(f->record, &small);
    g_assert_null(xr_night_excerpt(f->record));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/nightly-excerpt/crash", Fixture, NULL, set_up, test_crash, tear_down);
    g_test_add("/nightly-excerpt/nothing", Fixture, NULL, set_up, test_nothing, tear_down);
    return g_test_run();
}
