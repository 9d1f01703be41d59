/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series as text: the mail's table beside ours, each point, curves, what is missing, and why ours differ. */
#include "base/text.h"
#include "tell/format.h"
#include "tell/series.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 110, LABEL = 20, CELL = 22, BAR = 40, REASON_MAX = 300 };

/* --- the mail --- */

static const XrSeriesCurve *curve_at(const XrSeriesTable *table, guint c)
{
    return table->shape->curves->pdata[c];
}

static guint vcpus_at(const XrSeriesTable *table, guint v)
{
    return g_array_index(table->shape->vcpus, guint, v);
}

static void put(FILE *out, const char *text, guint columns)
{
    g_autofree char *fitted = xr_tell_fit(text, columns, TRUE);

    fputs(fitted, out);
}

static void tell_mail_side(const XrSeriesTable *table, guint c, FILE *out)
{
    const double mb = xr_series_mail(curve_at(table, c));
    const double base = xr_series_mail(curve_at(table, 0));

    if (mb > 0 && base > 0)
        fprintf(out, "%6.0f  %4.2f   ", mb, mb / base);
    else
        fputs("     -     -   ", out);
}

static void tell_row(const XrSeriesTable *table, guint c, guint v, gboolean held, FILE *out)
{
    const XrSeriesCell *cell = &table->cells[held][c][v], *base = &table->cells[held][0][v];
    const double giga = 1e9;

    fputs("  ", out);
    put(out, curve_at(table, c)->label, LABEL);
    tell_mail_side(table, c, out);
    if (!cell->measured) {
        fprintf(out, "%s\n", xr_series_missing_word(cell));
        return;
    }
    if (base->measured && c > 0) {
        const XrSeriesRatio ratio = xr_series_ratio(&cell->figure, &base->figure);
        g_autofree char *text = xr_series_ratio_text(&ratio),
                        *off = xr_series_slice_text(ratio.slice_off);

        put(out, text, 21);
        put(out, off, 11);
    } else {
        put(out, c == 0 ? "1.00" : "-", 21 + 11);
    }
    g_autofree char *spread = isnan(cell->figure.spread)
                                  ? g_strdup("")
                                  : g_strdup_printf("(%.1f %%)", cell->figure.spread * 100);
    fprintf(out, "%7.0f %-9s %8.0f\n", cell->figure.mean * giga / 1e6, spread,
            cell->figure.mean * (double)table->plan->series.instructions / 1e6);
}

static void tell_mail(const XrSeriesTable *table, gboolean held, FILE *out)
{
    const guint v = xr_series_main(table);

    fprintf(out, "\nthe mail's table (xen-devel, 2013) and this series at %u vCPUs of dom0%s\n",
            vcpus_at(table, v), held ? ", disks held to a rate" : "");
    put(out, "", 2 + LABEL);
    fputs("the mail       this series\n", out);
    put(out, "", 2 + LABEL);
    fprintf(out, "  MB/s ratio   ratio (95 %%)         longer      MB in 10^9   MB/s at %.3g\n",
            (double)table->plan->series.instructions);
    put(out, "", 2 + LABEL);
    fputs("                                    slices      ticks (spread)  instr./s\n", out);
    for (guint c = 0; c < table->shape->curves->len; c++)
        tell_row(table, c, v, held, out);
}

/* --- points --- */

static void tell_cell(const XrSeriesCell *cell, FILE *out)
{
    if (!cell->measured) {
        put(out, xr_series_missing_word(cell), CELL);
        return;
    }
    g_autofree char *off = xr_series_slice_text(cell->figure.slice_off);
    g_autofree char *text = isnan(cell->figure.spread)
                                ? g_strdup_printf("%.3f %s", cell->figure.mean, off)
                                : g_strdup_printf("%.3f (%.1f %%) %s", cell->figure.mean,
                                                  cell->figure.spread * 100, off);
    put(out, text, CELL);
}

static void tell_grid_head(const XrSeriesTable *table, gboolean held, FILE *out)
{
    const guint slice = table->plan->lockstep.slice;

    fprintf(out, "\nbytes a tick at slices of about %u instructions: mean (spread over seeds)",
            slice);
    if (held)
        fprintf(out, "; each disk held to %.3g B/tick",
                (double)table->plan->series.disk_rate / 1e9);
    else if (table->plan->lockstep.lengths > 1)
        fprintf(out, ", and how that moves at %u", slice * 2);
    fputs("\n  vCPUs  ", out);
    for (guint c = 0; c < table->shape->curves->len; c++)
        put(out, curve_at(table, c)->label, CELL);
    fputc('\n', out);
}

