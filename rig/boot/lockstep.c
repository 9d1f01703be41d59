/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine whose vCPUs advance together in short equal slices.
 *
 * Method. QEMU's single-threaded TCG runs its vCPUs in turn, in index order, on one host thread. With
 * icount a round has a budget: the instructions until the next timer of the virtual clock, divided by
 * the number N of vCPUs (halted ones count). A timer that is always a little ahead makes rounds short.
 * All vCPUs then advance by equal small steps; the host's load changes how long that takes, not what
 * happens. Time is what a vCPU that only counts (the metronome) has counted: one instruction, one tick.
 *
 * The timer must never fire. Firing ends the turn of every vCPU (icount_notify_aio_contexts calls
 * qemu_clock_notify, that qemu_cpu_kick, and in round-robin TCG that is cpu_exit() of all), and each vCPU
 * so marked, when its turn comes, begins a round anew, with an N-th of the time that is then left: 100,
 * 90, 81, ... instructions where 1000 were left for ten. The same comes of a timer that becomes the first of
 * all by being set. With a filter-buffer that fires each microsecond, nine vCPUs that only looped advanced by
 * 383 to 1276 loops while the metronome had 813 (`xenrig lockcheck --timer=fires`).
 *
 * So the metronome pushes two timers on, one after the other, again and again, before they are due: each to
 * X = N * slice ahead. The one pushed earlier is the first all the time, the other never becomes it by being
 * pushed, nothing fires, and a round's budget is X less the few instructions since the last push. PAUSE and HLT of
 * others do not change it. Nine vCPUs and the metronome then had 812 or 813 loops. The timers are those of
 * RTL8139 network cards without a network: any write to their register Timer (0x48) sets it to 0, and it
 * fires when it reaches TimerInt (0x54), in units of 30 ns. One store into a PCI BAR a push: PV guests can do it
 * where Xen grants them that page (iomem). TimerInt 0 is off, and the machine coarse and quick: the guest itself
 * switches, at a moment fixed in guest time.
 *
 * A third timer, pushed as well but reaching four times as far, catches what is left: where another timer
 * of the machine fires (APIC timers, the PIT, QEMU's own of 100 ms), slices shrink towards it, the metronome may
 * get too few instructions to push, and both its timers fire: then slices would be as coarse as the
 * next timer is far. With the third they are at most four times too long, for one round. That a timer
 * fired shows in its IntrStatus (0x3e, bit 0x4000). For the same reason the metronome must not be interrupted
 * for longer than 4X.
 *
 * How QEMU 10.0 runs a slice (accel/tcg: tcg-accel-ops-rr.c, tcg-accel-ops-icount.c, cpu-exec.c):
 * - Slices are exact. A translation block (TB) decrements the budget as it begins; one that is longer
 *   than what is left is translated again to the length that fits and kept beside the other. So slices
 *   may be shorter than a TB: they cost host time, about linear in turns, and nothing else.
 * - PAUSE ends a vCPU's turn, and so do HLT and MWAIT. The rest of its slice is not run by it, and guest time
 *   does not pass for it. Hence guest time is no measure of parallel time (it is the sum of all
 *   instructions run), and waiting does not slow the others. A spinner polls once a round.
 * - A store into a BAR in the middle of a TB is found out when it is run: QEMU leaves the TB and
 *   translates that instruction alone. About a microsecond of the host's, no guest instruction.
 * - Interrupts between vCPUs do not end turns.
 * - The host's clock cuts in where QEMU has timers on it (clock REALTIME): displays, the self-announcement after a
 *   migration (announce-rounds must be 0), events that its monitor holds back (machine-xml.c: of a port with an id). Rounds are
 *   cut short towards such a timer, and none goes on until QEMU's main thread has run it. Devices that complete in host time
 *   (disks, character devices being written to), and QMP commands to a running machine, come in at a moment that the
 *   host chose.
 * - When all vCPUs halt, the clock jumps to the next timer, by way of QEMU's main loop.
 *
 * What a slice does to locks. Within one round everybody's slice stands for the same stretch of time, but
 * they are run one after another. A lock that is released in the middle of a slice is seen at once by
 * vCPUs later in the order, as if it had been released at the start of the round, and by those before
 * them in the next round, as if at its end. Over random orders this evens out; a convoy in index
 * order passes through several short critical sections in one round and looks faster than it is, and where
 * all times are fixed, critical sections last whole slices. The error falls with slice / length
 * of the critical section, evenly so only where times vary: judge/locksim.c simulates it, the command
 * "lockcheck" measures it. Figures at two lengths that differ are as uncertain as that; a line
 * through them need not lead to the truth.
 *
 * Limits. One instruction takes one tick: no caches, no memory latency, no cost of a lock's cache line
 * that moves, no pipeline. What comes out is contention and path length, not cycles. */
#include "boot/lockstep.h"
#include "base/error.h"

#define PORT      "xenrig-slices"
#define SHIFT_MAX 10  /* QEMU's MAX_ICOUNT_SHIFT */
#define PCPUS_MAX 255 /* xAPIC ids */
#define BEFORE    4   /* instructions between the first push of a beat and its end */

enum { NS_PER_US = 1000, INTERVAL_MAX_US = 1000000, OFF_BY = 5 /* at most a fifth */ };
enum { NS_PER_REACH = 30, TIMERS = 3, SLOT = 0x1c /* of PCI, where nobody else is put */ };

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

gboolean xr_lockstep_push(guint pcpus, guint shift, guint slice, guint beat, XrLockstepPush *push,
                          GError **error)
{
    if (!check_range(pcpus, shift, slice, error))
        return FALSE;
    if (beat < 1 || beat > slice) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "lockstep: a metronome that pushes its timers each %u instructions; it must do "
                    "so at least once in a slice, of %u",
                    beat, slice);
        return FALSE;
    }
    const double unit = (double)NS_PER_REACH / (double)(1u << shift);
    const double age = beat / 2.0 + BEFORE;
    XrLockstepPush fit = {.pcpus = pcpus, .shift = shift, .beat = beat};

    fit.reach = MAX(1, (guint)((pcpus * (double)slice + age) / unit + 0.5));
    fit.slice = (fit.reach * unit - age) / pcpus;
    *push = fit;
    return TRUE;
}

char **xr_lockstep_timer_args(void)
{
    char **words = g_new0(char *, 2 * TIMERS + 1);

    for (guint i = 0; i < TIMERS; i++) {
        words[2 * i] = g_strdup("-device");
        words[2 * i + 1] = g_strdup_printf("rtl8139,id=" PORT "%u,romfile=,addr=0x%x", i, SLOT + i);
    }
    return words;
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
