/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: what the agent makes of domUs' nodes, over a store and a port that are made up. */
#include "agent.h"

#include "text.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define FIGURES(writes)                                                                            \
    "v=1 t=9 writes=" writes " write_bytes=8192 reads=0 read_bytes=0 flushes=0 discards=0 "        \
    "errors=0 gap=5 latency=17:5,18:20"
#define EVENT(vbd, writes)                                                                         \
    "{\"event\":\"figures\",\"name\":\"w07\",\"vbd\":" vbd ",\"guest_ns\":9,\"writes\":" writes    \
    ",\"write_bytes\":8192,\"reads\":0,\"read_bytes\":0,\"flushes\":0,\"discards\":0,"             \
    "\"errors\":0,\"gap_ns\":5,\"latency\":[[17,5],[18,20]]}\n"

static GHashTable *nodes; /* path -> value */
static GString *said;
static guint reads;
static bool room;
static AgDomain domain;
static Agent agent;

/* --- the store and the port --- */

char *ag_store_read(AgStore *store, const char *path, size_t *len)
{
    const char *value = g_hash_table_lookup(nodes, path);

    reads++;
    *len = value ? strlen(value) : 0;
    return value ? ag_strndup(value, *len) : NULL;
}

static void say(json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);

    g_string_append_printf(said, "%s\n", line);
    free(line);
    json_decref(object);
}

void ag_port_send(AgPort *port, json_t *object)
{
    say(object);
}

bool ag_port_send_if_room(AgPort *port, json_t *object)
{
    if (room)
        say(object);
    else
        json_decref(object);
    return room;
}

void ag_port_log(AgPort *port, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append_vprintf(said, format, args);
    va_end(args);
    g_string_append_c(said, '\n');
}

/* --- a domU --- */

static void set_up(void)
{
    nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    said = g_string_new(NULL);
    reads = 0;
    room = true;
    domain = (AgDomain){.name = "w07", .domid = 12, .state = AG_DOMAIN_LIVE, .vbds = 2};
    agent = (Agent){.loop = ag_loop_new(), .domains = {&domain}, .domain_count = 1};
}

static void tear_down(void)
{
    ag_timer_cancel(agent.status_timer);
    ag_loop_free(agent.loop);
    free(domain.status_seen);
    for (size_t i = 0; i < domain.vbds; i++)
        free(domain.vbd[i].figures_seen);
    g_hash_table_unref(nodes);
    g_string_free(said, TRUE);
}

static void write_node(const char *node, const char *value)
{
    char *path = g_build_filename("/local/domain/12/data/xenrig", node, NULL);

    g_hash_table_replace(nodes, path, (gpointer)value);
}

static void assert_said(const char *expected)
{
    g_assert_cmpstr(said->str, ==, expected);
    g_string_truncate(said, 0);
}

static void quit(void *data)
{
    ag_loop_quit(agent.loop);
}

/* Until the pause after a change is over. */
static void wait_for_pause(void)
{
    ag_loop_at(agent.loop, ag_now() + 80 * 1000000LL, quit, NULL);
    ag_loop_run(agent.loop);
    /* A loop that was left is not entered again. */
    ag_loop_free(agent.loop);
    agent.loop = ag_loop_new();
}

static void test_only_what_changed(void)
{
    set_up();
    write_node("status", "v=1 state=streaming bytes=4096");
    write_node("figures/0", FIGURES("1"));
    write_node("figures/1", FIGURES("2"));
    for (int i = 0; i < 100; i++)
        ag_guest_changed(&agent, 12, 1);
    ag_guest_changed(&agent, 12, 2);  /* it has no such VBD */
    ag_guest_changed(&agent, 13, -1); /* nor is this a domU of ours */
    assert_said("");
    wait_for_pause();
    assert_said(EVENT("1", "2"));
    g_assert_cmpuint(reads, ==, 1);
    ag_guest_changed(&agent, 12, 1);
    wait_for_pause();
    assert_said(""); /* written again, but the same */
    ag_guest_changed(&agent, 12, -1);
    wait_for_pause();
    assert_said("{\"event\":\"guest\",\"name\":\"w07\",\"state\":\"streaming\",\"bytes\":4096,"
                "\"errors\":0,\"mismatches\":0,\"passes\":0,\"text\":[]}\n");
    tear_down();
}

/* The last figures come whether or not their watch has been heard, and before the last status. */
static void test_last_words(void)
{
    set_up();
    write_node("figures/0", FIGURES("7"));
    write_node("figures/2", FIGURES("7")); /* beyond its VBDs */
    write_node("status", "v=1 state=done");
    ag_guest_read_now(&agent, &domain);
    assert_said(EVENT("0", "7") "{\"event\":\"guest\",\"name\":\"w07\",\"state\":\"done\","
                                "\"bytes\":0,\"errors\":0,\"mismatches\":0,\"passes\":0,"
                                "\"text\":[]}\n");
    ag_guest_read_now(&agent, &domain);
    assert_said("");
    tear_down();
}

static void test_no_room(void)
{
    set_up();
    room = false;
    write_node("figures/0", FIGURES("3"));
    ag_guest_changed(&agent, 12, 0);
    wait_for_pause();
    assert_said("");
    ag_guest_read_now(&agent, &domain); /* at its end there is always room */
    assert_said(EVENT("0", "3"));
    tear_down();
}

static void test_nonsense_is_told_once(void)
{
    set_up();
    for (int i = 0; i < 3; i++) {
        write_node("figures/0", i % 2 ? "v=1 t=\x1b[2J" : "v=1 t=x");
        ag_guest_read_now(&agent, &domain);
    }
    assert_said("domain w07: what it wrote to figures/0 makes no sense, a number in it is none: "
                "v=1 t=x\n");
    write_node("figures/0", "v=2 \x1b[2J");
    ag_guest_read_now(&agent, &domain);
    assert_said("domain w07: what it wrote to figures/0 makes no sense, its version is not 1: "
                "v=2 \xef\xbf\xbd[2J\n");
    write_node("figures/0", FIGURES("1"));
    ag_guest_read_now(&agent, &domain);
    assert_said(EVENT("0", "1"));
    write_node("status", "v=1 state=asleep");
    ag_guest_read_now(&agent, &domain);
    ag_guest_read_now(&agent, &domain);
    assert_said("domain w07: what it wrote to status makes no sense, its state is not known: "
                "v=1 state=asleep\n");
    tear_down();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/guests/only-what-changed", test_only_what_changed);
    g_test_add_func("/agent/guests/last-words", test_last_words);
    g_test_add_func("/agent/guests/no-room", test_no_room);
    g_test_add_func("/agent/guests/nonsense-is-told-once", test_nonsense_is_told_once);
    return g_test_run();
}
