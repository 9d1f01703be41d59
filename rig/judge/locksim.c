/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what guests/lockcheck must count, from simulations of its vCPUs.
 *
 * Method. The parallel machine is simulated exactly: every vCPU runs one instruction a tick; of those that fall
 * on one tick the lower vCPU's comes first. Only instructions that touch a shared word can matter to
 * another vCPU, so each vCPU is taken from one of these to the next (a discrete-event simulation whose
 * events are shared accesses), always the one that is earliest. Polls of a spinner are events like
 * others: nothing is approximated. Draws are those of the guest itself (guests/lockcheck/draws.c).
 *
 * The sliced machine runs each vCPU for `slice` instructions, in turn, workers first and the metronome
 * last; PAUSE ends a turn. That is what lockstep does (boot/lockstep.c), so the two simulations tell beforehand
 * by how much it will be off.
 *
 * Theory: for exponential times the closed queue M/M/1//N (the machine repairman; e.g. Gross and Harris,
 * Fundamentals of Queueing Theory): p0 = 1 / sum_k N!/(N-k)! (s/z)^k, throughput (1 - p0) / s. For fixed
 * times no more than min(N / (z + s), 1 / s) can be had, and a queue in steady state has just that.
 *
 * Limits. As those of lockstep: no caches, no cost of moving a lock's line; PAUSE takes one tick. */
#include "judge/locksim.h"
#include "judge/locksim-program.h"

typedef struct {
    guint n; /* workers */
    XrLockWorker *workers;
    struct lc_draw *draws;
    guint64 *next; /* the tick of each one's next shared instruction */
    XrLockWords words;
} Machine;

static void machine_begin(Machine *machine, const struct lc_options *options)
{
    machine->n = options->vcpus - 1;
    machine->workers = g_new0(XrLockWorker, machine->n);
    machine->draws = g_new0(struct lc_draw, (gsize)machine->n * LC_DRAWS);
    machine->next = g_new0(guint64, machine->n);
    machine->words = (XrLockWords){0};
    for (guint i = 0; i < machine->n; i++) {
        struct lc_draw *draws = machine->draws + (gsize)i * LC_DRAWS;
        guint32 late = lc_draws_fill(options, i, draws, LC_DRAWS);
        xr_lock_worker_begin(&machine->workers[i], options->lock, draws, late);
    }
}

static void machine_end(Machine *machine)
{
    g_free(machine->workers);
    g_free(machine->draws);
    g_free(machine->next);
}

/* To the next shared instruction, or up to `end`, where there is none before it. */
static void go_on(Machine *machine, guint i, guint64 end)
{
    gboolean paused;

    if (machine->next[i] < end)
        machine->next[i] +=
            xr_lock_run_private(&machine->workers[i], end - machine->next[i], FALSE, &paused);
}

static void run_parallel(Machine *machine, guint64 end)
{
    for (guint i = 0; i < machine->n; i++)
        go_on(machine, i, end);
    for (;;) {
        guint first = 0;
        for (guint i = 1; i < machine->n; i++)
            if (machine->next[i] < machine->next[first])
                first = i;
        if (machine->next[first] >= end)
            return;
        xr_lock_run_shared(&machine->workers[first], &machine->words);
        machine->next[first]++;
        go_on(machine, first, end);
    }
}

static void note(const Machine *machine, guint64 *counts, guint window)
{
    for (guint i = 0; i < machine->n; i++)
        counts[(gsize)window * machine->n + i] = machine->workers[i].done;
}

guint64 *xr_locksim_parallel(const struct lc_options *options, guint64 ticks)
{
    Machine machine;
    machine_begin(&machine, options);
    guint64 *counts = g_new0(guint64, (gsize)options->windows * machine.n);

    for (guint window = 0; window < options->windows; window++) {
        run_parallel(&machine, ticks * (window + 1));
        note(&machine, counts, window);
    }
    machine_end(&machine);
    return counts;
}

static void run_slice(Machine *machine, guint i, guint slice)
{
    guint64 left = slice;
    gboolean paused = FALSE;

    while (left > 0 && !paused) {
        if (xr_lock_is_shared(&machine->workers[i])) {
            xr_lock_run_shared(&machine->workers[i], &machine->words);
            left--;
        } else {
            left -= xr_lock_run_private(&machine->workers[i], left, TRUE, &paused);
        }
    }
}

guint64 *xr_locksim_sliced(const struct lc_options *options, guint64 ticks, guint slice)
{
    Machine machine;
    machine_begin(&machine, options);
    guint64 *counts = g_new0(guint64, (gsize)options->windows * machine.n);
    guint64 now = 0;

    for (guint window = 0; window < options->windows; window++) {
        for (; now < ticks * (window + 1); now += slice)
            for (guint i = 0; i < machine.n; i++)
                run_slice(&machine, i, slice);
        note(&machine, counts, window);
    }
    machine_end(&machine);
    return counts;
}

double xr_locksim_rate(const guint64 *counts, guint workers, guint windows, guint64 ticks)
{
    guint64 sum = 0;

    g_return_val_if_fail(windows >= 2, 0);
    for (guint i = 0; i < workers; i++)
        sum += counts[(gsize)(windows - 1) * workers + i] - counts[i];
    return (double)sum / ((double)ticks * (windows - 1));
}

double xr_locksim_repairman(guint n, double z, double s)
{
    double term = 1, sum = 1;

    for (guint k = 1; k <= n; k++) {
        term *= (n - k + 1) * s / z;
        sum += term;
    }
    return (1 - 1 / sum) / s;
}
