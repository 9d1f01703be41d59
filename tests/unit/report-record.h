/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of made-up runs on disk, and a gnuplot that draws nothing, for the tests of run/report.h. */
#pragma once

#include "base/json.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a guest may send to get markup or a script into a page, or to turn its text around. */
#define HOSTILE                                                                                    \
    "</pre></details></article><script>document.title='pwned'</script>"                            \
    "<img src=x onerror=\"document.title='pwned'\"><svg onload=document.title='pwned'>"            \
    "\" onmouseover=\"document.title='pwned'\" ' &lt;b&gt; \xe2\x80\xae"                           \
    "diap \x1b[31m \xc2\x9b"                                                                       \
    "1m end"

typedef struct {
    const char *id;
    guint domus, windows, window_s;
    gboolean locks; /* they were profiled */
    gboolean crash; /* w01's kernel panics in the first window, as the plan ordered */
    const char
        *hostile; /* said, and held, by all that a guest or a record from elsewhere may say; NULL */
} RecordShape;

typedef struct {
    const RecordShape *shape;
    GString *events;
    double t; /* rig clock; dom0's is 100 s ahead */
    gint64 bytes;
} RecordRun;

G_GNUC_PRINTF(3, 4)
static inline void record_event(RecordRun *run, const char *kind, const char *format, ...)
{
    g_autofree char *members = NULL;
    va_list args;

    va_start(args, format);
    members = g_strdup_vprintf(format, args);
    va_end(args);
    g_string_append_printf(run->events, "{\"t\":%.0f,\"kind\":\"%s\",%s}\n", run->t * 1e9, kind,
                           members);
}

static inline void record_stage(RecordRun *run, const char *name, const char *phase, int index)
{
    if (index < 0)
        record_event(run, "stage", "\"name\":\"%s\",\"state\":\"%s\"", name, phase);
    else
        record_event(run, "stage", "\"name\":\"%s\",\"state\":\"%s\",\"index\":%d", name, phase,
                     index);
}

/* text as a JSON string, with its quotes. */
static inline char *record_quote(const char *text)
{
    g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), text);

    return json_to_string(node, FALSE);
}

static inline void record_line(RecordRun *run, const char *source, const char *line)
{
    g_autofree char *quoted = record_quote(line);

    record_event(run, "console", "\"source\":\"%s\",\"line\":%s", source, quoted);
}

static inline void record_stream(RecordRun *run, guint seconds, gboolean crashed)
{
    for (guint step = 0; step < 2 * seconds; step++) {
        g_autoptr(GString) vbds = g_string_new(NULL);

        run->t += 0.5;
        run->bytes += 5000000;
        for (guint i = 0; i < run->shape->domus; i++) {
            if (crashed && i == 1)
                continue;
            g_string_append_printf(vbds,
                                   "%s{\"domain\":\"w%02u\",\"vbd\":0,\"bytes\":%" G_GINT64_FORMAT
                                   ",\"requests\":%" G_GINT64_FORMAT "}",
                                   vbds->len > 0 ? "," : "", i,
                                   run->bytes + i * 1000 * (gint64)(run->t), run->bytes / 131072);
        }
        record_event(run, "sample", "\"guest_ns\":%.0f,\"vbds\":[%s]", (run->t + 100) * 1e9,
                     vbds->str);
    }
}

static inline void record_each(RecordRun *run, const char *kind, const char *members)
{
    for (guint i = 0; i < run->shape->domus; i++)
        record_event(run, kind, "\"name\":\"w%02u\",%s", i, members);
}

static inline void record_start(RecordRun *run)
{
    run->t = 1;
    record_stage(run, "boot", "begin", -1);
    record_event(run, "machine", "\"what\":\"started\"");
    record_line(run, "xen", "(XEN) Xen version 4.17.5");
    run->t = 16;
    record_event(run, "agent", "\"what\":\"ready\",\"text\":\"\"");
    record_stage(run, "boot", "end", -1);
    run->t = 17;
    record_stage(run, "create", "begin", -1);
    record_event(run, "counters",
                 "\"when\":\"before\",\"free_bytes\":1000000000,\"grants_active\":0");
    run->t = 20;
    record_each(run, "domain", "\"what\":\"created\",\"seconds\":2.5");
    run->t = 21;
    record_each(run, "guest", "\"state\":\"ready\"");

    record_stage(run, "create", "end", -1);
    record_stage(run, "warmup", "begin", -1);
    record_each(run, "guest", "\"state\":\"streaming\"");

    record_stream(run, 3, FALSE);
    record_event(run, "stage",
                 "\"name\":\"warmup\",\"state\":\"end\",\"steady\":true,\"cov\":0.02,"
                 "\"guest_duration_ns\":3000000000");
}

/* The panic is quoted by a finding; what comes around it is in its excerpt. */
static inline void record_crash(RecordRun *run)
{
    const char *hostile = run->shape->hostile != NULL ? run->shape->hostile : "";
    g_autofree char *panic =
        g_strdup_printf("Kernel panic - not syncing: ordered by the rig %s", hostile);
    g_autofree char *quoted = record_quote(hostile);

    record_line(run, "w01", "the line before");
    record_event(run, "fault",
                 "\"what\":\"injected\",\"fault\":\"crash-guest\",\"domain\":\"w01\",\"text\":%s",
                 quoted);
    run->t += 0.1;
    record_line(run, "w01", panic);
    record_line(run, "w01", hostile[0] != '\0' ? hostile : "the line after");
    record_event(run, "domain",
                 "\"name\":\"w01\",\"what\":\"exited\",\"reason\":\"crash\",\"detail\":%s", quoted);
}

