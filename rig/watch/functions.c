/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: instructions of a counted window, told by function: the table, written and read. */
#include "watch/functions.h"

#include "base/json.h"
#include "base/text.h"
#include "watch/observation-priv.h"
#include <string.h>

enum { TITLE_MAX = 2 * XR_SYMBOL_MAX + 3 };
static const double MIB = 1024 * 1024;

static void caller_free(gpointer data)
{
    XrCaller *caller = data;

    g_free(caller->name);
    g_free(caller);
}

static void function_free(gpointer data)
{
    XrFunction *function = data;

    g_free(function->layer);
    g_free(function->name);
    g_free(function->module);
    g_ptr_array_unref(function->callers);
    g_free(function);
}

XrFunctions *xr_functions_new(const char *xen, const char *dom0_kernel)
{
    XrFunctions *functions = g_rc_box_new0(XrFunctions);

    functions->list = g_ptr_array_new_with_free_func(function_free);
    functions->xen = g_strdup(xen);
    functions->dom0_kernel = g_strdup(dom0_kernel);
    return functions;
}

static void clear(gpointer data)
{
    XrFunctions *functions = data;

    g_ptr_array_unref(functions->list);
    g_free(functions->xen);
    g_free(functions->dom0_kernel);
}

XrFunctions *xr_functions_ref(XrFunctions *functions)
{
    return g_rc_box_acquire(functions);
}

void xr_functions_free(XrFunctions *functions)
{
    if (functions != NULL)
        g_rc_box_release_full(functions, clear);
}

XrFunction *xr_functions_add(XrFunctions *functions, const char *layer, const char *name,
                             const char *module, gint64 instructions)
{
    XrFunction *function = g_new0(XrFunction, 1);

    function->layer = g_strdup(layer);
    function->name = g_strdup(name);
    function->module = g_strdup(module);
    function->instructions = instructions;
    function->callers = g_ptr_array_new_with_free_func(caller_free);
    g_ptr_array_add(functions->list, function);
    return function;
}

void xr_function_add_caller(XrFunction *function, const char *name, gint64 calls)
{
    XrCaller *caller = g_new0(XrCaller, 1);

    caller->name = g_strdup(name);
    caller->calls = calls;
    g_ptr_array_add(function->callers, caller);
}

static gint by_calls(gconstpointer a, gconstpointer b)
{
    const XrCaller *x = *(XrCaller *const *)a, *y = *(XrCaller *const *)b;

    if (x->calls != y->calls)
        return x->calls > y->calls ? -1 : 1;
    return strcmp(x->name, y->name);
}

static gint by_instructions(gconstpointer a, gconstpointer b)
{
    const XrFunction *x = *(XrFunction *const *)a, *y = *(XrFunction *const *)b;
    gint order;

    if (x->instructions != y->instructions)
        return x->instructions > y->instructions ? -1 : 1;
    order = strcmp(x->layer, y->layer);
    if (order == 0)
        order = strcmp(x->name, y->name);
    return order != 0 ? order : strcmp(x->module, y->module);
}

void xr_functions_sort(XrFunctions *functions)
{
    for (guint i = 0; i < functions->list->len; i++) {
        XrFunction *function = functions->list->pdata[i];

        g_ptr_array_sort(function->callers, by_calls);
        if (function->callers->len > XR_CALLERS_MAX)
            g_ptr_array_set_size(function->callers, XR_CALLERS_MAX);
    }
    g_ptr_array_sort(functions->list, by_instructions);
}

gint64 xr_functions_sum(const XrFunctions *functions, const char *layer)
{
    gint64 sum = 0;

    for (guint i = 0; i < functions->list->len; i++) {
        const XrFunction *function = functions->list->pdata[i];

        if (g_str_equal(function->layer, layer))
            sum += function->instructions;
    }
    return sum;
}

char *xr_function_title(const XrFunction *function)
{
    return function->module[0] != '\0'
               ? g_strdup_printf("%s [%s]", function->name, function->module)
               : g_strdup(function->name);
}

/* --- written --- */

