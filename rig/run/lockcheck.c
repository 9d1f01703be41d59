/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine in lockstep against the truth: guests/lockcheck run and simulated.
 *
 * The guest, the parallel simulation and the sliced one (judge/locksim.c) draw the same think and hold times, so
 * that what differs is the interleaving alone. The rate of the windows after the first is compared.
 *
 * Limits. Counts are whole numbers, and where interleavings part the rest of a run is another sample of the
 * same process: with the usual 10,000 critical sections rates repeat within 0.5 % between seeds. What
 * the error is for a hypervisor's own critical sections hangs on how long these are in slices. */
#include "run/lockcheck.h"
#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "boot/lockstep.h"
#include "judge/locksim.h"
#include "lockcheck/ticks.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define FLAGGED      64 /* of 256: writers, nested pairs */
#define QEMU_SEED    7
#define CPU_LIMIT_S  60
#define INSTRUCTIONS 3e7 /* of a run, about */
#define TICKS_MIN    4e5
#define MESSAGE_MAX  400
#define EXIT_DONE    33 /* of isa-debug-exit, see guests/lockcheck/machine.h */
#define BEAT(spin)   LC_BEAT_TICKS(spin)
#define SPIN_MAX     20

/* Two beats a slice where they fit, one else. */
static guint32 choose_spin(guint slice)
{
    guint32 spin = 1;

    while (spin < SPIN_MAX && BEAT(spin + 1) * 2 <= slice)
        spin++;
    return spin;
}

void xr_lockcheck_options(const XrLockcheckCase *what, const XrLockcheckHow *how, guint slice,
                          struct lc_options *options)
{
    const double z = what->hold * (1 - what->share) / what->share;
    const double apart = MAX((what->hold + z) / what->cpus, what->hold);
    const double running = 1 + MIN(what->cpus, 1 / what->share);
    const double ticks = CLAMP(how->sections * apart, TICKS_MIN, INSTRUCTIONS / running);

    *options = (struct lc_options){
        .vcpus = what->cpus + 1,
        .lock = what->lock,
        .spread = what->spread,
        .think = (uint32_t)MAX(z / 2 + 0.5, 1),
        .crit = MAX(what->hold / 2, 1),
        .flagged = FLAGGED,
        .seed = how->seed,
        .windows = XR_LOCKCHECK_WINDOWS,
        .spin = choose_spin(slice),
    };
    options->beats = (uint32_t)(ticks / (XR_LOCKCHECK_WINDOWS - 1) / BEAT(options->spin)) + 1;
}

static void add_words(GPtrArray *argv, char **words)
{
    for (char **word = words; *word; word++)
        g_ptr_array_add(argv, *word);
    g_free(words); /* the words themselves are argv's now */
}

static void add_copies(GPtrArray *argv, const char *const *words, gsize n)
{
    for (gsize i = 0; i < n; i++)
        g_ptr_array_add(argv, g_strdup(words[i]));
}

static char *append_text(const struct lc_options *o)
{
    return g_strdup_printf("vcpus=%u lock=%s spread=%s think=%u crit=%u flagged=%u seed=%u "
                           "windows=%u beats=%u spin=%u reach=%u",
                           o->vcpus, lc_lock_names[o->lock], lc_spread_names[o->spread], o->think,
                           o->crit, o->flagged, o->seed, o->windows, o->beats, o->spin, o->reach);
}

static GPtrArray *machine_argv(const XrLockcheckHow *how, const struct lc_options *options,
                               const char *kernel, guint interval_us)
{
    static const char *const fixed[] = {
        "-machine",
        "pc,hpet=off",
        "-cpu",
        "max,-x2apic",
        "-m",
        "64",
        "-nodefaults",
        "-display",
        "none",
        "-monitor",
        "none",
        "-no-reboot",
        "-serial",
        "stdio",
        "-no-user-config",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=4",
    };
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(argv, g_strdup(how->qemu));
    add_copies(argv, fixed, G_N_ELEMENTS(fixed));
    add_words(argv, xr_lockstep_args(how->shift, QEMU_SEED));
    add_words(argv, how->fires ? xr_lockstep_fine_args(interval_us) : xr_lockstep_timer_args());
    g_ptr_array_add(argv, g_strdup("-smp"));
    g_ptr_array_add(argv, g_strdup_printf("%u", options->vcpus));
    g_ptr_array_add(argv, g_strdup("-kernel"));
    g_ptr_array_add(argv, g_strdup(kernel));
    g_ptr_array_add(argv, g_strdup("-append"));
    g_ptr_array_add(argv, append_text(options));
    g_ptr_array_add(argv, NULL);
    return argv;
}

/* Runs between fork and exec. */
static void bound(gpointer unused)
{
    const struct rlimit cpu = {CPU_LIMIT_S, CPU_LIMIT_S};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CPU, &cpu);
}

static char *run_machine(const char *const *argv, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;

    g_subprocess_launcher_set_child_setup(launcher, bound, NULL, NULL);
    g_autoptr(GSubprocess) qemu = g_subprocess_launcher_spawnv(launcher, argv, error);
    if (!qemu || !g_subprocess_communicate_utf8(qemu, NULL, NULL, &out, &err, error))
        return NULL;
    if (g_subprocess_get_if_exited(qemu) && g_subprocess_get_exit_status(qemu) == EXIT_DONE)
        return g_steal_pointer(&out);
    g_autofree char *said = xr_text_escape(*out ? out : err, -1, MESSAGE_MAX);
    g_set_error(error, XR_ERROR, XR_ERROR_MACHINE, "lockcheck: QEMU ended %s%d: %s",
                g_subprocess_get_if_exited(qemu) ? "with exit code " : "by signal ",
                g_subprocess_get_if_exited(qemu) ? g_subprocess_get_exit_status(qemu)
                                                 : g_subprocess_get_term_sig(qemu),
                said);
    return NULL;
}

