/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counted addresses told by function: attribution, the table written and read, and what the report says. */
#include "base/error.h"
#include "base/json.h"
#include "feed.h"
#include "judge/judge.h"
#include "run/functions.h"
#include "tell/functions.h"

#include <string.h>

/* Two functions of Xen, one of the kernel and one of a module. The second calls the first, and jumps within itself. */
static const char slots[] = "ffff82d040200000 64\n"
                            "ffff82d040200004 64\n"
                            "ffff82d040201000 a\n"
                            "ffff82d040201005 64 ffff82d040200000\n"
                            "ffff82d04020100a 3 ffff82d040201000\n"
                            "ffff82d0bfffe000 7\n"
                            "ffffffff81000010 10 ffffffffc0000000\n"
                            "ffffffffc0000000 10\n";

static void add(XrSymbols *symbols, guint64 address, const char *name, const char *module)
{
    xr_symbols_add(symbols, address, 0, name, strlen(name), module);
}

static XrFunctions *attribute(const char *text, GError **error)
{
    g_autoptr(XrSymbols) xen = xr_symbols_new();
    g_autoptr(XrSymbols) kernel = xr_symbols_new();

    add(xen, 0xffff82d040200000, "get_page", NULL);
    add(xen, 0xffff82d040201000, "common/grant_table.c#map_grant_ref", NULL);
    add(kernel, 0xffffffff81000000, "kthread", NULL);
    add(kernel, 0xffffffffc0000000, "xen_blkif_schedule", "xen_blkback");
    return xr_functions_attribute(text, xen, kernel, error);
}

static void assert_function(const XrFunctions *functions, guint i, const char *title,
                            gint64 instructions)
{
    const XrFunction *function = functions->list->pdata[i];
    g_autofree char *own = xr_function_title(function);

    g_assert_cmpstr(own, ==, title);
    g_assert_cmpint(function->instructions, ==, instructions);
}

static void test_attribute(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrFunctions) functions = attribute(slots, &error);
    const XrCaller *caller;

    g_assert_no_error(error);
    g_assert_cmpuint(functions->list->len, ==, 5);
    assert_function(functions, 0, "get_page", 200);
    assert_function(functions, 1, "map_grant_ref", 113);
    assert_function(functions, 2, "kthread", 16);
    assert_function(functions, 3, "xen_blkif_schedule [xen_blkback]", 16);
    assert_function(functions, 4, "[unknown]", 7);
    g_assert_cmpint(xr_functions_sum(functions, XR_LAYER_XEN), ==, 320);
    caller = g_ptr_array_index(((XrFunction *)functions->list->pdata[0])->callers, 0);
    g_assert_cmpstr(caller->name, ==, "map_grant_ref");
    g_assert_cmpint(caller->calls, ==, 100);
    g_assert_cmpuint(((XrFunction *)functions->list->pdata[1])->callers->len, ==, 0);
}

