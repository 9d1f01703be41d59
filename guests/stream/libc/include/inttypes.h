/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the part of <inttypes.h> it has. */
#pragma once

#include <stdint.h>

#define PRIu32 "u"
#define PRIu64 "lu"
#define PRIx64 "lx"
