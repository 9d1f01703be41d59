/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: its grant table, version 1. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xen/grant_table.h>

/* Entries that Xen keeps for the toolstack. */
#define SG_GRANTS_RESERVED GNTTAB_NR_RESERVED_ENTRIES
#define SG_GRANTS_A_FRAME  (4096 / sizeof(struct grant_entry_v1))

/* table: frames pages of the table, mapped; next: room for one number for each of their entries. */
void sg_grant_init(struct grant_entry_v1 *table, uint32_t *next, unsigned frames);

/* Lets the domain have the frame (sg_arch_frame) until sg_grant_end; 0 if no entry is left. */
grant_ref_t sg_grant_access(unsigned domid, uint64_t frame, bool readonly);

/* Takes it back. False, and it stays granted, while the other side has it mapped. */
bool sg_grant_end(grant_ref_t ref);

/* Entries in use. */
unsigned sg_grant_count(void);
