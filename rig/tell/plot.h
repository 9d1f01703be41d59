/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: pictures, drawn by gnuplot. */
#pragma once

#include <glib.h>

/* Runs gnuplot on a script that it reads from its standard input, in the folder dir (NULL: the current one), and gives
 * what it wrote to its standard output: pass to a script that sets no output, or ignore. The user's own start-up files
 * are not read. XR_ERROR_HOST where there is no gnuplot, or it refuses the script: its own words. Free with g_free. */
char *xr_plot_run(const char *script, const char *dir, GError **error);

/* A picture that gnuplot's svg terminal wrote, as it stands in a page of HTML: without prolog and titles, with label as its
 * text alternative (plain text, escaped here), and with names of its own by number, another for each picture of a page. NULL
 * if svg is none. Free with g_free. */
char *xr_plot_inline(const char *svg, const char *label, guint number);

/* "set terminal svg …" for a picture of that many pixels; name (letters only) tells its parts from those of other
 * pictures on the page. What has gnuplot's own black takes the page's ink (html-style.c). Free with g_free. */
char *xr_plot_terminal(const char *name, guint width, guint height);

/* Numbers as gnuplot reads them, whatever the locale, behind a blank; what is not known is "NaN". */
void xr_plot_number(GString *script, double value);
/* text between quotes, as a label: what is no letter, digit or plain mark becomes "?", so that it can be no markup and
 * no command. At most 64 characters. */
void xr_plot_label(GString *script, const char *text);
