/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions changed between two builds, and which only moved.
 *
 * Method. A compiler may put the same code elsewhere, and then no instruction more is run though each function's count
 * differs. In this order:
 *  1. Clones are one function: what compilers append (.part, .cold, .isra, .constprop, .lto_priv, .llvm, with their
 *     numbers) is cut off, and counts of one base name are added up.
 *  2. Renamed: a function that runs in base only and one of the same layer that runs in head only, whose counts differ by no
 *     more than 1 %, and which do not have callers that are all others; where no caller is known of one, half of their names
 *     must be alike. The nearest counts are paired first; of equal ones
 *     the most alike names.
 *  3. Replaced: a function that runs in base only, and one that runs in head only and is called by a caller of the first
 *     that does not call that any more; neither is more than four times the other. So are told a function that is inlined
 *     in a new one, and a rename with a change.
 *  4. Inlined: a function lost instructions, at least a tenth of its own; a function that called it in base calls it in
 *     head less than half as often, and gained at least a quarter of what would be its part of the loss. Where that
 *     caller is gone itself its own callers are asked, and so on. Outlined is the same with base and head exchanged.
 * What 3 and 4 find is one group, and the difference told is the group's: what remains when what only moved is taken away.
 * Losses and gains of 4 are those of groups, too.
 * What is told adds up: the differences of all groups are the difference of all instructions.
 *
 * Limits. Callers are known by direct calls only (watch/attribute.c), the XR_CALLERS_MAX with the most; what is inlined
 * behind a pointer is told as one function less and another one more. A function that gained by itself as much as a callee
 * lost by itself, and happens not to call it any more, is told as a group: its net difference is right, its being moved is not.
 * A function that did not run in the window is none to it, whether the build has it or not. Names of static functions that
 * several files have are one. Functions of which only one build tells names are compared as a
 * whole layer. */
#include "judge/functions-diff-priv.h"

#include <math.h>
#include <string.h>

static void node_free(gpointer data)
{
    XrDiffNode *node = data;

    g_free(node->layer);
    g_free(node->name);
    for (guint side = 0; side < XR_DIFF_SIDES; side++)
        g_hash_table_unref(node->callers[side]);
    g_free(node);
}

static void work_clear(XrDiffWork *work)
{
    g_hash_table_unref(work->by_key);
    g_ptr_array_unref(work->nodes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XrDiffWork, work_clear)

static void change_free(gpointer data)
{
    XrFunctionChange *change = data;

    g_free(change->layer);
    g_free(change->name);
    g_free(change->with);
    g_free(change);
}

static void move_free(gpointer data)
{
    XrFunctionMove *move = data;

    g_free(move->layer);
    g_free(move->from);
    g_free(move->to);
    g_free(move);
}

void xr_functions_diff_free(XrFunctionsDiff *diff)
{
    if (diff == NULL)
        return;
    g_ptr_array_unref(diff->changed);
    g_ptr_array_unref(diff->moved);
    g_free(diff);
}

/* --- clones --- */

char *xr_function_base_name(const char *title)
{
    static const char *const marks[] = {".part.",     ".cold",  ".isra.", ".constprop.",
                                        ".lto_priv.", ".llvm.", ".clone."};
    const char *end = strchr(title, ' ');
    const char *cut = end != NULL ? end : title + strlen(title);

    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
        const char *mark = strstr(title, marks[i]);

        if (mark != NULL && mark > title && mark < cut)
            cut = mark;
    }
    return g_strdup_printf("%.*s%s", (int)(cut - title), title, end != NULL ? end : "");
}

/* --- nodes --- */

