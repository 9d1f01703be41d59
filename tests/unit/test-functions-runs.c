/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of functions that runs left: added up, and in what a comparison of stored runs says. */
#include "base/json.h"
#include "keep/functions.h"
#include "run/compare-stored.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

/* A record of a run that counted 100 MiB; map: instructions of map_grant_ref, 0: it told no functions. */
static char *make_run(const char *name, const char *build, guint instructions, guint map)
{
    char *dir = g_build_filename(folder, name, NULL);
    g_autofree char *verdict = g_build_filename(dir, "verdict.json", NULL);
    g_autofree char *events = g_build_filename(dir, "events.jsonl", NULL);
    g_autofree char *functions = g_strdup_printf(
        ",\"functions\":{\"symbols\":{\"xen\":\"xen-syms\",\"dom0_kernel\":\"t\"},\"list\":["
        "{\"layer\":\"xen\",\"name\":\"map_grant_ref\",\"module\":\"\",\"instructions\":%u,"
        "\"callers\":{\"do_op\":100}},"
        "{\"layer\":\"xen\",\"name\":\"do_op\",\"module\":\"\",\"instructions\":%u,\"callers\":{}}]"
        "}",
        map, instructions * 100 - map);
    g_autofree char *text =
        g_strdup_printf("{\"run\":\"%s\",\"verdict\":\"pass\",\"plan\":{\"name\":\"count\"},"
                        "\"builds\":[{\"name\":\"%s\",\"id\":\"%s\"}],\"metrics\":{"
                        "\"instructions\":{\"value\":%u,\"unit\":\"/MiB\",\"samples\":[%u]},"
                        "\"counted_bytes\":{\"value\":104857600,\"unit\":\"B\"}}%s}",
                        name, build, build, instructions, instructions, map > 0 ? functions : "");

    g_assert_cmpint(g_mkdir(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(verdict, text, -1, NULL));
    g_assert_true(g_file_set_contents(events, "", -1, NULL));
    return dir;
}

static void test_sum(void)
{
    g_autoptr(GPtrArray) base = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) head = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) none = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(base, make_run("s1", "a", 900, 10000));
    g_ptr_array_add(base, make_run("s2", "a", 902, 10400));
    g_ptr_array_add(base, make_run("s3", "a", 902, 0));
    g_ptr_array_add(head, make_run("s4", "b", 1000, 19000));
    g_ptr_array_add(none, make_run("s5", "b", 1000, 0));
    g_autoptr(XrFunctionsDiff) diff = xr_functions_diff_runs(base, head);
    g_assert_cmpfloat(diff->base, ==, 901);
    g_assert_cmpfloat(diff->head, ==, 1000);
    g_assert_cmpuint(diff->changed->len, ==, 2);
    const XrFunctionChange *change = diff->changed->pdata[0];
    g_assert_cmpstr(change->name, ==, "map_grant_ref");
    g_assert_cmpfloat(change->base, ==, 102);
    g_assert_cmpfloat(change->head, ==, 190);
    g_assert_null(xr_functions_diff_runs(base, none));
}

/* What `xenrig compare --from --against` prints. Free with free. */
static char *compare(const char *against, const char *from, const char *metric)
{
    const char *const froms[] = {from, NULL}, *const againsts[] = {against, NULL};
    g_autofree char *key = g_strconcat("compare.metric=", metric, NULL);
    const char *const overrides[] = {key, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrCompareResult) result =
        xr_compare_stored("count", overrides, froms, againsts, &error);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    g_assert_no_error(error);
    const XrCompareReport report = xr_compare_report(result);
    xr_tell_compare_text(&report, out, FALSE);
    g_assert_cmpint(fclose(out), ==, 0);
    return text;
}

static void test_stored(void)
{
    g_autofree char *base = make_run("c1", "stock", 900, 10000);
    g_autofree char *head = make_run("c2", "slow", 1000, 19000);
    char *text = compare(base, head, "instructions");

    g_assert_nonnull(strstr(
        text,
        "\nfunctions that changed, instructions for each MiB: base stock, head slow\n"
        "                                           base        head  difference    of all\n"
        "  Xen map_grant_ref                      100.00      190.00      +90.00   90.00 %\n"
        "  Xen do_op                              800.00      810.00      +10.00   10.00 %\n"
        "  all                                    900.00     1000.00     +100.00  100.00 %\n"));
    free(text);
    text = compare(base, head, "counted_bytes");
    g_assert_null(strstr(text, "functions that changed"));
    free(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("xenrig-functions-XXXXXX", NULL);
    g_test_add_func("/functions-runs/sum", test_sum);
    g_test_add_func("/functions-runs/stored", test_stored);
    int result = g_test_run();
    g_autofree char *quoted = g_shell_quote(folder);
    g_autofree char *command = g_strconcat("rm -rf -- ", quoted, NULL);
    if (system(command) != 0)
        g_printerr("%s: cannot be removed\n", folder);
    g_free(folder);
    return result;
}
