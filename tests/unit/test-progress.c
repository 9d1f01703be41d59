/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of live progress: what is seen on a terminal of some size, and in a log. */
#include "screen.h"
#include "tell/tell.h"

#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SECOND ((gint64)1000000000)

typedef struct {
    XrPlan *plan;
    XrObservation *obs;
    int terminal; /* other end of the pseudo terminal, -1 without */
    FILE *out;
    char *log; /* what was written, without a terminal */
    size_t log_len;
    XrProgress *progress;
} Fixture;

static void set_up(Fixture *f, const char *set, guint columns, guint rows, gboolean terminal)
{
    const char *const sets[] = {set, NULL};
    g_autoptr(GError) error = NULL;
    f->plan = xr_plan_load(NULL, sets, &error);
    g_assert_no_error(error);
    f->obs = xr_observation_new(f->plan);
    f->terminal = -1;
    if (columns > 0) {
        struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
        int inner = -1;
        g_assert_cmpint(openpty(&f->terminal, &inner, NULL, NULL, &size), ==, 0);
        struct termios modes;
        tcgetattr(inner, &modes);
        cfmakeraw(&modes);
        tcsetattr(inner, TCSANOW, &modes);
        fcntl(f->terminal, F_SETFL, O_NONBLOCK);
        f->out = fdopen(inner, "w");
    } else {
        f->out = open_memstream(&f->log, &f->log_len);
    }
    f->progress = xr_progress_new(f->out, f->plan, terminal);
}

static void tear_down(Fixture *f)
{
    g_clear_pointer(&f->progress, xr_progress_free);
    g_clear_pointer(&f->out, fclose);
    if (f->terminal >= 0)
        close(f->terminal);
    free(f->log);
    xr_observation_free(f->obs);
    xr_plan_free(f->plan);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, tear_down)

/* What was written to the terminal since the last time. */
static void show(Fixture *f, Screen *screen)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[4096];
    ssize_t n;
    fflush(f->out);
    while ((n = read(f->terminal, buffer, sizeof(buffer))) > 0)
        g_string_append_len(text, buffer, n);
    screen_write(screen, text->str);
}

static void resize(Fixture *f, Screen *screen, guint columns)
{
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = 24};
    g_assert_cmpint(ioctl(f->terminal, TIOCSWINSZ, &size), ==, 0);
    screen->columns = columns;
}

static void feed(Fixture *f, const char *json)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_from_string(json, &error);
    g_assert_no_error(error);
    xr_observation_event(f->obs, json_node_get_object(node));
}

static void feed_stage(Fixture *f, const char *name, gint64 t)
{
    g_autofree char *json = g_strdup_printf(
        "{\"t\":%" G_GINT64_FORMAT ",\"kind\":\"stage\",\"name\":\"%s\",\"state\":\"begin\"}", t,
        name);
    feed(f, json);
}

static void feed_domains(Fixture *f, guint n, const char *what)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *json = g_strdup_printf("{\"t\":%d,\"kind\":\"domain\",\"name\":\"w%02u\","
                                                "\"domid\":%u,\"what\":\"%s\",\"seconds\":1.5}",
                                                1, i, i + 1, what);
        feed(f, json);
    }
}

/* Sample number k, half a second after the one before; VBD i has written k * (i + 1) MB. */
static void feed_sample(Fixture *f, guint n, guint vbds, guint k)
{
    g_autoptr(GString) json = g_string_new(NULL);
    g_string_printf(json,
                    "{\"t\":%" G_GINT64_FORMAT ",\"kind\":\"sample\",\"guest_ns\":%" G_GINT64_FORMAT
                    ",\"vbds\":[",
                    k * SECOND / 2, k * SECOND / 2);
    for (guint i = 0; i < n * vbds; i++)
        g_string_append_printf(json,
                               "%s{\"domain\":\"w%02u\",\"vbd\":%u,\"bytes\":%u,\"requests\":%u}",
                               i > 0 ? "," : "", i / vbds, i % vbds, k * (i + 1) * 1000000, k);
    g_string_append(json, "]}");
    feed(f, json->str);
}

/* A run of the default plan that streams. */
static void feed_streaming(Fixture *f)
{
    feed_stage(f, "window", 0);
    feed_domains(f, 24, "created");
    feed_domains(f, 24, "ready");
    feed_domains(f, 24, "streaming");
    feed_sample(f, 24, 1, 1);
    feed_sample(f, 24, 1, 2);
}

