/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: Xen's own history as the test: commits that nobody here wrote, and what a true rig says of them.
 *
 * The rows are in history.table, which says how they are written. Needs a clone of xen.git, and time: two builds a row. */
#include "command.h"

#include <math.h>

enum { USUAL_RUNS = 3 };

static const char *repo;
static Command command;

/* "git:REPO@REV" and what stands behind. Free with g_free. */
static char *build_name(GKeyFile *table, const char *row, const char *side)
{
    g_autofree char *revision = g_key_file_get_string(table, row, side, NULL);
    g_autofree char *with = g_key_file_get_string(table, row, "with", NULL);

    if (revision == NULL)
        g_error("row [%s] of the table names no commit \"%s\"", row, side);
    return g_strdup_printf("git:%s@%s%s", repo, revision, with != NULL ? with : "+stock");
}

static void add(GPtrArray *words, const char *word)
{
    g_ptr_array_add(words, g_strdup(word));
}

static void add_settings(GPtrArray *words, GKeyFile *table, const char *row)
{
    g_auto(GStrv) settings = g_key_file_get_string_list(table, row, "set", NULL, NULL);

    for (char **setting = settings; setting != NULL && *setting != NULL; setting++) {
        add(words, "--set");
        add(words, *setting);
    }
}

static JsonObject *run_words(GPtrArray *words)
{
    g_ptr_array_add(words, NULL);
    command_run(&command, (char **)words->pdata);
    return command_verdict(&command);
}

/* --- verdicts --- */

static void assert_verdict(GKeyFile *table, const char *row, const char *side, const char *wanted)
{
    g_autofree char *plan = g_key_file_get_string(table, row, "plan", NULL);
    g_autofree char *finding = g_key_file_get_string(table, row, "finding", NULL);
    g_autofree char *build = build_name(table, row, side);
    g_autofree char *setting = g_strconcat("hypervisor.build=", build, NULL);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    add(words, "run");
    add(words, plan);
    add(words, "--quiet");
    add(words, "--json");
    add(words, "--set");
    add(words, setting);
    add_settings(words, table, row);
    g_autoptr(JsonObject) verdict = run_words(words);
    const char *reason = xr_json_string(verdict, "reason", "");
    g_test_message("%s, %s: %s", row, build, reason);
    if (!g_str_equal(xr_json_string(verdict, "verdict", ""), wanted)) {
        g_test_message("wanted: %s", wanted);
        g_test_fail();
        return;
    }
    if (finding != NULL && g_str_equal(wanted, "fail"))
        assert_says(reason, finding);
}

static void test_verdicts(GKeyFile *table, const char *row)
{
    g_autofree char *text = g_key_file_get_string(table, row, "verdicts", NULL);
    g_auto(GStrv) wanted = g_strsplit(text, " ", 2);

    assert_verdict(table, row, "before", wanted[0]);
    assert_verdict(table, row, "after", wanted[1]);
}

/* --- metrics --- */

static int compare_values(gconstpointer a, gconstpointer b)
{
    const double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

/* One run, with a seed of its own; NaN if it has no such metric. */
static double measure(GKeyFile *table, const char *row, const char *side, const char *metric,
                      guint seed)
{
    g_autofree char *plan = g_key_file_get_string(table, row, "plan", NULL);
    g_autofree char *build = build_name(table, row, side);
    g_autofree char *setting = g_strconcat("hypervisor.build=", build, NULL);
    g_autofree char *seeded = g_strdup_printf("workload.seed=%u", seed);
    const char *const first[] = {"run",   plan,    "--quiet", "--json",
                                 "--set", setting, "--set",   seeded};
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    for (gsize i = 0; i < G_N_ELEMENTS(first); i++)
        add(words, first[i]);
    add_settings(words, table, row);
    g_autoptr(JsonObject) verdict = run_words(words);
    JsonObject *metrics = xr_json_object(verdict, "metrics");
    JsonObject *found = metrics != NULL ? xr_json_object(metrics, metric) : NULL;
    double value = found != NULL ? xr_json_double(found, "value", NAN) : NAN;
    g_test_message("%s, %s, seed %u: %s is %.2f (%s)", row, build, seed, metric, value,
                   xr_json_string(verdict, "reason", ""));
    return value;
}

static double median_of(GKeyFile *table, const char *row, const char *side, const char *metric)
{
    gint runs = g_key_file_get_integer(table, row, "runs", NULL);
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint seed = 1; seed <= (runs > 0 ? (guint)runs : USUAL_RUNS); seed++) {
        double value = measure(table, row, side, metric, seed);
        if (isnan(value))
            return NAN;
        g_array_append_val(values, value);
    }
    g_array_sort(values, compare_values);
    return g_array_index(values, double, values->len / 2);
}

static void test_metric(GKeyFile *table, const char *row)
{
    g_autofree char *metric = g_key_file_get_string(table, row, "metric", NULL);
    g_autofree char *change = g_key_file_get_string(table, row, "change", NULL);
    double low = NAN, high = NAN;

    g_assert_cmpint(sscanf(change, "%lf %lf", &low, &high), ==, 2);
    double before = median_of(table, row, "before", metric);
    double after = median_of(table, row, "after", metric);
    double seen = (after / before - 1) * 100;
    g_test_message("%s: %s changes by %.3f %%, wanted: %g to %g %%", row, metric, seen, low, high);
    if (!(seen >= low && seen <= high))
        g_test_fail();
}

static void test_row(gconstpointer data)
{
    GKeyFile *table = ((gpointer *)data)[0];
    const char *row = ((gpointer *)data)[1];

    g_test_message("%s", row);
    if (g_key_file_has_key(table, row, "verdicts", NULL))
        test_verdicts(table, row);
    else
        test_metric(table, row);
}

static gboolean is_wanted(const char *row)
{
    const char *rows = g_getenv("XENRIG_HISTORY_ROWS");
    g_auto(GStrv) names = g_strsplit_set(rows != NULL ? rows : "", " ,", -1);

    return rows == NULL || g_strv_contains((const char *const *)names, row);
}

static void skip(void)
{
    g_test_skip("XENRIG_XEN_GIT names no clone of xen.git");
}

int main(int argc, char **argv)
{
    const char *path = g_getenv("XENRIG_HISTORY_TABLE");
    g_autoptr(GKeyFile) table = g_key_file_new();
    g_autoptr(GPtrArray) data = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    g_test_init(&argc, &argv, NULL);
    /* A row that fails does not keep the others from being run. */
    g_test_set_nonfatal_assertions();
    repo = g_getenv("XENRIG_XEN_GIT");
    if (repo == NULL) {
        g_test_add_func("/history", skip);
        return g_test_run();
    }
    if (!g_key_file_load_from_file(table, path != NULL ? path : XR_HISTORY_TABLE, 0, &error))
        g_error("%s: %s", path != NULL ? path : XR_HISTORY_TABLE, error->message);
    command_init(&command);
    g_auto(GStrv) rows = g_key_file_get_groups(table, NULL);
    for (char **row = rows; *row != NULL; row++) {
        g_autofree char *name = g_strconcat("/history/", *row, NULL);
        gpointer *pair = g_new(gpointer, 2);
        pair[0] = table;
        pair[1] = *row;
        g_ptr_array_add(data, pair);
        if (is_wanted(*row))
            g_test_add_data_func(name, pair, test_row);
    }
    int result = g_test_run();
    command_clear(&command);
    return result;
}
