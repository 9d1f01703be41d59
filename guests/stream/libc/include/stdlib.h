/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the part of <stdlib.h> it has (libc/number.c). */
#pragma once

#include "number.h"

#define strtoul  sg_strtoul
#define strtoull sg_strtoull