static inline void record_end(RecordRun *run)
{
    run->t += 1;
    record_stage(run, "drain", "begin", -1);
    record_each(run, "figures",
                "\"vbd\":0,\"gap_ns\":1000000,\"latency\":[[20,30],[21,60],[22,10]]");
    record_each(run, "guest", "\"state\":\"done\"");
    if (!run->shape->crash)
        record_each(run, "domain", "\"what\":\"exited\",\"reason\":\"shutdown\"");
    record_stage(run, "drain", "end", -1);
    record_stage(run, "destroy", "begin", -1);
    record_event(run, "counters",
                 "\"when\":\"after\",\"free_bytes\":999500000,\"grants_active\":0");
    record_stage(run, "destroy", "end", -1);
    record_stage(run, "stop", "begin", -1);
    record_event(run, "machine", "\"what\":\"shutdown\"");
    record_stage(run, "stop", "end", -1);
}

/* Cumulative, and so that each second of a window takes the lock 1000 times, a quarter of them waited for. */
static inline void record_locks(RecordRun *run, const char *when, guint index)
{
    const double ms = run->t * 1000;

    record_event(
        run, "locks",
        "\"when\":\"%s\",\"index\":%u,\"guest_ns\":%.0f,\"domains\":[{\"name\":\"dom0\",\"locks\":{"
        "\"grant_lock\":[%.0f,%.0f,%.0f,%.0f]}},{\"name\":\"xen\",\"locks\":{\"heap_lock\":[%.0f,0,"
        "0,0]}}]",
        when, index, (run->t + 100) * 1e9, ms, ms / 4, ms * 1e5, ms * 1e4, ms / 10);
}

static inline void record_put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline void record_put_run(const char *dir, const RecordShape *shape)
{
    const char *hostile = shape->hostile != NULL ? shape->hostile : "";
    g_autofree char *id = g_strconcat(shape->id, hostile, NULL);
    g_autofree char *id_json = record_quote(id);
    g_autofree char *odd = record_quote(hostile);
    g_autofree char *text = g_strdup_printf(
        "{\"id\":%s,\"started\":\"2026-11-22T12:00:00Z\",\"rig\":\"0.1.0\",\"qemu\":\"10.0.2\","
        "\"argv\":[\"run\",\"small "
        "plan\",%s],\"libvirt\":\"9.0.0\",\"accel\":\"tcg\",\"cpu_model\":\"max\","
        "\"host\":{\"id\":\"0123456789abcdef\",\"cpu\":\"A CPU of "
        "2026\",\"cores\":2,\"memory_bytes\":25769803776,"
        "\"kernel\":\"6.1.0-56-amd64\",\"distribution\":\"Debian GNU/Linux 12 "
        "(bookworm)\"},\"builds\":[{"
        "\"name\":\"debian:bookworm\",\"id\":\"fedcba9876543210\",\"xen_version\":\"4.17.5-1\","
        "\"kernel_release\":\"6.1.0-56-amd64\",\"inputs\":[{\"package\":\"xen-hypervisor-4.17-"
        "amd64\","
        "\"version\":\"4.17.5-1\",\"arch\":\"amd64\",\"sha256\":\"00\"},{\"package\":%s,"
        "\"version\":\"1\"},"
        "{\"file\":\"dom0-initramfs\",\"sha256\":\"11\"}]}]}\n",
        id_json, odd, odd);

    record_put(dir, "run.json", text);
}

static inline void record_write(const char *dir, const RecordShape *shape)
{
    RecordRun run = {.shape = shape, .events = g_string_new(NULL)};
    g_autofree char *plan = g_strdup_printf("[plan]\nname=small\n[guests]\ncount=%u\n[workload]"
                                            "\nwindows=%u\nwindow=%us\n[limits]\nfairness=0.01\n",
                                            shape->domus, shape->windows, shape->window_s);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    record_start(&run);
    for (guint i = 0; i < shape->windows; i++) {
        if (shape->locks)
            record_locks(&run, "begin", i);
        record_stage(&run, "window", "begin", (int)i);
        record_stream(&run, 1, shape->crash && i > 0);
        if (shape->crash && i == 0)
            record_crash(&run);
        record_stream(&run, shape->window_s - 1, shape->crash);
        record_stage(&run, "window", "end", (int)i);
        if (shape->locks)
            record_locks(&run, "end", i);
    }
    record_end(&run);
    record_put(dir, "events.jsonl", run.events->str);
    record_put(dir, "plan", plan);
    record_put_run(dir, shape);
    g_string_free(run.events, TRUE);
}

/* A program "gnuplot" that is all there is in PATH: it draws the same whatever it is told. */
static inline void record_fake_gnuplot(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "gnuplot", NULL);

    record_put(dir, "gnuplot",
               "#!/bin/sh\nwhile read -r line; do :; done\n"
               "echo '<?xml version=\"1.0\"?><svg width=\"9\" "
               "height=\"9\"><title>no</title><desc>no</desc>"
               "<text>drawn</text></svg>'\n");
    g_assert_cmpint(g_chmod(path, 0700), ==, 0);
    g_setenv("PATH", dir, TRUE);
}

static inline void record_remove(const char *dir)
{
    g_autofree char *quoted = g_shell_quote(dir);
    g_autofree char *command = g_strconcat("/bin/rm -rf -- ", quoted, NULL);

    g_assert_cmpint(system(command), ==, 0);
}
