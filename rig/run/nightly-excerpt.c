/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what consoles said around what went wrong in a night's run. */
#include "run/nightly.h"

#include "run/run.h"
#include "tell/timeline.h"

enum { EXCERPTS_MAX = 3 };

static void add_lines(GString *out, const XrExcerpt *excerpt, const GQueue *lines)
{
    for (const GList *link = lines->head; link != NULL; link = link->next) {
        const XrSaid *said = link->data;

        g_string_append_printf(out, "%9.3f %s: %s\n", (double)said->t_ns / 1e9, excerpt->source,
                               said->line);
    }
}

static void add_excerpt(GString *out, const XrExcerpt *excerpt)
{
    const XrFinding *finding = excerpt->finding;

    g_string_append_printf(out, "%s in %s: %s\n", finding->kind, finding->where,
                           finding->meaning != NULL ? finding->meaning : "");
    add_lines(out, excerpt, &excerpt->before);
    add_lines(out, excerpt, &excerpt->after);
}

char *xr_night_excerpt(const char *dir)
{
    XrPlan *plan = NULL;
    g_autoptr(XrRunResult) result = xr_run_judge_record(dir, NULL, &plan, NULL);
    g_autoptr(XrPlan) owned = plan;
    g_autoptr(XrTimeline) timeline = NULL;
    GString *out;

    if (result == NULL)
        return NULL;
    timeline = xr_timeline_read(dir, result->verdict->findings, NULL);
    if (timeline == NULL || timeline->excerpts->len == 0)
        return NULL;
    out = g_string_new(NULL);
    for (guint i = 0; i < timeline->excerpts->len && i < EXCERPTS_MAX; i++)
        add_excerpt(out, timeline->excerpts->pdata[i]);
    return g_string_free(out, FALSE);
}
