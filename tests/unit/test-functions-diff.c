/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions compared: what changed, and what a compiler or an author only moved. */
#include "base/json.h"
#include "tell/functions.h"

#include <math.h>
#include <string.h>

/* A function of Xen, per MiB; callers: "name calls name calls". */
typedef struct {
    const char *name;
    gint64 base, head; /* 0: it does not run there */
    const char *base_callers, *head_callers;
} Row;

static XrFunctionTable table_of(const Row *rows, gsize count, gboolean head)
{
    XrFunctionTable table = {xr_functions_new("xen-syms", "the table"), 1};

    for (gsize i = 0; i < count; i++) {
        const gint64 instructions = head ? rows[i].head : rows[i].base;
        const char *callers = head ? rows[i].head_callers : rows[i].base_callers;
        g_auto(GStrv) words = g_strsplit(callers != NULL ? callers : "", " ", -1);
        XrFunction *function;

        if (instructions == 0)
            continue;
        function = xr_functions_add(table.functions, XR_LAYER_XEN, rows[i].name, "", instructions);
        for (guint w = 0; words[w] != NULL && words[w + 1] != NULL; w += 2)
            xr_function_add_caller(function, words[w], g_ascii_strtoll(words[w + 1], NULL, 10));
    }
    xr_functions_sort(table.functions);
    return table;
}

static XrFunctionsDiff *diff_of(const Row *rows, gsize count)
{
    XrFunctionTable base = table_of(rows, count, FALSE), head = table_of(rows, count, TRUE);
    XrFunctionsDiff *diff = xr_functions_diff(&base, &head);
    double sum = 0;

    /* Whatever moved, all of the difference is told, once. */
    for (guint i = 0; i < diff->changed->len; i++) {
        const XrFunctionChange *change = diff->changed->pdata[i];

        sum += change->head - change->base;
    }
    g_assert_cmpfloat_with_epsilon(sum, diff->head - diff->base, 1e-6);
    xr_functions_free(base.functions);
    xr_functions_free(head.functions);
    return diff;
}

static void assert_change(const XrFunctionsDiff *diff, guint i, const char *name, const char *with,
                          double difference)
{
    const XrFunctionChange *change = diff->changed->pdata[i];

    g_assert_cmpstr(change->name, ==, name);
    g_assert_cmpstr(change->with, ==, with);
    g_assert_cmpfloat(change->head - change->base, ==, difference);
}

static void assert_move(const XrFunctionsDiff *diff, guint i, XrMovedKind kind, const char *from,
                        const char *to)
{
    const XrFunctionMove *move = diff->moved->pdata[i];

    g_assert_cmpint(move->kind, ==, kind);
    g_assert_cmpstr(move->from, ==, from);
    g_assert_cmpstr(move->to, ==, to);
}

