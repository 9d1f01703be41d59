/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what agent, machine and rig tell of themselves. */
#include "watch/observation-priv.h"

#include "base/json.h"

static void settle(XrObservation *obs, gboolean fatal)
{
    xr_priv(obs)->over = TRUE;
    obs->fatal |= fatal;
}

void xr_told_agent(XrObservation *obs, JsonObject *event)
{
    const char *what = xr_json_string(event, "what", "");
    const char *text = xr_json_string(event, "text", NULL);

    if (g_str_equal(what, "ready")) {
        xr_priv(obs)->agent_t = obs->last_t_ns;
    } else if (g_str_equal(what, "error")) {
        xr_findings_tell(
            obs, "agent-error", XR_ERROR_VERDICT, "dom0", text,
            "The rig's agent in dom0 could not do what it was asked, or broke the line "
            "format.");
    } else if (g_str_equal(what, "died")) {
        xr_findings_tell(obs, "agent-died", XR_ERROR_VERDICT, "dom0", text,
                         "The rig's own agent in dom0 ended.");
        settle(obs, TRUE);
    } else {
        xr_findings_bad_event(obs, "agent", "its what is not known");
    }
}

static void on_stopped(XrObservation *obs, const char *what, const char *text)
{
    const XrPriv *priv = xr_priv(obs);
    g_autofree char *line =
        g_strdup_printf("%s%s%s", what, text != NULL ? ": " : "", text != NULL ? text : "");
    const gboolean by_guest = g_str_equal(what, "shutdown");
    const char *meaning = "QEMU ended though nobody had told it to: the host's business.";

    if (priv->stopping || priv->over)
        return;
    if (g_str_equal(what, "lost"))
        meaning = "The machine ran on another host, and was out of reach from then on: nothing was "
                  "learnt about the hypervisor.";
    else if (by_guest)
        meaning =
            "The machine shut itself down though nobody had told it to: Xen or dom0 did that.";
    xr_findings_tell(obs, "machine-stopped", by_guest ? XR_FAIL : XR_ERROR_VERDICT, "machine", line,
                     meaning);
    settle(obs, TRUE);
}

void xr_told_machine(XrObservation *obs, JsonObject *event)
{
    static const char *const stops[] = {"shutdown", "destroyed", "crashed", "failed", "lost", NULL};
    const char *what = xr_json_string(event, "what", "");

    if (g_str_equal(what, "started"))
        xr_priv(obs)->started_t = obs->last_t_ns;
    else if (g_str_equal(what, "resumed"))
        return;
    else if (g_strv_contains(stops, what))
        on_stopped(obs, what, xr_json_string(event, "text", NULL));
    else
        xr_findings_bad_event(obs, "machine", "its what is not known");
}

void xr_told_fault(XrObservation *obs, JsonObject *event)
{
    const char *fault = xr_json_string(event, "fault", "?");
    const char *domain = xr_json_string(event, "domain", "rig");
    const char *text = xr_json_string(event, "text", NULL);
    g_autofree char *line =
        g_strdup_printf("%s%s%s", fault, text != NULL ? ": " : "", text != NULL ? text : "");

    xr_findings_add(
        obs,
        xr_finding_new("fault-injected", XR_PASS, domain, obs->last_t_ns, line,
                       "The plan ordered this breakage: what follows from it shows that "
                       "the rig notices."),
        XR_SAME_LINE);
}

/* --- rig --- */

/* What the hypervisor is to blame for, unless the host did not let it run, or it is not known whether it did. */
static void blame(XrObservation *obs, const char *kind, const char *where, const char *text,
                  const char *meaning, double host_wait)
{
    const double most = xr_priv(obs)->host_wait_max;
    g_autofree char *excused = NULL;

    if (xr_priv(obs)->remote && most < 1) {
        excused = g_strconcat(meaning, XR_HOST_UNKNOWN, NULL);
        xr_findings_tell(obs, kind, XR_UNSURE, where, text, excused);
        return;
    }
    if (host_wait <= most) {
        xr_findings_tell(obs, kind, XR_FAIL, where, text, meaning);
        return;
    }
    excused = g_strdup_printf(
        "%s But the host let the machine wait for its CPUs in %.0f %% of that time "
        "(limits.host_wait allows %.0f %%), which may be all the reason: run again when "
        "nothing else runs.",
        meaning, host_wait * 100, most * 100);
    xr_findings_tell(obs, kind, XR_UNSURE, where, text, excused);
}

