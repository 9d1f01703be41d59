/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: code that moved between functions: steps 2 to 4 of the method that functions-diff.c tells. */
#include "judge/functions-diff-priv.h"

#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 4 };
/* Instructions a MiB, and the part of a function, that are looked at. */
static const double same_count = 0.01, enough = 0.25, least = 1, least_part = 0.1;

/* --- renamed --- */

typedef struct {
    XrDiffNode *from, *to;
    double apart;
    gsize alike;
} Pair;

static gboolean is_only_in(const XrDiffNode *node, guint side)
{
    return node->value[side] >= least && node->value[!side] == 0;
}

static gsize alike(const char *a, const char *b)
{
    gsize begin = 0, end = 0, x = strlen(a), y = strlen(b);

    while (begin < MIN(x, y) && a[begin] == b[begin])
        begin++;
    while (end < MIN(x, y) - begin && a[x - 1 - end] == b[y - 1 - end])
        end++;
    return begin + end;
}

static gboolean share_callers(const XrDiffNode *from, const XrDiffNode *to)
{
    GHashTableIter iter;
    gpointer name;

    /* Nothing is known of one: their names must be alike. */
    if (g_hash_table_size(from->callers[XR_DIFF_BASE]) == 0 ||
        g_hash_table_size(to->callers[XR_DIFF_HEAD]) == 0)
        return 2 * alike(from->name, to->name) >= MAX(strlen(from->name), strlen(to->name));
    g_hash_table_iter_init(&iter, from->callers[XR_DIFF_BASE]);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        if (g_hash_table_contains(to->callers[XR_DIFF_HEAD], name))
            return TRUE;
    return FALSE;
}

/* As above, or its callers may have new names themselves. */
static gboolean may_be(const XrDiffWork *work, const XrDiffNode *from, const XrDiffNode *to)
{
    GHashTableIter iter;
    gpointer name;

    if (share_callers(from, to))
        return TRUE;
    if (g_hash_table_size(from->callers[XR_DIFF_BASE]) == 0 ||
        g_hash_table_size(to->callers[XR_DIFF_HEAD]) == 0)
        return FALSE;
    g_hash_table_iter_init(&iter, from->callers[XR_DIFF_BASE]);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        const XrDiffNode *caller = xr_diff_find(work, from->layer, name);

        if (caller != NULL && caller->value[XR_DIFF_HEAD] > 0)
            return FALSE;
    }
    return TRUE;
}

static gint by_nearness(gconstpointer a, gconstpointer b)
{
    const Pair *x = a, *y = b;
    gint order;

    if (x->apart != y->apart)
        return x->apart < y->apart ? -1 : 1;
    if (x->alike != y->alike)
        return x->alike > y->alike ? -1 : 1;
    order = xr_diff_by_name(&x->from, &y->from);
    return order != 0 ? order : xr_diff_by_name(&x->to, &y->to);
}

static void rename_node(XrDiffWork *work, XrDiffNode *from, XrDiffNode *to)
{
    xr_diff_add_move(work, XR_MOVED_RENAMED, from, from->name, to->name, from->value[XR_DIFF_BASE]);
    to->value[XR_DIFF_BASE] = from->value[XR_DIFF_BASE];
    from->value[XR_DIFF_BASE] = 0;
    g_hash_table_unref(to->callers[XR_DIFF_BASE]);
    to->callers[XR_DIFF_BASE] = g_hash_table_ref(from->callers[XR_DIFF_BASE]);
    from->renamed = to;
}

static GArray *list_pairs(const XrDiffWork *work)
{
    GArray *pairs = g_array_new(FALSE, FALSE, sizeof(Pair));

    for (guint i = 0; i < work->nodes->len; i++) {
        XrDiffNode *from = work->nodes->pdata[i];

        for (guint k = 0; is_only_in(from, XR_DIFF_BASE) && k < work->nodes->len; k++) {
            XrDiffNode *to = work->nodes->pdata[k];
            const Pair pair = {from, to, fabs(from->value[XR_DIFF_BASE] - to->value[XR_DIFF_HEAD]),
                               alike(from->name, to->name)};

            if (is_only_in(to, XR_DIFF_HEAD) && g_str_equal(from->layer, to->layer) &&
                pair.apart <=
                    same_count * MAX(from->value[XR_DIFF_BASE], to->value[XR_DIFF_HEAD]) &&
                may_be(work, from, to))
                g_array_append_val(pairs, pair);
        }
    }
    return pairs;
}

static void find_renamed(XrDiffWork *work)
{
    g_autoptr(GArray) pairs = list_pairs(work);

    g_array_sort(pairs, by_nearness);
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = &g_array_index(pairs, Pair, i);

        if (is_only_in(pair->from, XR_DIFF_BASE) && is_only_in(pair->to, XR_DIFF_HEAD))
            rename_node(work, pair->from, pair->to);
    }
}

/* --- inlined and outlined --- */

XrDiffNode *xr_diff_first(XrDiffNode *node)
{
    while (node->group != node)
        node = node->group;
    return node;
}

/* What a node, and its whole group, has less on the other side than on this. */
static double loss(const XrDiffNode *node, guint side)
{
    return node->value[side] - node->value[!side];
}

static double group_loss(XrDiffNode *node, guint side)
{
    const XrDiffNode *first = xr_diff_first(node);

    return first->sum[side] - first->sum[!side];
}

