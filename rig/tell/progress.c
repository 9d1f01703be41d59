/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: live progress.
 *
 * On a terminal the block is drawn below all that stays; to draw it anew the cursor goes up by the
 * rows the last block takes (counted for the terminal's present width: after a resize old lines may
 * have been wrapped), each line is overwritten and erased to its end, and what was below is erased.
 * No line reaches the last column, so none wraps.
 */
#include "tell/tell.h"

#include "tell/format.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>

#define REDRAW_NS (G_USEC_PER_SEC * 1000 / 5)
#define SPARK_NS  ((gint64)G_USEC_PER_SEC * 1000)
#define PLAIN_NS  ((gint64)10 * G_USEC_PER_SEC * 1000)
#define SPARKS    60
#define CELL      25 /* columns of one VBD, its gap included */
#define WIDEST    160

struct _XrProgress {
    FILE *out;
    const XrPlan *plan;
    gboolean terminal;
    GArray *drawn; /* guint: columns of each line of the block on the screen */
    gint64 last_ns, last_spark_ns;
    double sparks[SPARKS];
    guint n_sparks;
    char *stage;
};

static void get_size(const XrProgress *progress, guint *columns, guint *rows)
{
    struct winsize size = {0};
    int fd = fileno(progress->out);
    *columns = 80;
    *rows = 24;
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return;
    *columns = size.ws_col > 0 ? size.ws_col : 80;
    *rows = size.ws_row > 0 ? size.ws_row : 24;
}

XrProgress *xr_progress_new(FILE *out, const XrPlan *plan, gboolean terminal)
{
    XrProgress *progress = g_new0(XrProgress, 1);
    progress->out = out;
    progress->plan = plan;
    progress->terminal = terminal;
    progress->drawn = g_array_new(FALSE, FALSE, sizeof(guint));
    progress->last_ns = progress->last_spark_ns = G_MININT64 / 2;
    return progress;
}

/* The cursor's way to the block's first line. */
static void append_home(XrProgress *progress, GString *text, guint columns)
{
    guint rows = 0;
    for (guint i = 0; i < progress->drawn->len; i++) {
        guint taken = g_array_index(progress->drawn, guint, i);
        rows += MAX(1, (taken + columns - 1) / columns);
    }
    if (rows > 0)
        g_string_append_printf(text, "\r\033[%uA", rows);
    g_array_set_size(progress->drawn, 0);
}

static void append_line(XrProgress *progress, GString *text, const char *line, guint columns)
{
    g_autofree char *fitted = xr_tell_fit(line, MIN(columns, WIDEST) - 1, FALSE);
    guint taken = xr_tell_columns(fitted);
    g_string_append_printf(text, "%s\033[K\n", fitted);
    g_array_append_val(progress->drawn, taken);
}

/* One write: a terminal never shows half a block. */
static void put(XrProgress *progress, const GString *text)
{
    fwrite(text->str, 1, text->len, progress->out);
    fflush(progress->out);
}

static void append_elapsed(GString *line, gint64 now_ns)
{
    gint64 s = MAX(now_ns, 0) / ((gint64)G_USEC_PER_SEC * 1000);
    if (s >= 3600)
        g_string_append_printf(line, "%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60),
                               (int)(s % 60));
    else
        g_string_append_printf(line, "%02d:%02d", (int)(s / 60), (int)(s % 60));
}

static const char *stage_of(const XrObservation *obs)
{
    return obs->stage == NULL ? "start" : obs->stage;
}

/* Numbers are over the whole run: a domU that has gone was created, ready and streaming too. */
static void append_domains(GString *line, const XrProgress *progress, const XrObservation *obs)
{
    guint n = progress->plan->guests.count;
    if (obs->guests_streaming > 0)
        g_string_append_printf(line, "%u of %u domUs streaming", obs->guests_streaming, n);
    else if (obs->guests_ready > 0)
        g_string_append_printf(line, "%u of %u domUs ready", obs->guests_ready, n);
    else
        g_string_append_printf(line, "%u of %u domUs created", obs->guests_created, n);
    guint found = 0;
    for (guint i = 0; i < obs->findings->len; i++)
        found += ((XrFinding *)g_ptr_array_index(obs->findings, i))->weight > XR_PASS;
    if (found > 0)
        g_string_append_printf(line, ", %u finding%s", found, found == 1 ? "" : "s");
}

static void append_head(XrProgress *progress, GString *text, const XrObservation *obs,
                        gint64 now_ns, guint columns)
{
    g_autofree char *stage = xr_tell_safe(stage_of(obs), 24);
    g_autoptr(GString) line = g_string_new(NULL);
    append_elapsed(line, now_ns);
    g_string_append_printf(line, "  %s: ", stage);
    append_domains(line, progress, obs);
    append_line(progress, text, line->str, columns);

    if (progress->n_sparks == 0)
        return;
    double sum = xr_observation_rate_now(obs, NULL);
    g_autofree char *rate = xr_tell_megabytes(sum);
    guint room = MIN(columns, WIDEST) > 20 ? MIN(columns, WIDEST) - 20 : 0;
    guint shown = MIN(progress->n_sparks, room);
    g_autofree char *spark =
        xr_tell_sparkline(progress->sparks + progress->n_sparks - shown, shown);
    g_autofree char *sum_line = g_strdup_printf("%8s MB/s  %s", rate, spark);
    append_line(progress, text, sum_line, columns);
}