static void on_silence(XrObservation *obs, const char *text, double host_wait)
{
    if (obs->guests_streaming > 0)
        blame(obs, "hang", "dom0", text,
              "dom0 fell silent after domUs had begun to stream: Xen or dom0 hangs.", host_wait);
    else
        xr_findings_tell(obs, "silence", XR_ERROR_VERDICT, "dom0", text,
                         "dom0 fell silent before anything streamed: nothing can be said about the "
                         "hypervisor under load.");
    settle(obs, TRUE);
}

static void on_timeout(XrObservation *obs, const char *stage, const char *text, double host_wait)
{
    g_autofree char *kind = g_strconcat(stage, "-timeout", NULL);

    if (g_str_equal(stage, "boot")) {
        xr_findings_tell(obs, kind, XR_ERROR_VERDICT, "machine", text,
                         "The boot did not reach dom0's toolstack within limits.boot.");
        settle(obs, FALSE);
    } else if (g_str_equal(stage, "drain") || g_str_equal(stage, "destroy")) {
        blame(obs, kind, "rig", text,
              "domUs did not end in time after they had been told to: requests of theirs hang, "
              "most often.",
              host_wait);
    } else {
        xr_findings_tell(
            obs, kind, XR_ERROR_VERDICT, "rig", text,
            "A stage took longer than its limit: the host is too slow or too loaded for "
            "this plan, or something waits for ever.");
    }
}

/* Before anything streamed a boot may be tried anew; its end is no verdict then. */
static void on_retry(XrObservation *obs, const char *text)
{
    XrPriv *priv = xr_priv(obs);

    for (guint i = 0; i < obs->findings->len; i++) {
        XrFinding *finding = g_ptr_array_index(obs->findings, i);

        if (g_str_equal(finding->kind, "boot-timeout"))
            finding->weight = XR_PASS;
    }
    priv->over = obs->fatal;
    xr_findings_tell(
        obs, "boot-retry", XR_PASS, "machine", text,
        "The first boot stalled and was tried once more; quoted is what it said last.");
}

static void note(XrObservation *obs, const char *kind, const char *where, const char *text,
                 const char *meaning)
{
    xr_findings_add(obs, xr_finding_new(kind, XR_PASS, where, obs->last_t_ns, text, meaning),
                    XR_SAME_LINE);
}

static void on_remote(XrObservation *obs, const char *text)
{
    xr_priv(obs)->remote = TRUE;
    note(obs, "host-wait-unknown", "host", text,
         "The machine ran on another host. How long that let it wait for its CPUs is not known "
         "here: what was slow or stuck is unsure, not failed.");
}

void xr_told_rig(XrObservation *obs, JsonObject *event)
{
    static const char *const stages[] = {"build",  "boot",    "create", "warmup",
                                         "window", "count",   "save",   "lockstep",
                                         "drain",  "destroy", "stop",   NULL};
    const char *what = xr_json_string(event, "what", "");
    const char *stage = xr_json_string(event, "stage", "");
    const char *text = xr_json_string(event, "text", NULL);
    const double host_wait = xr_json_double(event, "host_wait", 0);

    if (g_str_equal(what, "interrupted")) {
        xr_findings_tell(obs, "interrupted", XR_ERROR_VERDICT, "rig", text,
                         "The run was ended from outside before it was done.");
        settle(obs, FALSE);
    } else if (g_str_equal(what, "timeout")) {
        on_timeout(obs, g_strv_contains(stages, stage) ? stage : "stage", text, host_wait);
    } else if (g_str_equal(what, "silence")) {
        on_silence(obs, text, host_wait);
    } else if (g_str_equal(what, "retry")) {
        on_retry(obs, text);
    } else if (g_str_equal(what, "leftover")) {
        note(obs, what, "rig", text, "An earlier rig was killed; what it had left was put away.");
    } else if (g_str_equal(what, "remote")) {
        on_remote(obs, text);
    } else if (g_str_equal(what, "left-behind")) {
        note(obs, what, "rig", text,
             "The run is none the worse for it, but its traces are not gone.");
    } else if (g_str_equal(what, "missing")) {
        xr_findings_tell(obs, "missing", XR_SKIP, "host", text,
                         "This host lacks something the plan needs.");
        settle(obs, FALSE);
    } else if (g_str_equal(what, "unbuilt")) {
        xr_findings_tell(
            obs, "unbuilt", XR_SKIP, "rig", text,
            "There is no hypervisor to run: this source does not build, or nothing fits "
            "it. Nothing was learnt about how it runs; a bisection passes over it.");
        settle(obs, FALSE);
    } else if (g_str_equal(what, "error")) {
        xr_findings_tell(obs, "rig-error", XR_ERROR_VERDICT, "rig", text,
                         "The rig could not go on: its own fault or the host's.");
        settle(obs, FALSE);
    } else {
        xr_findings_bad_event(obs, "rig", "its what is not known");
    }
}
