/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the windows cost in locks of Xen.
 *
 * Method: each window's counts, divided by the time between the two readings, which is a little longer than the window;
 * values are medians over windows. Acquisitions for each grant are those divided by half the references that were mapped and
 * unmapped meanwhile, which the profile counts as well (granted_map, granted_unmap) for the domain that maps
 * and for the one that grants: a domain's acquisitions are set against its own.
 * Where instructions are counted there is one span, over all that was moved, and time is none: acquisitions are told for each
 * pair, and for a MiB by the grants that one takes.
 * Limits: whether a rwlock or an active entry was free is looked up just before it is taken, so contention
 * is right within a few instructions; time is that of Xen's clock, under emulation that of the host's, so a
 * vCPU that the host does not run while it holds a lock counts as holding it. What a domU takes the others'
 * locks for (an event sent) is counted where the lock is, not where the cause is. */
#include "judge/judge-priv.h"

#include <math.h>

#define DOMUS "domUs"

/* Names that are no locks but counts of grant references. */
static const char *const counters[] = {"granted_map", "granted_unmap", NULL};

/* As tables have them; what is not here comes behind, by name. */
static const char *const order[] = {
    "grant_lock",  "grant_read",      "grant_write", "active_entry", "maptrack_lock",
    "freelist",    "event_lock",      "event_read",  "event_write",  "channel",
    "domain_lock", "page_alloc_lock", NULL};

static const double NS = 1e9;

static void row_free(gpointer data)
{
    XrLockRow *row = data;

    g_free(row->lock);
    g_free(row->domain);
    g_free(row);
}

/* Whether a lock of owner counts for domain, which may be all domUs. */
static gboolean is_of(const char *owner, const char *domain)
{
    if (!g_str_equal(domain, DOMUS))
        return g_str_equal(owner, domain);
    return !g_str_equal(owner, "dom0") && !g_str_equal(owner, "xen");
}

/* All locks of that domain and name, in sum, by window: XrLockCounts. */
static GArray *sum_of(const XrCase *c, const char *domain, const char *name)
{
    GArray *sums = g_array_new(FALSE, TRUE, sizeof(XrLockCounts));

    g_array_set_size(sums, c->priv->lock_spans->len);
    for (guint i = 0; i < c->priv->locks->len; i++) {
        const XrLock *lock = g_ptr_array_index(c->priv->locks, i);

        if (!g_str_equal(lock->name, name) || !is_of(lock->domain, domain))
            continue;
        for (guint w = 0; w < sums->len; w++) {
            const XrLockCounts *counts = &g_array_index(lock->windows, XrLockCounts, w);
            XrLockCounts *sum = &g_array_index(sums, XrLockCounts, w);

            sum->acquired += counts->acquired;
            sum->contended += counts->contended;
            sum->hold_ns += counts->hold_ns;
            sum->wait_ns += counts->wait_ns;
        }
    }
    return sums;
}

/* Grants that were mapped and unmapped, by or of that domain, by window: double. */
static GArray *pairs_of(const XrCase *c, const char *domain)
{
    GArray *pairs = g_array_new(FALSE, TRUE, sizeof(double));
    g_autoptr(GArray) maps = sum_of(c, domain, counters[0]);
    g_autoptr(GArray) unmaps = sum_of(c, domain, counters[1]);

    for (guint w = 0; w < maps->len; w++) {
        const double both = (double)g_array_index(maps, XrLockCounts, w).acquired +
                            (double)g_array_index(unmaps, XrLockCounts, w).acquired;
        const double half = both / 2;

        g_array_append_val(pairs, half);
    }
    return pairs;
}

/* --- one lock --- */

typedef enum { ACQUIRED, PER_PAIR, CONTENDED, HOLD, WAIT, VALUES } Value;

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static double value_of(const XrLockCounts *counts, Value value, double span_ns, double pairs)
{
    switch (value) {
    case ACQUIRED:
        return (double)counts->acquired * NS / span_ns;
    case PER_PAIR:
        return share((double)counts->acquired, pairs);
    case CONTENDED:
        return share((double)counts->contended, (double)counts->acquired);
    case HOLD:
        return (double)counts->hold_ns / span_ns;
    default:
        return (double)counts->wait_ns / span_ns;
    }
}

typedef struct {
    const char *domain, *name;
    const GArray *counts; /* XrLockCounts, by window */
    const GArray *pairs;  /* double, by window */
} Lock;

/* Its median; NaN where there is none. */
static double add_value(XrCase *c, const Lock *lock, Value value)
{
    static const struct {
        const char *metric, *unit;
    } kinds[VALUES] = {[ACQUIRED] = {"lock_acquired", "/s"},
                       [PER_PAIR] = {"lock_per_pair", "count"},
                       [CONTENDED] = {"lock_contended", "ratio"},
                       [HOLD] = {"lock_hold", "ratio"},
                       [WAIT] = {"lock_wait", "ratio"}};
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *metric =
        g_strdup_printf("%s.%s/%s", kinds[value].metric, lock->domain, lock->name);
    double median;

    for (guint w = 0; w < lock->counts->len; w++) {
        const double sample = value_of(&g_array_index(lock->counts, XrLockCounts, w), value,
                                       (double)g_array_index(c->priv->lock_spans, gint64, w),
                                       g_array_index(lock->pairs, double, w));

        if (!isnan(sample))
            g_array_append_val(samples, sample);
    }
    median = xr_median(samples);
    xr_metric_take(c->verdict, metric, kinds[value].unit, samples);
    return median;
}

