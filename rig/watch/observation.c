/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a run was seen to do, built from its events alone. */
#include "watch/observation-priv.h"

#include "base/json.h"
#include "watch/matcher.h"
#include <math.h>
#include <string.h>

static const char *const stage_names[] = {"build",  "boot",    "create", "warmup",
                                          "window", "count",   "save",   "lockstep",
                                          "drain",  "destroy", "stop",   NULL};

XrPriv *xr_priv(const XrObservation *obs)
{
    return obs->priv;
}

static void span_free(gpointer data)
{
    XrSpan *span = data;

    g_free(span->name);
    g_free(span);
}

static void guest_free(gpointer data)
{
    XrGuest *guest = data;

    g_free(guest->name);
    g_free(guest);
}

static void cpu_use_free(gpointer data)
{
    XrCpuUse *use = data;

    g_free(use->domain);
    g_free(use);
}

static XrPriv *priv_new(const XrPlan *plan)
{
    XrPriv *priv = g_new0(XrPriv, 1);

    priv->max_guests = plan->guests.count;
    priv->max_vbds = plan->guests.count * plan->guests.vbds;
    priv->reads = plan->workload.read_share > 0;
    priv->host_wait_max = plan->limits.host_wait;
    priv->guests = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, guest_free);
    priv->spans = g_ptr_array_new_with_free_func(span_free);
    priv->host = g_array_new(FALSE, FALSE, sizeof(XrHostUse));
    priv->cpu = g_ptr_array_new_with_free_func(cpu_use_free);
    priv->figures = g_ptr_array_new_with_free_func((GDestroyNotify)xr_figures_free);
    priv->grant_ops = (XrGrantOps){-1, -1, -1};
    priv->coverage = g_ptr_array_new_with_free_func((GDestroyNotify)xr_covered_free);
    priv->locks = g_ptr_array_new_with_free_func((GDestroyNotify)xr_lock_free);
    priv->lock_spans = g_array_new(FALSE, FALSE, sizeof(gint64));
    priv->lock_begin_ns = -1;
    priv->marks =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    priv->started_t = priv->agent_t = priv->sample_t = priv->open_begin = -1;
    priv->steady = -1;
    priv->steady_cov = NAN;
    priv->warmup_ns = -1;
    return priv;
}

XrObservation *xr_observation_new(const XrPlan *plan)
{
    XrObservation *obs = g_new0(XrObservation, 1);

    obs->series = g_ptr_array_new_with_free_func((GDestroyNotify)xr_series_free);
    obs->tallies = g_ptr_array_new_with_free_func((GDestroyNotify)xr_tally_free);
    obs->windows = g_array_new(FALSE, FALSE, sizeof(XrWindow));
    obs->findings = g_ptr_array_new_with_free_func((GDestroyNotify)xr_finding_free);
    obs->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    obs->free_before = obs->free_after = obs->grants_before = obs->grants_after = -1;
    obs->guest_ns = -1;
    obs->priv = priv_new(plan);
    return obs;
}

void xr_observation_free(XrObservation *obs)
{
    XrPriv *priv;

    if (obs == NULL)
        return;
    priv = xr_priv(obs);
    g_hash_table_unref(priv->guests);
    g_hash_table_unref(priv->marks);
    g_ptr_array_unref(priv->spans);
    g_ptr_array_unref(priv->cpu);
    g_ptr_array_unref(priv->figures);
    g_ptr_array_unref(priv->coverage);
    xr_counted_free(priv->counted);
    xr_functions_free(priv->functions);
    g_array_unref(priv->host);
    g_ptr_array_unref(priv->locks);
    g_array_unref(priv->lock_spans);
    g_free(priv);
    g_ptr_array_unref(obs->series);
    g_ptr_array_unref(obs->tallies);
    g_array_unref(obs->windows);
    g_ptr_array_unref(obs->findings);
    g_hash_table_unref(obs->domains);
    g_free(obs->stage);
    g_free(obs);
}

XrGuest *xr_guest_find(const XrObservation *obs, const char *name)
{
    return g_hash_table_lookup(xr_priv(obs)->guests, name);
}

const XrSpan *xr_span_find(const XrObservation *obs, const char *name, gint index)
{
    GPtrArray *spans = xr_priv(obs)->spans;

    for (guint i = spans->len; i > 0; i--) {
        const XrSpan *span = g_ptr_array_index(spans, i - 1);

        if (g_str_equal(span->name, name) && (index < 0 || span->index == index))
            return span;
    }
    return NULL;
}

/* --- stages --- */

/* A window begins and ends at the last sample before: rates over it need no guess. */
static void begin_stage(XrObservation *obs, const char *name, gint index)
{
    XrPriv *priv = xr_priv(obs);
    XrSpan *span = g_new0(XrSpan, 1);

    span->name = g_strdup(name);
    span->index = index;
    span->begin_t = obs->last_t_ns;
    span->begin_guest = obs->guest_ns;
    span->end_t = span->end_guest = -1;
    g_ptr_array_add(priv->spans, span);
    g_free(obs->stage);
    obs->stage = g_strdup(name);
    if (g_str_equal(name, "drain") || g_str_equal(name, "destroy"))
        priv->draining = TRUE;
    if (g_str_equal(name, "stop"))
        priv->stopping = TRUE;
    if (g_str_equal(name, "window")) {
        priv->open_begin = obs->guest_ns;
        priv->window_open = TRUE;
    }
}

