/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the report for people.
 *
 * Read from the top, one may stop at any line: verdict and reason, what was run, what was found,
 * the figures, where the record is. At most WIDTH columns, but for names and paths that must stay
 * whole to be used. */
#include "tell/tell.h"

#include "base/json.h"
#include "base/units.h"
#include "tell/counts.h"
#include "tell/format.h"
#include "tell/locks.h"
#include "tell/stages.h"

#include <math.h>
#include <string.h>

#define WIDTH 80
#define LABEL 18
/* How names of figures that are shares of lines begin. */
#define COVERAGE "coverage."
/* More rows than that say nothing to a reader: the slowest are shown. */
#define VBD_ROWS_MAX 64
#define QUOTE_MAX    600
#define FINDINGS_MAX 50

typedef struct {
    const XrReport *report;
    GString *out;
    gboolean color;
} Text;

static const char *const verdict_color[] = {"32", "36", "33", "31", "35"};

static void add_colored(Text *t, const char *sgr, const char *text)
{
    if (t->color)
        g_string_append_printf(t->out, "\033[%sm%s\033[0m", sgr, text);
    else
        g_string_append(t->out, text);
}

static void add_heading(Text *t, const char *text)
{
    g_string_append_c(t->out, '\n');
    add_colored(t, "1", text);
    g_string_append_c(t->out, '\n');
}

/* "label   value", value folded behind the label. value may hold guest text: it is escaped. */
static void add_pair(Text *t, const char *label, const char *value)
{
    g_autofree char *safe = xr_tell_safe(value, 2000);
    g_autofree char *name = xr_tell_fit(label, LABEL, TRUE);
    g_autofree char *indent = g_strnfill(LABEL + 2, ' ');
    g_autoptr(GString) folded = g_string_new(NULL);
    xr_tell_fold(folded, safe, indent, WIDTH);
    g_string_append_printf(t->out, "  %s%s", name, folded->str + LABEL + 2);
}

static void add_verdict(Text *t)
{
    const XrVerdict *verdict = t->report->verdict;
    g_autofree char *word = g_ascii_strup(xr_verdict_name(verdict->kind), -1);
    g_autofree char *reason = xr_tell_safe(verdict->reason, 2000);
    g_autofree char *first = g_strdup_printf("%s: %s", word, reason);
    g_autoptr(GString) folded = g_string_new(NULL);
    xr_tell_fold(folded, first, "", WIDTH);
    g_string_erase(folded, 0, (gssize)strlen(word));
    g_autofree char *sgr = g_strconcat("1;", verdict_color[verdict->kind], NULL);
    add_colored(t, sgr, word);
    g_string_append(t->out, folded->str);
}

static void add_build(Text *t)
{
    JsonArray *builds = xr_json_array(t->report->run, "builds");
    for (guint i = 0; builds != NULL && i < json_array_get_length(builds); i++) {
        JsonObject *build = xr_json_element_object(builds, i);
        g_autofree char *text = g_strdup_printf(
            "%s: Xen %s, Linux %s, id %s", xr_json_string(build, "name", "?"),
            xr_json_string(build, "xen_version", "?"), xr_json_string(build, "kernel_release", "?"),
            xr_json_string(build, "id", "?"));
        add_pair(t, i == 0 ? "build" : "", text);
        const char *toolstack = xr_json_string(build, "toolstack", NULL);
        if (toolstack != NULL && !g_str_equal(toolstack, xr_json_string(build, "name", "")))
            add_pair(t, "toolstack", toolstack);
    }
}

