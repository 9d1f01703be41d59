/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what domUs, agent, machine and rig tell of themselves. */
#include "watch/observation-priv.h"

#include "base/json.h"
#include <string.h>

enum { TEXTS_MAX = 8 };

/* --- domUs --- */

static XrGuest *guest_of(XrObservation *obs, JsonObject *event, const char *kind)
{
    XrPriv *priv = xr_priv(obs);
    const char *name = xr_json_string(event, "name", "");
    XrGuest *guest = g_hash_table_lookup(priv->guests, name);

    if (guest != NULL)
        return guest;
    if (name[0] == '\0' || strlen(name) > XR_WHERE_MAX) {
        xr_findings_bad_event(obs, kind, "it has no name, or one that is too long");
        return NULL;
    }
    if (g_hash_table_size(priv->guests) >= priv->max_guests) {
        xr_findings_bad_event(obs, kind, "it names more domUs than the plan has");
        return NULL;
    }
    guest = g_new0(XrGuest, 1);
    guest->name = g_strdup(name);
    guest->seconds = -1;
    guest->ready_t = -1;
    g_hash_table_insert(priv->guests, guest->name, guest);
    return guest;
}

static void set_ready(XrObservation *obs, XrGuest *guest)
{
    if (guest->ready)
        return;
    guest->ready = TRUE;
    guest->ready_t = obs->last_t_ns;
    obs->guests_ready++;
}

static void set_streaming(XrObservation *obs, XrGuest *guest)
{
    set_ready(obs, guest);
    obs->guests_streaming += !guest->streaming;
    guest->streaming = TRUE;
}

static void set_created(XrObservation *obs, XrGuest *guest, JsonObject *event)
{
    guest->seconds = xr_json_double(event, "seconds", -1);
    obs->guests_created += !guest->created;
    guest->created = TRUE;
}

static void lose(XrObservation *obs, XrGuest *guest, const char *kind, const char *meaning)
{
    XrFinding *finding;

    if (guest->lost)
        return;
    guest->lost = TRUE;
    finding = xr_finding_new(kind, XR_FAIL, guest->name, obs->last_t_ns, NULL, meaning);
    xr_findings_add(obs, finding, XR_SAME_LINE);
}

static void on_exit_of(XrObservation *obs, XrGuest *guest, JsonObject *event)
{
    const char *reason = xr_json_string(event, "reason", "gone");

    if (g_str_equal(reason, "crash"))
        lose(obs, guest, "domu-crashed", "The domU crashed.");
    else if (!xr_priv(obs)->draining)
        lose(obs, guest, "domu-gone", "The domU ended though nobody had told it to stop.");
}

static void on_zombie(XrObservation *obs, XrGuest *guest)
{
    XrFinding *finding = xr_finding_new(
        "zombie", XR_FAIL, guest->name, obs->last_t_ns, NULL,
        "The domain was destroyed but is not gone: someone still holds a reference to "
        "its memory, a grant that was never unmapped most often.");

    xr_findings_add(obs, finding, XR_SAME_LINE);
}

void xr_told_domain(XrObservation *obs, JsonObject *event)
{
    static const char *const known[] = {"created", "released",  "ready",  "streaming",
                                        "exited",  "destroyed", "zombie", NULL};
    const char *what = xr_json_string(event, "what", "");
    XrGuest *guest;

    if (!g_strv_contains(known, what)) {
        xr_findings_bad_event(obs, "domain", "its what is not known");
        return;
    }
    guest = guest_of(obs, event, "domain");
    if (guest == NULL)
        return;
    g_hash_table_replace(obs->domains, g_strdup(guest->name), g_strdup(what));
    if (g_str_equal(what, "created"))
        set_created(obs, guest, event);
    else if (g_str_equal(what, "ready"))
        set_ready(obs, guest);
    else if (g_str_equal(what, "streaming"))
        set_streaming(obs, guest);
    else if (g_str_equal(what, "exited"))
        on_exit_of(obs, guest, event);
    else if (g_str_equal(what, "zombie"))
        on_zombie(obs, guest);
    else if (g_str_equal(what, "destroyed") && !xr_priv(obs)->draining)
        lose(obs, guest, "domu-gone", "The domU was destroyed while it should have streamed.");
}

