/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: instructions counted on the real thing, twice, with a busy host beside it. */
#include "command.h"

static gint stop;

static gpointer be_busy(gpointer data)
{
    while (!g_atomic_int_get(&stop))
        continue;
    return NULL;
}

static JsonObject *run(Command *c)
{
    char *words[] = {"run",   "--quiet",          "--json", "count",
                     "--set", "guests.vbds=4",    "--set",  "count.warmup=16M",
                     "--set", "count.window=32M", NULL};

    command_run(c, words);
    return command_verdict(c);
}

/* All that was counted, as text: time is none of it. */
static char *counts_of(JsonObject *verdict)
{
    static const char *const told[] = {"instructions", "hypercalls.", "grant_", "pause.",
                                       "counted_"};
    JsonObject *metrics = xr_json_object(verdict, "metrics");
    g_autoptr(GList) names = json_object_get_members(metrics);
    GString *text = g_string_new(NULL);

    for (GList *l = names; l != NULL; l = l->next)
        for (gsize i = 0; i < G_N_ELEMENTS(told); i++) {
            if (!g_str_has_prefix(l->data, told[i]))
                continue;
            JsonObject *metric = xr_json_object(metrics, l->data);
            g_string_append_printf(text, "%s %.17g\n", (char *)l->data,
                                   xr_json_double(metric, "value", -1));
        }
    return g_string_free(text, FALSE);
}

/* The table of functions, as text. */
static char *functions_of(JsonObject *verdict)
{
    JsonObject *functions = xr_json_object(verdict, "functions");

    g_assert_nonnull(functions);
    return xr_json_line(functions);
}

/* Those that map and unmap grants, and those of dom0's backend, are there by name. */
static void assert_functions(JsonObject *verdict)
{
    static const char *const wanted[][2] = {{"xen", "do_grant_table_op"},
                                            {"xen", "create_grant_pv_mapping"},
                                            {"dom0_kernel", "xen_blkif_schedule"}};
    JsonArray *list = xr_json_array(xr_json_object(verdict, "functions"), "list");
    gint64 sum = 0;
    guint found = 0;

    for (guint i = 0; i < json_array_get_length(list); i++) {
        JsonObject *row = xr_json_element_object(list, i);

        sum += xr_json_int(row, "instructions", 0);
        for (gsize w = 0; w < G_N_ELEMENTS(wanted); w++)
            found += g_str_equal(xr_json_string(row, "layer", ""), wanted[w][0]) &&
                     g_str_equal(xr_json_string(row, "name", ""), wanted[w][1]) &&
                     xr_json_double(row, "per_mib", 0) > 100;
    }
    g_assert_cmpuint(found, ==, G_N_ELEMENTS(wanted));
    JsonObject *metrics = xr_json_object(verdict, "metrics");
    double bytes = xr_json_double(xr_json_object(metrics, "counted_bytes"), "value", 0);
    double all = xr_json_double(xr_json_object(metrics, "instructions"), "value", 0);
    g_assert_cmpfloat_with_epsilon((double)sum * 1048576 / bytes, all, 0.01);
}

static void assert_counted(JsonObject *verdict)
{
    JsonObject *metrics = xr_json_object(verdict, "metrics");
    double xen = xr_json_double(xr_json_object(metrics, "instructions.xen"), "value", -1);
    double maps = xr_json_double(xr_json_object(metrics, "grant_maps"), "value", -1);

    g_test_message("%s", xr_json_string(verdict, "reason", "?"));
    g_assert_cmpstr(xr_json_string(verdict, "verdict", "?"), ==, "pass");
    g_assert_cmpfloat(xen, >, 10000);
    /* 256 pages of data and 8 lists of segments, and what is in flight at the window's borders. */
    g_assert_cmpfloat(maps, >, 250);
    g_assert_cmpfloat(maps, <, 280);
}

static void test_same(void)
{
    Command c = {0};
    GThread *threads[2];

    command_init(&c);
    g_autoptr(JsonObject) quiet = run(&c);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("busy", be_busy, NULL);
    g_autoptr(JsonObject) busy = run(&c);
    g_atomic_int_set(&stop, 1);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);

    assert_counted(quiet);
    assert_counted(busy);
    g_autofree char *first = counts_of(quiet), *second = counts_of(busy);
    g_assert_cmpstr(first, ==, second);
    g_autofree char *table = functions_of(quiet), *again = functions_of(busy);
    g_assert_cmpstr(table, ==, again);
    assert_functions(quiet);
    command_clear(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot/count/same", test_same);
    return g_test_run();
}
