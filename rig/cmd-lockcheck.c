/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "lockcheck": how far lockstep is from the truth. */
#include "base/error.h"
#include "build/build.h"
#include "commands.h"
#include "run/lockcheck.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>

enum { LIST_MAX = 16 };
#define DEFAULT_SLICES "12,25,50"

/* "a,b,c" from the command line. */
typedef struct {
    guint values[LIST_MAX];
    guint n, max;
} List;

typedef struct {
    List locks, spreads, cpus, shares, slices; /* shares in percent */
    XrLockcheckHow how;
    guint hold;
    double limit; /* percent */
    gboolean json;
    JsonArray *points;
    double worst; /* percent, over all runs, without sign */
    gboolean lapsed;
} Check;

/* names: what it may be, and its place there is the value; NULL: a number from low to high. */
static gboolean parse_word(const char *word, const char *const *names, guint low, guint high,
                           guint *value)
{
    guint64 parsed;

    for (guint i = 0; names && names[i]; i++) {
        if (g_str_equal(word, names[i])) {
            *value = i;
            return TRUE;
        }
    }
    if (names || !g_ascii_string_to_unsigned(word, 10, low, high, &parsed, NULL))
        return FALSE;
    *value = (guint)parsed;
    return TRUE;
}

static gboolean parse_list(const char *option, const char *text, const char *const *names,
                           guint low, guint high, List *list, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);

    list->n = 0;
    for (char **word = words; *word; word++) {
        if (list->n < list->max && parse_word(*word, names, low, high, &list->values[list->n])) {
            list->n++;
            continue;
        }
        g_autofree char *all =
            names ? g_strjoinv(", ", (char **)names) : g_strdup_printf("%u to %u", low, high);
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "--%s=%s: \"%s\" is one too many or wrong; up to %u of %s will do, with commas",
                    option, text, *word, list->max, all);
        return FALSE;
    }
    return TRUE;
}

static void print_head(const Check *check)
{
    printf(
        "What lockstep counts against what %u-instruction critical sections give on CPUs that run "
        "in parallel\n(%% too many; slices by a timer that %s, shift %u, seed %u)\n\n",
        check->hold, check->how.fires ? "fires" : "is pushed on", check->how.shift,
        check->how.seed);
    printf("%-7s %-12s %4s %6s %11s", "lock", "times", "CPUs", "share", "per kilotick");
    for (guint i = 0; i < check->slices.n; i++) {
        g_autofree char *head = g_strdup_printf("slice %u", check->slices.values[i]);
        printf(" %10s", head);
    }
    puts(check->slices.n > 1 ? "    slice 0" : "");
}

static void print_point(const Check *check, const XrLockcheckCase *what, const XrLockcheckRun *runs)
{
    printf("%-7s %-12s %4u %5.0f%% %12.4f", lc_lock_names[what->lock],
           lc_spread_names[what->spread], what->cpus, 100 * what->share, 1000 * runs[0].truth);
    for (guint i = 0; i < check->slices.n; i++)
        printf(" %+9.2f%c", 100 * xr_lockcheck_off(&runs[i]), runs[i].lapsed ? '!' : ' ');
    if (check->slices.n > 1)
        printf(" %+9.2f", 100 * xr_lockcheck_off_at_zero(runs, check->slices.n));
    putchar('\n');
    fflush(stdout);
}

static void keep_point(Check *check, const XrLockcheckCase *what, const XrLockcheckRun *runs)
{
    JsonObject *point = json_object_new();
    JsonArray *array = json_array_new();

    json_object_set_string_member(point, "lock", lc_lock_names[what->lock]);
    json_object_set_string_member(point, "times", lc_spread_names[what->spread]);
    json_object_set_int_member(point, "cpus", what->cpus);
    json_object_set_double_member(point, "share", what->share);
    json_object_set_int_member(point, "hold", what->hold);
    for (guint i = 0; i < check->slices.n; i++) {
        JsonObject *run = json_object_new();
        json_object_set_double_member(run, "slice", runs[i].slice);
        json_object_set_double_member(run, "per_tick", runs[i].rate);
        json_object_set_double_member(run, "truth_per_tick", runs[i].truth);
        json_object_set_double_member(run, "predicted_per_tick", runs[i].predicted);
        json_object_set_double_member(run, "off", xr_lockcheck_off(&runs[i]));
        json_object_set_int_member(run, "sections", (gint64)runs[i].sections);
        json_object_set_boolean_member(run, "lapsed", runs[i].lapsed);
        json_array_add_object_element(array, run);
    }
    json_object_set_array_member(point, "runs", array);
    json_object_set_double_member(point, "off_at_zero",
                                  xr_lockcheck_off_at_zero(runs, check->slices.n));
    json_array_add_object_element(check->points, point);
}

