/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guests/common: what a domU says of itself. */
#include "domu-status.h"

#include "wire.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const STATE_NAMES[] = {
    [XG_STATE_READY] = "ready",       [XG_STATE_STREAMING] = "streaming",
    [XG_STATE_DRAINING] = "draining", [XG_STATE_DONE] = "done",
    [XG_STATE_FAILED] = "failed",
};

void xg_status_text(enum xg_state state, const struct xg_totals *totals, char *text, size_t size)
{
    snprintf(text, size,
             "v=%d state=%s bytes=%" PRIu64 " errors=%" PRIu64 " mismatches=%" PRIu64
             " passes=%" PRIu64,
             XR_WIRE_VERSION, STATE_NAMES[state], totals->bytes, totals->errors, totals->mismatches,
             totals->passes);
}