static void test_no_lines(void)
{
    static const char *const wrong[] = {"ffff82d040200000\n", "hello\n", "1 2 3 4\n", "1 2",
                                        "1 ffffffffffffffff\n"};

    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text = g_strconcat(slots, wrong[i], NULL);
        g_autoptr(GError) error = NULL;

        g_assert_null(attribute(text, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
        g_assert_cmpstr(error->message, ==,
                        "line 9 of the plugin's addresses is no address with a count");
    }
}

static void test_xen_start(void)
{
    g_assert_cmphex(xr_functions_xen_start(slots), ==, 0xffff82d040000000);
    g_assert_cmphex(xr_functions_xen_start("ffff82d080200000 64\n"), ==, 0xffff82d080000000);
}

static void test_folded(void)
{
    g_autoptr(XrFunctions) functions = attribute(slots, NULL);

    xr_functions_add(functions, "w00", XR_FUNCTION_ALL, "", 9);
    g_autofree char *folded = xr_functions_folded(functions);
    g_assert_cmpstr(folded, ==,
                    "xen;get_page 200\nxen;map_grant_ref 113\ndom0_kernel;kthread 16\n"
                    "dom0_kernel;[xen_blkback];xen_blkif_schedule 16\nxen;[unknown] 7\nw00 9\n");
}

static void test_json(void)
{
    g_autoptr(XrFunctions) functions = attribute(slots, NULL);
    g_autoptr(JsonObject) object = xr_functions_json(functions, 2 * 1024 * 1024);
    g_autoptr(XrFunctions) again = xr_functions_parse(object);
    g_autofree char *first = xr_functions_folded(functions);
    g_autofree char *second = xr_functions_folded(again);
    JsonObject *row = xr_json_element_object(xr_json_array(object, "list"), 0);

    g_assert_cmpstr(first, ==, second);
    g_assert_cmpfloat(xr_json_double(row, "per_mib", -1), ==, 100);
    g_assert_cmpint(xr_json_int(xr_json_object(row, "callers"), "map_grant_ref", -1), ==, 100);
}

/* What a record that somebody changed may hold. */
static void test_json_garbage(void)
{
    g_autoptr(JsonObject) object = xr_json_parse_line(
        "{\"symbols\":7,\"list\":[7,null,{},{\"layer\":\"xen\",\"name\":\"\",\"instructions\":1},"
        "{\"layer\":\"xen\",\"name\":\"a\",\"instructions\":-1},"
        "{\"layer\":\"xen\",\"name\":\"a\",\"instructions\":9223372036854775807},"
        "{\"layer\":\"xen\",\"name\":\"a\\u001b[2J\",\"instructions\":5,\"callers\":{\"b\":\"x\","
        "\"c\":-2,\"d\":3}},{\"layer\":\"xen\",\"name\":\"e\",\"instructions\":4,\"callers\":[]}]}",
        -1, NULL);
    g_autoptr(JsonObject) none = json_object_new();
    g_autoptr(XrFunctions) functions = xr_functions_parse(object);

    g_assert_cmpuint(functions->list->len, ==, 2);
    assert_function(functions, 0, "a\\x1b[2J", 5);
    g_assert_cmpuint(((XrFunction *)functions->list->pdata[0])->callers->len, ==, 1);
    g_assert_cmpstr(functions->xen, ==, "");
    g_assert_null(xr_functions_parse(none));
}

static void test_modules_reply(void)
{
    g_autoptr(JsonObject) reply = xr_json_parse_line(
        "{\"modules\":{\"xen_blkback\":{\".text\":\"0xffffffffc0000000\",\".x\":7},\"bad\":3}}", -1,
        NULL);
    g_autoptr(GHashTable) modules = xr_functions_modules(reply);
    g_autoptr(GHashTable) none = xr_functions_modules(NULL);
    GHashTable *sections = g_hash_table_lookup(modules, "xen_blkback");

    g_assert_cmpuint(g_hash_table_size(modules), ==, 1);
    g_assert_cmpstr(g_hash_table_lookup(sections, ".text"), ==, "0xffffffffc0000000");
    g_assert_cmpstr(g_hash_table_lookup(sections, ".x"), ==, "");
    g_assert_cmpuint(g_hash_table_size(none), ==, 0);
}

/* --- judged and told --- */

typedef struct {
    XrPlan *plan;
    XrObservation *obs;
    XrVerdict *verdict;
} Case;

static void begin(Case *c, const char *functions)
{
    static const char *const settings[] = {"machine.time=count", "machine.pcpus=1", "dom0.vcpus=1",
                                           "guests.count=1", NULL};

    c->plan = feed_plan(settings);
    c->obs = xr_observation_new(c->plan);
    feed(c->obs, 0, "\"kind\":\"domain\",\"name\":\"w00\",\"what\":\"created\"");
    feed(c->obs, 1, "\"kind\":\"guest\",\"name\":\"w00\",\"state\":\"streaming\"");
    feed(c->obs, 2,
         "\"kind\":\"count\",\"xen\":300,\"dom0_kernel\":100,\"dom0_user\":0,\"others\":0,"
         "\"pause_xen\":0,\"maps\":1,\"unmaps\":1,\"copies\":0,\"unsettled\":0,\"guests\":[100],"
         "\"bytes\":[2097152],\"dom0_hypercalls\":{},\"guest_hypercalls\":{}");
    feed(c->obs, 3, "\"kind\":\"functions\",%s", functions);
    c->verdict = xr_judge(c->obs, c->plan);
}

static void end(Case *c)
{
    xr_verdict_free(c->verdict);
    xr_observation_free(c->obs);
    xr_plan_free(c->plan);
}

static const XrFinding *finding_of(const Case *c, const char *kind)
{
    for (guint i = 0; i < c->verdict->findings->len; i++) {
        const XrFinding *finding = c->verdict->findings->pdata[i];

        if (g_str_equal(finding->kind, kind))
            return finding;
    }
    return NULL;
}

#define FUNCTIONS(xen, count)                                                                      \
    "\"symbols\":{\"xen\":\"" xen "\",\"dom0_kernel\":\"the table\"},\"list\":["                   \
    "{\"layer\":\"xen\",\"name\":\"map_grant_ref\",\"instructions\":" count "},"                   \
    "{\"layer\":\"xen\",\"name\":\"[unknown]\",\"instructions\":20},"                              \
    "{\"layer\":\"w00\",\"name\":\"[all]\",\"instructions\":100},"                                 \
    "{\"layer\":\"dom0_kernel\",\"name\":\"xen_blkbk_map\",\"module\":\"xen_blkback\","            \
    "\"instructions\":100}]"

static void test_text(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Case c;

    begin(&c, FUNCTIONS("xen-syms", "280"));
    xr_tell_functions_text(out, c.verdict);
    g_assert_null(finding_of(&c, "functions-sum"));
    g_assert_null(finding_of(&c, "no-symbols"));
    g_assert_cmpstr(
        out->str, ==,
        "\ninstructions by function, for each MiB\n"
        "  Xen             map_grant_ref                              140.00   56.00 %\n"
        "  dom0's kernel   xen_blkbk_map [xen_blkback]                 50.00   20.00 %\n"
        "  Xen             [unknown]                                   10.00    4.00 %\n"
        "  names of Xen's from xen-syms, of dom0's kernel's\n  from the table\n");
    end(&c);
}

static void test_page(void)
{
    XrPage *page = xr_page_new("t");
    g_autofree char *text = NULL;
    g_autofree char *hint = NULL;
    Case c;

    begin(&c, FUNCTIONS("xen-syms", "280"));
    xr_page_functions(page, c.verdict);
    text = xr_page_end(page, &hint);
    g_assert_nonnull(strstr(text, "<td>Xen</td><td>map_grant_ref</td><td class=\"n\">140.00</td>"
                                  "<td class=\"n\">56.00 %</td>"));
    end(&c);
}

/* All of the layer's instructions are in the table, or it is wrong. */
static void test_sum(void)
{
    Case c;
    const XrFinding *finding;

    begin(&c, FUNCTIONS("xen-syms", "279"));
    finding = finding_of(&c, "functions-sum");
    g_assert_nonnull(finding);
    g_assert_cmpint(finding->weight, ==, XR_ERROR_VERDICT);
    g_assert_cmpstr(
        finding->meaning, ==,
        "Functions of layer xen have 299 instructions in sum, and 300 were counted: the "
        "table of functions is wrong, a fault of the rig. The counts by layer do not "
        "depend on it.");
    end(&c);
}

static void test_nameless(void)
{
    Case c;
    const XrFinding *finding;

    begin(&c, FUNCTIONS("", "280"));
    finding = finding_of(&c, "no-symbols");
    g_assert_nonnull(finding);
    g_assert_cmpint(finding->weight, ==, XR_PASS);
    g_assert_cmpstr(
        finding->meaning, ==,
        "The functions of Xen have no names here: this build has neither a file xen-syms "
        "beside it nor a symbol table in it. All of its instructions are one row; a build "
        "from source has names.");
    end(&c);
}

static void test_bad_event(void)
{
    Case c;

    begin(&c, "\"list\":7");
    g_assert_null(c.verdict->functions);
    end(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/functions/attribute", test_attribute);
    g_test_add_func("/functions/no-lines", test_no_lines);
    g_test_add_func("/functions/xen-start", test_xen_start);
    g_test_add_func("/functions/folded", test_folded);
    g_test_add_func("/functions/json", test_json);
    g_test_add_func("/functions/json-garbage", test_json_garbage);
    g_test_add_func("/functions/modules", test_modules_reply);
    g_test_add_func("/functions/text", test_text);
    g_test_add_func("/functions/page", test_page);
    g_test_add_func("/functions/sum", test_sum);
    g_test_add_func("/functions/nameless", test_nameless);
    g_test_add_func("/functions/bad-event", test_bad_event);
    return g_test_run();
}