static void add_what(Text *t)
{
    const XrPlan *plan = t->report->plan;
    JsonObject *run = t->report->run;
    JsonObject *host = xr_json_object(run, "host");
    g_autofree char *memory = xr_units_format_bytes(plan->machine.memory);
    g_autofree char *size = xr_units_format_bytes(plan->workload.block_size);
    g_autofree char *what =
        g_strdup_printf("%s: %u domU%s (%s, %s) with %u VBD%s each, %s writes, backing %s",
                        plan->plan.name, plan->guests.count, plan->guests.count == 1 ? "" : "s",
                        xr_plan_kind_name(plan->guests.kind), xr_plan_mode_name(plan->guests.mode),
                        plan->guests.vbds, plan->guests.vbds == 1 ? "" : "s", size,
                        xr_plan_backing_name(plan->workload.backing));
    g_autofree char *machine =
        g_strdup_printf("%u pCPUs, %s; QEMU %s, %s, cpu %s", plan->machine.pcpus, memory,
                        xr_json_string(run, "qemu", "?"), xr_json_string(run, "accel", "?"),
                        xr_json_string(run, "cpu_model", "?"));
    g_string_append_c(t->out, '\n');
    add_pair(t, "plan", what);
    add_build(t);
    add_pair(t, "machine", machine);
    if (host != NULL) {
        g_autofree char *bytes = xr_tell_bytes(xr_json_int(host, "memory_bytes", 0));
        g_autofree char *text = g_strdup_printf(
            "%s, %" G_GINT64_FORMAT " cores, %s, %s", xr_json_string(host, "cpu", "?"),
            xr_json_int(host, "cores", 0), bytes, xr_json_string(host, "distribution", "?"));
        add_pair(t, "host", text);
    }
}

static void add_finding(Text *t, const XrFinding *finding, const GPtrArray *stages)
{
    g_autofree char *word = g_ascii_strup(xr_tell_weight(finding->weight), -1);
    g_autofree char *kind = xr_tell_safe(finding->kind, 64);
    g_autofree char *where = xr_tell_safe(finding->where, 64);
    g_autofree char *when =
        xr_tell_when(finding->when_ns, xr_tell_stage_at(stages, finding->when_ns));
    g_string_append(t->out, "  ");
    add_colored(t, verdict_color[finding->weight], word);
    g_string_append_printf(t->out, " %s in %s, %s", kind, where[0] ? where : "?", when);
    if (finding->count > 1)
        g_string_append_printf(t->out, ", %u times", finding->count);
    g_string_append_c(t->out, '\n');
    if (finding->line != NULL) {
        g_autofree char *quote =
            xr_tell_quote(finding->line, g_strcmp0(finding->where, "rig") == 0, QUOTE_MAX, WIDTH);
        add_colored(t, "2", quote);
    }
    g_autofree char *meaning = xr_tell_safe(finding->meaning, 2000);
    if (meaning[0] != '\0')
        xr_tell_fold(t->out, meaning, "    ", WIDTH);
}

static void add_findings(Text *t)
{
    const GPtrArray *findings = t->report->verdict->findings;
    g_autoptr(GPtrArray) stages = xr_tell_stages(t->report->record_dir);
    g_autofree char *heading = findings->len == 0 ? g_strdup("findings: none")
                               : findings->len == 1
                                   ? g_strdup("findings: 1")
                                   : g_strdup_printf("findings: %u, worst first", findings->len);
    add_heading(t, heading);
    for (guint i = 0; i < MIN(findings->len, FINDINGS_MAX); i++)
        add_finding(t, g_ptr_array_index(findings, i), stages);
    if (findings->len > FINDINGS_MAX)
        g_string_append_printf(t->out, "  (and %u more, all are in verdict.json)\n",
                               findings->len - FINDINGS_MAX);
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    double va = (*(const XrMetric *const *)a)->value, vb = (*(const XrMetric *const *)b)->value;
    return va < vb ? -1 : va > vb;
}

/* One VBD in 38 columns: name, value, low, high, bar (against the fastest). */
static char *vbd_cell(const XrMetric *metric, double top)
{
    g_autofree char *safe = xr_tell_safe(metric->name + strlen("throughput."), 32);
    g_autofree char *name = xr_tell_fit(safe, 9, TRUE);
    g_autofree char *value = xr_tell_megabytes(metric->value);
    g_autofree char *low = xr_tell_megabytes(metric->low);
    g_autofree char *high = xr_tell_megabytes(metric->high);
    g_autofree char *bar = xr_tell_bar(top > 0 ? metric->value / top : 0, 6);
    return g_strdup_printf("%s%7s%7s%7s %s", name, value, low, high, bar);
}

