/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the part of <errno.h> it has; the numbers are Xen's, and Linux's. */
#pragma once

#define ENOENT 2
#define EIO    5
#define E2BIG  7
#define EAGAIN 11
#define ENOMEM 12
#define EINVAL 22
#define ENOSPC 28
#define ERANGE 34
#define EPROTO 71

extern int errno;
