/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "plan". */
#include "base/paths.h"
#include "commands.h"
#include "plan/plan.h"
#include <gio/gio.h>
#include <stdio.h>

static int compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

static int list_plans(void)
{
    GError *error = NULL;
    g_autofree char *folder = xr_paths_data("tests/plans", &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = folder != NULL ? g_dir_open(folder, 0, &error) : NULL;
    const char *name;

    if (dir == NULL)
        return cmd_fail("plan", error);
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(name, ".plan"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".plan")));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(XrPlan) plan = xr_plan_load(g_ptr_array_index(names, i), NULL, &error);

        if (plan == NULL)
            return cmd_fail("plan", error);
        printf("%-16s %s\n", plan->plan.name, plan->plan.description);
    }
    return 0;
}

static int show_plan(const char *path, char **sets, gboolean bare)
{
    GError *error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(path, (const char *const *)sets, &error);
    g_autofree char *text = NULL;

    if (plan == NULL)
        return cmd_fail("plan", error);
    text = xr_plan_show(plan, !bare);
    fputs(text, stdout);
    return 0;
}

static const char summary[] =
    "show: the plan with every key's effective value; what it prints is a plan.\n"
    "list: the shipped plans.";

int cmd_plan(int argc, char **argv)
{
    g_auto(GStrv) sets = NULL;
    g_auto(GStrv) rest = NULL;
    gboolean bare = FALSE;
    GError *error = NULL;
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &sets, "Override a key of the plan",
         "SECTION.KEY=VALUE"},
        {"bare", 0, 0, G_OPTION_ARG_NONE, &bare, "Keys and values only, no comments", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL, "show [PLAN] | list"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    if (!cmd_parse(entries, summary, &argc, &argv, &error))
        return cmd_fail("plan", error);
    if (rest != NULL && g_str_equal(rest[0], "list") && rest[1] == NULL)
        return list_plans();
    if (rest != NULL && g_str_equal(rest[0], "show") && (rest[1] == NULL || rest[2] == NULL))
        return show_plan(rest[1] != NULL ? rest[1] : "default", sets, bare);
    fputs("xenrig plan: say `xenrig plan show [PLAN]` or `xenrig plan list`\n", stderr);
    return XR_EXIT_ERROR;
}