/* "domain w03 vbd 0 offset …" is about w03/vbd0. Free with g_free. */
static char *mismatch_where(const XrGuest *guest, const char *text)
{
    const char *vbd = strstr(text, " vbd ");
    gint64 number;
    char *end;

    if (vbd == NULL || !g_ascii_isdigit(vbd[5]))
        return g_strdup(guest->name);
    number = g_ascii_strtoll(vbd + 5, &end, 10);
    if (number > 1023 || (*end != ' ' && *end != '\0'))
        return g_strdup(guest->name);
    return g_strdup_printf("%s/vbd%d", guest->name, (int)number);
}

static void tell_mismatch(XrObservation *obs, const XrGuest *guest, const char *text)
{
    g_autofree char *where = text != NULL ? mismatch_where(guest, text) : g_strdup(guest->name);
    XrFinding *finding = xr_finding_new("data-mismatch", XR_FAIL, where, obs->last_t_ns, text,
                                        "What was read back from the VBD is not what the domU had "
                                        "written there: data was lost, mixed up or damaged.");

    xr_findings_add(obs, finding, XR_SAME_LINE);
}

static void take_mismatches(XrObservation *obs, XrGuest *guest, JsonObject *event)
{
    JsonArray *texts = xr_json_array(event, "text");
    guint told = 0;

    for (guint i = 0; texts != NULL && i < MIN(json_array_get_length(texts), TEXTS_MAX); i++) {
        JsonNode *node = json_array_get_element(texts, i);

        if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
            continue;
        tell_mismatch(obs, guest, json_node_get_string(node));
        told++;
    }
    if (told == 0 && guest->mismatches == 0)
        tell_mismatch(obs, guest, NULL);
}

static void take_errors(XrObservation *obs, const XrGuest *guest, JsonObject *event)
{
    XrFinding *finding = xr_finding_new("io-error", XR_FAIL, guest->name, obs->last_t_ns,
                                        xr_json_string(event, "error", NULL),
                                        "The domU's writer got an error from its VBD.");

    xr_findings_add(obs, finding, XR_SAME_LINE);
}

/* Before it was ready it is the rig's set-up that is in doubt; after, what it writes to. */
static void take_failure(XrObservation *obs, const XrGuest *guest, JsonObject *event)
{
    XrFinding *finding;
    const gboolean ran = guest->ready;

    finding = xr_finding_new("guest-failed", ran ? XR_FAIL : XR_ERROR_VERDICT, guest->name,
                             obs->last_t_ns, xr_json_string(event, "error", NULL),
                             ran ? "The domU's writer gave up while it streamed."
                                 : "The domU's writer could not be set up.");
    xr_findings_add(obs, finding, XR_SAME_LINE);
}

void xr_told_guest(XrObservation *obs, JsonObject *event)
{
    const char *state = xr_json_string(event, "state", "");
    const gint64 errors = xr_json_int(event, "errors", 0);
    const gint64 mismatches = xr_json_int(event, "mismatches", 0);
    XrGuest *guest = guest_of(obs, event, "guest");

    if (guest == NULL)
        return;
    if (errors < 0 || mismatches < 0)
        xr_findings_bad_event(obs, "guest", "a count is negative");
    if (mismatches > 0)
        take_mismatches(obs, guest, event);
    if (errors > 0)
        take_errors(obs, guest, event);
    guest->mismatches = MAX(guest->mismatches, mismatches);
    guest->errors = MAX(guest->errors, errors);
    if (g_str_equal(state, "ready"))
        set_ready(obs, guest);
    else if (g_str_equal(state, "streaming") || g_str_equal(state, "draining"))
        set_streaming(obs, guest);
    else if (g_str_equal(state, "failed"))
        take_failure(obs, guest, event);
    else if (!g_str_equal(state, "done"))
        xr_findings_bad_event(obs, "guest", "its state is not known");
}

