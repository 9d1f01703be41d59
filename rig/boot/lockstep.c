/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine whose vCPUs advance together in short equal slices.
 *
 * Method. QEMU's single-threaded TCG runs its vCPUs in turn, in index order, on one host thread. With
 * icount a round has a budget: the instructions until the next timer of the virtual clock, divided by
 * the number of vCPUs (halted ones count). A filter-buffer on a network port to nowhere is a timer that
 * fires every `interval` µs of guest time, does nothing, and so bounds the round: at shift 0 and
 * interval 1 there are 1000 instructions between two timers, 100 for each of 10 vCPUs. All vCPUs then
 * advance by equal small steps; the host's load changes how long that takes, not what happens. Time is
 * what a vCPU that only counts (the metronome) has counted: one instruction, one tick.
 *
 * How QEMU 10.0 does it (accel/tcg/tcg-accel-ops-rr.c, tcg-accel-ops-icount.c, cpu-exec.c):
 * - Slices are exact. A translation block (TB) decrements the budget as it begins; one that is longer
 *   than what is left is translated again to the length that fits and kept beside the other. So slices
 *   may be shorter than a TB: they cost host time, about linear in rounds, and nothing else.
 * - PAUSE ends a vCPU's turn, and so do HLT and MWAIT. The rest of its slice is not run by it, guest
 *   time does not pass for it, and it returns to the pool: the next round divides what is left until the
 *   same timer among all. With w of N vCPUs polling (p instructions and PAUSE), rounds shrink as
 *   L/N, (L - (N-w)L/N - wp)/N, … and start again at L/N behind the timer. A spinner so polls once
 *   a round, of which there are more the more spin; the metronome, like all who do not wait,
 *   has run the same number of instructions. Hence guest time is no measure of parallel time (it is
 *   the sum of all instructions run), and waiting does not slow the others: right for a machine in
 *   which spinners cost nothing.
 * - When fewer instructions than vCPUs are left until the timer, the first vCPU that can use them gets
 *   them all, the next gets none (the timer fires then), and those behind it get as many again: the round
 *   is not equal. What is lost is below N instructions an interval of L, for one vCPU near the front of
 *   the order; put an idle or an unimportant vCPU second where it matters.
 * - Every other timer of the virtual clock (APIC timers, the 100 ms kick that rotates the
 *   vCPUs) cuts a round short as well, at a point fixed in guest time. The host's clock cuts in where QEMU
 *   has timers on it: displays, and the self-announcement after a migration (50 ms to 1 s; set
 *   announce-rounds to 0). Devices that complete in host time (disks, character devices being written
 *   to), and QMP commands to a running machine, come in at a moment that the host chose.
 * - When all vCPUs halt, the clock jumps to the next timer: at most one interval, by way of QEMU's main
 *   loop. A machine that idles must be coarse, or have a metronome, to get anywhere.
 *
 * What a slice does to locks. Within one round everybody's slice stands for the same stretch of time, but
 * they are run one after another. A lock that is released in the middle of a slice is seen at once by
 * vCPUs later in the order, as if it had been released at the start of the round, and by those before
 * them in the next round, as if at its end. Over random orders this evens out; a convoy that
 * stands in index order passes through several critical sections in one round and looks faster than it
 * is. The error falls with slice / length of the critical section; the command "lockcheck" measures it
 * against an exact simulation.
 *
 * Limits. One instruction takes one tick: no caches, no memory latency, no cost of a lock's cache line
 * that moves, no pipeline. What comes out is contention and path length, not cycles. */
#include "boot/lockstep.h"
#include "base/error.h"

#define PORT      "xenrig-slices"
#define SHIFT_MAX 10  /* QEMU's MAX_ICOUNT_SHIFT */
#define PCPUS_MAX 255 /* xAPIC ids */

enum { NS_PER_US = 1000, INTERVAL_MAX_US = 1000000, OFF_BY = 5 /* at most a fifth */ };

static double per_interval(guint shift, guint interval_us)
{
    return (double)interval_us * NS_PER_US / (double)(1u << shift);
}

static void set_slices(XrLockstep *lockstep)
{
    guint all = (guint)per_interval(lockstep->shift, lockstep->interval_us);

    lockstep->slice = all / lockstep->pcpus;
    lockstep->remainder = all % lockstep->pcpus;
}

