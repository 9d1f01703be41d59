/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the report as TAP 13.
 *
 * One test a class of trouble, always the same ones in the same order, so that a harness can follow
 * each over many runs. A finding belongs to the first class that knows its kind, else to the place
 * it was seen at. What was not measured is "ok … # SKIP": no verdict is made of silence. An error
 * of the rig or the host ends in "Bail out!", for then no test says anything about the hypervisor.
 */
#include "tell/tell.h"

#include "tell/format.h"
#include "tell/stages.h"

#include <string.h>

#define QUOTE_MAX 600

typedef struct {
    const char *name;  /* of the test */
    const char *kinds; /* patterns of g_pattern_match_simple, separated by spaces */
    const char *where; /* patterns of places, for kinds no class knows */
    /* Why there is nothing to say, NULL if there is; static. */
    const char *(*missing)(const XrReport *report);
    const char *metrics; /* figures told with the test */
} Point;

static const char *missing_boot(const XrReport *report)
{
    return xr_verdict_metric(report->verdict, "boot_time") != NULL ||
                   report->obs->guests_created > 0
               ? NULL
               : "dom0 was not reached";
}

static const char *missing_create(const XrReport *report)
{
    return report->obs->guests_created >= report->plan->guests.count ? NULL
                                                                     : "not all were created";
}

static const char *missing_windows(const XrReport *report)
{
    return report->obs->windows->len > 0 ? NULL : "no window was measured";
}

static const char *missing_throughput(const XrReport *report)
{
    if (report->plan->limits.throughput == 0)
        return "limits.throughput is 0: no limit";
    return xr_verdict_metric(report->verdict, "throughput") != NULL ? NULL : "not measured";
}

static const char *missing_fairness(const XrReport *report)
{
    return xr_verdict_metric(report->verdict, "fairness") != NULL ? NULL : "not measured";
}

static const char *missing_stall(const XrReport *report)
{
    return xr_verdict_metric(report->verdict, "longest_stall") != NULL ? NULL : "not measured";
}

static const char *missing_data(const XrReport *report)
{
    if (!report->plan->workload.verify && !report->plan->workload.paranoid)
        return "workload.verify and workload.paranoid are no: nothing was read back";
    return missing_windows(report);
}

/* What a domU that is still there holds is not lost. */
static gboolean is_domu_left(const XrReport *report)
{
    for (guint i = 0; i < report->verdict->findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(report->verdict->findings, i);
        if (g_str_equal(finding->kind, "not-destroyed"))
            return TRUE;
    }
    return FALSE;
}

static const char *missing_memory(const XrReport *report)
{
    if (is_domu_left(report))
        return "a domU was not destroyed";
    return report->obs->free_before >= 0 && report->obs->free_after >= 0
               ? NULL
               : "Xen's free memory is not known before and after";
}

static const char *missing_grants(const XrReport *report)
{
    if (is_domu_left(report))
        return "a domU was not destroyed";
    return report->obs->grants_before >= 0 && report->obs->grants_after >= 0
               ? NULL
               : "active grants are not known before and after";
}

static const Point points[] = {
    {"dom0's toolstack is ready", "boot*", "", missing_boot, "boot_time"},
    {"all domUs are created", "create*", "", missing_create, "create_time"},
    {"all domUs stream", "incomplete", "", missing_windows, ""},
    {"the rate is steady", "*steady* warmup-*", "", missing_windows, ""},
    {"throughput is above its limit", "throughput", "", missing_throughput,
     "throughput latency_p50 latency_p99 latency_max guest_share grant_maps grant_unmaps"},
    {"VBDs are served fairly", "fairness", "", missing_fairness, "fairness"},
    {"no VBD stalls", "stall", "", missing_stall, "longest_stall longest_gap"},
    {"no hang, no silence, no early end", "hang silence *-timeout machine-* agent-*", "", NULL, ""},
    {"Xen: no panic, BUG, ASSERT or WARN", "xen-*", "xen", NULL, ""},
    {"dom0: no panic, oops or hung task", "dom0-*", "dom0", NULL, ""},
    {"blkback and blkfront: no errors", "blkback-* blkfront-* block-* io-*", "", NULL, ""},
    {"domUs: no crash, no oops", "domu-* guest-* domain-*", "w[0-9]*", NULL, ""},
    {"data reads back as written", "data-*", "", missing_data, ""},
    {"no zombie domain", "zombie not-destroyed", "", missing_memory, ""},
    {"no memory leak", "memory-leak", "", missing_memory, ""},
    {"no grant leak", "grant-leak", "", missing_grants, ""},
    {"nothing else was found", "*", "*", NULL, ""},
};

static gboolean matches(const char *patterns, const char *text)
{
    g_auto(GStrv) each = g_strsplit(patterns, " ", -1);
    for (char **pattern = each; *pattern != NULL; pattern++)
        if (g_pattern_match_simple(*pattern, text))
            return TRUE;
    return FALSE;
}