static void test_block(void)
{
    g_auto(Fixture) f = {0};
    g_autoptr(Screen) screen = screen_new(80);
    set_up(&f, NULL, 80, 24, TRUE);
    feed_stage(&f, "create", 0);
    feed_domains(&f, 5, "created");
    xr_progress_update(f.progress, f.obs, 3 * SECOND);
    show(&f, screen);
    g_autofree char *first = screen_text(screen);
    g_assert_cmpstr(first, ==, "00:03  create: 5 of 24 domUs created");

    feed_streaming(&f);
    xr_progress_update(f.progress, f.obs, 83 * SECOND);
    show(&f, screen);
    g_autofree char *text = screen_text(screen);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 10);
    g_assert_cmpstr(lines[0], ==, "01:23  window: 24 of 24 domUs streaming");
    g_assert_cmpstr(lines[1], ==, "   600.0 MB/s  █");
    g_assert_true(g_str_has_prefix(lines[2], "w00      2.00 ▍          w08     18.00 ███ "));
    g_assert_true(g_str_has_suffix(lines[9], "w23     48.00 ████████"));
}

/* What came before stays, notes go above the block, and at the end nothing of it is left. */
static void test_notes_stay_and_block_goes(void)
{
    g_auto(Fixture) f = {0};
    g_autoptr(Screen) screen = screen_new(80);
    set_up(&f, NULL, 80, 24, TRUE);
    screen_write(screen, "$ xenrig run\n");
    xr_progress_note(f.progress, "fetching debian:bookworm");
    feed_streaming(&f);
    xr_progress_update(f.progress, f.obs, 1 * SECOND);
    xr_progress_note(f.progress, "the boot is tried again");
    xr_progress_update(f.progress, f.obs, 2 * SECOND);
    show(&f, screen);
    g_autofree char *during = screen_text(screen);
    g_assert_true(g_str_has_prefix(during, "$ xenrig run\nfetching debian:bookworm\nthe boot is "
                                           "tried again\n00:02  window: "));
    xr_progress_end(f.progress);
    show(&f, screen);
    g_autofree char *after = screen_text(screen);
    g_assert_cmpstr(after, ==, "$ xenrig run\nfetching debian:bookworm\nthe boot is tried again");
    g_assert_cmpuint(screen->row, ==, 3);
    g_assert_cmpuint(screen->column, ==, 0);
}

/* The screen itself asserts that no line reaches the last column. */
static void test_any_size(void)
{
    static const guint widths[] = {1, 2, 3, 10, 20, 26, 27, 40, 79, 100, 132, 200, 300};
    for (guint i = 0; i < G_N_ELEMENTS(widths); i++) {
        g_auto(Fixture) f = {0};
        g_autoptr(Screen) screen = screen_new(MAX(widths[i], 3));
        set_up(&f, NULL, widths[i], 5 + i * 3, TRUE);
        feed_streaming(&f);
        for (guint k = 1; k < 90; k++) {
            feed_sample(&f, 24, 1, k + 2);
            xr_progress_update(f.progress, f.obs, k * 2 * SECOND);
            show(&f, screen);
        }
        xr_progress_note(f.progress, "a long note of many words that has to go on in another line, "
                                     "and in one more, for nothing of it may be lost");
        xr_progress_end(f.progress);
        show(&f, screen);
        g_autofree char *text = screen_text(screen);
        g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
        g_autofree char *joined = g_strjoinv("", words);
        g_assert_true(g_str_has_suffix(joined, "anotherline,andinonemore,fornothingofitmaybelost"));
        g_assert_null(strstr(text, "domUs"));
    }
}

/* Few rows: no bars; a VBD each gets a bar or none does. */
static void test_low_terminal(void)
{
    g_auto(Fixture) f = {0};
    g_autoptr(Screen) screen = screen_new(80);
    set_up(&f, NULL, 80, 6, TRUE);
    feed_streaming(&f);
    xr_progress_update(f.progress, f.obs, SECOND);
    show(&f, screen);
    g_autofree char *text = screen_text(screen);
    g_assert_cmpstr(text, ==, "00:01  window: 24 of 24 domUs streaming\n   600.0 MB/s  █");
}

static void test_many_vbds_of_one_domu(void)
{
    g_auto(Fixture) f = {0};
    g_autoptr(Screen) screen = screen_new(80);
    set_up(&f, "guests.vbds=3", 80, 40, TRUE);
    feed_stage(&f, "window", 0);
    feed_sample(&f, 1, 3, 1);
    feed_sample(&f, 1, 3, 2);
    xr_progress_update(f.progress, f.obs, SECOND);
    show(&f, screen);
    g_autofree char *text = screen_text(screen);
    g_assert_nonnull(strstr(text, "w00/2"));
}

/* All that was drawn: a terminal hands it out in pieces, each in its own time. */
static char *drain(Fixture *f)
{
    GString *all = g_string_new(NULL);
    char buffer[8192];
    ssize_t got;

    fflush(f->out);
    while (g_poll(&(GPollFD){.fd = f->terminal, .events = G_IO_IN}, 1, 500) > 0 &&
           (got = read(f->terminal, buffer, sizeof(buffer))) > 0)
        g_string_append_len(all, buffer, got);
    return g_string_free(all, FALSE);
}

