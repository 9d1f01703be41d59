/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the lock table of a report. */
#include "tell/locks.h"

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

static void add_row(GString *out, const XrLockRow *row)
{
    g_autofree char *safe = xr_tell_safe(name_of(row), 64);
    g_autofree char *name = xr_tell_fit(safe, 25, TRUE);
    g_autofree char *domain = xr_tell_fit(row->domain, 5, TRUE);
    g_autofree char *acquired = number("%.0f", row->acquired);
    g_autofree char *pair = number("%.3f", row->per_pair);
    g_autofree char *contended = percent(row->contended);
    g_autofree char *hold = percent(row->hold);
    g_autofree char *wait = percent(row->wait);

    g_string_append_printf(out, "  %s %s%10s%8s%10s%9s%9s\n", name, domain, acquired, pair,
                           contended, hold, wait);
}

static gint by_wait(gconstpointer a, gconstpointer b)
{
    const XrLockRow *x = *(const XrLockRow *const *)a, *y = *(const XrLockRow *const *)b;

    if (x->wait != y->wait)
        return x->wait > y->wait ? -1 : 1;
    return (x->acquired < y->acquired) - (x->acquired > y->acquired);
}

static void add_globals(GString *out, const GPtrArray *locks)
{
    g_autoptr(GPtrArray) globals = g_ptr_array_new();

    for (guint i = 0; i < locks->len; i++) {
        const XrLockRow *row = g_ptr_array_index(locks, i);

        if (g_str_equal(row->domain, "xen"))
            g_ptr_array_add(globals, (gpointer)row);
    }
    g_ptr_array_sort(globals, by_wait);
    for (guint i = 0; i < MIN(globals->len, GLOBALS_MAX); i++)
        add_row(out, g_ptr_array_index(globals, i));
    if (globals->len > GLOBALS_MAX)
        g_string_append_printf(out, "  (and %u more of no domain; all are in verdict.json)\n",
                               globals->len - GLOBALS_MAX);
}

void xr_tell_locks_text(GString *out, const GPtrArray *locks)
{
    g_string_append_printf(out, "  %-25s %-5s%10s%8s%10s%9s%9s\n", "lock", "of", "acquired",
                           "a pair", "contended", "held", "waited");
    for (guint i = 0; i < locks->len; i++) {
        const XrLockRow *row = g_ptr_array_index(locks, i);

        if (!g_str_equal(row->domain, "xen"))
            add_row(out, row);
    }
    add_globals(out, locks);
}

/* --- for programs --- */

static void set_number(JsonObject *obj, const char *name, double value)
{
    if (isfinite(value))
        json_object_set_double_member(obj, name, value);
    else
        json_object_set_null_member(obj, name);
}

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
        set_number(obj, "acquired", row->acquired);
        set_number(obj, "per_pair", row->per_pair);
        set_number(obj, "contended", row->contended);
        set_number(obj, "hold", row->hold);
        set_number(obj, "wait", row->wait);
        json_array_add_object_element(rows, obj);
    }
    return rows;
}
