/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is collected of a machine that panicked or hangs, before it is stopped. */
#pragma once

#include "run/session.h"

/* All vCPU registers into registers.txt of the record, and Xen's own dumps of what runs (keys d, q, r)
 * through its serial port, which answers even where dom0 does not. Takes a few seconds; failures are
 * recorded and otherwise passed over: the trouble itself is the news. */
void xr_trouble_collect(XrSession *s);
