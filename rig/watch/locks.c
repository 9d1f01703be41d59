/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what Xen's lock profile said before and after each window.
 *
 * Counts are cumulative: a window's are the difference of two readings, over dom0's time between
 * them. A lock that a reading does not name had not been taken by then. */
#include "watch/observation-priv.h"

#include "base/json.h"
#include <string.h>

/* Of one domain; also of the hypervisor. */
enum { LOCKS_MAX = 64 };

void xr_lock_free(XrLock *lock)
{
    g_free(lock->domain);
    g_free(lock->name);
    g_array_unref(lock->windows);
    g_free(lock);
}

static gint compare_locks(gconstpointer a, gconstpointer b)
{
    const XrLock *left = *(XrLock *const *)a, *right = *(XrLock *const *)b;
    const int order = strcmp(left->domain, right->domain);

    return order != 0 ? order : strcmp(left->name, right->name);
}

/* A lock that was taken for the first time has zeroes for the windows before. */
static XrLock *find_lock(XrObservation *obs, const char *domain, const char *name)
{
    XrPriv *priv = xr_priv(obs);
    XrLock *lock;

    for (guint i = 0; i < priv->locks->len; i++) {
        lock = g_ptr_array_index(priv->locks, i);
        if (g_str_equal(lock->name, name) && g_str_equal(lock->domain, domain))
            return lock;
    }
    if (priv->locks->len >= (priv->max_guests + 2) * LOCKS_MAX) {
        xr_findings_bad_event(obs, "locks", "it has more locks than can be");
        return NULL;
    }
    lock = g_new0(XrLock, 1);
    lock->domain = g_strdup(domain);
    lock->name = g_strdup(name);
    lock->windows = g_array_new(FALSE, TRUE, sizeof(XrLockCounts));
    g_array_set_size(lock->windows, priv->lock_spans->len);
    g_ptr_array_add(priv->locks, lock);
    return lock;
}

/* Number i of a lock's four; -1 if it is none. */
static gint64 number_at(JsonArray *numbers, guint i)
{
    JsonNode *node = json_array_get_element(numbers, i);

    return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? MAX(json_node_get_int(node), -1)
               : -1;
}

static gboolean parse_counts(JsonArray *numbers, XrLockCounts *counts)
{
    if (numbers == NULL || json_array_get_length(numbers) != 4)
        return FALSE;
    counts->acquired = number_at(numbers, 0);
    counts->contended = number_at(numbers, 1);
    counts->hold_ns = number_at(numbers, 2);
    counts->wait_ns = number_at(numbers, 3);
    return counts->acquired >= 0 && counts->contended >= 0 && counts->hold_ns >= 0 &&
           counts->wait_ns >= 0;
}

static gboolean take_locks(XrObservation *obs, const char *domain, JsonObject *locks)
{
    g_autoptr(GList) names = json_object_get_members(locks);

    for (GList *l = names; l != NULL; l = l->next) {
        XrLockCounts counts;
        XrLock *lock;

        if (strlen(l->data) > XR_WHERE_MAX || !parse_counts(xr_json_array(locks, l->data), &counts))
            return FALSE;
        lock = find_lock(obs, domain, l->data);
        if (lock != NULL)
            lock->now = counts;
    }
    return TRUE;
}

/* Sets each lock's now to what the event says of it. */
static gboolean take_reading(XrObservation *obs, JsonArray *domains)
{
    XrPriv *priv = xr_priv(obs);

    for (guint i = 0; i < priv->locks->len; i++)
        ((XrLock *)g_ptr_array_index(priv->locks, i))->now = (XrLockCounts){0};
    for (guint i = 0; i < json_array_get_length(domains); i++) {
        JsonObject *domain = xr_json_element_object(domains, i);
        const char *name = xr_json_string(domain, "name", "");
        JsonObject *locks = xr_json_object(domain, "locks");

        if (name[0] == '\0' || strlen(name) > XR_WHERE_MAX || locks == NULL ||
            !take_locks(obs, name, locks))
            return FALSE;
    }
    g_ptr_array_sort(priv->locks, compare_locks);
    return TRUE;
}

static gboolean went_backwards(const XrLock *lock)
{
    return lock->now.acquired < lock->begin.acquired ||
           lock->now.contended < lock->begin.contended || lock->now.hold_ns < lock->begin.hold_ns ||
           lock->now.wait_ns < lock->begin.wait_ns;
}

static void end_window(XrObservation *obs, gint64 span_ns)
{
    XrPriv *priv = xr_priv(obs);

    for (guint i = 0; i < priv->locks->len; i++) {
        XrLock *lock = g_ptr_array_index(priv->locks, i);
        XrLockCounts counts = {.acquired = lock->now.acquired - lock->begin.acquired,
                               .contended = lock->now.contended - lock->begin.contended,
                               .hold_ns = lock->now.hold_ns - lock->begin.hold_ns,
                               .wait_ns = lock->now.wait_ns - lock->begin.wait_ns};

        if (went_backwards(lock)) {
            xr_findings_bad_event(obs, "locks", "a lock's counts went backwards");
            counts = (XrLockCounts){0};
        }
        g_array_append_val(lock->windows, counts);
    }
    g_array_append_val(priv->lock_spans, span_ns);
}

void xr_told_locks(XrObservation *obs, JsonObject *event)
{
    XrPriv *priv = xr_priv(obs);
    JsonArray *domains = xr_json_array(event, "domains");
    const gint64 index = xr_json_int(event, "index", -1);
    const gint64 guest_ns = xr_json_int(event, "guest_ns", -1);
    const gint64 begin_ns = priv->lock_begin_ns;

    priv->lock_begin_ns = -1;
    if (domains == NULL || guest_ns < 0 || index != priv->lock_spans->len ||
        !take_reading(obs, domains)) {
        xr_findings_bad_event(obs, "locks", "its index, guest_ns or domains make no sense");
        return;
    }
    if (g_str_equal(xr_json_string(event, "when", ""), "begin")) {
        for (guint i = 0; i < priv->locks->len; i++) {
            XrLock *lock = g_ptr_array_index(priv->locks, i);

            lock->begin = lock->now;
        }
        priv->lock_begin_ns = guest_ns;
        return;
    }
    if (begin_ns < 0 || guest_ns <= begin_ns) {
        xr_findings_bad_event(obs, "locks", "a reading has none of the window's begin before it");
        return;
    }
    end_window(obs, guest_ns - begin_ns);
}