/* Old lines are wrapped by the terminal when it gets narrower: all of them are erased. Terminals
 * that wrap anew do so by themselves, so the rows the block then takes are what is tested. */
static void test_narrower(void)
{
    g_auto(Fixture) f = {0};
    g_autoptr(Screen) screen = screen_new(80);
    set_up(&f, NULL, 80, 24, TRUE);
    feed_streaming(&f);
    xr_progress_update(f.progress, f.obs, SECOND);
    show(&f, screen);
    resize(&f, screen, 40);
    xr_progress_update(f.progress, f.obs, 2 * SECOND);
    g_autofree char *text = drain(&f);
    /* 2 lines of less than 40 columns, 8 of more */
    g_assert_true(g_str_has_prefix(text, "\r\x1b[18A"));
}

static void test_redraws_are_few(void)
{
    g_auto(Fixture) f = {0};
    g_autoptr(Screen) screen = screen_new(80);
    set_up(&f, NULL, 80, 24, TRUE);
    feed_stage(&f, "boot", 0);
    for (gint64 t = 0; t < SECOND; t += SECOND / 1000)
        xr_progress_update(f.progress, f.obs, t);
    g_autofree char *text = drain(&f);
    g_auto(GStrv) drawn = g_strsplit(text, "boot", -1);
    g_assert_cmpuint(g_strv_length(drawn) - 1, ==, 5);
}

static void test_hostile_names(void)
{
    g_auto(Fixture) f = {0};
    g_autoptr(Screen) screen = screen_new(80);
    set_up(&f, NULL, 80, 24, TRUE);
    feed_stage(&f, "bo\\u001b[2Jot\\u202e", 0);
    feed(&f, "{\"t\":1,\"kind\":\"sample\",\"guest_ns\":1,\"vbds\":[{\"domain\":\"\\u001b]0;x\","
             "\"vbd\":0,\"bytes\":1,\"requests\":1}]}");
    xr_progress_note(f.progress, "note \x1b[2J \xff of a guest");
    xr_progress_update(f.progress, f.obs, SECOND);
    show(&f, screen);
    g_autofree char *text = screen_text(screen);
    g_assert_nonnull(strstr(text, "note \\x1b[2J \\xff of a guest"));
}

static void test_plain(void)
{
    g_auto(Fixture) f = {0};
    set_up(&f, NULL, 0, 0, FALSE);
    xr_progress_note(f.progress, "fetching debian:bookworm (first time only)");
    feed_stage(&f, "boot", 0);
    for (guint t = 0; t < 25; t++)
        xr_progress_update(f.progress, f.obs, t * SECOND);
    feed_streaming(&f);
    xr_progress_update(f.progress, f.obs, 25 * SECOND);
    xr_progress_update(f.progress, f.obs, 26 * SECOND);
    xr_progress_end(f.progress);
    fflush(f.out);
    g_assert_cmpstr(f.log, ==,
                    "fetching debian:bookworm (first time only)\n"
                    "00:00  boot: 0 of 24 domUs created\n"
                    "00:10  boot: 0 of 24 domUs created\n"
                    "00:20  boot: 0 of 24 domUs created\n"
                    "00:25  window: 24 of 24 domUs streaming, 600.0 MB/s\n");
}

/* A finding is seen at once, a mere note is none. */
static void test_findings_are_counted(void)
{
    g_auto(Fixture) f = {0};
    set_up(&f, NULL, 0, 0, FALSE);
    feed_stage(&f, "boot", 0);
    feed(&f, "{\"t\":5,\"kind\":\"console\",\"source\":\"xen\",\"line\":\"(XEN) Xen WARN at "
             "grant_table.c:123\"}");
    xr_progress_update(f.progress, f.obs, 3700 * SECOND);
    fflush(f.out);
    g_assert_cmpstr(f.log, ==, "1:01:40  boot: 0 of 24 domUs created, 1 finding\n");
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress/block", test_block);
    g_test_add_func("/progress/notes-stay-and-block-goes", test_notes_stay_and_block_goes);
    g_test_add_func("/progress/any-size", test_any_size);
    g_test_add_func("/progress/low-terminal", test_low_terminal);
    g_test_add_func("/progress/many-vbds-of-one-domu", test_many_vbds_of_one_domu);
    g_test_add_func("/progress/narrower", test_narrower);
    g_test_add_func("/progress/redraws-are-few", test_redraws_are_few);
    g_test_add_func("/progress/hostile-names", test_hostile_names);
    g_test_add_func("/progress/plain", test_plain);
    g_test_add_func("/progress/findings-are-counted", test_findings_are_counted);
    return g_test_run();
}
