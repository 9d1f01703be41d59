/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of made-up runs, for the tests of the history. */
#pragma once

#include "keep/history-db.h"
#include "record-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define HOST_A "aaaaaaaaaaaaaaaa"
#define HOST_B "bbbbbbbbbbbbbbbb"

/* What is NULL or 0 is as in any run. */
typedef struct {
    const char *id, *started, *plan, *windows, *build, *build_id, *verdict, *reason, *host,
        *command, *time; /* machine.time */
    const char *more;    /* metrics: ,"name":{…} */
    const char *findings;
    const char *incomplete; /* JSON strings: it is not complete. NULL: the record does not say */
    double value;
} Made;

static inline const char *either(const char *text, const char *usual)
{
    return text != NULL ? text : usual;
}

static inline void put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline char *make_verdict(const Made *made)
{
    const double value = made->value > 0 ? made->value : 4e8;

    return g_strdup_printf(
        "{\"schema\":1,\"verdict\":\"%s\",\"reason\":\"%s\",\"run\":\"%s\",\"started\":\"%s\","
        "\"rig\":\"0.1.0\",\"plan\":{\"name\":\"%s\",\"settings\":{\"machine\":{\"time\":\"%s\"},"
        "\"hypervisor\":{\"build\":\"asked-for\"},\"workload\":{\"windows\":\"%s\"}}},"
        "\"builds\":[{\"name\":\"%s\",\"id\":\"%s\",\"xen_version\":\"4.17.5\"}],"
        "\"host\":{\"id\":\"%s\",\"arch\":\"x86_64\",\"cpu\":\"A CPU of 2026\",\"cores\":2,"
        "\"memory_bytes\":25769803776,\"kernel\":\"6.1.0\",\"distribution\":\"Debian 12\"},"
        "\"metrics\":{\"throughput\":{\"value\":%.17g,\"unit\":\"B/"
        "s\",\"low\":%.17g,\"high\":%.17g,"
        "\"samples\":[%.17g,%.17g,%.17g]},\"throughput.w00/vbd0\":{\"value\":1,\"unit\":\"B/s\"},"
        "\"cpu.w00\":{\"value\":1,\"unit\":\"CPUs\"},\"cpu.dom0\":{\"value\":1.5,\"unit\":\"CPUs\","
        "\"low\":1.5,\"high\":1.5,\"samples\":[1.5]},\"never\":{\"value\":null,\"unit\":\"ns\"}%s},"
        "\"findings\":[%s]%s%s%s}",
        either(made->verdict, "pass"), either(made->reason, "it went well"),
        either(made->id, "20261120T100000Z-smoke-0001"),
        either(made->started, "2026-11-20T10:00:00Z"), either(made->plan, "smoke"),
        either(made->time, "real"), either(made->windows, "3"),
        either(made->build, "debian:bookworm"), either(made->build_id, "1111111111111111"),
        either(made->host, HOST_A), value, value * 0.9, value * 1.1, value * 0.9, value,
        value * 1.1, either(made->more, ""), either(made->findings, ""),
        made->incomplete != NULL ? ",\"complete\":false,\"incomplete\":[" : "",
        either(made->incomplete, ""), made->incomplete != NULL ? "]" : "");
}

/* For more: the share of the time that the host let the machine wait. */
#define WAIT(share)                                                                                \
    ",\"host_wait\":{\"value\":" share ",\"unit\":\"ratio\",\"samples\":[" share "]}"

/* For more: what a MiB takes, where that is counted. */
#define INSTRUCTIONS(count)                                                                        \
    ",\"instructions\":{\"value\":" count ",\"unit\":\"/MiB\",\"samples\":[" count "]}"

/* Writes a record to dir, which is made. */
static inline void write_record(const char *dir, const Made *made)
{
    g_autofree char *verdict = make_verdict(made);
    g_autofree char *run = g_strdup_printf("{\"id\":\"%s\",\"argv\":[\"%s\",\"smoke\"]}",
                                           either(made->id, "20261120T100000Z-smoke-0001"),
                                           either(made->command, "run"));

    put(dir, "verdict.json", verdict);
    put(dir, "run.json", run);
    put(dir, "plan", "[plan]\nname=smoke\n");
    put(dir, "events.jsonl",
        "{\"t\":0,\"kind\":\"stage\",\"name\":\"build\",\"state\":\"begin\"}\n"
        "{\"t\":42500000000,\"kind\":\"stage\",\"name\":\"stop\",\"state\":\"end\"}\n"
        "{\"t\":43000000000,\"kind\":\"sta");
    put(dir, "console/xen.log", "(XEN) Xen version 4.17.5\n");
}

/* The folder in STATE/runs of the run. Free with g_free. */
static inline char *own_dir(const Made *made)
{
    return g_build_filename(state, "runs", either(made->id, "20261120T100000Z-smoke-0001"), NULL);
}

/* Writes a record to STATE/runs and enters it. */
static inline void enter(const Made *made)
{
    g_autofree char *dir = own_dir(made);
    g_autoptr(GError) error = NULL;

    write_record(dir, made);
    xr_history_enter(dir, &error);
    g_assert_no_error(error);
}

static inline XrHistory *open_history(void)
{
    g_autoptr(GError) error = NULL;
    XrHistory *history = xr_history_open(&error);

    g_assert_no_error(error);
    return history;
}

static inline void remove_tree(const char *path)
{
    g_autofree char *quoted = g_shell_quote(path);
    g_autofree char *command = g_strconcat("rm -rf -- ", quoted, NULL);

    g_assert_cmpint(system(command), ==, 0);
}

/* Each test begins with an empty state folder. */
static inline void begin(void)
{
    remove_tree(state);
    g_assert_cmpint(g_mkdir_with_parents(state, 0700), ==, 0);
}

static inline void assert_says(const char *text, const char *wanted)
{
    if (strstr(text, wanted) == NULL)
        g_error("not said: %s\n%s", wanted, text);
}

static inline guint count_runs(void)
{
    g_autoptr(XrHistory) history = open_history();
    const XrHistoryFilter all = {0};
    g_autoptr(GPtrArray) runs = xr_history_list(history, &all, NULL);

    return runs->len;
}
