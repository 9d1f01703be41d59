/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command itself: runs enter the history by themselves, and whatever is wrong with it changes no verdict. */
#include "history-fixture.h"

#include <gio/gio.h>

typedef struct {
    char *out, *err;
    int code;
} Told;

static void told_clear(Told *told)
{
    g_free(told->out);
    g_free(told->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Told, told_clear)

/* "history show x", split at spaces. */
static Told command(const char *words)
{
    g_autofree char *line = g_strconcat(XENRIG " ", words, NULL);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv((const char *const *)argv,
                          G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
    Told told = {0};

    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, NULL, NULL, &told.out, &told.err, &error);
    g_assert_no_error(error);
    told.code = g_subprocess_get_exit_status(process);
    return told;
}

/* Of a build that is not there: over before anything boots. */
#define RUN "run smoke --quiet --set hypervisor.build=file:/nowhere/xen,toolstack=bookworm"

static void test_run(void)
{
    g_auto(Told) run = {0};
    g_auto(Told) list = {0};

    begin();
    run = command(RUN);
    g_assert_cmpint(run.code, !=, 0);
    g_assert_cmpuint(count_runs(), ==, 1);
    list = command("history --plan smoke --since 1h --host this");
    g_assert_cmpint(list.code, ==, 0);
    assert_says(list.out, "smoke");
    assert_says(list.out, "file:/nowhere/xen");
    assert_says(list.out, "\n1 run\n");
}

/* Runs side by side are processes that are told whose they are. */
static void test_purpose(void)
{
    g_auto(Told) run = {0};
    g_auto(Told) show = {0};

    begin();
    run = command(RUN " --purpose compare");
    g_assert_cmpint(run.code, !=, 0);
    show = command("history show 20");
    g_assert_cmpint(show.code, ==, 0);
    assert_says(show.out, "; by `xenrig compare` ");
}

/* The same verdict, the same report, and a word on standard error. */
static void test_run_damaged(void)
{
    g_auto(Told) good = {0};
    g_auto(Told) bad = {0};
    g_auto(Told) rebuilt = {0};
    g_autofree char *path = xr_history_path();

    begin();
    good = command(RUN);
    g_assert_null(strstr(good.err, "warning"));
    g_assert_true(g_file_set_contents(path, "rubbish that is no database at all\n", -1, NULL));
    bad = command(RUN);
    g_assert_cmpint(bad.code, ==, good.code);
    assert_says(bad.err, "xenrig: warning: the run is not in the history, its verdict and record "
                         "stand: ");
    assert_says(bad.err, "/history.sqlite: cannot be read: file is not a database; it is damaged; "
                         "`xenrig history rebuild` moves it aside and makes it anew from the "
                         "records\n");
    rebuilt = command("history rebuild");
    g_assert_cmpint(rebuilt.code, ==, 0);
    assert_says(rebuilt.out, "history.sqlite was damaged: it is ");
    assert_says(rebuilt.out, "read 2 records; 0 refused; 0 runs whose record is gone kept\n");
    g_assert_cmpuint(count_runs(), ==, 2);
}

static void enter_two_more(void)
{
    static const Made first = {.id = "first"}, second = {.id = "second"};

    enter(&first);
    enter(&second);
}

static void enter_two(void)
{
    begin();
    enter_two_more();
}

static void test_report(void)
{
    g_autofree char *words =
        g_strdup_printf("report --history --host aaaa --since 2026-01-01 -o %s/out", state);
    g_auto(Told) page = {0};
    g_auto(Told) odd = {0};

    enter_two();
    page = command(words);
    g_assert_cmpint(page.code, ==, 0);
    assert_says(page.out, "/out/history.html\n");
    odd = command("report --plan smoke -o /tmp");
    g_assert_cmpint(odd.code, ==, 99);
    assert_says(odd.err, "--plan, --build, --host and --since choose runs of the history: say "
                         "`xenrig report --history … -o DIR`");
}

static void test_ask(void)
{
    g_auto(Told) show = {0};
    g_auto(Told) compare = {0};
    g_auto(Told) export = {0};
    g_auto(Told) trend = {0};

    enter_two();
    show = command("history show fir");
    g_assert_cmpint(show.code, ==, 0);
    assert_says(show.out, "PASS: it went well\n");
    compare = command("history compare f s");
    g_assert_cmpint(compare.code, ==, 0);
    assert_says(compare.out, "One run each is too few");
    export = command("history export --csv --limit 1");
    g_assert_cmpint(export.code, ==, 0);
    assert_says(export.out, "run,started,host,");
    trend = command("history trend --plan smoke --build debian:bookworm --host aaaa");
    g_assert_cmpint(trend.code, ==, 0);
    assert_says(trend.out, "throughput of plan smoke on debian:bookworm, host " HOST_A ": 2 runs");
}

/* What the list shows is what a trend is of, unless another figure is named. */
static void test_counted(void)
{
    static const Made first = {
        .id = "first", .plan = "count", .time = "count", .more = INSTRUCTIONS("908338.03")};
    g_auto(Told) list = {0};
    g_auto(Told) trend = {0};
    g_auto(Told) named = {0};

    begin();
    enter(&first);
    list = command("history list --plan count");
    g_assert_cmpint(list.code, ==, 0);
    assert_says(list.out, "count       debian:bookworm         908338 /MiB   ");
    trend = command("history trend --plan count --build debian:bookworm --host aaaa");
    g_assert_cmpint(trend.code, ==, 0);
    assert_says(trend.out, "instructions of plan count on debian:bookworm, host " HOST_A ": 1 run");
    assert_says(trend.out, "  first                         11111111  908338 /MiB ");
    named = command("history trend --plan count --build debian:bookworm --host aaaa -m cpu.dom0");
    g_assert_cmpint(named.code, ==, 0);
    assert_says(named.out, "cpu.dom0 of plan count on debian:bookworm, host " HOST_A ": 1 run");
}

static void test_change(void)
{
    static const Made other = {.id = "other"};
    g_autofree char *dir = own_dir(&other);
    g_autofree char *words = g_strconcat("history import ", dir, " --from node7", NULL);
    g_auto(Told) import = {0};
    g_auto(Told) again = {0};
    g_auto(Told) removed = {0};
    g_auto(Told) none = {0};

    enter_two();
    write_record(dir, &other);
    import = command(words);
    g_assert_cmpint(import.code, ==, 0);
    g_assert_cmpstr(import.out, ==, "imported 1 run from node7; 0 known already, 0 refused\n");
    again = command(words);
    assert_says(again.out, "other is known already (");
    assert_says(again.out, "imported 0 runs from node7; 1 known already, 0 refused\n");
    none = command("history rm first nosuch");
    g_assert_cmpint(none.code, ==, 99);
    g_assert_cmpuint(count_runs(), ==, 3);
    removed = command("history rm first second");
    g_assert_cmpint(removed.code, ==, 0);
    assert_says(removed.out, "removed first and /");
    g_assert_cmpuint(count_runs(), ==, 1);
}

/* An id is judged by today's limits, a folder by its own. */
static void test_judge(void)
{
    static const Made made = {.id = "made"};
    static const Made odd = {.id = "odd", .plan = "nobody-ships-this"};
    g_autofree char *dir = own_dir(&made);
    g_autofree char *by_folder = g_strconcat("judge ", dir, NULL);
    g_auto(Told) id = {0};
    g_auto(Told) folder = {0};
    g_auto(Told) unknown = {0};
    g_auto(Told) gone = {0};

    begin();
    enter(&made);
    enter(&odd);
    id = command("judge ma");
    g_assert_cmpstr(id.err, ==, "judged by the limits that plan smoke has today\n");
    folder = command(by_folder);
    g_assert_cmpstr(folder.err, ==, "");
    g_assert_cmpint(folder.code, ==, id.code);
    g_assert_cmpstr(folder.out, ==, id.out);
    unknown = command("judge odd");
    assert_says(unknown.err, "no shipped plan is called \"nobody-ships-this\"; --limits PLAN names "
                             "another\n");
    remove_tree(dir);
    gone = command("judge made");
    g_assert_cmpint(gone.code, ==, 99);
    assert_says(gone.err, "is not there any more; only `xenrig history show made` is left of it\n");
}

static void assert_error(const char *words, const char *wanted)
{
    g_auto(Told) told = command(words);

    g_assert_cmpint(told.code, ==, 99);
    g_assert_cmpstr(told.err, ==, wanted);
    g_assert_cmpstr(told.out, ==, "");
}

static void test_starved_trend(void)
{
    static const Made busy = {.id = "busy", .more = WAIT("0.9")};
    g_auto(Told) none = {0};
    g_auto(Told) left = {0};
    g_auto(Told) wait = {0};

    begin();
    enter(&busy);
    none = command("history trend --plan smoke --build debian:bookworm --host aaaa");
    g_assert_cmpint(none.code, ==, 99);
    assert_says(none.err, "xenrig history: the only run of plan \"smoke\"");
    wait = command("history trend --plan smoke --build debian:bookworm --host aaaa --metric "
                   "host_wait");
    g_assert_cmpint(wait.code, ==, 0);
    enter_two_more();
    left = command("history trend --plan smoke --build debian:bookworm --host aaaa");
    g_assert_cmpint(left.code, ==, 0);
    assert_says(left.out, ": 2 runs");
    assert_says(left.out, "\n1 more run is left out: ");
}

static void test_errors(void)
{
    enter_two();
    assert_error("history shwo x",
                 "xenrig history: \"shwo\" is none of list, show, compare, trend, "
                 "export, rm, import, rebuild\n");
    assert_error("history show", "xenrig history: say `xenrig history show ID`\n");
    assert_error("history compare first", "xenrig history: say `xenrig history compare ID ID`\n");
    assert_error("history rm", "xenrig history: say `xenrig history rm ID…`\n");
    assert_error("history export",
                 "xenrig history: say `xenrig history export --json` or `… --csv`\n");
    assert_error("history show first --plan smoke",
                 "xenrig history: --plan, --build, --host and --since: not for \"show\"; `xenrig "
                 "history --help` tells what is\n");
    assert_error("history --limit 0", "xenrig history: --limit 0: write 1 or more\n");
    assert_error("history --since soon",
                 "xenrig history: --since: \"soon\" is no time that I know; write how long ago, as "
                 "30m, 12h, 7d or 2w, or a day or time of UTC, as 2026-11-20 or "
                 "2026-11-20T15:00:00Z\n");
    assert_error("history trend --plan smoke",
                 "xenrig history: a series is of one plan, build, metric and host: name the "
                 "build\n");
    assert_error("judge",
                 "xenrig judge: say `xenrig judge RECORD`, the folder that a run named, or "
                 "`xenrig judge ID`\n");
}

int main(int argc, char **argv)
{
    g_autofree char *runtime = g_dir_make_tmp("xenrig-rt-XXXXXX", NULL);
    int result;

    g_test_init(&argc, &argv, NULL);
    g_setenv("XENRIG_RUNTIME", runtime, TRUE);
    g_test_add_func("/history-command/run", test_run);
    g_test_add_func("/history-command/purpose", test_purpose);
    g_test_add_func("/history-command/report", test_report);
    g_test_add_func("/history-command/run-damaged", test_run_damaged);
    g_test_add_func("/history-command/ask", test_ask);
    g_test_add_func("/history-command/counted", test_counted);
    g_test_add_func("/history-command/starved-trend", test_starved_trend);
    g_test_add_func("/history-command/change", test_change);
    g_test_add_func("/history-command/judge", test_judge);
    g_test_add_func("/history-command/errors", test_errors);
    result = run_with_state();
    remove_tree(runtime);
    return result;
}
