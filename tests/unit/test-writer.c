/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the domU makes of commands and of its engines' troubles, as the agent sees it. */
#include "fake-disk.h"
#include "writer.h"

#define BLOCK 4096u
#define VBDS  2
#define SIZE  (32 * BLOCK)

/* A writer over fake disks. Nodes are written by the test's own thread, lines by any. */
typedef struct {
    struct xg_writer writer;
    struct xg_engine engines[VBDS];
    FakeDisk disks[VBDS];
    guint8 buffers[VBDS][2 * BLOCK];
    GPtrArray *nodes; /* "name=text" */
    GMutex lock;      /* of lines */
    GPtrArray *lines;
    guint crashes;
    guint stop_at;      /* a write of the last VBD that is followed by the command stop, 0: none */
    gboolean stop_late; /* … but counted from the status failed on */
    gint failed;        /* atomic: that status was seen */
    guint late_writes;
    const char *answer; /* command given when the status failed is seen */
} Rig;

static void rig_node(void *self, const char *name, const char *text)
{
    Rig *rig = self;
    g_ptr_array_add(rig->nodes, g_strdup_printf("%s=%s", name, text));
    if (strcmp(name, "status") != 0 || strstr(text, "state=failed") == NULL)
        return;
    g_atomic_int_set(&rig->failed, 1);
    if (rig->answer)
        xg_writer_command(&rig->writer, rig->answer);
    rig->answer = NULL;
}

static void rig_log(void *self, const char *sentence)
{
    Rig *rig = self;
    g_mutex_lock(&rig->lock);
    g_ptr_array_add(rig->lines, g_strdup(sentence));
    g_mutex_unlock(&rig->lock);
}

static void rig_crash(void *self)
{
    ((Rig *)self)->crashes++;
    xg_writer_command(&((Rig *)self)->writer, "stop");
}

static void stop_in_time(gpointer user_data)
{
    Rig *rig = user_data;
    if (rig->stop_late)
        rig->late_writes += g_atomic_int_get(&rig->failed);
    guint writes = rig->stop_late ? rig->late_writes : rig->disks[VBDS - 1].writes;
    if (writes == rig->stop_at)
        xg_writer_command(&rig->writer, "stop");
}

static Rig *rig_new(gboolean verify)
{
    Rig *rig = g_new0(Rig, 1);
    const struct xg_outlet outlet = {
        .self = rig, .node = rig_node, .log = rig_log, .crash = rig_crash};
    rig->nodes = g_ptr_array_new_with_free_func(g_free);
    rig->lines = g_ptr_array_new_with_free_func(g_free);
    g_mutex_init(&rig->lock);
    xg_writer_init(&rig->writer, &outlet);
    struct xg_engine_events events = xg_writer_events(&rig->writer);
    for (guint i = 0; i < VBDS; i++) {
        fake_disk_init(&rig->disks[i], SIZE);
        struct xg_engine_config config = {.domain = "w00",
                                          .vbd = i,
                                          .size = SIZE,
                                          .block = BLOCK,
                                          .in_flight = 2,
                                          .verify = verify,
                                          .buffers = rig->buffers[i]};
        struct xg_io io = fake_disk_io(&rig->disks[i]);
        xg_engine_init(&rig->engines[i], &config, &io, &events);
    }
    rig->disks[VBDS - 1].on_write = stop_in_time;
    rig->disks[VBDS - 1].user_data = rig;
    xg_writer_attach(&rig->writer, rig->engines, VBDS);
    return rig;
}

static void rig_free(Rig *rig)
{
    for (guint i = 0; i < VBDS; i++)
        fake_disk_clear(&rig->disks[i]);
    g_ptr_array_unref(rig->nodes);
    g_ptr_array_unref(rig->lines);
    g_mutex_clear(&rig->lock);
    g_free(rig);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)

/* The texts of the node `name`, in the order in which they were written. */
static GPtrArray *texts_of(Rig *rig, const char *name)
{
    GPtrArray *texts = g_ptr_array_new();
    g_autofree char *prefix = g_strconcat(name, "=", NULL);
    for (guint i = 0; i < rig->nodes->len; i++) {
        const char *node = g_ptr_array_index(rig->nodes, i);
        if (g_str_has_prefix(node, prefix))
            g_ptr_array_add(texts, (char *)node + strlen(prefix));
    }
    return texts;
}