/* "w03/vbd0" where domUs have several VBDs, else "w03". Names come from dom0. */
static char *vbd_label(const XrProgress *progress, const XrSeries *series)
{
    g_autofree char *domain = xr_tell_safe(series->domain, 24);
    g_autofree char *full = progress->plan->guests.vbds > 1
                                ? g_strdup_printf("%s/%u", domain, series->vbd)
                                : g_strdup(domain);
    return xr_tell_fit(full, 6, TRUE);
}

/* All VBDs column by column, or none if they do not fit: a cut list would say too little. */
static void append_bars(XrProgress *progress, GString *text, const XrObservation *obs,
                        guint columns, guint rows)
{
    guint n = obs->series->len;
    guint across = MAX(1, MIN(columns - 1, WIDEST) / CELL);
    guint down = (n + across - 1) / across;
    if (n == 0 || columns <= CELL || down + 4 > rows)
        return;
    g_autofree double *rates = g_new(double, n);
    double top = 0;
    for (guint i = 0; i < n; i++) {
        rates[i] = xr_observation_rate_now(obs, g_ptr_array_index(obs->series, i));
        top = isfinite(rates[i]) ? MAX(top, rates[i]) : top;
    }
    for (guint row = 0; row < down; row++) {
        g_autoptr(GString) line = g_string_new(NULL);
        for (guint i = row; i < n; i += down) {
            g_autofree char *label = vbd_label(progress, g_ptr_array_index(obs->series, i));
            g_autofree char *rate = xr_tell_megabytes(rates[i]);
            g_autofree char *bar = xr_tell_bar(top > 0 ? rates[i] / top : 0, 8);
            g_string_append_printf(line, "%s%7s %s   ", label, rate, bar);
        }
        append_line(progress, text, g_strchomp(line->str), columns);
    }
}

static void take_spark(XrProgress *progress, const XrObservation *obs, gint64 now_ns)
{
    double sum = xr_observation_rate_now(obs, NULL);
    if (now_ns - progress->last_spark_ns < SPARK_NS || !isfinite(sum))
        return;
    progress->last_spark_ns = now_ns;
    if (progress->n_sparks == SPARKS)
        memmove(progress->sparks, progress->sparks + 1, sizeof(double) * --progress->n_sparks);
    progress->sparks[progress->n_sparks++] = sum;
}

static void update_terminal(XrProgress *progress, const XrObservation *obs, gint64 now_ns)
{
    guint columns, rows;
    if (now_ns - progress->last_ns < REDRAW_NS)
        return;
    progress->last_ns = now_ns;
    take_spark(progress, obs, now_ns);
    get_size(progress, &columns, &rows);
    columns = MAX(columns, 2);
    g_autoptr(GString) text = g_string_new(NULL);
    append_home(progress, text, columns);
    append_head(progress, text, obs, now_ns, columns);
    append_bars(progress, text, obs, columns, rows);
    g_string_append(text, "\033[J");
    put(progress, text);
}

static void update_plain(XrProgress *progress, const XrObservation *obs, gint64 now_ns)
{
    gboolean changed = g_strcmp0(progress->stage, stage_of(obs)) != 0;
    if (!changed && now_ns - progress->last_ns < PLAIN_NS)
        return;
    progress->last_ns = now_ns;
    g_free(progress->stage);
    progress->stage = g_strdup(stage_of(obs));
    g_autofree char *stage = xr_tell_safe(progress->stage, 24);
    g_autoptr(GString) line = g_string_new(NULL);
    append_elapsed(line, now_ns);
    g_string_append_printf(line, "  %s: ", stage);
    append_domains(line, progress, obs);
    double sum = xr_observation_rate_now(obs, NULL);
    if (isfinite(sum)) {
        g_autofree char *rate = xr_tell_megabytes(sum);
        g_string_append_printf(line, ", %s MB/s", rate);
    }
    g_string_append_c(line, '\n');
    put(progress, line);
}

void xr_progress_update(XrProgress *progress, const XrObservation *obs, gint64 now_ns)
{
    if (progress->terminal)
        update_terminal(progress, obs, now_ns);
    else
        update_plain(progress, obs, now_ns);
}

/* Erases the block; the cursor stays where its first line was. */
static void append_erased(XrProgress *progress, GString *text, guint columns)
{
    if (progress->drawn->len == 0)
        return;
    append_home(progress, text, columns);
    g_string_append(text, "\033[J");
}

void xr_progress_note(XrProgress *progress, const char *note)
{
    guint columns, rows;
    g_autofree char *safe = xr_tell_safe(note, 2000);
    g_autoptr(GString) text = g_string_new(NULL);
    get_size(progress, &columns, &rows);
    if (progress->terminal) {
        append_erased(progress, text, MAX(columns, 2));
        xr_tell_fold(text, safe, "", MAX(columns, 2) - 1);
        progress->last_ns = G_MININT64 / 2;
    } else {
        g_string_append_printf(text, "%s\n", safe);
    }
    put(progress, text);
}

void xr_progress_end(XrProgress *progress)
{
    guint columns, rows;
    g_autoptr(GString) text = g_string_new(NULL);
    get_size(progress, &columns, &rows);
    append_erased(progress, text, MAX(columns, 2));
    if (text->len > 0)
        put(progress, text);
}

void xr_progress_free(XrProgress *progress)
{
    if (progress == NULL)
        return;
    xr_progress_end(progress);
    g_array_unref(progress->drawn);
    g_free(progress->stage);
    g_free(progress);
}
