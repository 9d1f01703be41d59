/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the sentence that says why. */
#include "judge/judge-priv.h"

#include "base/text.h"
#include <math.h>
#include <string.h>

enum { QUOTE_MAX = 240, MEANING_MAX = 500 };

/* What the place of a finding did, by the finding's kind or the kind's end. */
static const struct {
    const char *kind, *did;
} phrases[] = {
    {"domu-crashed", "crashed"},
    {"dom0-crashed", "crashed"},
    {"domain-crashed", "ended a domain"},
    {"domu-gone", "went away"},
    {"guest-failed", "gave up"},
    {"-panic", "panicked"},
    {"xen-trap", "took a fatal trap"},
    {"xen-assert", "failed an assertion"},
    {"xen-bug", "hit a BUG"},
    {"xen-warn", "warned"},
    {"xen-watchdog", "was caught by its watchdog"},
    {"-oops", "oopsed"},
    {"-hung-task", "had a hung task"},
    {"-soft-lockup", "had a soft lockup"},
    {"-rcu-stall", "had an RCU stall"},
    {"-process", "had a process die"},
    {"-memory", "ran out of memory"},
    {"-grant-limit", "ran out of grants"},
    {"data-mismatch", "read back other data than was written"},
    {"io-error", "had an I/O error"},
    {"zombie", "stayed as a zombie"},
    {"not-destroyed", "was not destroyed"},
    {"stall", "stood still"},
    {"hang", "hung"},
    {"silence", "fell silent"},
    {"interrupted", "was interrupted"},
    {"missing", "lacks something"},
    {"unbuilt", "has no hypervisor"},
    {"rig-error", "could not go on"},
    {"agent-error", "complained"},
    {"agent-died", "lost the rig's agent"},
    {"machine-stopped", "stopped"},
    {"-timeout", "took too long"},
};

static const char *phrase_of(const char *kind)
{
    for (gsize i = 0; i < G_N_ELEMENTS(phrases); i++) {
        const char *known = phrases[i].kind;

        if (known[0] == '-' ? g_str_has_suffix(kind, known) : g_str_equal(kind, known))
            return phrases[i].did;
    }
    return NULL;
}

/* The stage that was under way at t, the last begun one of those. */
static const XrSpan *span_at(const XrCase *c, gint64 t)
{
    for (guint i = c->priv->spans->len; i > 0; i--) {
        const XrSpan *span = g_ptr_array_index(c->priv->spans, i - 1);

        if (span->begin_t <= t && (span->end_t < 0 || t <= span->end_t))
            return span;
    }
    return NULL;
}

/* " 4.1 s into window 2 of 3", " 12.0 s into stage boot", "". */
static char *moment(const XrCase *c, gint64 t)
{
    const XrSpan *span = t >= 0 ? span_at(c, t) : NULL;
    double into;

    if (t < 0)
        return g_strdup("");
    if (span == NULL)
        return g_strdup_printf(" %.1f s into the run", (double)t / 1e9);
    into = (double)(t - span->begin_t) / 1e9;
    if (g_str_equal(span->name, "window") && span->index >= 0)
        return g_strdup_printf(" %.1f s into window %d of %u", into, span->index + 1,
                               c->plan->workload.windows);
    return g_strdup_printf(" %.1f s into stage %s", into, span->name);
}

/* Without the kernel's time stamp, which is of another clock. */
const char *xr_reason_unstamped(const char *line)
{
    const char *end;

    if (g_str_has_prefix(line, "(XEN) "))
        return line + strlen("(XEN) ");
    if (line[0] != '[')
        return line;
    end = strstr(line, "] ");
    return end != NULL && end - line < 20 ? end + 2 : line;
}

static guint count_like(const XrCase *c, XrVerdictKind kind)
{
    guint count = 0;

    for (guint i = 0; i < c->verdict->findings->len; i++)
        count += ((XrFinding *)g_ptr_array_index(c->verdict->findings, i))->weight == kind;
    return count;
}

