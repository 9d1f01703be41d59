/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports made by hand, for the tests of tell/. */
#pragma once

#include "tell/tell.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define SECOND ((gint64)1000000000)

/* What a guest may send to fool a terminal: escapes, C1, bidirectional override, bad UTF-8, DEL. */
#define HOSTILE                                                                                    \
    "\x1b[2J\x1b]0;pwned\x07 \xc2\x9b"                                                             \
    "31m \xe2\x80\xae"                                                                             \
    "diap \xff\xfe \x7f\r\n\tend"

typedef struct {
    XrPlan *plan;
    XrVerdict verdict;
    XrObservation obs;
    JsonObject *run;
    char *dir; /* working folder of the test, with "record" inside */
    XrReport report;
} Fixture;

static inline void fixture_free_finding(gpointer data)
{
    XrFinding *finding = data;
    g_free(finding->kind);
    g_free(finding->where);
    g_free(finding->line);
    g_free(finding->meaning);
    g_free(finding);
}

static inline void fixture_free_metric(gpointer data)
{
    XrMetric *metric = data;
    g_free(metric->name);
    g_free(metric->unit);
    g_array_unref(metric->samples);
    g_free(metric);
}

static inline JsonObject *fixture_run(void)
{
    static const char text[] =
        "{\"id\":\"20261122T120000Z-default-ab12\",\"started\":\"2026-11-22T12:00:00Z\","
        "\"rig\":\"0.1.0\",\"qemu\":\"10.0.2\",\"libvirt\":\"9.0.0\",\"accel\":\"tcg\","
        "\"cpu_model\":\"max,-smap,-smep\",\"host\":{\"id\":\"0123456789abcdef\","
        "\"arch\":\"x86_64\",\"cpu\":\"A CPU of 2026\",\"cores\":2,\"memory_bytes\":25769803776,"
        "\"kernel\":\"6.1.0-56-amd64\",\"distribution\":\"Debian GNU/Linux 12 (bookworm)\"},"
        "\"builds\":[{\"name\":\"debian:bookworm\",\"id\":\"fedcba9876543210\","
        "\"xen_version\":\"4.17.5-1\",\"kernel_release\":\"6.1.0-56-amd64\",\"inputs\":["
        "{\"package\":\"xen-hypervisor-4.17-amd64\",\"version\":\"4.17.5-1\",\"arch\":\"amd64\","
        "\"sha256\":\"00\"},{\"file\":\"initramfs\",\"sha256\":\"11\"}]}]}";
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    return json_node_dup_object(node);
}

/* A folder "record" with the stages of a run, for findings to fall into. */
static inline void fixture_make_record(Fixture *f)
{
    static const char events[] =
        "{\"t\":0,\"kind\":\"stage\",\"name\":\"build\",\"state\":\"begin\"}\n"
        "{\"t\":1000000000,\"kind\":\"stage\",\"name\":\"boot\",\"state\":\"begin\"}\n"
        "{\"t\":19000000000,\"kind\":\"stage\",\"name\":\"create\",\"state\":\"begin\"}\n"
        "{\"t\":60000000000,\"kind\":\"stage\",\"name\":\"warmup\",\"state\":\"begin\"}\n"
        "{\"t\":70000000000,\"kind\":\"stage\",\"name\":\"window\",\"state\":\"begin\","
        "\"index\":0}\n"
        "{\"t\":75000000000,\"kind\":\"stage\",\"name\":\"window\",\"state\":\"end\",\"index\":0}\n"
        "{\"t\":75000000000,\"kind\":\"stage\",\"name\":\"window\",\"state\":\"begin\","
        "\"index\":1}\n"
        "{\"t\":80000000000,\"kind\":\"stage\",\"name\":\"drain\",\"state\":\"begin\"}\n";
    f->dir = g_dir_make_tmp("xenrig-tell-XXXXXX", NULL);
    g_assert_cmpint(g_chdir(f->dir), ==, 0);
    g_assert_cmpint(g_mkdir("record", 0700), ==, 0);
    g_assert_true(g_file_set_contents("record/events.jsonl", events, -1, NULL));
}

static inline void fixture_set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    f->plan = xr_plan_load(NULL, (const char *const[]){"guests.kind=linux", NULL}, &error);
    g_assert_no_error(error);
    f->verdict.findings = g_ptr_array_new_with_free_func(fixture_free_finding);
    f->verdict.metrics = g_ptr_array_new_with_free_func(fixture_free_metric);
    f->obs.windows = g_array_new(FALSE, FALSE, sizeof(XrWindow));
    f->obs.free_before = f->obs.free_after = f->obs.grants_before = f->obs.grants_after = -1;
    f->run = fixture_run();
    fixture_make_record(f);
    f->report = (XrReport){.plan = f->plan,
                           .verdict = &f->verdict,
                           .obs = &f->obs,
                           .record_dir = "record",
                           .run = f->run};
}

static inline void fixture_tear_down(Fixture *f, gconstpointer data)
{
    xr_plan_free(f->plan);
    g_free(f->verdict.reason);
    g_ptr_array_unref(f->verdict.findings);
    g_ptr_array_unref(f->verdict.metrics);
    g_clear_pointer(&f->verdict.incomplete, g_ptr_array_unref);
    g_clear_pointer(&f->verdict.locks, g_ptr_array_unref);
    g_array_unref(f->obs.windows);
    json_object_unref(f->run);
    g_assert_cmpint(g_unlink("record/events.jsonl"), ==, 0);
    g_assert_cmpint(g_rmdir("record"), ==, 0);
    g_assert_cmpint(g_chdir("/"), ==, 0);
    g_assert_cmpint(g_rmdir(f->dir), ==, 0);
    g_free(f->dir);
}