/* The smallest shift whose shortest slice is not longer than wanted. */
static guint shift_for(guint pcpus, guint slice)
{
    guint shift = 0;

    while (shift < SHIFT_MAX && per_interval(shift, 1) > (double)slice * pcpus)
        shift++;
    return shift;
}

static gboolean check_range(guint pcpus, guint shift, guint slice, GError **error)
{
    if (pcpus < 1 || pcpus > PCPUS_MAX)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "lockstep: %u pCPUs; from 1 to %u will do",
                    pcpus, PCPUS_MAX);
    else if (shift > SHIFT_MAX)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "lockstep: shift %u; QEMU takes 0 to %u",
                    shift, SHIFT_MAX);
    else if (slice < 1 || slice > 1000000)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "lockstep: slices of %u instructions; from 1 to 1000000 will do", slice);
    else
        return TRUE;
    return FALSE;
}

gboolean xr_lockstep_fit(guint pcpus, guint shift, guint slice, XrLockstep *lockstep,
                         GError **error)
{
    if (!check_range(pcpus, shift, slice, error))
        return FALSE;
    double interval = (double)slice * pcpus / per_interval(shift, 1) + 0.5;
    XrLockstep fit = {.pcpus = pcpus, .shift = shift};

    fit.interval_us = (guint)CLAMP(interval, 1.0, (double)INTERVAL_MAX_US);
    set_slices(&fit);
    guint off = fit.slice > slice ? fit.slice - slice : slice - fit.slice;
    if (off * OFF_BY > slice) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "lockstep: slices of %u instructions are not to be had with %u pCPUs at shift "
                    "%u, the closest is %u; shift %u comes closer",
                    slice, pcpus, shift, fit.slice, MAX(shift_for(pcpus, slice), shift + 1));
        return FALSE;
    }
    *lockstep = fit;
    return TRUE;
}

gboolean xr_lockstep_shift(guint pcpus, guint slice, guint *shift, GError **error)
{
    XrLockstep fit;

    for (*shift = 0; *shift < SHIFT_MAX; ++*shift)
        if (xr_lockstep_fit(pcpus, *shift, slice, &fit, NULL))
            return TRUE;
    return xr_lockstep_fit(pcpus, *shift, slice, &fit, error);
}

double xr_lockstep_mean_slice(const XrLockstep *lockstep, guint waiting, guint poll)
{
    double left = per_interval(lockstep->shift, lockstep->interval_us);
    double run = 0;
    guint rounds = 0;

    while (left >= lockstep->pcpus && waiting < lockstep->pcpus) {
        double budget = (guint)left / lockstep->pcpus;
        run += budget;
        rounds++;
        left -= budget * (lockstep->pcpus - waiting) + MIN(budget, poll) * waiting;
    }
    return rounds > 0 ? run / rounds : 0;
}

char **xr_lockstep_args(guint shift, guint seed)
{
    GPtrArray *words = g_ptr_array_new();
    const char *fixed[] = {
        "-accel",  "tcg,thread=single",           "-rtc",    "base=2026-01-01,clock=vm",
        "-netdev", "hubport,id=" PORT ",hubid=0", "-global", "migration.announce-rounds=0"};

    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(words, g_strdup(fixed[i]));
    g_ptr_array_add(words, g_strdup("-icount"));
    g_ptr_array_add(words, g_strdup_printf("shift=%u,sleep=off", shift));
    g_ptr_array_add(words, g_strdup("-seed"));
    g_ptr_array_add(words, g_strdup_printf("%u", seed));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

char **xr_lockstep_fine_args(guint interval_us)
{
    char **words = g_new0(char *, 3);

    words[0] = g_strdup("-object");
    words[1] =
        g_strdup_printf("filter-buffer,id=" PORT ",netdev=" PORT ",interval=%u", interval_us);
    return words;
}

char *xr_lockstep_fine_qmp(guint interval_us)
{
    return g_strdup_printf("{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":\"filter-"
                           "buffer\",\"id\":\"" PORT "\",\"netdev\":\"" PORT "\",\"interval\":%u}}",
                           interval_us);
}

char *xr_lockstep_coarse_qmp(void)
{
    return g_strdup("{\"execute\":\"object-del\",\"arguments\":{\"id\":\"" PORT "\"}}");
}
