/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a calibration's table, for people. */
#include "tell/compare.h"

#include "judge/centre.h"
#include "tell/format.h"

static const double confidence = 0.95;

static void tell_source(const XrCalibrateReport *report, FILE *out)
{
    const XrRunFigure *first = report->runs->pdata[0];
    const XrCompareRules *rules = report->rules;
    g_autoptr(GArray) values = xr_run_figures_values(report->runs);
    const XrCentre centre =
        xr_centre((const double *)(gpointer)values->data, values->len, confidence);
    g_autofree char *metric = xr_tell_safe(first->metric, 100);
    g_autofree char *plan = xr_tell_safe(first->plan, 100);
    g_autofree char *build = xr_tell_safe(first->build, 200);
    g_autofree char *id = xr_tell_safe(first->build_id, 100);
    g_autofree char *median = xr_tell_value(centre.median, first->unit);

    fprintf(out,
            "%u runs of plan %s, build %s (id %s)\n"
            "%s: median %s, spread %.2g %% (%.2g to %.2g)\n"
            "comparisons of %u to %u runs of each build; smallest effect that matters %.3g %%;\n"
            "error rates: %.3g %% for different, %.3g %% for same; seed %u\n\n",
            report->runs->len, plan, build, id, metric, median, centre.spread * 100,
            centre.spread_low * 100, centre.spread_high * 100, rules->runs_min, rules->runs_max,
            rules->smallest_effect * 100, rules->false_different * 100, rules->false_same * 100,
            report->seed);
}

void xr_tell_calibrate_text(const XrCalibrateReport *report, FILE *out)
{
    guint alarms = 0, sets = 0;
    double low, high;

    tell_source(report, out);
    fprintf(out, "%-8s %-11s %6s %9s %15s %7s %7s %6s\n", "slower", "drawn", "sets", "different",
            "(95 %)", "same", "unsure", "runs");
    for (guint i = 0; i < report->count; i++) {
        const XrTrial *t = &report->trials[i];
        const double all = t->sets / 100.0;
        g_autofree char *interval = NULL, *against = NULL;

        xr_share_interval(t->different, t->sets, &low, &high);
        interval = g_strdup_printf("%.2f to %.2f", low * 100, high * 100);
        against = t->against != NULL ? xr_tell_safe(t->against, 200) : g_strdup("");
        fprintf(out, "%6.3g %% %-11s %6u %7.2f %% %15s %5.1f %% %5.1f %% %6.1f%s%s\n",
                t->effect * 100, t->draw == XR_DRAW_SINGLY ? "singly" : "neighbours", t->sets,
                t->different / all, interval, t->same / all, t->unsure / all, t->runs,
                *against ? "  " : "", against);
        if (t->effect == 0 && t->against == NULL) {
            alarms += t->different;
            sets += t->sets;
        }
    }
    if (sets == 0)
        return;
    xr_share_interval(alarms, sets, &low, &high);
    fprintf(out,
            "\nfalse alarms: %u of %u comparisons of the build with itself (%.2f to %.2f %%)\n",
            alarms, sets, low * 100, high * 100);
}
