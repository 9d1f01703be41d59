/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what the machine itself carries for it, files of QEMU's fw_cfg (guests/wire.h, HOLDING and SCRIPT). */
#pragma once

#include "wire.h"

#include <stdbool.h>

/* Finds the file; false where the machine has none, or does not let its ports be used. */
bool ag_order_find(void);

/* Whether it says something other than "hold": its text then, to its end or the first '.'. Costs two port
 * accesses while it says "hold". */
bool ag_order_read(char text[XR_WIRE_ORDER_LEN + 1]);

/* The whole script, to be freed with free(); NULL where there is none. */
char *ag_order_script(void);