static guint point_of(const XrFinding *finding)
{
    const guint last = G_N_ELEMENTS(points) - 1;
    for (guint i = 0; i < last; i++)
        if (matches(points[i].kinds, finding->kind))
            return i;
    for (guint i = 0; i < last; i++)
        if (finding->where != NULL && matches(points[i].where, finding->where))
            return i;
    return last;
}

static void add_finding(GString *out, const XrFinding *finding, const GPtrArray *stages)
{
    g_autofree char *when =
        xr_tell_when(finding->when_ns, xr_tell_stage_at(stages, finding->when_ns));
    g_autofree char *kind = xr_tell_safe(finding->kind, 64);
    g_autofree char *where = xr_tell_safe(finding->where, 64);
    g_autofree char *meaning = xr_tell_safe(finding->meaning, QUOTE_MAX);
    g_string_append_printf(out, "# %s: %s in %s, %s", xr_tell_weight(finding->weight), kind, where,
                           when);
    if (finding->count > 1)
        g_string_append_printf(out, ", %u times", finding->count);
    g_string_append_c(out, '\n');
    if (finding->line != NULL) {
        g_autofree char *line = xr_tell_safe(finding->line, QUOTE_MAX);
        g_string_append_printf(out, "#   | %s\n", line);
    }
    if (meaning[0] != '\0')
        g_string_append_printf(out, "#   %s\n", meaning);
}

static void add_metrics(GString *out, const XrVerdict *verdict, const char *names)
{
    g_auto(GStrv) each = g_strsplit(names, " ", -1);
    for (char **name = each; *name != NULL; name++) {
        const XrMetric *metric = xr_verdict_metric(verdict, *name);
        if (metric == NULL)
            continue;
        g_autofree char *value = xr_tell_value(metric->value, metric->unit);
        g_autofree char *low = xr_tell_value(metric->low, metric->unit);
        g_autofree char *high = xr_tell_value(metric->high, metric->unit);
        if (metric->samples != NULL && metric->samples->len > 1)
            g_string_append_printf(out, "# %s %s (%s to %s)\n", *name, value, low, high);
        else
            g_string_append_printf(out, "# %s %s\n", *name, value);
    }
}

static void add_point(GString *out, const XrReport *report, guint i, const GPtrArray *stages)
{
    const GPtrArray *findings = report->verdict->findings;
    g_autoptr(GString) found = g_string_new(NULL);
    XrVerdictKind worst = XR_PASS;
    for (guint f = 0; f < findings->len; f++) {
        const XrFinding *finding = g_ptr_array_index(findings, f);
        if (point_of(finding) != i)
            continue;
        worst = MAX(worst, finding->weight);
        add_finding(found, finding, stages);
    }
    const char *missing = points[i].missing == NULL ? NULL : points[i].missing(report);
    g_string_append_printf(out, "%s %u - %s", worst > XR_SKIP ? "not ok" : "ok", i + 1,
                           points[i].name);
    if (worst == XR_SKIP)
        g_string_append(out, " # SKIP see below");
    else if (worst == XR_PASS && missing != NULL)
        g_string_append_printf(out, " # SKIP %s", missing);
    g_string_append_c(out, '\n');
    add_metrics(out, report->verdict, points[i].metrics);
    g_string_append(out, found->str);
}

void xr_tell_tap(const XrReport *report, FILE *out)
{
    const XrVerdict *verdict = report->verdict;
    const guint n = G_N_ELEMENTS(points);
    g_autoptr(GString) text = g_string_new("TAP version 13\n");
    g_autofree char *reason = xr_tell_safe(verdict->reason, QUOTE_MAX);
    g_autofree char *record = xr_tell_safe(report->record_dir, 8192);
    if (verdict->kind == XR_SKIP) {
        g_string_append_printf(text, "1..0 # SKIP %s\n", reason);
        fwrite(text->str, 1, text->len, out);
        return;
    }
    g_autoptr(GPtrArray) stages = xr_tell_stages(report->record_dir);
    g_string_append_printf(text, "1..%u\n", n + 1);
    for (guint i = 0; i < n; i++)
        add_point(text, report, i, stages);
    /* Whatever the classes say: the harness must come to the verdict of the rig. */
    g_string_append_printf(text, "%s %u - verdict\n# %s: %s\n",
                           verdict->kind == XR_PASS ? "ok" : "not ok", n + 1,
                           xr_verdict_name(verdict->kind), reason);
    g_autofree char *incomplete = xr_tell_incomplete(verdict);
    if (incomplete != NULL)
        g_string_append_printf(text, "# %s\n", incomplete);
    if (record[0] != '\0')
        g_string_append_printf(text, "# record: %s\n", record);
    if (verdict->kind == XR_ERROR_VERDICT)
        g_string_append_printf(text, "Bail out! %s\n", reason);
    fwrite(text->str, 1, text->len, out);
}