static void tell_grid(const XrSeriesTable *table, gboolean held, FILE *out)
{
    tell_grid_head(table, held, out);
    for (guint v = 0; v < table->shape->vcpus->len; v++) {
        fprintf(out, "  %5u  ", vcpus_at(table, v));
        for (guint c = 0; c < table->shape->curves->len; c++)
            tell_cell(&table->cells[held][c][v], out);
        fputc('\n', out);
    }
}

static double largest(const XrSeriesTable *table, gboolean held)
{
    double most = 0;

    for (guint c = 0; c < table->shape->curves->len; c++)
        for (guint v = 0; v < table->shape->vcpus->len; v++)
            if (table->cells[held][c][v].measured)
                most = MAX(most, table->cells[held][c][v].figure.mean);
    return most;
}

static void tell_curves(const XrSeriesTable *table, gboolean held, FILE *out)
{
    const double most = largest(table, held);

    if (most <= 0)
        return;
    fprintf(out, "\ncurves%s: bytes a tick by vCPUs\n", held ? ", disks held" : "");
    for (guint c = 0; c < table->shape->curves->len; c++)
        for (guint v = 0; v < table->shape->vcpus->len; v++) {
            const XrSeriesCell *cell = &table->cells[held][c][v];

            fputs("  ", out);
            put(out, v == 0 ? curve_at(table, c)->label : "", LABEL);
            fprintf(out, "%3u ", vcpus_at(table, v));
            if (!cell->measured) {
                fprintf(out, "%s\n", xr_series_missing_word(cell));
                continue;
            }
            g_autofree char *bar = xr_tell_bar(cell->figure.mean / most, BAR);
            fprintf(out, "%s %.3g\n", bar, cell->figure.mean);
        }
}

/* --- the rest --- */

/* A point that is not there, or whose run did not pass. */
static void tell_trouble(const XrSeriesTable *table, guint c, guint v, gboolean held, FILE *out)
{
    const XrSeriesCell *cell = &table->cells[held][c][v];
    const guint vcpus = vcpus_at(table, v);

    fprintf(out, "  %s, %u vCPU%s%s: %s", curve_at(table, c)->label, vcpus, vcpus == 1 ? "" : "s",
            held ? ", disks held" : "", xr_series_missing_word(cell));
    if (cell->point == NULL) {
        fputs(": not run yet\n", out);
        return;
    }
    g_autofree char *reason = xr_text_escape(cell->point->reason, -1, REASON_MAX);
    g_autofree char *incomplete = xr_text_escape(cell->point->incomplete, -1, REASON_MAX);
    const gboolean tell = xr_series_point_failed(cell->point) && !cell->point->complete;
    fprintf(out, ": %s%s%s; record: %s\n", reason, tell ? "; the run is incomplete: " : "",
            tell ? incomplete : "", cell->point->record);
}

static void tell_troubles(const XrSeriesTable *table, FILE *out)
{
    gboolean told = FALSE;

    for (guint held = 0; held <= (guint)table->shape->held; held++)
        for (guint c = 0; c < table->shape->curves->len; c++)
            for (guint v = 0; v < table->shape->vcpus->len; v++) {
                const XrSeriesCell *cell = &table->cells[held][c][v];

                if (cell->measured && g_str_equal(cell->point->verdict, "pass"))
                    continue;
                if (!told)
                    fputs("\npoints that are missing (the same command tries them again), or did "
                          "not pass\n",
                          out);
                told = TRUE;
                tell_trouble(table, c, v, held != 0, out);
            }
    if (!table->one_build)
        fputs("\nerror: some points are of another build than the series began with; begin a new "
              "one by --record DIR\n",
              out);
}

void xr_tell_series_text(const XrSeriesTable *table, FILE *out)
{
    g_autoptr(GString) folded = g_string_new("\n");
    g_autofree char *what = xr_series_what(table);

    fprintf(out, "%s\n", what);
    for (guint held = 0; held <= (guint)table->shape->held; held++) {
        tell_mail(table, held != 0, out);
        tell_grid(table, held != 0, out);
        tell_curves(table, held != 0, out);
    }
    xr_tell_series_laws(table, out);
    tell_troubles(table, out);
    xr_tell_fold(folded, xr_series_why, "", WIDTH);
    fputs(folded->str, out);
    fprintf(out, "\nrecord: %s\n", table->record->dir);
}