static gboolean check_point(Check *check, const XrLockcheckCase *what, GError **error)
{
    XrLockcheckRun runs[XR_LOCKCHECK_SLICES] = {0};

    for (guint i = 0; i < check->slices.n; i++) {
        if (!xr_lockcheck_run(what, &check->how, check->slices.values[i], &runs[i], error)) {
            g_prefix_error(error, "%s lock, %u CPUs, share %.2f: ", lc_lock_names[what->lock],
                           what->cpus, what->share);
            return FALSE;
        }
        check->worst = MAX(check->worst, fabs(100 * xr_lockcheck_off(&runs[i])));
        check->lapsed = check->lapsed || runs[i].lapsed;
    }
    if (!check->json)
        print_point(check, what, runs);
    keep_point(check, what, runs);
    return TRUE;
}

static gboolean check_all(Check *check, GError **error)
{
    const guint n = check->locks.n * check->spreads.n * check->shares.n * check->cpus.n;

    for (guint i = 0; i < n; i++) {
        guint at = i;
        XrLockcheckCase what = {.hold = check->hold};
        what.cpus = check->cpus.values[at % check->cpus.n];
        at /= check->cpus.n;
        what.share = check->shares.values[at % check->shares.n] / 100.0;
        at /= check->shares.n;
        what.spread = (enum lc_spread)check->spreads.values[at % check->spreads.n];
        at /= check->spreads.n;
        what.lock = (enum lc_lock)check->locks.values[at];
        if (!check_point(check, &what, error))
            return FALSE;
    }
    return TRUE;
}

static int tell(const Check *check)
{
    const gboolean good = check->worst <= check->limit && !check->lapsed;

    if (check->json) {
        JsonObject *report = json_object_new();
        json_object_set_int_member(report, "schema", 1);
        json_object_set_boolean_member(report, "good", good);
        json_object_set_double_member(report, "worst", check->worst / 100);
        json_object_set_double_member(report, "limit", check->limit / 100);
        json_object_set_array_member(report, "points", json_array_ref(check->points));
        cmd_print_json(report);
    } else {
        if (check->lapsed)
            puts("\n!: a slice was longer than it should be; that figure means nothing");
        printf("\n%s: at most %.2f %% off, where %.4g %% are allowed\n", good ? "PASS" : "FAIL",
               check->worst, check->limit);
    }
    return good ? 0 : xr_verdict_exit_code(XR_FAIL);
}

/* The options as they are written. */
typedef struct {
    char *locks, *times, *cpus, *shares, *slices, *timer, *qemu;
    int hold, seed, shift, sections;
} Words;

static void words_clear(Words *words)
{
    char *all[] = {words->locks,  words->times, words->cpus, words->shares,
                   words->slices, words->timer, words->qemu};

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
}

static gboolean parse_number(const char *option, int value, int low, int high, GError **error)
{
    if (value >= low && value <= high)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--%s=%d: from %d to %d will do", option, value,
                low, high);
    return FALSE;
}

static const char *given(const char *word, const char *fallback)
{
    return word ? word : fallback;
}