static void test_base_names(void)
{
    static const char *const cases[][2] = {
        {"unmap_common.constprop.0", "unmap_common"},
        {"foo.part.0.isra.3", "foo"},
        {"foo.cold", "foo"},
        {"foo.isra.0 [xen_blkback]", "foo [xen_blkback]"},
        {"foo.llvm.1234", "foo"},
        {"asm.label", "asm.label"},
        {".cold", ".cold"},
        {"[all]", "[all]"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *base = xr_function_base_name(cases[i][0]);

        g_assert_cmpstr(base, ==, cases[i][1]);
    }
}

static void test_grew(void)
{
    static const Row rows[] = {{"map_grant_ref", 1000, 1300, NULL, NULL},
                               {"get_page", 500, 500, NULL, NULL},
                               {"put_page", 200, 190, NULL, NULL},
                               {"new_check", 0, 40, NULL, "map_grant_ref 10"}};
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    g_assert_cmpuint(diff->changed->len, ==, 3);
    assert_change(diff, 0, "map_grant_ref", NULL, 300);
    assert_change(diff, 1, "new_check", NULL, 40);
    assert_change(diff, 2, "put_page", NULL, -10);
    g_assert_cmpuint(diff->moved->len, ==, 0);
    g_assert_cmpfloat(diff->head - diff->base, ==, 330);
}

/* Split into clones, and parts of it called by other parts: the same function. */
static void test_clones(void)
{
    static const Row rows[] = {
        {"unmap_common", 1000, 0, "do_op 10", NULL},
        {"unmap_common.part.0", 0, 700, NULL, "unmap_common.constprop.0 10"},
        {"unmap_common.constprop.0", 0, 310, NULL, "do_op 10"},
        {"do_op", 50, 50, NULL, NULL},
    };
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    g_assert_cmpuint(diff->changed->len, ==, 1);
    assert_change(diff, 0, "unmap_common", NULL, 10);
    g_assert_cmpuint(diff->moved->len, ==, 0);
}

static void test_renamed(void)
{
    static const Row rows[] = {
        {"gnttab_copy_one", 800, 0, "do_op 8", NULL},
        {"gnttab_copy_single", 0, 800, NULL, "do_op 8"},
        {"other_old", 801, 0, "elsewhere 2", NULL},
        {"do_op", 50, 50, NULL, NULL},
        {"elsewhere", 60, 60, NULL, NULL},
    };
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    g_assert_cmpuint(diff->changed->len, ==, 1);
    assert_change(diff, 0, "other_old", NULL, -801);
    g_assert_cmpuint(diff->moved->len, ==, 1);
    assert_move(diff, 0, XR_MOVED_RENAMED, "gnttab_copy_one", "gnttab_copy_single");
}

/* Called through pointers, so only names can tell: these are not alike, those are. */
static void test_renamed_unseen(void)
{
    static const Row rows[] = {
        {"__unfreeze_partials", 500, 0, NULL, NULL},
        {"enqueue_task_rt", 0, 500, NULL, NULL},
        {"do_event_channel_op", 700, 0, NULL, NULL},
        {"do_event_channel_call", 0, 700, NULL, NULL},
    };
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    g_assert_cmpuint(diff->changed->len, ==, 2);
    g_assert_cmpuint(diff->moved->len, ==, 1);
    assert_move(diff, 0, XR_MOVED_RENAMED, "do_event_channel_op", "do_event_channel_call");
}

/* helper and its callee are part of both callers now; one of them grew besides. */
static void test_inlined(void)
{
    static const Row rows[] = {
        {"map", 1000, 1600, NULL, NULL},
        {"unmap", 1000, 1400, NULL, NULL},
        {"helper", 600, 0, "map 10 unmap 10", NULL},
        {"deep", 200, 0, "helper 20", NULL},
        {"lock", 300, 300, "helper 20", "map 10 unmap 10"},
    };
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    g_assert_cmpuint(diff->changed->len, ==, 1);
    assert_change(diff, 0, "map", "unmap, helper, deep", 200);
    g_assert_cmpuint(diff->moved->len, ==, 3);
    assert_move(diff, 0, XR_MOVED_INLINED, "helper", "map");
}

static void test_outlined(void)
{
    static const Row rows[] = {
        {"do_op", 1000, 260, NULL, NULL},
        {"do_map", 0, 750, NULL, "do_op 10"},
    };
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    assert_change(diff, 0, "do_op", "do_map", 10);
    assert_move(diff, 0, XR_MOVED_OUTLINED, "do_op", "do_map");
}

/* As gcc did it with a lock split in two: the loop over map became a function with map in it (Xen 4.17). */
static void test_replaced(void)
{
    static const Row rows[] = {
        {"do_grant_table_op", 15953, 2824, NULL, NULL},
        {"map_grant_ref", 76032, 0, "do_grant_table_op 264", NULL},
        {"gnttab_map_grant_ref", 0, 80229, NULL, "do_grant_table_op 16"},
        {"_set_status", 9768, 9782, "map_grant_ref 264", "gnttab_map_grant_ref 264"},
    };
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    g_assert_cmpuint(diff->changed->len, ==, 2);
    assert_change(diff, 0, "gnttab_map_grant_ref", "map_grant_ref, do_grant_table_op", -8932);
    assert_change(diff, 1, "_set_status", NULL, 14);
    g_assert_cmpuint(diff->moved->len, ==, 2);
    assert_move(diff, 0, XR_MOVED_OUTLINED, "do_grant_table_op", "gnttab_map_grant_ref");
    assert_move(diff, 1, XR_MOVED_REPLACED, "map_grant_ref", "gnttab_map_grant_ref");
}

/* Nobody calls it directly, so nothing is known of where it went. */
static void test_no_callers(void)
{
    static const Row rows[] = {{"handler", 900, 0, NULL, NULL}, {"loop", 100, 1000, NULL, NULL}};
    g_autoptr(XrFunctionsDiff) diff = diff_of(rows, G_N_ELEMENTS(rows));

    assert_change(diff, 0, "handler", NULL, -900);
    assert_change(diff, 1, "loop", NULL, 900);
}

/* Of a build without names its layer is one row, and so it is of the other. */
static void test_nameless(void)
{
    XrFunctionTable base = {xr_functions_new("", "t"), 2}, head = {xr_functions_new("t", "t"), 1};
    XrFunctionsDiff *diff;

    xr_functions_add(base.functions, XR_LAYER_XEN, XR_FUNCTION_UNKNOWN, "", 2000);
    xr_functions_add(head.functions, XR_LAYER_XEN, "a", "", 700);
    xr_functions_add(head.functions, XR_LAYER_XEN, "b", "", 350);
    diff = xr_functions_diff(&base, &head);
    g_assert_cmpuint(diff->changed->len, ==, 1);
    assert_change(diff, 0, XR_FUNCTION_ALL, NULL, 50);
    xr_functions_diff_free(diff);
    xr_functions_free(base.functions);
    xr_functions_free(head.functions);
}

/* Random tables: the sum holds (diff_of), and nothing loops. */
static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (guint round = 0; round < 200; round++) {
        Row rows[30];
        char names[30][8], callers[30][16];

        for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_snprintf(names[i], sizeof names[i], "f%u", i);
            g_snprintf(callers[i], sizeof callers[i], "f%d %d", g_rand_int_range(rand, 0, 30),
                       g_rand_int_range(rand, 1, 50));
            rows[i] = (Row){names[i], MAX(0, g_rand_int_range(rand, -500, 1000)),
                            MAX(0, g_rand_int_range(rand, -500, 1000)), callers[i],
                            callers[g_rand_int_range(rand, 0, (gint)i + 1)]};
        }
        xr_functions_diff_free(diff_of(rows, G_N_ELEMENTS(rows)));
    }
}

