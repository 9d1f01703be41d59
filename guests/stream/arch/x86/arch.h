/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what the two modes, PV and PVH, do differently.
 *
 * setup-pv.c and setup-pvh.c each make all of this; everything above is the same sources in both
 * images. In both, a virtual address is the pseudo-physical address. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>

/* What is known once the machine is up; filled in by the setup, before sg_main. The console works then. */
struct sg_boot {
    uint64_t began; /* sg_clock_ticks when Xen let the domain run */
    const char *cmdline;
    struct shared_info *shared_info;
    void *store; /* its ring page */
    uint32_t store_port;
    uintptr_t free_begin, free_end; /* mapped memory that nobody uses */
};
extern struct sg_boot sg_boot;

/* Where the entry code of each mode goes on; they do not return. */
struct hvm_start_info;
void sg_setup_pv(const struct start_info *start);
void sg_setup_pvh(const struct hvm_start_info *info);

/* The kernel proper; does not return. */
void sg_main(void) __attribute__((noreturn));

/* The frame that a grant of the page names: the machine's in PV, the guest's own in PVH. */
uint64_t sg_arch_frame(const void *page);

/* Puts the first count frames of the grant table in the place of count pages at address, which are
 * lost. 0 or a negative errno. */
int sg_arch_map_grants(void *address, unsigned count);

/* Puts a device's registers, a machine frame that the domain may map, in the place of the page. 0 or a negative
 * errno. */
int sg_arch_map_registers(void *page, uint64_t frame);

/* Waits in Xen until an event is pending; returns at once if one is. */
void sg_arch_block(void);
