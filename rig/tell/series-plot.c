/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series as a picture, drawn by gnuplot from a table and a script that stay in the record. */
#include "keep/files.h"
#include "tell/plot.h"
#include "tell/series.h"

/* Dark enough on white, told apart by people who see no red or green, and by their marks in print. */
static const struct {
    const char *color;
    guint mark;
} styles[XR_SERIES_CURVES] = {{"#c44601", 7},  {"#054fb9", 5},  {"#8babf1", 9}, {"#3f3f3f", 13},
                              {"#b51963", 11}, {"#5ba300", 15}, {"#e6a117", 4}, {"#00798c", 6}};

static const XrSeriesCurve *curve_at(const XrSeriesTable *table, guint c)
{
    return table->shape->curves->pdata[c];
}

/* A block of lines a curve and set, those without figures too, with two empty lines between, as gnuplot's index wants it. */
static void add_block(GString *text, const XrSeriesTable *table, guint c, guint held)
{
    g_string_append_printf(text, "# %s%s\n", curve_at(table, c)->label, held ? ", disks held" : "");
    for (guint v = 0; v < table->shape->vcpus->len; v++) {
        const XrSeriesCell *cell = &table->cells[held][c][v];

        if (!cell->measured)
            continue;
        g_string_append_printf(text, "%u", g_array_index(table->shape->vcpus, guint, v));
        xr_plot_number(text, cell->figure.mean);
        xr_plot_number(text, cell->figure.n > 1 ? cell->figure.low : cell->figure.mean);
        xr_plot_number(text, cell->figure.n > 1 ? cell->figure.high : cell->figure.mean);
        g_string_append_c(text, '\n');
    }
    g_string_append(text, "\n\n");
}

char *xr_tell_series_data(const XrSeriesTable *table)
{
    GString *text = g_string_new("# vCPUs of dom0; bytes a tick: mean, low, high (95 %, seeds)\n");

    for (guint held = 0; held <= (guint)table->shape->held; held++)
        for (guint c = 0; c < table->shape->curves->len; c++)
            add_block(text, table, c, held);
    return g_string_free(text, FALSE);
}

/* --- the script --- */

static guint measured_of(const XrSeriesTable *table, guint c, guint held)
{
    guint measured = 0;

    for (guint v = 0; v < table->shape->vcpus->len; v++)
        measured += table->cells[held][c][v].measured;
    return measured;
}

/* Where disks are held: what all of them take together. */
static void add_ceiling(GString *text, const XrSeriesTable *table)
{
    const XrPlan *plan = table->plan;
    const double ceiling =
        (double)plan->series.disk_rate * plan->guests.count * plan->guests.vbds / 1e9;

    g_string_append(text, ", ");
    g_string_append_printf(text, "%.6g with lines lc rgb '#808080' dt 2 title 'the disks'' rate'",
                           ceiling);
}

static void add_panel(GString *text, const XrSeriesTable *table, guint held)
{
    gboolean first = TRUE;

    g_string_append_printf(text, "set title \"%s\"\nplot ",
                           held ? "disks held to hard-disk speed" : "disks without a rate");
    for (guint c = 0; c < table->shape->curves->len; c++) {
        const guint block = held * table->shape->curves->len + c;

        if (measured_of(table, c, held) == 0)
            continue;
        g_string_append_printf(
            text,
            "%s\\\n  data index %u using 1:2:3:4 with yerrorlines lw 2 ps 0.8 pt "
            "%u lc rgb '%s' title ",
            first ? "" : ", ", block, styles[c].mark, styles[c].color);
        xr_plot_label(text, curve_at(table, c)->label);
        first = FALSE;
    }
    if (first)
        g_string_append(text, "NaN notitle");
    if (held)
        add_ceiling(text, table);
    g_string_append(text, "\n");
}

/* "1, 2, 4": where the axis has marks. */
static void add_axis(GString *text, const XrSeriesTable *table)
{
    const GArray *vcpus = table->shape->vcpus;

    g_string_append(text, "set logscale x 2\nset xtics (");
    for (guint v = 0; v < vcpus->len; v++)
        g_string_append_printf(text, "%s%u", v > 0 ? ", " : "", g_array_index(vcpus, guint, v));
    g_string_append_printf(text, ")\nset xrange [%g:%g]\n", g_array_index(vcpus, guint, 0) * 0.85,
                           g_array_index(vcpus, guint, vcpus->len - 1) * 1.18);
}

char *xr_tell_series_script(const XrSeriesTable *table)
{
    const char *name = table->plan->plan.name;
    const guint panels = table->shape->held ? 2 : 1;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text,
                           "# Draws %s.svg from %s.dat: gnuplot %s.gnuplot\n"
                           "data = '%s.dat'\n"
                           "set terminal svg size %u,460 font 'sans-serif,13' background 'white'\n"
                           "set output '%s.svg'\n"
                           "set encoding utf8\n",
                           name, name, name, name, panels * 520, name);
    add_axis(text, table);
    g_string_append(text, "set xlabel 'vCPUs of dom0'\n"
                          "set ylabel 'bytes a tick (1 = 1000 MB in 10^9 ticks)' noenhanced\n"
                          "set yrange [0:*]\n"
                          "set grid lt 1 lc rgb '#dddddd'\n"
                          "set border 3\n"
                          "set bmargin 7\n"
                          "set tics nomirror\n"
                          "set key below horizontal maxcols 2 reverse Left noenhanced\n");
    if (panels == 2)
        g_string_append(text, "set multiplot layout 1,2\n");
    for (guint held = 0; held < panels; held++)
        add_panel(text, table, held);
    if (panels == 2)
        g_string_append(text, "unset multiplot\n");
    return g_string_free(text, FALSE);
}

/* --- drawing --- */

static gboolean draw(const XrSeriesTable *table, const char *script, char **hint)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *said = xr_plot_run(script, table->record->dir, &error);

    if (said != NULL)
        return TRUE;
    *hint = g_strdup_printf("no picture: %s; `xenrig judge %s` draws it then", error->message,
                            table->record->dir);
    return FALSE;
}

char *xr_tell_series_plot(const XrSeriesTable *table, char **hint, GError **error)
{
    g_autofree char *data = xr_tell_series_data(table);
    g_autofree char *script = xr_tell_series_script(table);
    g_autofree char *data_name = g_strconcat(table->plan->plan.name, ".dat", NULL);
    g_autofree char *script_name = g_strconcat(table->plan->plan.name, ".gnuplot", NULL);
    g_autofree char *picture_name = g_strconcat(table->plan->plan.name, ".svg", NULL);

    *hint = NULL;
    if (!xr_files_put_text(table->record->dir, data_name, data, error) ||
        !xr_files_put_text(table->record->dir, script_name, script, error))
        return NULL;
    return g_build_filename(table->record->dir,
                            draw(table, script, hint) ? picture_name : script_name, NULL);
}
