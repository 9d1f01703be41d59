/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the status line a domU writes (wire.h, DOMU CONTROL); pure. */
#pragma once

#include <stddef.h>

typedef struct {
    char state[16]; /* one of the states of wire.h */
    unsigned long long bytes, errors, mismatches, passes;
} AgStatus;

/* text is the domU's, len bytes of anything. NULL, or what is wrong with it (static). Words not
 * known are passed over; a number that is missing is 0. */
const char *ag_status_parse(const char *text, size_t len, AgStatus *status);