/* --- agent, machine, fault --- */

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

    if (priv->stopping || priv->over)
        return;
    xr_findings_tell(obs, "machine-stopped", by_guest ? XR_FAIL : XR_ERROR_VERDICT, "machine", line,
                     by_guest ? "The machine shut itself down though nobody had told it to: Xen or "
                                "dom0 did that."
                              : "QEMU ended though nobody had told it to: the host's business.");
    settle(obs, TRUE);
}

void xr_told_machine(XrObservation *obs, JsonObject *event)
{
    static const char *const stops[] = {"shutdown", "destroyed", "crashed", "failed", NULL};
    const char *what = xr_json_string(event, "what", "");

    if (g_str_equal(what, "started"))
        xr_priv(obs)->started_t = obs->last_t_ns;
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

static void on_silence(XrObservation *obs, const char *text)
{
    if (obs->guests_streaming > 0)
        xr_findings_tell(obs, "hang", XR_FAIL, "dom0", text,
                         "dom0 fell silent after domUs had begun to stream: Xen or dom0 hangs.");
    else
        xr_findings_tell(obs, "silence", XR_ERROR_VERDICT, "dom0", text,
                         "dom0 fell silent before anything streamed: nothing can be said about the "
                         "hypervisor under load.");
    settle(obs, TRUE);
}

static void on_timeout(XrObservation *obs, const char *stage, const char *text)
{
    g_autofree char *kind = g_strconcat(stage, "-timeout", NULL);

    if (g_str_equal(stage, "boot")) {
        xr_findings_tell(obs, kind, XR_ERROR_VERDICT, "machine", text,
                         "The boot did not reach dom0's toolstack within limits.boot.");
        settle(obs, FALSE);
    } else if (g_str_equal(stage, "drain") || g_str_equal(stage, "destroy")) {
        xr_findings_tell(
            obs, kind, XR_FAIL, "rig", text,
            "domUs did not end in time after they had been told to: requests of theirs "
            "hang, most often.");
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

void xr_told_rig(XrObservation *obs, JsonObject *event)
{
    static const char *const stages[] = {"build", "boot",    "create", "warmup", "window",
                                         "drain", "destroy", "stop",   NULL};
    const char *what = xr_json_string(event, "what", "");
    const char *stage = xr_json_string(event, "stage", "");
    const char *text = xr_json_string(event, "text", NULL);

    if (g_str_equal(what, "interrupted")) {
        xr_findings_tell(obs, "interrupted", XR_ERROR_VERDICT, "rig", text,
                         "The run was ended from outside before it was done.");
        settle(obs, FALSE);
    } else if (g_str_equal(what, "timeout")) {
        on_timeout(obs, g_strv_contains(stages, stage) ? stage : "stage", text);
    } else if (g_str_equal(what, "silence")) {
        on_silence(obs, text);
    } else if (g_str_equal(what, "retry")) {
        on_retry(obs, text);
    } else if (g_str_equal(what, "leftover")) {
        xr_findings_add(obs,
                        xr_finding_new("leftover", XR_PASS, "rig", obs->last_t_ns, text,
                                       "An earlier rig was killed; what it had left was put away."),
                        XR_SAME_LINE);
    } else if (g_str_equal(what, "missing")) {
        xr_findings_tell(obs, "missing", XR_SKIP, "host", text,
                         "This host lacks something the plan needs.");
        settle(obs, FALSE);
    } else if (g_str_equal(what, "error")) {
        xr_findings_tell(obs, "rig-error", XR_ERROR_VERDICT, "rig", text,
                         "The rig could not go on: its own fault or the host's.");
        settle(obs, FALSE);
    } else {
        xr_findings_bad_event(obs, "rig", "its what is not known");
    }
}