static gboolean parse_window(const char *line, guint workers, guint window, guint64 *counts)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);

    if (g_strv_length(words) != workers + 3 || !g_str_equal(words[0], "lockcheck:") ||
        !g_str_equal(words[1], "window") || g_ascii_strtoull(words[2], NULL, 10) != window)
        return FALSE;
    for (guint i = 0; i < workers; i++)
        if (!g_ascii_string_to_unsigned(words[i + 3], 10, 0, G_MAXUINT32, &counts[i], NULL))
            return FALSE;
    return TRUE;
}

guint64 *xr_lockcheck_parse(const char *text, guint workers, guint windows, guint64 *ticks,
                            gboolean *lapsed, GError **error)
{
    static const char head[] = "lockcheck: ticks ";
    g_autofree char *plain = g_strdup(text);
    g_auto(GStrv) lines = g_strsplit(g_strdelimit(plain, "\r", '\n'), "\n", -1);
    g_autofree guint64 *counts = g_new0(guint64, (gsize)windows * workers);
    guint found = 0;
    gboolean headed = FALSE, ended = FALSE;

    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, head))
            headed =
                g_ascii_string_to_unsigned(*line + strlen(head), 10, 1, G_MAXUINT32, ticks, NULL);
        else if (found < windows &&
                 parse_window(*line, workers, found, counts + (gsize)found * workers))
            found++;
        *lapsed = g_str_equal(*line, "lockcheck: lapsed");
        ended = ended || *lapsed || g_str_equal(*line, "lockcheck: done");
        if (ended)
            break;
    }
    if (headed && ended && found == windows)
        return g_steal_pointer(&counts);
    g_autofree char *said = xr_text_escape(text, -1, MESSAGE_MAX);
    g_set_error(error, XR_ERROR, XR_ERROR_MACHINE,
                "lockcheck: %u of %u windows of %u vCPUs in what the guest said: %s", found,
                windows, workers, said);
    return NULL;
}

/* How long slices are, on average, and what the guest and QEMU must be told for it. */
static gboolean set_slices(const XrLockcheckHow *how, guint slice, struct lc_options *options,
                           guint *interval_us, double *real, GError **error)
{
    XrLockstepPush push;
    XrLockstep fit;

    if (how->fires) {
        if (!xr_lockstep_fit(options->vcpus, how->shift, slice, &fit, error))
            return FALSE;
        *interval_us = fit.interval_us;
        *real = fit.slice;
        return TRUE;
    }
    if (!xr_lockstep_push(options->vcpus, how->shift, slice, BEAT(options->spin), &push, error))
        return FALSE;
    options->reach = push.reach;
    *real = push.slice;
    return TRUE;
}

gboolean xr_lockcheck_run(const XrLockcheckCase *what, const XrLockcheckHow *how, guint slice,
                          XrLockcheckRun *run, GError **error)
{
    struct lc_options options;
    guint interval_us = 0;
    guint64 ticks = 0;

    xr_lockcheck_options(what, how, slice, &options);
    g_autofree char *kernel = xr_paths_data("guests/lockcheck/lockcheck", error);
    if (!kernel || !set_slices(how, slice, &options, &interval_us, &run->slice, error))
        return FALSE;
    g_autoptr(GPtrArray) argv = machine_argv(how, &options, kernel, interval_us);
    g_autofree char *text = run_machine((const char *const *)argv->pdata, error);
    g_autofree guint64 *counts =
        text ? xr_lockcheck_parse(text, what->cpus, options.windows, &ticks, &run->lapsed, error)
             : NULL;
    if (!counts)
        return FALSE;
    g_autofree guint64 *truth = xr_locksim_parallel(&options, ticks);
    g_autofree guint64 *sliced =
        xr_locksim_sliced(&options, ticks, MAX((guint)(run->slice + 0.5), 1));
    run->rate = xr_locksim_rate(counts, what->cpus, options.windows, ticks);
    run->truth = xr_locksim_rate(truth, what->cpus, options.windows, ticks);
    run->predicted = xr_locksim_rate(sliced, what->cpus, options.windows, ticks);
    run->sections = (guint64)(run->rate * (double)ticks * (XR_LOCKCHECK_WINDOWS - 1) + 0.5);
    return TRUE;
}

double xr_lockcheck_off(const XrLockcheckRun *run)
{
    return run->rate / run->truth - 1;
}

double xr_lockcheck_off_at_zero(const XrLockcheckRun *runs, guint n)
{
    double x = 0, y = 0, xx = 0, xy = 0;

    for (guint i = 0; i < n; i++) {
        x += runs[i].slice / n;
        y += xr_lockcheck_off(&runs[i]) / n;
    }
    for (guint i = 0; i < n; i++) {
        double dx = runs[i].slice - x;
        xx += dx * dx;
        xy += dx * (xr_lockcheck_off(&runs[i]) - y);
    }
    return xx > 0 ? y - xy / xx * x : y;
}
