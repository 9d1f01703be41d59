/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An agent that does not answer: how long it is asked, and when no more. */
#include "base/error.h"
#include "record-fixture.h"
#include "run/session.h"

#define MS ((guint64)1000000)

typedef struct {
    XrPlan *plan;
    XrRecord *record;
    XrObservation *obs;
    XrSession *session;
    GString *sent;
} Fixture;

static void send(const char *text, gsize len, gpointer user_data)
{
    g_string_append_len(((Fixture *)user_data)->sent, text, (gssize)len);
}

static void ignore_event(JsonObject *event, gpointer user_data)
{
}

static void ignore_error(const char *text, gpointer user_data)
{
}

/* A session with an agent's port, and no machine behind it. */
static void set_up(Fixture *f, gconstpointer data)
{
    static const XrAgentFuncs agent_funcs = {send, ignore_event, ignore_error};
    g_autoptr(GError) error = NULL;

    f->plan = xr_plan_load("smoke", NULL, &error);
    g_assert_no_error(error);
    f->record = xr_record_new(NULL, "smoke", &error);
    g_assert_no_error(error);
    f->obs = xr_observation_new(f->plan);
    f->session = xr_session_new(f->plan, f->record, f->obs, NULL);
    f->session->agent = xr_agent_new(&agent_funcs, f);
    f->sent = g_string_new(NULL);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    xr_session_free(f->session);
    xr_observation_free(f->obs);
    xr_record_free(f->record);
    xr_plan_free(f->plan);
    g_string_free(f->sent, TRUE);
}

static void ask(Fixture *f, const char *op, guint64 timeout_ns, XrErrorCode code, const char *said)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) reply =
        xr_session_call(f->session, xr_agent_request(op), timeout_ns, &error);

    g_assert_null(reply);
    g_assert_true(g_error_matches(error, XR_ERROR, (gint)code));
    g_assert_cmpstr(error->message, ==, said);
}

/* Minutes that it would be given are not waited for a second time, and a third request is not made. */
static void test_silent(Fixture *f, gconstpointer data)
{
    const gint64 begin_us = g_get_monotonic_time();

    ask(f, "counters", 300 * MS, XR_ERROR_TIMEOUT,
        "dom0's agent did not answer \"counters\" within 0 s");
    g_assert_false(xr_session_over(f->session));
    ask(f, "command", 600000 * MS, XR_ERROR_TIMEOUT,
        "dom0's agent did not answer \"command\" within 0 s");
    g_assert_true(xr_session_over(f->session));
    ask(f, "destroy", 600000 * MS, XR_ERROR_STOPPED, "\"destroy\" was not asked: the run is over");
    g_assert_null(strstr(f->sent->str, "destroy"));
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, 5 * G_USEC_PER_SEC);
    /* What waits for something else does not either. */
    g_assert_cmpint(xr_session_sleep(f->session, 600000 * MS), ==, XR_WAIT_OVER);
}

static gboolean answer(gpointer data)
{
    static const char line[] = "{\"id\":2,\"ok\":true}\n";

    xr_agent_push(((Fixture *)data)->session->agent, line, strlen(line));
    return G_SOURCE_REMOVE;
}

/* Who was late once and answers then is asked as before. */
static void test_late(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) reply = NULL;

    ask(f, "counters", 300 * MS, XR_ERROR_TIMEOUT,
        "dom0's agent did not answer \"counters\" within 0 s");
    g_idle_add(answer, f);
    reply = xr_session_call(f->session, xr_agent_request("command"), 600000 * MS, &error);
    g_assert_no_error(error);
    g_assert_nonnull(reply);
    g_assert_cmpuint(f->session->unanswered, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/session/silent", Fixture, NULL, set_up, test_silent, tear_down);
    g_test_add("/session/late", Fixture, NULL, set_up, test_late, tear_down);
    return run_with_state();
}