/* Of several lines the first, and the second where the first announces it. */
static char *in_one_line(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);

    if (lines[0] == NULL || lines[1] == NULL || !g_str_has_suffix(lines[0], ":"))
        return g_strdup(lines[0] != NULL ? lines[0] : "");
    return g_strconcat(lines[0], " ", g_strstrip(lines[1]), NULL);
}

char *xr_reason_of_finding(const XrCase *c, const XrFinding *lead)
{
    const char *did = phrase_of(lead->kind);
    const char *whole = lead->line != NULL ? xr_reason_unstamped(lead->line) : lead->meaning;
    g_autofree char *said = in_one_line(whole != NULL ? whole : "");
    g_autofree char *when = moment(c, lead->when_ns);
    g_autofree char *where = xr_text_escape(lead->where, -1, XR_WHERE_MAX);
    g_autofree char *quote = xr_text_escape(said, -1, lead->line != NULL ? QUOTE_MAX : MEANING_MAX);
    GString *text = g_string_new(where);

    if (did != NULL)
        g_string_append_printf(text, " %s%s: %s", did, when, quote);
    else if (lead->line == NULL)
        g_string_append_printf(text, "%s%s: %s", when[0] != '\0' ? "," : "", when, quote);
    else
        g_string_append_printf(text, "%s%s: %s: %s", when[0] != '\0' ? "," : "", when, lead->kind,
                               quote);
    return g_string_free(text, FALSE);
}

static char *reason_of_trouble(const XrCase *c)
{
    g_autofree char *lead = xr_reason_of_finding(c, g_ptr_array_index(c->verdict->findings, 0));
    const guint others = count_like(c, c->verdict->kind) - 1;

    if (others == 0)
        return g_steal_pointer(&lead);
    return g_strdup_printf("%s (and %u more finding%s of this weight)", lead, others,
                           others == 1 ? "" : "s");
}

static char *reason_of_lockstep(const XrCase *c)
{
    const XrMetric *figure = xr_verdict_metric(c->verdict, "tick_throughput");
    const double value = figure != NULL ? figure->value * 1000 : NAN;

    return g_strdup_printf("%u of %u domUs streamed %.0f MB in 10^9 ticks (%.0f to %.0f over %u "
                           "seeds); nothing complained.",
                           c->obs->guests_streaming, c->plan->guests.count, value,
                           figure != NULL ? figure->low * 1000 : NAN,
                           figure != NULL ? figure->high * 1000 : NAN,
                           figure != NULL ? figure->samples->len : 0);
}

static char *reason_of_count(const XrCase *c)
{
    const XrMetric *all = xr_verdict_metric(c->verdict, "instructions");
    const XrMetric *xen = xr_verdict_metric(c->verdict, "instructions.xen");

    return g_strdup_printf("%u of %u domUs streamed; a MiB takes %.0f instructions, %.0f of them "
                           "Xen's; nothing complained.",
                           c->obs->guests_streaming, c->plan->guests.count,
                           all != NULL ? all->value : NAN, xen != NULL ? xen->value : NAN);
}

static char *reason_of_pass(const XrCase *c)
{
    const XrMetric *sum = xr_verdict_metric(c->verdict, "throughput");
    const XrMetric *fairness = xr_verdict_metric(c->verdict, "fairness");
    const guint windows = c->obs->windows->len;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%u of %u domUs streamed", c->obs->guests_streaming,
                           c->plan->guests.count);
    if (sum != NULL)
        g_string_append_printf(text, " %.0f MB/s in sum (%.0f to %.0f over %u window%s)",
                               sum->value / 1e6, sum->low / 1e6, sum->high / 1e6, windows,
                               windows == 1 ? "" : "s");
    if (fairness != NULL && c->obs->series->len > 1)
        g_string_append_printf(text, "; slowest VBD %.2f of the median", fairness->value);
    g_string_append(text, "; nothing complained.");
    return g_string_free(text, FALSE);
}

char *xr_reason(const XrCase *c)
{
    if (c->verdict->kind != XR_PASS)
        return reason_of_trouble(c);
    if (c->plan->machine.time == XR_TIME_COUNT)
        return reason_of_count(c);
    return c->plan->machine.time == XR_TIME_REAL ? reason_of_pass(c) : reason_of_lockstep(c);
}
