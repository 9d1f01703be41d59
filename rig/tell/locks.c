/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the lock table of a report. */
#include "tell/locks.h"

#include "base/json.h"
#include "tell/format.h"

#include <math.h>

enum { GLOBALS_MAX = 5 };

/* As Xen's source calls what the profile has a short name for. */
static const struct {
    const char *lock, *source;
} names[] = {
    {"grant_lock", "gt->lock"},
    {"grant_read", "gt->lock, read"},
    {"grant_write", "gt->lock, write"},
    {"active_entry", "act->lock"},
    {"maptrack_lock", "gt->maptrack_lock"},
    {"freelist", "v->maptrack_freelist_lock"},
    {"event_lock", "d->event_lock"},
    {"event_read", "d->event_lock, read"},
    {"event_write", "d->event_lock, write"},
    {"channel", "evtchn->lock, read"},
    {"domain_lock", "d->domain_lock"},
    {"page_alloc_lock", "d->page_alloc_lock"},
};

static const char *name_of(const XrLockRow *row)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i].lock, row->lock))
            return names[i].source;
    }
    return row->lock;
}

static char *number(const char *format, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    return isfinite(value) ? g_strdup(g_ascii_formatd(text, sizeof text, format, value))
                           : g_strdup("-");
}

static char *percent(double share)
{
    g_autofree char *text = number("%.2f", share * 100);

    return isfinite(share) ? g_strconcat(text, " %", NULL) : g_steal_pointer(&text);
}

char **xr_tell_lock_cells(const XrLockRow *row)
{
    char **cells = g_new0(char *, XR_LOCK_CELLS + 1);

    cells[0] = xr_tell_safe(name_of(row), 64);
    cells[1] = xr_tell_safe(row->domain, 64);
    cells[2] = number("%.0f", row->acquired);
    cells[3] = number("%.3f", row->per_pair);
    cells[4] = percent(row->contended);
    cells[5] = percent(row->hold);
    cells[6] = percent(row->wait);
    return cells;
}

static void add_row(GString *out, const XrLockRow *row)
{
    g_auto(GStrv) cells = xr_tell_lock_cells(row);
    g_autofree char *name = xr_tell_fit(cells[0], 25, TRUE);
    g_autofree char *domain = xr_tell_fit(cells[1], 5, TRUE);

    g_string_append_printf(out, "  %s %s%10s%8s%10s%9s%9s\n", name, domain, cells[2], cells[3],
                           cells[4], cells[5], cells[6]);
}

static gint by_wait(gconstpointer a, gconstpointer b)
{
    const XrLockRow *x = *(const XrLockRow *const *)a, *y = *(const XrLockRow *const *)b;

    if (x->wait != y->wait)
        return x->wait > y->wait ? -1 : 1;
    return (x->acquired < y->acquired) - (x->acquired > y->acquired);
}

GPtrArray *xr_tell_locks_order(const GPtrArray *locks, guint globals_max, guint *left_out)
{
    GPtrArray *shown = g_ptr_array_new();
    g_autoptr(GPtrArray) globals = g_ptr_array_new();

    for (guint i = 0; i < locks->len; i++) {
        const XrLockRow *row = g_ptr_array_index(locks, i);

        g_ptr_array_add(g_str_equal(row->domain, "xen") ? globals : shown, (gpointer)row);
    }
    g_ptr_array_sort(globals, by_wait);
    for (guint i = 0; i < MIN(globals->len, globals_max); i++)
        g_ptr_array_add(shown, g_ptr_array_index(globals, i));
    *left_out = globals->len - MIN(globals->len, globals_max);
    return shown;
}

void xr_tell_locks_text(GString *out, const GPtrArray *locks)
{
    guint left_out;
    g_autoptr(GPtrArray) shown = xr_tell_locks_order(locks, GLOBALS_MAX, &left_out);

    g_string_append_printf(out, "  %-25s %-5s%10s%8s%10s%9s%9s\n", "lock", "of", "acquired",
                           "a pair", "contended", "held", "waited");
    for (guint i = 0; i < shown->len; i++)
        add_row(out, g_ptr_array_index(shown, i));
    if (left_out > 0)
        g_string_append_printf(out, "  (and %u more of no domain; all are in verdict.json)\n",
                               left_out);
}

/* --- for programs --- */

JsonArray *xr_tell_locks_json(const GPtrArray *locks)
{
    JsonArray *rows = json_array_new();

    for (guint i = 0; locks != NULL && i < locks->len; i++) {
        const XrLockRow *row = g_ptr_array_index(locks, i);
        JsonObject *obj = json_object_new();
        g_autofree char *lock = xr_tell_safe(row->lock, 64);
        g_autofree char *source = xr_tell_safe(name_of(row), 64);

        json_object_set_string_member(obj, "lock", lock);
        json_object_set_string_member(obj, "source", source);
        json_object_set_string_member(obj, "domain", row->domain);
        xr_json_set_number(obj, "acquired", row->acquired);
        xr_json_set_number(obj, "per_pair", row->per_pair);
        xr_json_set_number(obj, "contended", row->contended);
        xr_json_set_number(obj, "hold", row->hold);
        xr_json_set_number(obj, "wait", row->wait);
        json_array_add_object_element(rows, obj);
    }
    return rows;
}