static void end_window(XrObservation *obs)
{
    XrPriv *priv = xr_priv(obs);
    XrWindow window = {priv->open_begin, obs->guest_ns};

    if (priv->window_open && window.begin_ns >= 0 && window.end_ns > window.begin_ns)
        g_array_append_val(obs->windows, window);
    priv->window_open = FALSE;
}

static void end_warmup(XrObservation *obs, const XrSpan *span, JsonObject *event)
{
    XrPriv *priv = xr_priv(obs);

    if (json_object_has_member(event, "steady"))
        priv->steady = xr_json_bool(event, "steady", FALSE);
    priv->steady_cov = xr_json_double(event, "cov", NAN);
    priv->warmup_ns = xr_json_int(event, "guest_duration_ns", obs->last_t_ns - span->begin_t);
}

static void on_stage(XrObservation *obs, JsonObject *event)
{
    const char *name = xr_json_string(event, "name", "");
    const char *state = xr_json_string(event, "state", "");
    const gint64 wide = xr_json_int(event, "index", -1);
    const gint index = wide >= 0 && wide <= 100000 ? (gint)wide : -1;
    XrSpan *span;

    if (!g_strv_contains(stage_names, name) ||
        (!g_str_equal(state, "begin") && !g_str_equal(state, "end"))) {
        xr_findings_bad_event(obs, "stage", "its name or state is not known");
        return;
    }
    if (g_str_equal(state, "begin")) {
        if (xr_priv(obs)->spans->len < 4096)
            begin_stage(obs, name, index);
        if (g_str_equal(name, "lockstep")) {
            xr_priv(obs)->slice = (guint)xr_json_int(event, "slice", 0);
            xr_priv(obs)->layers = xr_json_bool(event, "layers", FALSE);
        }
        return;
    }
    span = (XrSpan *)xr_span_find(obs, name, index);
    if (span == NULL || span->end_t >= 0) {
        xr_findings_bad_event(obs, "stage", "a stage ends that has not begun");
        return;
    }
    span->end_t = obs->last_t_ns;
    span->end_guest = obs->guest_ns;
    if (g_str_equal(name, "window"))
        end_window(obs);
    if (g_str_equal(name, "warmup"))
        end_warmup(obs, span, event);
}

/* --- counters --- */

static XrCpuUse *cpu_use(XrPriv *priv, const char *domain, guint index)
{
    XrCpuUse *use;

    for (guint i = 0; i < priv->cpu->len; i++) {
        use = g_ptr_array_index(priv->cpu, i);
        if (use->index == index && g_str_equal(use->domain, domain))
            return use;
    }
    /* dom0, and one more for whatever else runs. */
    if (priv->cpu->len >= 1000 * (priv->max_guests + 2))
        return NULL;
    use = g_new0(XrCpuUse, 1);
    use->domain = g_strdup(domain);
    use->index = index;
    use->begin_ns = use->end_ns = -1;
    g_ptr_array_add(priv->cpu, use);
    return use;
}

static void take_cpu(XrObservation *obs, JsonObject *event, gboolean begin, guint index)
{
    JsonArray *domains = xr_json_array(event, "domains");

    for (guint i = 0; domains != NULL && i < MIN(json_array_get_length(domains), 1000); i++) {
        JsonObject *domain = xr_json_element_object(domains, i);
        const char *name = xr_json_string(domain, "name", "");
        const gint64 cpu_ns = xr_json_int(domain, "cpu_ns", -1);
        XrCpuUse *use;

        if (name[0] == '\0' || strlen(name) > XR_WHERE_MAX || cpu_ns < 0)
            continue;
        use = cpu_use(xr_priv(obs), name, index);
        if (use == NULL)
            return;
        *(begin ? &use->begin_ns : &use->end_ns) = cpu_ns;
        *(begin ? &use->begin_t : &use->end_t) = obs->last_t_ns;
    }
}

static void on_counters(XrObservation *obs, JsonObject *event)
{
    const char *when = xr_json_string(event, "when", "");
    const gint64 index = xr_json_int(event, "index", -1);
    const gint64 free_bytes = MAX(xr_json_int(event, "free_bytes", -1), -1);
    const gint64 grants = MAX(xr_json_int(event, "grants_active", -1), -1);
    const gboolean begin = g_str_equal(when, "begin");

    if (g_str_equal(when, "before")) {
        obs->free_before = free_bytes;
        obs->grants_before = grants;
    } else if (g_str_equal(when, "after")) {
        obs->free_after = free_bytes;
        obs->grants_after = grants;
    } else if ((begin || g_str_equal(when, "end")) && index >= 0 && index <= 1000) {
        take_cpu(obs, event, begin, (guint)index);
    } else {
        xr_findings_bad_event(obs, "counters", "its when or index is not known");
    }
}