static gboolean parse_words(const Words *w, Check *check, GError **error)
{
    static const char *const timers[] = {"pushed", "fires", NULL};
    List timer = {.max = 1};

    if (!parse_list("locks", given(w->locks, "ticket,rwlock,two"), lc_lock_names, 0, 0,
                    &check->locks, error) ||
        !parse_list("times", given(w->times, "exponential"), lc_spread_names, 0, 0, &check->spreads,
                    error) ||
        !parse_list("cpus", given(w->cpus, "1,2,4,8,16"), NULL, 1, LC_VCPUS_MAX - 1, &check->cpus,
                    error) ||
        !parse_list("shares", given(w->shares, "2,5,10,20,50"), NULL, 1, 99, &check->shares,
                    error) ||
        !parse_list("slices", given(w->slices, DEFAULT_SLICES), NULL, 11, 100000, &check->slices,
                    error) ||
        !parse_list("timer", given(w->timer, "pushed"), timers, 0, 0, &timer, error) ||
        !parse_number("hold", w->hold, 2, 1000000, error) ||
        !parse_number("seed", w->seed, 0, G_MAXINT, error) ||
        !parse_number("shift", w->shift, 0, 10, error) ||
        !parse_number("sections", w->sections, 100, 10000000, error))
        return FALSE;
    check->hold = (guint)w->hold;
    check->how.seed = (guint)w->seed;
    check->how.shift = (guint)w->shift;
    check->how.sections = w->sections;
    check->how.fires = timer.values[0] == 1;
    return TRUE;
}

static const char summary[] =
    "Runs a bare machine in lockstep whose CPUs think and take locks, and tells how far\n"
    "its throughput is from that of CPUs in parallel, which is simulated exactly.\n"
    "Exit code 0 if all is within the limit, else 1.";

static gboolean parse_options(Check *check, Words *w, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"locks", 0, 0, G_OPTION_ARG_STRING, &w->locks, "none, ticket, rwlock, two", "LIST"},
        {"times", 0, 0, G_OPTION_ARG_STRING, &w->times, "fixed, uniform, exponential", "LIST"},
        {"cpus", 0, 0, G_OPTION_ARG_STRING, &w->cpus, "CPUs that take the lock", "LIST"},
        {"shares", 0, 0, G_OPTION_ARG_STRING, &w->shares,
         "Percent of its time that a lone CPU holds it", "LIST"},
        {"slices", 0, 0, G_OPTION_ARG_STRING, &w->slices, "Lengths of slices, in instructions",
         "LIST"},
        {"hold", 0, 0, G_OPTION_ARG_INT, &w->hold, "Mean instructions of a critical section", "N"},
        {"sections", 0, 0, G_OPTION_ARG_INT, &w->sections, "Critical sections of a run", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT, &w->seed, "Of the times", "N"},
        {"shift", 0, 0, G_OPTION_ARG_INT, &w->shift, "2^N ns an instruction", "N"},
        {"timer", 0, 0, G_OPTION_ARG_STRING, &w->timer, "pushed, or fires: unequal slices", "HOW"},
        {"limit", 0, 0, G_OPTION_ARG_DOUBLE, &check->limit, "Percent that may be wrong", "N"},
        {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &w->qemu, "Another QEMU", "PATH"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &check->json, "Print one JSON object", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    if (!cmd_parse(entries, summary, argc, argv, error))
        return FALSE;
    if (*argc > 1) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "takes no \"%s\"; --help tells its options",
                    (*argv)[1]);
        return FALSE;
    }
    return parse_words(w, check, error);
}

int cmd_lockcheck(int argc, char **argv)
{
    Words words = {.hold = 150, .seed = 1, .sections = 10000};
    g_autofree char *path = NULL;
    g_autofree char *version = NULL;
    g_autoptr(JsonArray) points = json_array_new();
    GError *error = NULL;
    Check check = {.locks.max = LC_LOCKS,
                   .spreads.max = LC_SPREADS,
                   .cpus.max = LIST_MAX,
                   .shares.max = LIST_MAX,
                   .slices.max = XR_LOCKCHECK_SLICES,
                   .limit = 5,
                   .points = points};
    gboolean ready = parse_options(&check, &words, &argc, &argv, &error) &&
                     xr_qemu_find(words.qemu, &path, &version, &error);

    words_clear(&words);
    check.how.qemu = path;
    if (ready && !check.json)
        print_head(&check);
    if (!ready || !check_all(&check, &error))
        return cmd_fail("lockcheck", error);
    return tell(&check);
}
