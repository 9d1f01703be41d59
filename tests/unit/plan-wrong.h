/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: for tests of what is said of wrong plans. */
#pragma once

#include "base/error.h"
#include "plan/plan.h"
#include <glib/gstdio.h>
#include <string.h>

/* A wrong plan: text of a.plan (NULL: none), one override (NULL: none), and what is said. */
typedef struct {
    const char *name, *text, *override, *message;
} Wrong;

static void write_plan(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_file_set_contents("a.plan", text, -1, &error);
    g_assert_no_error(error);
}

static void test_wrong(gconstpointer data)
{
    const Wrong *w = data;
    const char *const overrides[] = {w->override, NULL};
    g_autoptr(GError) error = NULL;

    if (w->text)
        write_plan(w->text);
    g_autoptr(XrPlan) plan = xr_plan_load(w->text ? "a.plan" : NULL, overrides, &error);
    g_assert_null(plan);
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, w->message);
}

/* Adds a test for each and runs all that were added, in a folder of their own. */
static int plan_wrong_run(const Wrong *wrong, gsize count)
{
    g_unsetenv("XENRIG_DATA");
    g_autofree char *folder = g_dir_make_tmp("xenrig-test-XXXXXX", NULL);
    if (!folder || g_chdir(folder) != 0)
        return 1;
    for (gsize i = 0; i < count; i++) {
        g_autofree char *path = g_strconcat("/plan/wrong/", wrong[i].name, NULL);
        g_test_add_data_func(path, &wrong[i], test_wrong);
    }
    const int result = g_test_run();
    g_unlink("a.plan");
    g_rmdir(folder);
    return result;
}