/* --- consoles --- */

static void take_line(XrObservation *obs, XrConsole console, const char *where, const char *line)
{
    gboolean fatal = FALSE;
    XrFinding *finding = xr_matcher_line(console, where, obs->last_t_ns, line, &fatal);

    if (finding == NULL)
        return;
    if (fatal && finding->weight == XR_FAIL)
        xr_findings_demote(obs, obs->last_t_ns);
    finding = xr_findings_add(obs, finding, XR_SAME_BURST);
    obs->fatal |= fatal;
    xr_priv(obs)->over |= fatal;
    if (console == XR_CONSOLE_XEN && g_str_equal(finding->kind, "xen-panic") && finding->count == 1)
        xr_priv(obs)->panic = finding;
}

/* Xen says "Panic on CPU 0:" and why on the next line: they are quoted together. TRUE: taken. */
static gboolean take_panic_reason(XrObservation *obs, const char *line)
{
    XrFinding *panic = xr_priv(obs)->panic;
    const char *text = strstr(line, "(XEN) ");
    char *joined;

    if (panic == NULL)
        return FALSE;
    text = text != NULL ? text + strlen("(XEN) ") : line;
    if (text[strspn(text, "* ")] == '\0')
        return FALSE;
    xr_priv(obs)->panic = NULL;
    joined = g_strdup_printf("%s %.*s", panic->line, XR_LINE_MAX / 4, text);
    g_free(panic->line);
    panic->line = g_utf8_make_valid(joined, -1);
    g_free(joined);
    return TRUE;
}

static void take_xen_line(XrObservation *obs, const char *line)
{
    if (!take_panic_reason(obs, line))
        take_line(obs, XR_CONSOLE_XEN, "xen", line);
}

static void on_console(XrObservation *obs, JsonObject *event)
{
    const char *source = xr_json_string(event, "source", "");
    const char *line = xr_json_string(event, "line", NULL);
    const char *xen;

    if (source[0] == '\0' || line == NULL) {
        xr_findings_bad_event(obs, "console", "it has no source or no line");
        return;
    }
    if (!g_str_equal(source, "xen") && !g_str_equal(source, "dom0")) {
        obs->last_heard_ns = obs->last_t_ns;
        xr_told_domu_line(obs, source, line);
        take_line(obs, XR_CONSOLE_DOMU, source, line);
        return;
    }
    /* One serial line for two: Xen's words may begin in the middle of a line of dom0's. */
    xen = strstr(line, "(XEN) ");
    if (xen != line) {
        g_autofree char *head = xen != NULL ? g_strndup(line, (gsize)(xen - line)) : g_strdup(line);

        take_line(obs, XR_CONSOLE_DOM0, "dom0", head);
    }
    if (xen != NULL)
        take_xen_line(obs, xen);
}

/* --- all --- */

static void on_sample(XrObservation *obs, JsonObject *event)
{
    xr_series_sample(obs, event);
}

typedef struct {
    const char *kind;
    void (*take)(XrObservation *obs, JsonObject *event);
    gboolean heard; /* comes from dom0's agent */
} Taker;

static const Taker takers[] = {
    {"stage", on_stage, FALSE},
    {"console", on_console, FALSE},
    {"sample", on_sample, TRUE},
    {"counters", on_counters, TRUE},
    {"domain", xr_told_domain, TRUE},
    {"guest", xr_told_guest, TRUE},
    {"figures", xr_told_figures, TRUE},
    {"grants", xr_told_grants, TRUE},
    {"agent", xr_told_agent, TRUE},
    {"machine", xr_told_machine, FALSE},
    {"fault", xr_told_fault, FALSE},
    {"rig", xr_told_rig, FALSE},
    {"snapshot", xr_told_snapshot, FALSE},
    {"tally", xr_told_tally, TRUE},
    {"count", xr_told_count, FALSE},
    {"functions", xr_told_functions, FALSE},
    {"coverage", xr_told_coverage, FALSE},
    {"host", xr_told_host, FALSE},
    {"locks", xr_told_locks, TRUE},
};

void xr_observation_event(XrObservation *obs, JsonObject *event)
{
    const char *kind = xr_json_string(event, "kind", NULL);
    const gint64 t = xr_json_int(event, "t", -1);

    if (kind == NULL) {
        xr_findings_bad_event(obs, "event", "it has no kind");
        return;
    }
    if (t < 0)
        xr_findings_bad_event(obs, "event", "it has no time \"t\"");
    obs->last_t_ns = MAX(obs->last_t_ns, t);
    for (gsize i = 0; i < G_N_ELEMENTS(takers); i++) {
        if (!g_str_equal(takers[i].kind, kind))
            continue;
        if (takers[i].heard)
            obs->last_heard_ns = obs->last_t_ns;
        takers[i].take(obs, event);
    }
}