static void add_vbds(Text *t, GPtrArray *vbds)
{
    double top = 0;
    guint shown = MIN(vbds->len, VBD_ROWS_MAX);
    for (guint i = 0; i < vbds->len; i++)
        top = MAX(top, ((XrMetric *)g_ptr_array_index(vbds, i))->value);
    if (shown < vbds->len)
        g_ptr_array_sort(vbds, by_value);
    guint columns = shown > 8 ? 2 : 1;
    guint rows = (shown + columns - 1) / columns;
    for (guint row = 0; row < rows; row++) {
        g_autoptr(GString) line = g_string_new(NULL);
        for (guint i = row; i < shown; i += rows) {
            g_autofree char *cell = vbd_cell(g_ptr_array_index(vbds, i), top);
            g_string_append_printf(line, "%s%s", i == row ? "" : "  ", cell);
        }
        g_string_append_printf(t->out, "  %s\n", g_strchomp(line->str));
    }
    if (shown < vbds->len)
        g_string_append_printf(t->out, "  (the slowest %u of %u; all are in verdict.json)\n", shown,
                               vbds->len);
}

static void add_throughput(Text *t)
{
    const XrMetric *sum = xr_verdict_metric(t->report->verdict, "throughput");
    const GPtrArray *metrics = t->report->verdict->metrics;
    g_autoptr(GPtrArray) vbds = g_ptr_array_new();
    for (guint i = 0; i < metrics->len; i++) {
        XrMetric *metric = g_ptr_array_index(metrics, i);
        if (g_str_has_prefix(metric->name, "throughput."))
            g_ptr_array_add(vbds, metric);
    }
    if (sum == NULL && vbds->len == 0) {
        add_heading(t, "throughput: not measured");
        return;
    }
    guint windows = sum != NULL && sum->samples != NULL ? sum->samples->len : 0;
    g_autofree char *heading = g_strdup_printf(
        "throughput in MB/s: median, low, high of %u window%s", windows, windows == 1 ? "" : "s");
    add_heading(t, heading);
    if (sum != NULL) {
        g_autofree char *value = xr_tell_megabytes(sum->value);
        g_autofree char *low = xr_tell_megabytes(sum->low);
        g_autofree char *high = xr_tell_megabytes(sum->high);
        g_string_append_printf(t->out, "  %-9s%7s%7s%7s\n", "sum", value, low, high);
    }
    add_vbds(t, vbds);
}

/* "at least 0.1", "at most 10 s", or NULL for a figure without a limit of its own. */
static char *limit_of(const XrPlan *plan, const char *name)
{
    if (g_str_equal(name, "fairness"))
        return g_strdup_printf("at least %.3g", plan->limits.fairness);
    guint64 most_ns = g_str_equal(name, "longest_stall") ? plan->limits.stall
                      : g_str_equal(name, "boot_time")   ? plan->limits.boot
                      : g_str_equal(name, "create_time") ? plan->limits.create
                                                         : 0;
    if (g_str_equal(name, "host_wait"))
        return g_strdup_printf("at most %.3g", plan->limits.host_wait);
    if (g_str_equal(name, "steady_cov"))
        return g_strdup_printf("at most %.3g", plan->limits.steady_cov);
    if (most_ns == 0)
        return NULL;
    g_autofree char *most = xr_units_format_duration(most_ns);
    return g_strdup_printf("at most %s", most);
}

static void add_figure(Text *t, const XrMetric *metric)
{
    g_autofree char *label = g_strdup(metric->name);
    g_strdelimit(label, "_.", ' ');
    g_autofree char *safe = xr_tell_safe(label, 64);
    g_autofree char *unit = xr_tell_safe(metric->unit, 32);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *value = xr_tell_value(metric->value, unit);
    g_string_append(text, value);
    if (metric->samples != NULL && metric->samples->len > 1) {
        g_autofree char *low = xr_tell_value(metric->low, unit);
        g_autofree char *high = xr_tell_value(metric->high, unit);
        g_string_append_printf(text, " (%s to %s)", low, high);
    }
    g_autofree char *limit = limit_of(t->report->plan, metric->name);
    if (limit != NULL)
        g_string_append_printf(text, "; limit %s", limit);
    if (xr_tell_columns(safe) > LABEL - 2) {
        g_string_append_printf(t->out, "  %s %s\n", safe, text->str);
        return;
    }
    add_pair(t, safe, text->str);
}