static JsonObject *function_json(const XrFunction *function, gint64 bytes)
{
    JsonObject *object = json_object_new();
    JsonObject *callers = json_object_new();

    json_object_set_string_member(object, "layer", function->layer);
    json_object_set_string_member(object, "name", function->name);
    json_object_set_string_member(object, "module", function->module);
    json_object_set_int_member(object, "instructions", function->instructions);
    if (bytes > 0)
        json_object_set_double_member(object, "per_mib",
                                      (double)function->instructions * MIB / (double)bytes);
    for (guint i = 0; i < function->callers->len; i++) {
        const XrCaller *caller = function->callers->pdata[i];

        json_object_set_int_member(callers, caller->name, caller->calls);
    }
    json_object_set_object_member(object, "callers", callers);
    return object;
}

JsonObject *xr_functions_json(const XrFunctions *functions, gint64 bytes)
{
    JsonObject *object = json_object_new(), *symbols = json_object_new();
    JsonArray *list = json_array_new();

    for (guint i = 0; i < functions->list->len; i++)
        json_array_add_object_element(list, function_json(functions->list->pdata[i], bytes));
    json_object_set_string_member(symbols, XR_LAYER_XEN, functions->xen);
    json_object_set_string_member(symbols, XR_LAYER_DOM0_KERNEL, functions->dom0_kernel);
    json_object_set_object_member(object, "symbols", symbols);
    json_object_set_array_member(object, "list", list);
    return object;
}

char *xr_functions_folded(const XrFunctions *functions)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < functions->list->len; i++) {
        const XrFunction *function = functions->list->pdata[i];

        if (function->instructions == 0)
            continue;
        g_string_append(text, function->layer);
        if (function->module[0] != '\0')
            g_string_append_printf(text, ";[%s]", function->module);
        if (!g_str_equal(function->name, XR_FUNCTION_ALL))
            g_string_append_printf(text, ";%s", function->name);
        g_string_append_printf(text, " %" G_GINT64_FORMAT "\n", function->instructions);
    }
    return g_string_free(text, FALSE);
}

/* --- read --- */

static void parse_callers(XrFunction *function, JsonObject *callers)
{
    g_autoptr(GList) names = callers != NULL ? json_object_get_members(callers) : NULL;

    for (GList *l = names; l != NULL; l = l->next) {
        g_autofree char *name = xr_text_escape(l->data, -1, TITLE_MAX);
        const gint64 calls = xr_json_int(callers, l->data, 0);

        if (calls > 0 && (guint64)calls <= XR_INSTRUCTIONS_MAX)
            xr_function_add_caller(function, name, calls);
    }
}

static void parse_function(XrFunctions *functions, JsonObject *object)
{
    const gint64 instructions = xr_json_int(object, "instructions", -1);
    g_autofree char *layer = xr_text_escape(xr_json_string(object, "layer", ""), -1, XR_WHERE_MAX);
    g_autofree char *name = xr_text_escape(xr_json_string(object, "name", ""), -1, XR_SYMBOL_MAX);
    g_autofree char *module =
        xr_text_escape(xr_json_string(object, "module", ""), -1, XR_SYMBOL_MAX);

    if (instructions < 0 || (guint64)instructions > XR_INSTRUCTIONS_MAX || layer[0] == '\0' ||
        name[0] == '\0')
        return;
    parse_callers(xr_functions_add(functions, layer, name, module, instructions),
                  xr_json_object(object, "callers"));
}

XrFunctions *xr_functions_parse(JsonObject *object)
{
    JsonArray *list = xr_json_array(object, "list");
    JsonObject *symbols = xr_json_object(object, "symbols");
    g_autofree char *xen =
        xr_text_escape(xr_json_string(symbols, XR_LAYER_XEN, ""), -1, XR_LINE_MAX);
    g_autofree char *dom0_kernel =
        xr_text_escape(xr_json_string(symbols, XR_LAYER_DOM0_KERNEL, ""), -1, XR_LINE_MAX);
    XrFunctions *functions;

    if (list == NULL)
        return NULL;
    functions = xr_functions_new(xen, dom0_kernel);
    for (guint i = 0; i < MIN(json_array_get_length(list), XR_FUNCTIONS_MAX); i++)
        parse_function(functions, xr_json_element_object(list, i));
    xr_functions_sort(functions);
    return functions;
}

void xr_told_functions(XrObservation *obs, JsonObject *event)
{
    XrFunctions *functions = xr_functions_parse(event);

    if (functions == NULL) {
        xr_findings_bad_event(obs, "functions", "it has no list");
        return;
    }
    xr_functions_free(xr_priv(obs)->functions);
    xr_priv(obs)->functions = functions;
}
