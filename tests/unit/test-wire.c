/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of the rig's end of the agent port, and of counting grants in Xen's dump. */
#include "base/json.h"
#include "run/agent.h"
#include "run/intake.h"

typedef struct {
    GString *sent;
    GPtrArray *errors;
    guint events;
    XrAgent *agent;
} Port;

static void port_send(const char *text, gsize len, gpointer user_data)
{
    Port *port = user_data;

    g_string_append_len(port->sent, text, (gssize)len);
}

static void port_event(JsonObject *event, gpointer user_data)
{
    Port *port = user_data;

    port->events++;
    g_assert_cmpstr(xr_json_string(event, "event", "?"), ==, "hello");
}

static void port_error(const char *text, gpointer user_data)
{
    Port *port = user_data;

    g_ptr_array_add(port->errors, g_strdup(text));
}

static void port_up(Port *port, gconstpointer data)
{
    static const XrAgentFuncs funcs = {port_send, port_event, port_error};

    port->sent = g_string_new(NULL);
    port->errors = g_ptr_array_new_with_free_func(g_free);
    port->agent = xr_agent_new(&funcs, port);
}

static void port_down(Port *port, gconstpointer data)
{
    xr_agent_free(port->agent);
    g_string_free(port->sent, TRUE);
    g_ptr_array_unref(port->errors);
}

static void say(Port *port, const char *text)
{
    xr_agent_push(port->agent, text, strlen(text));
}

static void test_replies_out_of_order(Port *port, gconstpointer data)
{
    gint64 first = xr_agent_send(port->agent, xr_agent_request("counters"));
    gint64 second = xr_agent_send(port->agent, xr_agent_request("dmesg"));
    g_autoptr(JsonObject) reply = NULL;

    g_assert_cmpstr(port->sent->str, ==,
                    "{\"op\":\"counters\",\"id\":1}\n{\"op\":\"dmesg\",\"id\":2}\n");
    say(port, "{\"id\":2,\"ok\":true,\"text\":\"b\"}\n{\"id\":1,");
    g_assert_true(xr_agent_has_reply(port->agent, second));
    g_assert_false(xr_agent_has_reply(port->agent, first));
    say(port, "\"ok\":true}\n");
    reply = xr_agent_take_reply(port->agent, first);
    g_assert_nonnull(reply);
    g_assert_null(xr_agent_take_reply(port->agent, first));
    g_assert_cmpuint(port->errors->len, ==, 0);
}

static void test_refusal_names_the_request(Port *port, gconstpointer data)
{
    gint64 id = xr_agent_send(port->agent, xr_agent_request("create"));
    g_autoptr(JsonObject) reply = NULL;
    g_autoptr(GError) error = NULL;

    say(port, "{\"id\":1,\"ok\":false,\"error\":\"xl: no \\u001b[31mmemory\"}\n");
    reply = xr_agent_take_reply(port->agent, id);
    g_assert_false(xr_agent_check(reply, "create", &error));
    g_assert_cmpstr(error->message, ==, "dom0's agent refused \"create\": xl: no \\x1b[31mmemory");
}

static void test_nonsense_is_told_and_passed_over(Port *port, gconstpointer data)
{
    say(port, "[1,2]\n{\"id\":9,\"ok\":true}\nnot json\n\n{\"event\":\"hello\"}\n");
    g_assert_cmpuint(port->errors->len, ==, 3);
    g_assert_cmpstr(g_ptr_array_index(port->errors, 1), ==,
                    "the agent answered a request that was not made: {\"id\":9,\"ok\":true}");
    g_assert_cmpuint(port->events, ==, 1);
}

static void test_grants_in_a_dump(void)
{
    static const struct {
        const char *line;
        XrGrantsLine meaning;
    } cases[] = {
        {"(XEN) gnttab_usage_print_all [ key 'g' pressed", XR_GRANTS_BEGIN},
        {"(XEN) [0x008]      0 0x00007f2 0x00000001          0 0x000000 0x19", XR_GRANTS_ENTRY},
        {"(XEN)      -------- active --------       -------- shared --------", XR_GRANTS_NOTHING},
        {"(XEN) [ref] localdom mfn      pin          localdom gmfn     flags", XR_GRANTS_NOTHING},
        {"(XEN) gnttab_usage_print_all ] done", XR_GRANTS_END},
        {"[0x008] said by a domU", XR_GRANTS_NOTHING},
        {"", XR_GRANTS_NOTHING},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(xr_intake_grants_line(cases[i].line), ==, cases[i].meaning);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/wire/order", Port, NULL, port_up, test_replies_out_of_order, port_down);
    g_test_add("/wire/refusal", Port, NULL, port_up, test_refusal_names_the_request, port_down);
    g_test_add("/wire/nonsense", Port, NULL, port_up, test_nonsense_is_told_and_passed_over,
               port_down);
    g_test_add_func("/wire/grants", test_grants_in_a_dump);
    return g_test_run();
}