static XrDiffNode *node_of(XrDiffWork *work, const char *layer, const char *name)
{
    g_autofree char *key = g_strjoin("/", layer, name, NULL);
    XrDiffNode *node = g_hash_table_lookup(work->by_key, key);

    if (node != NULL)
        return node;
    node = g_new0(XrDiffNode, 1);
    node->layer = g_strdup(layer);
    node->name = g_strdup(name);
    node->group = node;
    for (guint side = 0; side < XR_DIFF_SIDES; side++)
        node->callers[side] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_ptr_array_add(work->nodes, node);
    g_hash_table_insert(work->by_key, g_steal_pointer(&key), node);
    return node;
}

static void add_calls(GHashTable *callers, const char *name, double calls)
{
    double *known = g_hash_table_lookup(callers, name);

    if (known == NULL) {
        known = g_new0(double, 1);
        g_hash_table_insert(callers, g_strdup(name), known);
    }
    *known += calls;
}

double xr_diff_calls(const XrDiffNode *node, guint side, const char *caller)
{
    const double *calls = g_hash_table_lookup(node->callers[side], caller);

    return calls != NULL ? *calls : 0;
}

/* Whether both tables have names of that layer's functions. */
static gboolean is_named(const XrFunctionTable *const *tables, const char *layer)
{
    for (guint side = 0; side < XR_DIFF_SIDES; side++) {
        const XrFunctions *functions = tables[side]->functions;

        if ((g_str_equal(layer, XR_LAYER_XEN) && functions->xen[0] == '\0') ||
            (g_str_equal(layer, XR_LAYER_DOM0_KERNEL) && functions->dom0_kernel[0] == '\0'))
            return FALSE;
    }
    return TRUE;
}

static void add_function(XrDiffWork *work, const XrFunctionTable *const *tables, guint side,
                         const XrFunction *function)
{
    const double mib = tables[side]->mib;
    const gboolean named = is_named(tables, function->layer);
    g_autofree char *title = xr_function_title(function);
    g_autofree char *name = xr_function_base_name(named ? title : XR_FUNCTION_ALL);
    XrDiffNode *node = node_of(work, function->layer, name);

    node->value[side] += (double)function->instructions / mib;
    for (guint i = 0; named && i < function->callers->len; i++) {
        const XrCaller *caller = function->callers->pdata[i];
        g_autofree char *by = xr_function_base_name(caller->name);

        if (!g_str_equal(by, name))
            add_calls(node->callers[side], by, (double)caller->calls / mib);
    }
}

gint xr_diff_by_name(gconstpointer a, gconstpointer b)
{
    const XrDiffNode *x = *(XrDiffNode *const *)a, *y = *(XrDiffNode *const *)b;
    const gint order = strcmp(x->layer, y->layer);

    return order != 0 ? order : strcmp(x->name, y->name);
}

static XrDiffNode *current(XrDiffNode *node)
{
    while (node != NULL && node->renamed != NULL)
        node = node->renamed;
    return node;
}

XrDiffNode *xr_diff_find(const XrDiffWork *work, const char *layer, const char *name)
{
    g_autofree char *key = g_strjoin("/", layer, name, NULL);

    return current(g_hash_table_lookup(work->by_key, key));
}

void xr_diff_add_move(XrDiffWork *work, XrMovedKind kind, const XrDiffNode *from,
                      const char *from_name, const char *to_name, double instructions)
{
    XrFunctionMove *move = g_new0(XrFunctionMove, 1);

    move->kind = kind;
    move->layer = g_strdup(from->layer);
    move->from = g_strdup(from_name);
    move->to = g_strdup(to_name);
    move->instructions = instructions;
    g_ptr_array_add(work->diff->moved, move);
}

/* --- what is told --- */

static gint by_size(gconstpointer a, gconstpointer b)
{
    const XrDiffNode *x = *(XrDiffNode *const *)a, *y = *(XrDiffNode *const *)b;
    const double p = MAX(x->value[XR_DIFF_BASE], x->value[XR_DIFF_HEAD]),
                 q = MAX(y->value[XR_DIFF_BASE], y->value[XR_DIFF_HEAD]);

    return p != q ? (p > q ? -1 : 1) : xr_diff_by_name(a, b);
}

