/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: two runs of the history side by side. */
#include "tell/history.h"

#include "tell/format.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 80, TEXT_MAX = 1000 };

static void add_row(GString *out, const char *label, const char *a, const char *b)
{
    g_autofree char *safe_a = xr_tell_safe(a, TEXT_MAX);
    g_autofree char *safe_b = xr_tell_safe(b, TEXT_MAX);
    g_autofree char *left = xr_tell_fit(safe_a, 32, TRUE);

    g_string_append_printf(out, "  %-8s %s %s\n", label, left, safe_b);
}

static void add_heads(GString *out, const XrHistoryRun *a, const XrHistoryRun *b)
{
    g_autofree char *time_a = xr_tell_time(a->started_us);
    g_autofree char *time_b = xr_tell_time(b->started_us);

    add_row(out, "", "A", "B");
    add_row(out, "id", a->id, b->id);
    add_row(out, "started", time_a, time_b);
    add_row(out, "verdict", a->verdict, b->verdict);
    if (!a->complete || !b->complete)
        add_row(out, "", a->complete ? "complete" : "incomplete",
                b->complete ? "complete" : "incomplete");
    add_row(out, "plan", a->plan, b->plan);
    add_row(out, "build", a->build, b->build);
    add_row(out, "Xen", a->xen_version, b->xen_version);
    add_row(out, "host", a->host->id, b->host->id);
}

/* --- what differs --- */

static void say(GString *out, const char *text)
{
    g_autofree char *safe = xr_tell_safe(text, TEXT_MAX);

    xr_tell_fold(out, safe, "", WIDTH);
}

static void say_host(GString *out, const XrHistoryRun *a, const XrHistoryRun *b,
                     const char *this_host)
{
    if (!g_str_equal(a->host->id, b->host->id))
        say(out, "They ran on two hosts: what differs may be the hosts' doing.");
    else if (g_str_equal(a->host->id, this_host))
        say(out, "Both ran on this host.");
    else
        say(out, "Both ran on one host, another one than this.");
}

static void say_plan(GString *out, const XrHistoryRun *a, const XrHistoryRun *b)
{
    if (a->setup[0] == '\0' || b->setup[0] == '\0')
        say(out, "Whether they had the same settings is not known: an older xenrig entered one; "
                 "`xenrig history rebuild` reads its record again.");
    else if (!g_str_equal(a->setup, b->setup))
        say(out, "They were made with other settings (the file \"plan\" of each record has them): "
                 "their figures are not of one kind.");
    else
        say(out, "Both had the same settings.");
}

static void say_build(GString *out, const XrHistoryRun *a, const XrHistoryRun *b)
{
    g_autofree char *text = NULL;

    if (a->build_id[0] == '\0' || b->build_id[0] == '\0')
        text = g_strdup("At least one of them had no build: it could not be made ready.");
    else if (g_str_equal(a->build_id, b->build_id))
        text = g_strdup_printf("Both booted the same build (id %s).", a->build_id);
    else
        text = g_strdup_printf("They booted two builds (ids %s and %s).", a->build_id, b->build_id);
    say(out, text);
}

static const XrHistoryMetric *find(const GPtrArray *metrics, const char *name)
{
    for (guint i = 0; i < metrics->len; i++) {
        const XrHistoryMetric *metric = metrics->pdata[i];

        if (g_str_equal(metric->name, name))
            return metric;
    }
    return NULL;
}

static void say_wait(GString *out, const XrHistoryRun *a, const XrHistoryRun *b)
{
    const XrHistoryMetric *const waits[] = {find(a->metrics, "host_wait"),
                                            find(b->metrics, "host_wait")};
    g_autofree char *text = NULL;

    if (waits[0] == NULL || waits[1] == NULL ||
        !(waits[0]->value > XR_HISTORY_MUCH_WAIT || waits[1]->value > XR_HISTORY_MUCH_WAIT))
        return;
    text =
        g_strdup_printf("The host was busy with other things: it let A wait for a CPU %.0f %% of "
                        "the time, B %.0f %%.",
                        waits[0]->value * 100, waits[1]->value * 100);
    say(out, text);
}

/* --- figures --- */

/* "+2.3 %", "x 12.1", "" */
static char *describe_change(const XrHistoryMetric *a, const XrHistoryMetric *b)
{
    const double factor = a != NULL && b != NULL ? b->value / a->value : NAN;

    if (!isfinite(factor) || factor < 0)
        return g_strdup("");
    if (factor >= 3)
        return g_strdup_printf("x %.3g", factor);
    return g_strdup_printf("%+.1f %%", (factor - 1) * 100);
}

static void add_figure(GString *out, const char *name, const XrHistoryMetric *a,
                       const XrHistoryMetric *b)
{
    g_autofree char *change = describe_change(a, b);
    const XrHistoryMetric *const both[] = {a, b};
    g_autofree char *safe = xr_tell_safe(name, 200);
    g_autofree char *label = xr_tell_fit(safe, 26, TRUE);

    g_string_append_printf(out, "  %s", label);
    for (guint i = 0; i < 2; i++) {
        g_autofree char *value =
            both[i] != NULL ? xr_tell_value(both[i]->value, both[i]->unit) : g_strdup("-");
        g_autofree char *shown = xr_tell_safe(value, 100);
        g_autofree char *cell = xr_tell_fit(shown, 18, TRUE);

        g_string_append_printf(out, " %s", cell);
    }
    g_string_append_printf(out, " %s", change);
    while (out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

static void add_figures(GString *out, const XrHistoryRun *a, const XrHistoryRun *b)
{
    g_string_append_printf(out, "\n  %-26s %-18s %-18s %s\n", "figure", "A", "B", "B against A");
    for (guint i = 0; i < a->metrics->len; i++) {
        const XrHistoryMetric *metric = a->metrics->pdata[i];

        add_figure(out, metric->name, metric, find(b->metrics, metric->name));
    }
    for (guint i = 0; i < b->metrics->len; i++) {
        const XrHistoryMetric *metric = b->metrics->pdata[i];

        if (find(a->metrics, metric->name) == NULL)
            add_figure(out, metric->name, NULL, metric);
    }
}

char *xr_tell_history_compare(const XrHistoryRun *a, const XrHistoryRun *b, const char *this_host)
{
    GString *out = g_string_new(NULL);

    add_heads(out, a, b);
    g_string_append_c(out, '\n');
    say_host(out, a, b, this_host);
    say_plan(out, a, b);
    say_build(out, a, b);
    say_wait(out, a, b);
    add_figures(out, a, b);
    g_string_append_c(out, '\n');
    say(out, "One run each is too few to tell a difference from chance: `xenrig history trend` "
             "shows how a "
             "figure varies, `xenrig compare` runs builds until it can tell.");
    return g_string_free(out, FALSE);
}