static void unite(XrDiffNode *a, XrDiffNode *b)
{
    XrDiffNode *from = xr_diff_first(a), *to = xr_diff_first(b);

    from->group = to;
    for (guint side = 0; side < XR_DIFF_SIDES; side++)
        to->sum[side] += from->sum[side];
}

static void join(XrDiffWork *work, XrDiffNode *callee, XrDiffNode *caller, guint side)
{
    const gboolean inlined = side == XR_DIFF_BASE;

    unite(callee, caller);
    xr_diff_add_move(work, inlined ? XR_MOVED_INLINED : XR_MOVED_OUTLINED, callee,
                     inlined ? callee->name : caller->name, inlined ? caller->name : callee->name,
                     loss(callee, side));
}

/* The calls that are gone on the other side, by that caller; 0: it still makes them. */
static double dropped(const XrDiffNode *node, guint side, const char *caller)
{
    const double here = xr_diff_calls(node, side, caller),
                 there = xr_diff_calls(node, !side, caller);

    return there < here / 2 ? here - there : 0;
}

static GList *callers_of(const XrDiffNode *node, guint side)
{
    return g_list_sort(g_hash_table_get_keys(node->callers[side]), (GCompareFunc)strcmp);
}

/* Callers, on side, of via who took their parts of what callee lost. */
static void find_takers(XrDiffWork *work, XrDiffNode *callee, const XrDiffNode *via, guint side,
                        double lost, guint depth)
{
    g_autoptr(GList) callers = callers_of(via, side);
    double all = 0;

    for (GList *l = callers; l != NULL; l = l->next)
        all += dropped(via, side, l->data);
    for (GList *l = callers; l != NULL; l = l->next) {
        XrDiffNode *caller = xr_diff_find(work, callee->layer, l->data);
        const double drop = dropped(via, side, l->data), share = drop > 0 ? lost * drop / all : 0;

        if (share <= 0 || caller == NULL || xr_diff_first(caller) == xr_diff_first(callee))
            continue;
        if (caller->value[!side] == 0 && depth < DEPTH_MAX)
            find_takers(work, callee, caller, side, share, depth + 1);
        else if (-group_loss(caller, side) >= enough * share)
            join(work, callee, caller, side);
    }
}

/* A function that is called by via's caller on the other side only, runs there only, and is about as large. */
static XrDiffNode *successor_of(const XrDiffWork *work, const XrDiffNode *gone, const char *caller)
{
    XrDiffNode *best = NULL;

    for (guint i = 0; i < work->nodes->len; i++) {
        XrDiffNode *node = work->nodes->pdata[i];
        const double size = node->value[XR_DIFF_HEAD], before = gone->value[XR_DIFF_BASE];

        if (is_only_in(node, XR_DIFF_HEAD) && g_str_equal(node->layer, gone->layer) &&
            node->group == node && dropped(node, XR_DIFF_HEAD, caller) > 0 &&
            size >= enough * before && before >= enough * size &&
            (best == NULL || size > best->value[XR_DIFF_HEAD]))
            best = node;
    }
    return best;
}

static void find_replaced(XrDiffWork *work)
{
    for (guint i = 0; i < work->nodes->len; i++) {
        XrDiffNode *gone = work->nodes->pdata[i];
        g_autoptr(GList) callers = callers_of(gone, XR_DIFF_BASE);

        for (GList *l = callers; l != NULL && is_only_in(gone, XR_DIFF_BASE); l = l->next) {
            XrDiffNode *next = gone->group == gone && dropped(gone, XR_DIFF_BASE, l->data) > 0
                                   ? successor_of(work, gone, l->data)
                                   : NULL;

            if (next == NULL)
                continue;
            unite(gone, next);
            xr_diff_add_move(work, XR_MOVED_REPLACED, gone, gone->name, next->name,
                             gone->value[XR_DIFF_BASE]);
        }
    }
}

static gint by_size(gconstpointer a, gconstpointer b)
{
    const XrDiffNode *x = *(XrDiffNode *const *)a, *y = *(XrDiffNode *const *)b;
    const double p = fabs(loss(x, XR_DIFF_BASE)), q = fabs(loss(y, XR_DIFF_BASE));

    return p != q ? (p > q ? -1 : 1) : xr_diff_by_name(a, b);
}

static void find_moved(XrDiffWork *work, guint side)
{
    g_autoptr(GPtrArray) order = g_ptr_array_copy(work->nodes, NULL, NULL);

    g_ptr_array_set_free_func(order, NULL);
    g_ptr_array_sort(order, by_size);
    for (guint i = 0; i < order->len; i++) {
        XrDiffNode *node = order->pdata[i];

        if (loss(node, side) >= MAX(least, least_part * node->value[side]))
            find_takers(work, node, node, side, group_loss(node, side), 0);
    }
}

static void start_groups(XrDiffWork *work)
{
    for (guint i = 0; i < work->nodes->len; i++) {
        XrDiffNode *node = work->nodes->pdata[i];

        memcpy(node->sum, node->value, sizeof node->sum);
    }
}

void xr_diff_find_moved(XrDiffWork *work)
{
    find_renamed(work);
    start_groups(work);
    find_replaced(work);
    find_moved(work, XR_DIFF_BASE);
    find_moved(work, XR_DIFF_HEAD);
}
