/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a page's findings, each with what it means, and what the console said around it. */
#include "tell/format.h"
#include "tell/pages.h"

enum { FINDINGS_MAX = 50, QUOTE_MAX = 600, MEANING_MAX = 2000, LINE_MAX_BYTES = 300 };

static const char *stage_at(const XrTimeline *timeline, gint64 t_ns)
{
    const char *name = NULL;

    for (guint i = 0; i < timeline->stages->len && t_ns >= 0; i++) {
        const XrStage *stage = timeline->stages->pdata[i];

        if (stage->begin_ns <= t_ns)
            name = stage->name;
    }
    return name;
}

static const XrExcerpt *excerpt_of(const XrTimeline *timeline, const XrFinding *finding)
{
    for (guint i = 0; i < timeline->excerpts->len; i++) {
        const XrExcerpt *excerpt = timeline->excerpts->pdata[i];

        if (excerpt->finding == finding)
            return excerpt;
    }
    return NULL;
}

/* The line that the finding quotes stands out. */
static void add_lines(GString *out, const GQueue *lines, const XrFinding *finding)
{
    for (const GList *link = lines->head; link != NULL; link = link->next) {
        const XrSaid *said = link->data;
        const gboolean quoted = said->t_ns == finding->when_ns && finding->line != NULL &&
                                g_strcmp0(said->line, finding->line) == 0;

        g_string_append_printf(out, "<span class=\"t\">%9.3f </span>%s", (double)said->t_ns / 1e9,
                               quoted ? "<mark>" : "");
        xr_html_text(out, said->line, LINE_MAX_BYTES);
        g_string_append(out, quoted ? "</mark>\n" : "\n");
    }
}

static void add_excerpt(GString *out, const XrExcerpt *excerpt)
{
    g_string_append(out, "<details open><summary>console of ");
    xr_html_text(out, excerpt->source, 64);
    g_string_append(out, " around it, with seconds since the run began</summary>\n<pre>");
    add_lines(out, &excerpt->before, excerpt->finding);
    add_lines(out, &excerpt->after, excerpt->finding);
    g_string_append(out, "</pre></details>\n");
}

static void add_finding(GString *out, const XrFinding *finding, const XrTimeline *timeline)
{
    g_autofree char *when = xr_tell_when(finding->when_ns, stage_at(timeline, finding->when_ns));
    const XrExcerpt *excerpt = excerpt_of(timeline, finding);

    g_string_append(out, "<article>\n<h3>");
    xr_html_badge(out, xr_tell_weight(finding->weight));
    g_string_append_c(out, ' ');
    xr_html_text(out, finding->kind, 64);
    g_string_append(out, " in ");
    xr_html_text(out, finding->where != NULL && finding->where[0] != '\0' ? finding->where : "?",
                 64);
    g_string_append(out, ", ");
    xr_html_text(out, when, 100);
    if (finding->count > 1)
        g_string_append_printf(out, ", %u times", finding->count);
    g_string_append(out, "</h3>\n");
    if (finding->line != NULL && finding->line[0] != '\0') {
        g_string_append(out, "<blockquote>");
        xr_html_text(out, finding->line, QUOTE_MAX);
        g_string_append(out, "</blockquote>\n");
    }
    if (finding->meaning != NULL && finding->meaning[0] != '\0') {
        g_string_append(out, "<p>");
        xr_html_text(out, finding->meaning, MEANING_MAX);
        g_string_append(out, "</p>\n");
    }
    if (excerpt != NULL)
        add_excerpt(out, excerpt);
    g_string_append(out, "</article>\n");
}

void xr_page_findings(XrPage *page, const XrReport *report, const XrTimeline *timeline)
{
    const GPtrArray *findings = report->verdict->findings;

    xr_page_section(page, "findings", "Findings");
    if (findings->len == 0)
        g_string_append(page->out, "<p>None: nothing complained, and all limits were kept.</p>\n");
    for (guint i = 0; i < MIN(findings->len, FINDINGS_MAX); i++)
        add_finding(page->out, findings->pdata[i], timeline);
    if (findings->len > FINDINGS_MAX)
        g_string_append_printf(page->out,
                               "<p>And %u more; all are in the record's verdict.json.</p>\n",
                               findings->len - FINDINGS_MAX);
}