static void add_leaks(Text *t)
{
    const XrObservation *obs = t->report->obs;
    const XrPlan *plan = t->report->plan;
    g_autofree char *limit = xr_units_format_bytes(plan->limits.memory_leak);
    if (obs->free_before >= 0 && obs->free_after >= 0) {
        g_autofree char *before = xr_tell_bytes(obs->free_before);
        g_autofree char *after = xr_tell_bytes(obs->free_after);
        g_autofree char *lost = xr_tell_bytes(MAX(obs->free_before - obs->free_after, 0));
        g_autofree char *text = g_strdup_printf("%s before the domUs, %s after; lost %s, limit %s",
                                                before, after, lost, limit);
        add_pair(t, "Xen free memory", text);
    } else {
        add_pair(t, "Xen free memory", "leak not checked: not known before and after");
    }
    if (obs->grants_before >= 0 && obs->grants_after >= 0) {
        g_autofree char *text =
            g_strdup_printf("%" G_GINT64_FORMAT " before, %" G_GINT64_FORMAT " after; limit %u",
                            obs->grants_before, obs->grants_after, plan->limits.grant_leak);
        add_pair(t, "active grants", text);
    } else {
        add_pair(t, "active grants", "leak not checked: not known before and after");
    }
}

/* Figures told elsewhere: throughput and locks in their tables, leaks and CPU time in a line of their own. */
static gboolean is_told_apart(const char *name)
{
    static const char *const prefixes[] = {"throughput", "free_",        "grants_", "cpu.",
                                           "lock_",      "grant_pairs.", COVERAGE};
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return TRUE;
    return xr_tell_counts_has(name);
}

/* dom0 in full; of the domUs, which may be many, the range. */
static void add_cpu(Text *t)
{
    const GPtrArray *metrics = t->report->verdict->metrics;
    double low = INFINITY, high = -INFINITY;
    for (guint i = 0; i < metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(metrics, i);
        if (g_str_equal(metric->name, "cpu.dom0")) {
            add_figure(t, metric);
        } else if (g_str_has_prefix(metric->name, "cpu.")) {
            low = MIN(low, metric->value);
            high = MAX(high, metric->value);
        }
    }
    g_autofree char *text = g_strdup_printf("%.3g to %.3g CPUs each", low, high);
    if (low <= high)
        add_pair(t, "cpu of domUs", text);
}

/* Which share of each file's lines ran, all in a line. */
static void add_coverage(Text *t)
{
    const GPtrArray *metrics = t->report->verdict->metrics;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(metrics, i);
        if (!g_str_has_prefix(metric->name, COVERAGE))
            continue;
        g_autofree char *file = g_path_get_basename(metric->name + strlen(COVERAGE));
        g_string_append_printf(text, "%s%s %.1f %%", text->len > 0 ? ", " : "", file,
                               metric->value * 100);
    }
    if (text->len == 0)
        return;
    g_string_append(text,
                    " of their lines ran in the windows; coverage.info in the record says which");
    add_pair(t, "coverage", text->str);
}

static void add_figures(Text *t)
{
    const GPtrArray *metrics = t->report->verdict->metrics;
    add_heading(t, "other figures");
    for (guint i = 0; i < metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(metrics, i);
        if (!is_told_apart(metric->name))
            add_figure(t, metric);
    }
    add_cpu(t);
    add_coverage(t);
    add_leaks(t);
}

static void add_locks(Text *t)
{
    const GPtrArray *locks = t->report->verdict->locks;
    if (locks == NULL)
        return;
    add_heading(t, "locks: taken each second, and for each grant mapped and unmapped (a pair);\n"
                   "time held and waited for, of all CPUs in sum; medians over the windows");
    xr_tell_locks_text(t->out, locks);
}

static void add_record(Text *t)
{
    if (t->report->record_dir == NULL)
        return;
    g_autofree char *quoted = g_shell_quote(t->report->record_dir);
    gboolean plain = strpbrk(t->report->record_dir, " \t\n'\"\\$`*?[]();&|<>~#!{}") == NULL;
    g_autofree char *safe = xr_tell_safe(plain ? t->report->record_dir : quoted, 8192);
    g_string_append_printf(t->out, "\nrecord: %s\njudge again: xenrig judge %s\n", safe, safe);
}

void xr_tell_text(const XrReport *report, FILE *out, gboolean color)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Text t = {.report = report, .out = text, .color = color};
    add_verdict(&t);
    add_what(&t);
    add_findings(&t);
    if (report->plan->machine.time != XR_TIME_COUNT)
        add_throughput(&t);
    xr_tell_counts_text(text, report->verdict, report->plan);
    add_figures(&t);
    add_locks(&t);
    add_record(&t);
    fwrite(text->str, 1, text->len, out);
}
