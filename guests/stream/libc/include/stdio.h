/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the part of <stdio.h> it has (libc/format.c). */
#pragma once

#include "format.h"

#define snprintf  sg_snprintf
#define vsnprintf sg_vsnprintf