static void add_lock(XrCase *c, const Lock *lock, gboolean row)
{
    XrLockRow values = {.acquired = add_value(c, lock, ACQUIRED),
                        .per_pair = add_value(c, lock, PER_PAIR),
                        .contended = add_value(c, lock, CONTENDED),
                        .hold = add_value(c, lock, HOLD),
                        .wait = add_value(c, lock, WAIT)};

    if (!row)
        return;
    values.lock = g_strdup(lock->name);
    values.domain = g_strdup(lock->domain);
    g_ptr_array_add(c->verdict->locks, g_memdup2(&values, sizeof values));
}

static void add_pairs(XrCase *c, const char *domain, const GArray *pairs)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *metric = g_strdup_printf("grant_pairs.%s", domain);

    for (guint w = 0; w < pairs->len; w++) {
        const double rate = g_array_index(pairs, double, w) * NS /
                            (double)g_array_index(c->priv->lock_spans, gint64, w);

        if (rate > 0)
            g_array_append_val(samples, rate);
    }
    xr_metric_take(c->verdict, metric, "/s", samples);
}

/* --- one domain --- */

/* A lock that nobody takes in any window says nothing. */
static gboolean was_taken(const XrLock *lock)
{
    for (guint w = 0; w < lock->windows->len; w++) {
        if (g_array_index(lock->windows, XrLockCounts, w).acquired > 0)
            return TRUE;
    }
    return FALSE;
}

static guint rank_of(const char *name)
{
    guint rank = 0;

    while (order[rank] != NULL && !g_str_equal(order[rank], name))
        rank++;
    return rank;
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    const guint left = rank_of(x), right = rank_of(y);

    return left != right ? (left < right ? -1 : 1) : strcmp(x, y);
}

/* Names of the locks that were taken of domain, in the order of tables. Borrowed. */
static GPtrArray *names_of(const XrCase *c, const char *domain)
{
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; i < c->priv->locks->len; i++) {
        const XrLock *lock = g_ptr_array_index(c->priv->locks, i);

        if (is_of(lock->domain, domain) && !g_strv_contains(counters, lock->name) &&
            was_taken(lock) &&
            !g_ptr_array_find_with_equal_func(names, lock->name, g_str_equal, NULL))
            g_ptr_array_add(names, lock->name);
    }
    g_ptr_array_sort(names, by_rank);
    return names;
}

static void add_domain(XrCase *c, const char *domain, gboolean row)
{
    g_autoptr(GPtrArray) names = names_of(c, domain);
    g_autoptr(GArray) pairs = pairs_of(c, domain);

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autoptr(GArray) counts = sum_of(c, domain, name);
        const Lock lock = {domain, name, counts, pairs};

        add_lock(c, &lock, row);
    }
    add_pairs(c, domain, pairs);
}

/* By pairs alone: a span's time is that of instructions. */
static void add_counted(XrCase *c, const char *domain)
{
    const XrMetric *maps = xr_verdict_metric(c->verdict, "grant_maps");
    g_autoptr(GPtrArray) names = names_of(c, domain);
    g_autoptr(GArray) pairs = pairs_of(c, domain);

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autoptr(GArray) counts = sum_of(c, domain, name);
        const Lock lock = {domain, name, counts, pairs};
        g_autofree char *metric = g_strdup_printf("lock_per_mib.%s/%s", domain, name);
        GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
        const double value = add_value(c, &lock, PER_PAIR) * (maps != NULL ? maps->value : NAN);

        if (isfinite(value))
            g_array_append_val(samples, value);
        xr_metric_take(c->verdict, metric, XR_UNIT_PER_MIB, samples);
    }
}

void xr_locks_add(XrCase *c)
{
    const char *last = "";

    if (c->priv->lock_spans->len == 0)
        return;
    if (c->plan->machine.time == XR_TIME_COUNT) {
        add_counted(c, "dom0");
        add_counted(c, DOMUS);
        return;
    }
    c->verdict->locks = g_ptr_array_new_with_free_func(row_free);
    add_domain(c, "dom0", TRUE);
    add_domain(c, DOMUS, TRUE);
    add_domain(c, "xen", TRUE);
    for (guint i = 0; i < c->priv->locks->len; i++) {
        const XrLock *lock = g_ptr_array_index(c->priv->locks, i);

        if (is_of(lock->domain, DOMUS) && !g_str_equal(lock->domain, last))
            add_domain(c, lock->domain, FALSE);
        last = lock->domain;
    }
}