/* --- told --- */

static const Row told[] = {{"map_grant_ref", 1000, 1300, NULL, NULL},
                           {"do_op", 1000, 260, NULL, NULL},
                           {"do_map", 0, 750, NULL, "do_op 10"},
                           {"put_page", 200, 199, NULL, NULL}};
static const XrFunctionsNames names = {"stock", "slow\x1b[2J"};

static void test_text(void)
{
    g_autoptr(XrFunctionsDiff) diff = diff_of(told, G_N_ELEMENTS(told));
    g_autoptr(GString) out = g_string_new(NULL);

    xr_tell_functions_diff_text(out, diff, &names);
    g_assert_cmpstr(
        out->str, ==,
        "\nfunctions that changed, instructions for each MiB: base stock, head slow\\x1b[2J\n"
        "                                           base        head  difference    of all\n"
        "  Xen map_grant_ref                     1000.00     1300.00     +300.00   97.09 %\n"
        "  Xen do_op                             1000.00     1010.00      +10.00    3.24 %\n"
        "    with do_map\n"
        "  1 others                                                        -1.00   -0.32 %\n"
        "  all                                   2200.00     2509.00     +309.00  100.00 %\n"
        "  moved, which is no change by itself (instructions before):\n"
        "    Xen do_op has code that is now in do_map (750.00)\n");
}

static void test_text_equal(void)
{
    static const Row same[] = {{"a", 5, 5, NULL, NULL}};
    g_autoptr(XrFunctionsDiff) diff = diff_of(same, 1);
    g_autoptr(GString) out = g_string_new(NULL);

    xr_tell_functions_diff_text(out, diff, &names);
    g_assert_nonnull(strstr(out->str, "  none: each function has the same count, 5.00 in all\n"));
}

static void test_page(void)
{
    g_autoptr(XrFunctionsDiff) diff = diff_of(told, G_N_ELEMENTS(told));
    XrPage *page = xr_page_new("t");
    g_autofree char *text = NULL;
    g_autofree char *hint = NULL;

    xr_page_functions_diff(page, diff, &names);
    text = xr_page_end(page, &hint);
    g_assert_nonnull(strstr(text, "<td>Xen do_op</td><td class=\"n\">1000.00</td>"
                                  "<td class=\"n\">1010.00</td><td class=\"n\">+10.00</td>"
                                  "<td class=\"n\">3.24 %</td><td>do_map</td>"));
    g_assert_null(strchr(text, '\x1b'));
}

static void test_json(void)
{
    g_autoptr(XrFunctionsDiff) diff = diff_of(told, G_N_ELEMENTS(told));
    g_autoptr(JsonObject) object = xr_tell_functions_diff_json(diff);
    JsonObject *first = xr_json_element_object(xr_json_array(object, "changed"), 0);
    JsonObject *move = xr_json_element_object(xr_json_array(object, "moved"), 0);

    g_assert_cmpstr(xr_json_string(first, "name", ""), ==, "map_grant_ref");
    g_assert_cmpfloat_with_epsilon(xr_json_double(first, "share", 0), 300.0 / 309, 1e-9);
    g_assert_cmpstr(xr_json_string(move, "kind", ""), ==, "outlined");
    g_assert_cmpfloat(xr_json_double(object, "head", 0), ==, 2509);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/functions-diff/base-names", test_base_names);
    g_test_add_func("/functions-diff/grew", test_grew);
    g_test_add_func("/functions-diff/clones", test_clones);
    g_test_add_func("/functions-diff/renamed", test_renamed);
    g_test_add_func("/functions-diff/renamed-unseen", test_renamed_unseen);
    g_test_add_func("/functions-diff/inlined", test_inlined);
    g_test_add_func("/functions-diff/outlined", test_outlined);
    g_test_add_func("/functions-diff/replaced", test_replaced);
    g_test_add_func("/functions-diff/no-callers", test_no_callers);
    g_test_add_func("/functions-diff/nameless", test_nameless);
    g_test_add_func("/functions-diff/random", test_random);
    g_test_add_func("/functions-diff/text", test_text);
    g_test_add_func("/functions-diff/text-equal", test_text_equal);
    g_test_add_func("/functions-diff/page", test_page);
    g_test_add_func("/functions-diff/json", test_json);
    return g_test_run();
}
