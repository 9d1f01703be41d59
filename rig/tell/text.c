/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the report for people.
 *
 * Read from the top, one may stop at any line: verdict and reason, what was run, what was found,
 * the figures, where the record is. At most WIDTH columns, but for names and paths that must stay
 * whole to be used. */
#include "tell/tell.h"

#include "tell/counts.h"
#include "tell/facts.h"
#include "tell/format.h"
#include "tell/functions.h"
#include "tell/locks.h"
#include "tell/stages.h"

#include <string.h>

#define WIDTH 80
#define LABEL 18
/* More rows than that say nothing to a reader: the slowest are shown. */
#define VBD_ROWS_MAX 64
#define QUOTE_MAX    600
#define FINDINGS_MAX 50

typedef struct {
    const XrReport *report;
    GString *out;
    gboolean color;
} Text;

static const char *const verdict_color[] = {[XR_PASS] = "32",
                                            [XR_SKIP] = "36",
                                            [XR_UNSURE] = "33",
                                            [XR_ERROR_VERDICT] = "35",
                                            [XR_FAIL] = "31"};

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
    g_autofree char *incomplete = xr_tell_incomplete(verdict);
    if (incomplete != NULL)
        xr_tell_fold(t->out, incomplete, "", WIDTH);
}

/* Labels too long for their column have a line of their own shape. */
static void add_facts(Text *t, const GPtrArray *facts)
{
    for (guint i = 0; i < facts->len; i++) {
        const XrFact *fact = g_ptr_array_index(facts, i);
        g_autofree char *label = xr_tell_safe(fact->label, 64);
        if (xr_tell_columns(label) <= LABEL - 2) {
            add_pair(t, label, fact->value);
            continue;
        }
        g_autofree char *value = xr_tell_safe(fact->value, 2000);
        g_string_append_printf(t->out, "  %s %s\n", label, value);
    }
}

static void add_setup(Text *t)
{
    g_autoptr(GPtrArray) facts = xr_facts_of_setup(t->report);
    g_string_append_c(t->out, '\n');
    add_facts(t, facts);
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

static void add_figures(Text *t)
{
    g_autoptr(GPtrArray) facts = xr_facts_of_figures(t->report);
    add_heading(t, "other figures");
    add_facts(t, facts);
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
    g_autofree char *safe = xr_tell_shell_word(t->report->record_dir);
    g_string_append_printf(t->out, "\nrecord: %s\njudge again: xenrig judge %s\n", safe, safe);
}

void xr_tell_text(const XrReport *report, FILE *out, gboolean color)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Text t = {.report = report, .out = text, .color = color};
    add_verdict(&t);
    add_setup(&t);
    add_findings(&t);
    if (report->plan->machine.time != XR_TIME_COUNT)
        add_throughput(&t);
    xr_tell_counts_text(text, report->verdict, report->plan);
    xr_tell_functions_text(text, report->verdict);
    add_figures(&t);
    add_locks(&t);
    add_record(&t);
    fwrite(text->str, 1, text->len, out);
}