/* The states in order, repetitions left out: "ready streaming draining done". */
static char *states_of(Rig *rig)
{
    g_autoptr(GPtrArray) texts = texts_of(rig, "status");
    GString *states = g_string_new(NULL);
    g_autofree char *last = g_strdup("");
    for (guint i = 0; i < texts->len; i++) {
        g_auto(GStrv) words = g_strsplit(g_ptr_array_index(texts, i), " ", -1);
        g_assert_true(g_str_has_prefix(words[1], "state="));
        if (strcmp(words[1] + 6, last) == 0)
            continue;
        g_free(last);
        last = g_strdup(words[1] + 6);
        g_string_append_printf(states, "%s%s", states->len ? " " : "", last);
    }
    return g_string_free(states, FALSE);
}

static const char *last_text(Rig *rig, const char *name)
{
    g_autoptr(GPtrArray) texts = texts_of(rig, name);
    return texts->len ? g_ptr_array_index(texts, texts->len - 1) : "";
}

static void assert_states(Rig *rig, const char *expected)
{
    g_autofree char *states = states_of(rig);
    g_assert_cmpstr(states, ==, expected);
}

static void test_status_text(void)
{
    char text[128];
    const struct xg_totals totals = {.bytes = 8192, .errors = 1, .mismatches = 2, .passes = 3};
    xg_status_text(XG_STATE_DRAINING, &totals, text, sizeof text);
    g_assert_cmpstr(text, ==, "v=1 state=draining bytes=8192 errors=1 mismatches=2 passes=3");
}

static void test_start_and_stop(void)
{
    for (guint verify = 0; verify <= 1; verify++) {
        g_autoptr(Rig) rig = rig_new(verify);
        rig->stop_at = 80;
        xg_writer_command(&rig->writer, "start");
        xg_writer_run(&rig->writer);
        assert_states(rig, "ready streaming draining done");

        guint writes = rig->disks[0].writes + rig->disks[1].writes;
        guint passes = MIN(rig->disks[0].writes, rig->disks[1].writes) / 32;
        g_autofree char *expected = g_strdup_printf(
            "v=1 state=done bytes=%u errors=0 mismatches=0 passes=%u", writes * BLOCK, passes);
        g_assert_cmpstr(last_text(rig, "status"), ==, expected);
        g_assert_cmpuint(rig->disks[0].queued + rig->disks[1].queued, ==, 0);
        g_assert_cmpuint(rig->lines->len, ==, 0);
    }
}

static void test_stop_before_start(void)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    xg_writer_command(&rig->writer, "start");
    xg_writer_command(&rig->writer, "stop");
    xg_writer_run(&rig->writer);
    assert_states(rig, "ready draining done");
    g_assert_cmpuint(rig->disks[0].writes, ==, 0);
}

static void test_unknown_command(void)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    xg_writer_command(&rig->writer, "");
    xg_writer_command(&rig->writer, "halt");
    xg_writer_command(&rig->writer, "stop");
    xg_writer_run(&rig->writer);
    g_assert_cmpstr(last_text(rig, "error"), ==,
                    "command \"halt\" is not known: start, stop, crash are");
    assert_states(rig, "ready draining done");
    g_assert_cmpuint(rig->lines->len, ==, 1);
}

static void test_crash(void)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    xg_writer_command(&rig->writer, "crash");
    xg_writer_run(&rig->writer); /* returns because the fake kernel lives on and says stop */
    g_assert_cmpuint(rig->crashes, ==, 1);
    g_assert_cmpstr(last_text(rig, "error"), ==, "the kernel did not crash when told to");
}