/* Of a group, the largest first. */
static void add_change(XrDiffWork *work, GPtrArray *members)
{
    XrFunctionChange *change = g_new0(XrFunctionChange, 1);
    g_autoptr(GString) with = g_string_new(NULL);

    g_ptr_array_sort(members, by_size);
    for (guint i = 0; i < members->len; i++) {
        const XrDiffNode *node = members->pdata[i];

        change->base += node->value[XR_DIFF_BASE];
        change->head += node->value[XR_DIFF_HEAD];
        if (i > 0)
            g_string_append_printf(with, "%s%s", with->len > 0 ? ", " : "", node->name);
    }
    change->layer = g_strdup(((XrDiffNode *)members->pdata[0])->layer);
    change->name = g_strdup(((XrDiffNode *)members->pdata[0])->name);
    change->with = with->len > 0 ? g_strdup(with->str) : NULL;
    if (change->head != change->base)
        g_ptr_array_add(work->diff->changed, change);
    else
        change_free(change);
}

static void add_changes(XrDiffWork *work)
{
    g_autoptr(GHashTable) groups =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < work->nodes->len; i++) {
        XrDiffNode *node = work->nodes->pdata[i], *first = xr_diff_first(node);
        GPtrArray *members = g_hash_table_lookup(groups, first);

        work->diff->base += node->value[XR_DIFF_BASE];
        work->diff->head += node->value[XR_DIFF_HEAD];
        if (node->value[XR_DIFF_BASE] == 0 && node->value[XR_DIFF_HEAD] == 0)
            continue;
        if (members == NULL) {
            members = g_ptr_array_new();
            g_hash_table_insert(groups, first, members);
        }
        g_ptr_array_add(members, node);
    }
    for (guint i = 0; i < work->nodes->len; i++) {
        GPtrArray *members = g_hash_table_lookup(groups, work->nodes->pdata[i]);

        if (members != NULL)
            add_change(work, members);
    }
}

static gint by_difference(gconstpointer a, gconstpointer b)
{
    const XrFunctionChange *x = *(XrFunctionChange *const *)a, *y = *(XrFunctionChange *const *)b;
    const double p = fabs(x->head - x->base), q = fabs(y->head - y->base);
    const gint order = strcmp(x->layer, y->layer);

    if (p != q)
        return p > q ? -1 : 1;
    return order != 0 ? order : strcmp(x->name, y->name);
}

static gint by_moved(gconstpointer a, gconstpointer b)
{
    const XrFunctionMove *x = *(XrFunctionMove *const *)a, *y = *(XrFunctionMove *const *)b;

    if (x->instructions != y->instructions)
        return x->instructions > y->instructions ? -1 : 1;
    return strcmp(x->from, y->from);
}

XrFunctionsDiff *xr_functions_diff(const XrFunctionTable *base, const XrFunctionTable *head)
{
    const XrFunctionTable *const tables[XR_DIFF_SIDES] = {base, head};
    g_auto(XrDiffWork) work = {0};

    work.nodes = g_ptr_array_new_with_free_func(node_free);
    work.by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    work.diff = g_new0(XrFunctionsDiff, 1);
    work.diff->changed = g_ptr_array_new_with_free_func(change_free);
    work.diff->moved = g_ptr_array_new_with_free_func(move_free);
    for (guint side = 0; side < XR_DIFF_SIDES; side++)
        for (guint i = 0; i < tables[side]->functions->list->len; i++)
            add_function(&work, tables, side, tables[side]->functions->list->pdata[i]);
    g_ptr_array_sort(work.nodes, xr_diff_by_name);
    xr_diff_find_moved(&work);
    add_changes(&work);
    g_ptr_array_sort(work.diff->changed, by_difference);
    g_ptr_array_sort(work.diff->moved, by_moved);
    return work.diff;
}