static inline void fixture_verdict(Fixture *f, XrVerdictKind kind, const char *reason)
{
    f->verdict.kind = kind;
    g_free(f->verdict.reason);
    f->verdict.reason = g_strdup(reason);
}

/* Why the run is not complete. */
static inline void fixture_incomplete(Fixture *f, const char *reason)
{
    if (f->verdict.incomplete == NULL)
        f->verdict.incomplete = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(f->verdict.incomplete, g_strdup(reason));
}

/* Three samples around value. */
static inline void fixture_metric(Fixture *f, const char *name, const char *unit, double value,
                                  double spread)
{
    XrMetric *metric = g_new0(XrMetric, 1);
    metric->name = g_strdup(name);
    metric->unit = g_strdup(unit);
    metric->value = value;
    metric->low = value - spread;
    metric->high = value + spread;
    metric->samples = g_array_new(FALSE, FALSE, sizeof(double));
    const double samples[] = {metric->low, metric->high, value};
    g_array_append_vals(metric->samples, samples, spread > 0 ? 3 : 0);
    g_ptr_array_add(f->verdict.metrics, metric);
}

static inline void fixture_finding(Fixture *f, const char *kind, XrVerdictKind weight,
                                   const char *where, gint64 when_ns, const char *line,
                                   const char *meaning)
{
    XrFinding *finding = g_new0(XrFinding, 1);
    finding->kind = g_strdup(kind);
    finding->weight = weight;
    finding->where = g_strdup(where);
    finding->when_ns = when_ns;
    finding->line = g_strdup(line);
    finding->meaning = g_strdup(meaning);
    finding->count = 1;
    g_ptr_array_add(f->verdict.findings, finding);
}

static inline void fixture_free_row(gpointer data)
{
    XrLockRow *row = data;
    g_free(row->lock);
    g_free(row->domain);
    g_free(row);
}

/* What a build with a lock profile adds. */
static inline void fixture_locks(Fixture *f)
{
    static const XrLockRow rows[] = {
        {"grant_lock", "dom0", 1234567.4, 5, 0.12345, 0.3121, 0.0456},
        {"freelist", "dom0", 250000, 1.0004, 0, 0.01, 0},
        {"domain_lock", "dom0", 0.2, NAN, NAN, 0, 0},
        {"grant_lock", "domUs", 987654, 4, 0.01, 0.25, 0.0001},
        {"heap_lock", "xen", 12, NAN, 0.5, 0.001, 0.002},
        {"a_lock_with_quite_a_long_name" HOSTILE, "xen", 7, NAN, 0, 0.0001, 0},
        {"lock_a", "xen", 6, NAN, 0, 0, 0},
        {"lock_b", "xen", 9, NAN, 0, 0, 0},
        {"lock_c", "xen", 3, NAN, 0, 0, 0.5},
        {"lock_d", "xen", 2, NAN, 0, 0, 0},
    };
    f->verdict.locks = g_ptr_array_new_with_free_func(fixture_free_row);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        XrLockRow *row = g_memdup2(&rows[i], sizeof rows[i]);
        row->lock = g_strdup(rows[i].lock);
        row->domain = g_strdup(rows[i].domain);
        g_ptr_array_add(f->verdict.locks, row);
    }
    fixture_metric(f, "lock_acquired.dom0/grant_lock", "/s", 1234567.4, 5e4);
    fixture_metric(f, "grant_pairs.dom0", "/s", 246913, 1e4);
}

/* What a run of the default plan measures when all goes well. */
static inline void fixture_measured(Fixture *f)
{
    const XrWindow windows[] = {{0, 5}, {5, 10}, {10, 15}};
    fixture_metric(f, "throughput", "B/s", 312.4e6, 10.1e6);
    for (guint i = 0; i < 24; i++) {
        g_autofree char *name = g_strdup_printf("throughput.w%02u/vbd0", i);
        fixture_metric(f, name, "B/s", 13.0e6 - i * 2e5, 2.5e5);
    }
    fixture_metric(f, "fairness", "ratio", 0.781, 0.012);
    fixture_metric(f, "longest_stall", "ns", 0.84e9, 0.1e9);
    fixture_metric(f, "boot_time", "ns", 18.2e9, 0);
    fixture_metric(f, "create_time", "ns", 41.3e9, 0);
    fixture_metric(f, "cpu.dom0", "CPUs", 1.26, 0.04);
    fixture_metric(f, "cpu.w00", "CPUs", 0.031, 0.004);
    fixture_metric(f, "cpu.w01", "CPUs", 0.025, 0.003);
    fixture_metric(f, "free_before", "B", 3221225472.0, 0);
    fixture_metric(f, "grants_after", "count", 12, 0);
    g_array_append_vals(f->obs.windows, windows, 3);
    f->obs.guests_created = f->obs.guests_ready = f->obs.guests_streaming = 24;
    f->obs.free_before = f->obs.free_after = (gint64)3 << 30;
    f->obs.grants_before = f->obs.grants_after = 12;
    fixture_verdict(f, XR_PASS, "24 domUs streamed for 3 windows of 5s, all within their limits");
}