/* A VBD that fails makes the domU failed, but the other one streams on until stop. */
static void test_vbd_fails(void)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    rig->disks[0].fail_all = TRUE;
    rig->stop_late = TRUE;
    rig->stop_at = 50;
    xg_writer_command(&rig->writer, "start");
    xg_writer_run(&rig->writer);
    assert_states(rig, "ready streaming failed");
    g_assert_cmpuint(rig->late_writes, >=, 50);
    g_autofree char *expected = g_strdup_printf(
        "v=1 state=failed bytes=%u errors=%" G_GUINT64_FORMAT " mismatches=0 passes=0",
        rig->disks[1].writes * BLOCK, (guint64)atomic_load(&rig->engines[0].counters.errors));
    g_assert_cmpstr(last_text(rig, "status"), ==, expected);
    g_assert_nonnull(strstr(last_text(rig, "error"), "domain w00 vbd 0: given up after 1"));
    g_assert_nonnull(strstr(last_text(rig, "error"), "failed: Input/output error"));
    g_assert_cmpuint(rig->lines->len, >=, XG_ERRORS_MAX + 1);
}

/* What went wrong before ready is reported, and stop still leads to an end. */
static void test_fatal_before_ready(void)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    rig->answer = "stop";
    xg_writer_attach(&rig->writer, NULL, 0);
    xg_writer_problem(&rig->writer, "/dev/xvda is not there after 300 s", true);
    xg_writer_run(&rig->writer);
    assert_states(rig, "failed");
    g_assert_cmpstr(last_text(rig, "error"), ==, "/dev/xvda is not there after 300 s");
    g_assert_cmpstr(last_text(rig, "status"), ==,
                    "v=1 state=failed bytes=0 errors=0 mismatches=0 passes=0");
}

/* start after a fatal problem starts nothing. */
static void test_start_when_failed(void)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    rig->answer = "stop";
    xg_writer_problem(&rig->writer, "no memory", true);
    xg_writer_command(&rig->writer, "start");
    xg_writer_run(&rig->writer);
    g_assert_cmpuint(rig->disks[0].writes + rig->disks[1].writes, ==, 0);
    assert_states(rig, "failed");
}

/* The first eight mismatches have a node each, in order, all are counted, and each is told before
 * the status that counts it. */
static void test_mismatches(void)
{
    g_autoptr(Rig) rig = rig_new(TRUE);
    for (guint i = 0; i < VBDS; i++)
        rig->disks[i].corrupt = 5 * BLOCK + 70;
    rig->stop_at = 32 * 10;
    xg_writer_command(&rig->writer, "start");
    xg_writer_run(&rig->writer);
    assert_states(rig, "ready streaming draining done");
    guint nodes = 0;
    for (guint i = 0; i < 10; i++) {
        g_autofree char *name = g_strdup_printf("mismatch/%u", i);
        g_autoptr(GPtrArray) texts = texts_of(rig, name);
        g_assert_cmpuint(texts->len, ==, i < XG_MISMATCHES_KEPT ? 1 : 0);
        nodes += texts->len;
        if (texts->len)
            g_assert_nonnull(strstr(g_ptr_array_index(texts, 0), " offset 20480 pass "));
    }
    g_assert_cmpuint(nodes, ==, XG_MISMATCHES_KEPT);
    g_assert_cmpuint(rig->lines->len, ==, XG_MISMATCHES_KEPT);
    const char *count = strstr(last_text(rig, "status"), "mismatches=");
    g_assert_cmpuint(g_ascii_strtoull(count + strlen("mismatches="), NULL, 10), >=, 10);
    const char *last = g_ptr_array_index(rig->nodes, rig->nodes->len - 1);
    g_assert_true(g_str_has_prefix(last, "status="));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/writer/status-text", test_status_text);
    g_test_add_func("/writer/start-and-stop", test_start_and_stop);
    g_test_add_func("/writer/stop-before-start", test_stop_before_start);
    g_test_add_func("/writer/unknown-command", test_unknown_command);
    g_test_add_func("/writer/crash", test_crash);
    g_test_add_func("/writer/vbd-fails", test_vbd_fails);
    g_test_add_func("/writer/fatal-before-ready", test_fatal_before_ready);
    g_test_add_func("/writer/start-when-failed", test_start_when_failed);
    g_test_add_func("/writer/mismatches", test_mismatches);
    return g_test_run();
}
