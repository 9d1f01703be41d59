/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guests/common: what a domU says of itself (wire.h, DOMU CONTROL). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define XG_MISMATCHES_KEPT 8

enum xg_state {
    XG_STATE_READY,
    XG_STATE_STREAMING,
    XG_STATE_DRAINING,
    XG_STATE_DONE,
    XG_STATE_FAILED,
};

struct xg_totals {
    uint64_t bytes, errors, mismatches;
    uint64_t passes; /* that every VBD has completed */
};

/* "v=1 state=done bytes=4096 errors=0 mismatches=0 passes=1" */
void xg_status_text(enum xg_state state, const struct xg_totals *totals, char *text, size_t size);
