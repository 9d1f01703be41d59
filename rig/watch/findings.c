/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: keeps findings few, bounded, and causes apart from their effects.
 *
 * One trouble is told in many lines (an oops in two, a dead disk in thousands), and a guest can print
 * what it likes. So a finding counts up an older one of the same kind and place if the lines differ in
 * digits only, or if the older one was last seen within a second; and one kind at one place makes no
 * more than eight findings. A second burst of another trouble of the same kind within that second is
 * not told apart: the console log has it. */
#include "watch/observation-priv.h"

#include <string.h>

enum { MARKS_MAX = 8 };
static const gint64 BURST_NS = 1000000000;
static const gint64 DEMOTE_NS = 10000000000;

typedef struct {
    XrFinding *finding; /* belongs to the observation */
    gint64 last_ns;
} Mark;

/* A copy of no more than max bytes, no character torn. */
static char *bounded(const char *text, gsize max)
{
    gsize len;

    if (text == NULL)
        return NULL;
    len = strlen(text);
    if (len > max) {
        len = max;
        while (len > 0 && ((guchar)text[len] & 0xc0) == 0x80)
            len--;
    }
    return g_strndup(text, len);
}

XrFinding *xr_finding_new(const char *kind, XrVerdictKind weight, const char *where, gint64 when_ns,
                          const char *line, const char *meaning)
{
    XrFinding *finding = g_new0(XrFinding, 1);

    finding->kind = g_strdup(kind);
    finding->weight = weight;
    finding->where = bounded(where != NULL ? where : "rig", XR_WHERE_MAX);
    finding->when_ns = when_ns;
    finding->line = bounded(line, XR_LINE_MAX);
    finding->meaning = g_strdup(meaning);
    finding->count = 1;
    return finding;
}

XrFinding *xr_finding_copy(const XrFinding *finding)
{
    XrFinding *copy = g_memdup2(finding, sizeof *finding);

    copy->kind = g_strdup(finding->kind);
    copy->where = g_strdup(finding->where);
    copy->line = g_strdup(finding->line);
    copy->meaning = g_strdup(finding->meaning);
    return copy;
}

void xr_finding_free(XrFinding *finding)
{
    if (finding == NULL)
        return;
    g_free(finding->kind);
    g_free(finding->where);
    g_free(finding->line);
    g_free(finding->meaning);
    g_free(finding);
}

/* Whether two runs of hexadecimal digits are both numbers, or the same word ("dead"). */
static gboolean alike_runs(const char *a, gsize len_a, const char *b, gsize len_b)
{
    static const char *const decimal = "0123456789";

    if (strcspn(a, decimal) < len_a && strcspn(b, decimal) < len_b)
        return TRUE;
    return len_a == len_b && strncmp(a, b, len_a) == 0;
}

/* Equal but for the value of numbers, and for the blanks that pad them. */
static gboolean alike(const char *a, const char *b)
{
    static const char *const hex = "0123456789abcdefABCDEF";

    if (a == NULL || b == NULL)
        return a == b;
    for (;;) {
        gsize len_a, len_b;

        a += strspn(a, " ");
        b += strspn(b, " ");
        len_a = strspn(a, hex);
        len_b = strspn(b, hex);
        if (!alike_runs(a, len_a, b, len_b) || a[len_a] != b[len_b])
            return FALSE;
        if (a[len_a] == '\0')
            return TRUE;
        a += len_a + 1;
        b += len_b + 1;
    }
}

static Mark *find_mark(GPtrArray *marks, const XrFinding *finding, XrSame same)
{
    for (guint i = 0; i < marks->len; i++) {
        Mark *mark = g_ptr_array_index(marks, i);

        if (same == XR_SAME_LINE && g_strcmp0(mark->finding->line, finding->line) == 0)
            return mark;
        if (same == XR_SAME_BURST && (finding->when_ns - mark->last_ns <= BURST_NS ||
                                      alike(mark->finding->line, finding->line)))
            return mark;
    }
    return marks->len >= MARKS_MAX ? g_ptr_array_index(marks, marks->len - 1) : NULL;
}

