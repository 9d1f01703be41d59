/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the part of <ctype.h> it has; ASCII only. */
#pragma once

static inline int isdigit(int c)
{
    return c >= '0' && c <= '9';
}

static inline int isgraph(int c)
{
    return c > ' ' && c < 0x7f;
}

static inline int isspace(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
