/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: numbers from text. */
#include "number.h"

#include <errno.h>

unsigned long long sg_strtoull(const char *text, char **end, int base)
{
    unsigned long long value = 0;
    const char *p = text;

    (void)base;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (value > (~0ull - digit) / 10) {
            value = ~0ull;
            errno = ERANGE;
            while (p[1] >= '0' && p[1] <= '9')
                p++;
        } else {
            value = value * 10 + digit;
        }
    }
    if (end)
        *end = (char *)(unsigned long)p;
    return value;
}

unsigned long sg_strtoul(const char *text, char **end, int base)
{
    return (unsigned long)sg_strtoull(text, end, base);
}