static GPtrArray *marks_of(XrObservation *obs, const XrFinding *finding)
{
    GHashTable *table = xr_priv(obs)->marks;
    g_autofree char *key = g_strconcat(finding->kind, "\n", finding->where, NULL);
    GPtrArray *marks = g_hash_table_lookup(table, key);

    if (marks == NULL) {
        marks = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(table, g_steal_pointer(&key), marks);
    }
    return marks;
}

/* Too many: what is left out is counted in one finding, which weighs as the worst left out. */
static XrFinding *overflow(XrObservation *obs, XrFinding *finding)
{
    XrFinding *last = g_ptr_array_index(obs->findings, obs->findings->len - 1);

    if (!g_str_equal(last->kind, "more-findings")) {
        last = xr_finding_new("more-findings", finding->weight, "rig", finding->when_ns, NULL,
                              "More was found than is listed here; the record has all of it.");
        g_ptr_array_add(obs->findings, last);
    } else {
        last->count++;
        last->weight = MAX(last->weight, finding->weight);
    }
    xr_finding_free(finding);
    return last;
}

XrFinding *xr_findings_add(XrObservation *obs, XrFinding *finding, XrSame same)
{
    GPtrArray *marks;
    Mark *mark;

    if (obs->findings->len >= XR_FINDINGS_MAX)
        return overflow(obs, finding);
    marks = marks_of(obs, finding);
    mark = find_mark(marks, finding, same);
    if (mark != NULL) {
        mark->last_ns = finding->when_ns;
        mark->finding->weight = MAX(mark->finding->weight, finding->weight);
        if (same == XR_SAME_BURST || g_strcmp0(mark->finding->line, finding->line) != 0)
            mark->finding->count += mark->finding->count < G_MAXUINT;
        xr_finding_free(finding);
        return mark->finding;
    }
    mark = g_new0(Mark, 1);
    mark->finding = finding;
    mark->last_ns = finding->when_ns;
    g_ptr_array_add(marks, mark);
    g_ptr_array_add(obs->findings, finding);
    return finding;
}

static void make_note(XrFinding *finding)
{
    char *meaning = g_strconcat("Follows from the trouble already found: ", finding->meaning, NULL);

    finding->weight = XR_PASS;
    g_free(finding->meaning);
    finding->meaning = meaning;
}

void xr_findings_demote(XrObservation *obs, gint64 when_ns)
{
    static const char *const effects[] = {"agent-died",      "agent-error", "dom0-daemon-died",
                                          "machine-stopped", "rig-error",   NULL};

    for (guint i = 0; i < obs->findings->len; i++) {
        XrFinding *finding = g_ptr_array_index(obs->findings, i);

        if (finding->weight == XR_ERROR_VERDICT && when_ns - finding->when_ns <= DEMOTE_NS &&
            g_strv_contains(effects, finding->kind))
            make_note(finding);
    }
}

static gboolean has_failure(const XrObservation *obs)
{
    for (guint i = 0; i < obs->findings->len; i++) {
        if (((XrFinding *)g_ptr_array_index(obs->findings, i))->weight == XR_FAIL)
            return TRUE;
    }
    return FALSE;
}

/* A hang is none the less one for the rig having given up before: only a failure explains a failure. */
void xr_findings_tell(XrObservation *obs, const char *kind, XrVerdictKind weight, const char *where,
                      const char *line, const char *meaning)
{
    XrFinding *finding = xr_finding_new(kind, weight, where, obs->last_t_ns, line, meaning);

    if (xr_priv(obs)->over && weight != XR_PASS && (weight != XR_FAIL || has_failure(obs)))
        make_note(finding);
    xr_findings_add(obs, finding, XR_SAME_BURST);
}

void xr_findings_bad_event(XrObservation *obs, const char *kind, const char *what)
{
    g_autofree char *line = g_strdup_printf("%s: %s", kind, what);
    XrFinding *finding =
        xr_finding_new("rig-event", XR_ERROR_VERDICT, "rig", obs->last_t_ns, line,
                       "An event of the record cannot be understood: the rig or dom0's agent is "
                       "wrong, or the record is damaged.");

    xr_findings_add(obs, finding, XR_SAME_BURST);
}
