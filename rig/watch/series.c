/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: cumulative counters of VBDs over dom0's clock, and rates from them.
 *
 * Method: a counter between two samples is taken to grow evenly; outside of its samples nothing is
 * known, so a span asked for is cut to what they cover. Limits: an interval shorter than the sample
 * interval gives the mean over the samples around it, not what happened in it. */
#include "watch/observation-priv.h"

#include "base/json.h"
#include <math.h>

enum { VBD_MAX = 1023 };

void xr_series_free(XrSeries *series)
{
    g_free(series->domain);
    g_array_unref(series->time_ns);
    g_array_unref(series->bytes);
    g_array_unref(series->requests);
    g_array_unref(series->moved);
    g_free(series);
}

static int compare_series(gconstpointer a, gconstpointer b)
{
    const XrSeries *left = *(XrSeries *const *)a;
    const XrSeries *right = *(XrSeries *const *)b;
    int order = strcmp(left->domain, right->domain);

    return order != 0 ? order : (left->vbd > right->vbd) - (left->vbd < right->vbd);
}

static XrSeries *find_series(XrObservation *obs, const char *domain, guint vbd)
{
    XrSeries *s;

    for (guint i = 0; i < obs->series->len; i++) {
        s = g_ptr_array_index(obs->series, i);
        if (s->vbd == vbd && g_str_equal(s->domain, domain))
            return s;
    }
    if (obs->series->len >= xr_priv(obs)->max_vbds) {
        xr_findings_bad_event(obs, "sample", "it has more VBDs than the plan");
        return NULL;
    }
    s = g_new0(XrSeries, 1);
    s->domain = g_strdup(domain);
    s->vbd = vbd;
    s->time_ns = g_array_new(FALSE, FALSE, sizeof(gint64));
    s->bytes = g_array_new(FALSE, FALSE, sizeof(gint64));
    s->requests = g_array_new(FALSE, FALSE, sizeof(gint64));
    s->moved = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_ptr_array_add(obs->series, s);
    g_ptr_array_sort(obs->series, compare_series);
    return s;
}

static gint64 last_of(const GArray *values, gint64 fallback)
{
    return values->len > 0 ? g_array_index(values, gint64, values->len - 1) : fallback;
}

static void take_vbd(XrObservation *obs, JsonObject *vbd, gint64 guest_ns)
{
    const char *domain = xr_json_string(vbd, "domain", "");
    const gint64 number = xr_json_int(vbd, "vbd", -1);
    const gint64 written = xr_json_int(vbd, "bytes", -1);
    const gint64 read = MAX(xr_json_int(vbd, "read_bytes", 0), 0);
    const gboolean reads = xr_priv(obs)->reads;
    const gint64 moved = written + read, bytes = reads ? moved : written;
    gint64 requests =
        xr_json_int(vbd, "requests", 0) + (reads ? xr_json_int(vbd, "read_requests", 0) : 0);
    XrSeries *s;

    if (domain[0] == '\0' || strlen(domain) > XR_WHERE_MAX || number < 0 || number > VBD_MAX ||
        written < 0) {
        xr_findings_bad_event(obs, "sample", "a VBD has no domain, number or bytes");
        return;
    }
    s = find_series(obs, domain, (guint)number);
    if (s == NULL || guest_ns <= last_of(s->time_ns, -1))
        return;
    if (bytes < last_of(s->bytes, 0) || moved < last_of(s->moved, 0)) {
        xr_findings_bad_event(obs, "sample", "a VBD's counter went backwards");
        return;
    }
    requests = MAX(requests, last_of(s->requests, 0));
    g_array_append_val(s->time_ns, guest_ns);
    g_array_append_val(s->bytes, bytes);
    g_array_append_val(s->requests, requests);
    g_array_append_val(s->moved, moved);
}

void xr_series_sample(XrObservation *obs, JsonObject *event)
{
    const gint64 guest_ns = xr_json_int(event, "guest_ns", -1);
    JsonArray *vbds = xr_json_array(event, "vbds");

    if (guest_ns < 0 || vbds == NULL) {
        xr_findings_bad_event(obs, "sample", "it has no guest_ns or no vbds");
        return;
    }
    if (guest_ns < obs->guest_ns) {
        xr_findings_bad_event(obs, "sample", "dom0's clock went backwards");
        return;
    }
    obs->guest_ns = guest_ns;
    xr_priv(obs)->sample_t = obs->last_t_ns;
    for (guint i = 0; i < json_array_get_length(vbds); i++) {
        JsonObject *vbd = xr_json_element_object(vbds, i);

        if (vbd != NULL)
            take_vbd(obs, vbd, guest_ns);
        else
            xr_findings_bad_event(obs, "sample", "a VBD is no object");
    }
}

/* The counter at a time within the samples. */
static double value_at(const XrSeries *s, const GArray *values, gint64 time_ns)
{
    guint low = 0, high = s->time_ns->len - 1;

    while (high - low > 1) {
        const guint middle = low + (high - low) / 2;

        if (g_array_index(s->time_ns, gint64, middle) <= time_ns)
            low = middle;
        else
            high = middle;
    }
    const double t0 = (double)g_array_index(s->time_ns, gint64, low);
    const double t1 = (double)g_array_index(s->time_ns, gint64, high);
    const double v0 = (double)g_array_index(values, gint64, low);
    const double v1 = (double)g_array_index(values, gint64, high);
    return t1 > t0 ? v0 + (v1 - v0) * ((double)time_ns - t0) / (t1 - t0) : v0;
}

double xr_series_rate(const XrSeries *s, const GArray *values, gint64 begin_ns, gint64 end_ns)
{
    gint64 begin, end;

    if (s->time_ns->len < 2)
        return NAN;
    begin = MAX(begin_ns, g_array_index(s->time_ns, gint64, 0));
    end = MIN(end_ns, last_of(s->time_ns, 0));
    if (end <= begin)
        return NAN;
    return (value_at(s, values, end) - value_at(s, values, begin)) * 1e9 / (double)(end - begin);
}

static double add_rate(double sum, double rate)
{
    if (isnan(rate))
        return sum;
    return isnan(sum) ? rate : sum + rate;
}

double xr_observation_rate(const XrObservation *obs, const XrSeries *s, gint64 begin_ns,
                           gint64 end_ns)
{
    double sum = NAN;

    if (s != NULL)
        return xr_series_rate(s, s->bytes, begin_ns, end_ns);
    for (guint i = 0; i < obs->series->len; i++)
        sum = add_rate(
            sum, xr_observation_rate(obs, g_ptr_array_index(obs->series, i), begin_ns, end_ns));
    return sum;
}

double xr_observation_rate_now(const XrObservation *obs, const XrSeries *s)
{
    double sum = NAN;

    if (s != NULL && s->time_ns->len < 2)
        return NAN;
    if (s != NULL)
        return xr_series_rate(s, s->bytes, g_array_index(s->time_ns, gint64, s->time_ns->len - 2),
                              last_of(s->time_ns, 0));
    for (guint i = 0; i < obs->series->len; i++)
        sum = add_rate(sum, xr_observation_rate_now(obs, g_ptr_array_index(obs->series, i)));
    return sum;
}
