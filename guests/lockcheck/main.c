/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: N vCPUs that think and take locks, and one that counts: a machine whose throughput is
 * known exactly beforehand.
 *
 * The first vCPU draws for all, wakes the others, and is a worker then, as all are but the last one: that
 * is the metronome, which releases the workers once all are ready, counts the time, notes all
 * counters at the end of each window, prints them when all is over, and ends the machine:
 *   lockcheck: ticks N                  instructions that a vCPU runs in a window
 *   lockcheck: window I C0 C1 ...       what each worker's counter stood at, at its end
 *   lockcheck: done                     or "lapsed": slices were not what was asked for, see work.S */
#include "draws.h"
#include "machine.h"
#include "ticks.h"

#include <stddef.h>

#define LOADER_MAGIC 0x2badb002u
#define HAS_CMDLINE  4u
#define BACKSTOP     4 /* how much farther the last timer is */

struct loader_info {
    uint32_t flags;
    uint32_t unused[3];
    uint32_t cmdline;
};

void lc_main(uint32_t magic, const struct loader_info *info);
void lc_other_main(uint32_t vcpu);

/* work.S */
void lc_work_none(void);
void lc_work_ticket(void);
void lc_work_rwlock(void);
void lc_work_two(void);
_Noreturn void lc_start(void (*work)(void), const struct lc_draw *draws, void *locks,
                        uint32_t *count, uint32_t late);
void lc_wait(const volatile uint32_t *word);
void lc_metronome(struct lc_beat *beat);

static struct lc_options options;
static struct lc_draw draws[LC_VCPUS_MAX][LC_DRAWS];
static uint32_t late[LC_VCPUS_MAX];
static uint32_t counts[LC_VCPUS_MAX] __attribute__((aligned(64)));
static uint32_t noted[LC_WINDOWS_MAX * LC_VCPUS_MAX];
static uint32_t locks[64] __attribute__((aligned(64)));
static volatile uint32_t ready[LC_VCPUS_MAX], drawn, released;

static _Noreturn void refuse(const char *what)
{
    lc_print("lockcheck: refused, for want of a valid ");
    lc_print(what);
    lc_print("\n");
    lc_exit(LC_EXIT_REFUSED);
}

static void work(uint32_t vcpu)
{
    static void (*const works[LC_LOCKS])(void) = {lc_work_none, lc_work_ticket, lc_work_rwlock,
                                                  lc_work_two};

    ready[vcpu] = 1;
    lc_wait(&released);
    lc_start(works[options.lock], draws[vcpu], locks, &counts[vcpu], late[vcpu]);
}

static void tell(uint32_t lapsed)
{
    uint32_t workers = options.vcpus - 1;

    lc_print("lockcheck: ticks ");
    lc_print_number(LC_WINDOW_TICKS(options.beats, options.spin, workers));
    for (uint32_t window = 0; window < options.windows; window++) {
        lc_print("\nlockcheck: window ");
        lc_print_number(window);
        for (uint32_t i = 0; i < workers; i++) {
            lc_print(" ");
            lc_print_number(noted[window * workers + i]);
        }
    }
    lc_print(lapsed ? "\nlockcheck: lapsed\n" : "\nlockcheck: done\n");
}

static _Noreturn void count(void)
{
    static volatile uint32_t nowhere[LC_TIMERS];
    static volatile struct {
        uint32_t unused[2], status, timer;
    } no_timer;
    uint32_t workers = options.vcpus - 1;
    const uint32_t reach[LC_TIMERS] = {options.reach, options.reach, options.reach * BACKSTOP};
    struct lc_beat beat = {.beats = options.beats,
                           .spin = options.spin,
                           .windows = options.windows,
                           .timers = {&nowhere[0], &nowhere[1], &no_timer.timer},
                           .counts = counts,
                           .n = workers,
                           .out = noted,
                           .released = &released};

    for (uint32_t i = 0; i < workers; i++)
        lc_wait(&ready[i]);
    if (options.reach && !lc_timers(reach, beat.timers))
        refuse("set of timers");
    lc_metronome(&beat);
    tell(beat.lapsed);
    lc_exit(LC_EXIT_DONE);
}

void lc_other_main(uint32_t vcpu)
{
    lc_wait(&drawn);
    if (vcpu + 1 == options.vcpus)
        count();
    if (vcpu + 1 < options.vcpus)
        work(vcpu);
}

void lc_main(uint32_t magic, const struct loader_info *info)
{
    const char *key = "multiboot";
    const char *cmdline =
        magic == LOADER_MAGIC && info->flags & HAS_CMDLINE ? (const char *)info->cmdline : NULL;

    if (!cmdline || !lc_options_parse(cmdline, &options, &key))
        refuse(key);
    for (unsigned i = 0; i + 1 < options.vcpus; i++)
        late[i] = lc_draws_fill(&options, i, draws[i], LC_DRAWS);
    lc_wake_others();
    drawn = 1;
    work(0);
}
