/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: counted addresses told by function.
 *
 * Method. An instruction belongs to the function in whose range it is, whoever called it: counts are exclusive. A direct CALL or JMP
 * whose target is the first instruction of another function is a call of that by this; so each function knows its callers, and
 * how often each called, which judge/functions-diff.c asks for where code has moved between them.
 *
 * Limits. Calls through pointers are not seen. Code that Xen or Linux make while they run has no name. */
#include "watch/functions.h"

#include "base/error.h"
#include <string.h>

/* Below is Xen's, above dom0's kernel: plugin/classes.c counts no others by address. */
#define XEN_END G_GUINT64_CONSTANT(0xffff880000000000)
/* XEN_VIRT_START since Xen 4.13, and before (xen/include/asm-x86/config.h). */
#define XEN_START     G_GUINT64_CONSTANT(0xffff82d040000000)
#define XEN_START_OLD G_GUINT64_CONSTANT(0xffff82d080000000)
#define XEN_LENGTH    G_GUINT64_CONSTANT(0x40000000)

typedef struct {
    guint64 address, count, target;
} Line;

/* The next line of *text, which then begins behind it; FALSE, and *text as it was, at the end or where it is no such line. */
static gboolean read_line(const char **text, Line *line)
{
    guint64 *const numbers[] = {&line->address, &line->count, &line->target};
    const char *at = *text;
    guint i = 0;

    memset(line, 0, sizeof *line);
    while (i < G_N_ELEMENTS(numbers) && g_ascii_isxdigit(*at)) {
        char *end;

        *numbers[i++] = g_ascii_strtoull(at, &end, 16);
        at = *end == ' ' ? end + 1 : end;
    }
    if (i < 2 || *at != '\n' || line->count > XR_INSTRUCTIONS_MAX)
        return FALSE;
    *text = at + 1;
    return TRUE;
}

typedef struct {
    XrFunctions *functions;
    XrSymbols *xen, *kernel;
    GHashTable *known; /* "layer/module/name" -> XrFunction */
    GHashTable *calls; /* XrFunction -> GHashTable: title -> gint64 */
} Work;

static void work_clear(Work *work)
{
    g_hash_table_unref(work->known);
    g_hash_table_unref(work->calls);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

static const XrSymbol *symbol_at(const Work *work, guint64 address)
{
    return xr_symbols_find(address < XEN_END ? work->xen : work->kernel, address);
}

static XrFunction *function_of(Work *work, guint64 address, const XrSymbol *symbol)
{
    const char *layer = address < XEN_END ? XR_LAYER_XEN : XR_LAYER_DOM0_KERNEL;
    const char *name = symbol != NULL ? symbol->name : XR_FUNCTION_UNKNOWN;
    const char *module = symbol != NULL ? symbol->module : "";
    g_autofree char *key = g_strjoin("/", layer, module, name, NULL);
    XrFunction *function = g_hash_table_lookup(work->known, key);

    if (function == NULL) {
        function = xr_functions_add(work->functions, layer, name, module, 0);
        g_hash_table_insert(work->known, g_steal_pointer(&key), function);
    }
    return function;
}

static void add_call(Work *work, const XrFunction *caller, XrFunction *callee, guint64 count)
{
    g_autofree char *title = xr_function_title(caller);
    GHashTable *callers = g_hash_table_lookup(work->calls, callee);
    gint64 *calls;

    if (callers == NULL) {
        callers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_insert(work->calls, callee, callers);
    }
    calls = g_hash_table_lookup(callers, title);
    if (calls == NULL) {
        calls = g_new0(gint64, 1);
        g_hash_table_insert(callers, g_steal_pointer(&title), calls);
    }
    *calls += (gint64)count;
}

static void add_line(Work *work, const Line *line)
{
    XrFunction *function = function_of(work, line->address, symbol_at(work, line->address));
    const XrSymbol *target = line->target != 0 ? symbol_at(work, line->target) : NULL;
    XrFunction *callee;

    function->instructions += (gint64)line->count;
    if (target == NULL || target->address != line->target ||
        (line->target < XEN_END) != (line->address < XEN_END))
        return;
    callee = function_of(work, line->target, target);
    if (callee != function)
        add_call(work, function, callee, line->count);
}

static void move_calls(Work *work)
{
    GHashTableIter iter;
    gpointer function, callers;

    g_hash_table_iter_init(&iter, work->calls);
    while (g_hash_table_iter_next(&iter, &function, &callers)) {
        GHashTableIter each;
        gpointer title, calls;

        g_hash_table_iter_init(&each, callers);
        while (g_hash_table_iter_next(&each, &title, &calls))
            xr_function_add_caller(function, title, *(gint64 *)calls);
    }
}

XrFunctions *xr_functions_attribute(const char *slots, XrSymbols *xen, XrSymbols *dom0_kernel,
                                    GError **error)
{
    g_autoptr(XrFunctions) functions = xr_functions_new("", "");
    g_auto(Work) work = {.functions = functions, .xen = xen, .kernel = dom0_kernel};
    Line line;
    guint number = 0;

    work.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    work.calls = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
    while (number < XR_SYMBOLS_MAX && read_line(&slots, &line)) {
        number++;
        add_line(&work, &line);
    }
    if (*slots != '\0') {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "line %u of the plugin's addresses is no address with a count", number + 1);
        return NULL;
    }
    move_calls(&work);
    xr_functions_sort(functions);
    return g_steal_pointer(&functions);
}

guint64 xr_functions_xen_start(const char *slots)
{
    guint64 now = 0, old = 0;
    Line line;

    while (read_line(&slots, &line)) {
        if (line.address - XEN_START < XEN_LENGTH)
            now += line.count;
        else if (line.address - XEN_START_OLD < XEN_LENGTH)
            old += line.count;
    }
    return old > now ? XEN_START_OLD : XEN_START;
}
