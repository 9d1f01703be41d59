/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor's grant_table.c: instructions that do nothing, in each map and each unmap.
 *
 * RIG_SLOW_PERCENT is by how much a run's figure is to fall. RIG_PAIR_INSTRUCTIONS is what a map and its unmap
 * cost in all, in Xen, dom0 and the domU together: that share of it goes into the two in equal parts. It was
 * reckoned: 1 MiB takes 264 pairs, and about 960,000 instructions of nine vCPUs where single instructions were
 * told apart. Measured in lockstep with 8 vCPUs of dom0, variants of 2, 5 and 10 % moved 1.7, 4.5 and 8.9 % less. The
 * instructions are run outside all locks, by whoever maps or unmaps: a longer path, not a longer hold. */

#define RIG_PAIR_INSTRUCTIONS 3650

/* A turn of the loop is two instructions. */
#define RIG_SLOW_TURNS (RIG_PAIR_INSTRUCTIONS * RIG_SLOW_PERCENT / 100 / 2 / 2)

static always_inline void rig_slow(void)
{
    unsigned long turns = RIG_SLOW_TURNS;

    asm volatile("1: dec %0\n\t"
                 "jnz 1b"
                 : "+r"(turns)
                 :
                 : "cc");
}
