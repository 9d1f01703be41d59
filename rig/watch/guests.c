/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what becomes of domUs, and what they tell of their streams. */
#include "watch/observation-priv.h"

#include "base/json.h"
#include "wire.h"
#include <string.h>

enum { TEXTS_MAX = 9 }; /* eight mismatches and the last error */

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

static void lose(XrObservation *obs, XrGuest *guest, const char *kind, const char *detail,
                 const char *meaning)
{
    XrFinding *finding;

    if (guest->lost)
        return;
    guest->lost = TRUE;
    finding = xr_finding_new(kind, XR_FAIL, guest->name, obs->last_t_ns, detail, meaning);
    xr_findings_add(obs, finding, XR_SAME_LINE);
}

static void on_exit_of(XrObservation *obs, XrGuest *guest, JsonObject *event)
{
    const char *reason = xr_json_string(event, "reason", "gone");
    const char *detail = xr_json_string(event, "detail", NULL);

    if (g_str_equal(reason, "crash"))
        lose(obs, guest, "domu-crashed", detail, "The domU crashed.");
    else if (!xr_priv(obs)->draining)
        lose(obs, guest, "domu-gone", detail, "The domU ended though nobody had told it to stop.");
}

static void on_zombie(XrObservation *obs, XrGuest *guest)
{
    XrFinding *finding = xr_finding_new(
        "zombie", XR_FAIL, guest->name, obs->last_t_ns, NULL,
        "The domain was destroyed but is not gone: someone still holds a reference to "
        "its memory, a grant that was never unmapped most often.");

    xr_findings_add(obs, finding, XR_SAME_LINE);
}

/* It is no domU of the plan, but nothing is measured without it. */
static void on_metronome(XrObservation *obs, const char *what)
{
    if (!g_str_equal(what, "created"))
        xr_findings_tell(obs, "metronome-gone", XR_ERROR_VERDICT, XR_WIRE_METRONOME, NULL,
                         "The domain that counts the time ended though nobody had told it to.");
}

void xr_told_domain(XrObservation *obs, JsonObject *event)
{
    static const char *const known[] = {"created",   "released", "ready", "streaming", "exited",
                                        "destroyed", "zombie",   "left",  NULL};
    const char *what = xr_json_string(event, "what", "");
    XrGuest *guest;

    if (!g_strv_contains(known, what)) {
        xr_findings_bad_event(obs, "domain", "its what is not known");
        return;
    }
    if (g_strcmp0(xr_json_string(event, "name", ""), XR_WIRE_METRONOME) == 0) {
        on_metronome(obs, what);
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
        lose(obs, guest, "domu-gone", NULL,
             "The domU was destroyed while it should have streamed.");
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

/* Text i of a guest event, or NULL. */
static const char *text_at(JsonObject *event, guint i)
{
    JsonArray *texts = xr_json_array(event, "text");
    JsonNode *node;

    if (texts == NULL || i >= MIN(json_array_get_length(texts), TEXTS_MAX))
        return NULL;
    node = json_array_get_element(texts, i);
    return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

/* The texts are sentences of mismatches, and the last error's behind them. */
static gboolean is_mismatch(const char *text)
{
    return g_str_has_prefix(text, "domain ") && strstr(text, ": expected ") != NULL;
}

void xr_told_domu_line(XrObservation *obs, const char *source, const char *line)
{
    static const char *const prefixes[] = {"xenrig-stream: ", "xenrig: "};
    const XrGuest *guest = xr_guest_find(obs, source);

    for (gsize i = 0; guest != NULL && i < G_N_ELEMENTS(prefixes); i++) {
        const gsize length = strlen(prefixes[i]);

        if (g_str_has_prefix(line, prefixes[i]) && is_mismatch(line + length))
            tell_mismatch(obs, guest, line + length);
    }
}

static const char *error_text(JsonObject *event)
{
    const char *text, *found = NULL;

    for (guint i = 0; (text = text_at(event, i)) != NULL; i++) {
        if (text[0] != '\0' && !is_mismatch(text))
            found = text;
    }
    return found;
}

static void take_mismatches(XrObservation *obs, XrGuest *guest, JsonObject *event)
{
    const char *text;
    guint told = 0;

    for (guint i = 0; (text = text_at(event, i)) != NULL; i++) {
        if (!is_mismatch(text))
            continue;
        tell_mismatch(obs, guest, text);
        told++;
    }
    if (told == 0 && guest->mismatches == 0)
        tell_mismatch(obs, guest, NULL);
}

static void take_errors(XrObservation *obs, const XrGuest *guest, JsonObject *event)
{
    XrFinding *finding =
        xr_finding_new("io-error", XR_FAIL, guest->name, obs->last_t_ns, error_text(event),
                       "The domU's writer got an error from its VBD.");

    xr_findings_add(obs, finding, XR_SAME_LINE);
}

/* Before it was ready it is the rig's set-up that is in doubt; after, what it writes to. */
static void take_failure(XrObservation *obs, const XrGuest *guest, JsonObject *event)
{
    const gboolean ran = guest->ready;
    XrFinding *finding = xr_finding_new("guest-failed", ran ? XR_FAIL : XR_ERROR_VERDICT,
                                        guest->name, obs->last_t_ns, error_text(event),
                                        ran ? "The domU's writer gave up while it streamed."
                                            : "The domU's writer could not be set up.");

    g_hash_table_replace(obs->domains, g_strdup(guest->name), g_strdup("failed"));
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
