/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: numbers from text. Pure; the host's tests use it under these names. */
#pragma once

/* As strtoul and strtoull, for base 10 and without signs: too much gives the largest number and errno
 * ERANGE; where there is no number the result is 0 and *end is text. */
unsigned long sg_strtoul(const char *text, char **end, int base);
unsigned long long sg_strtoull(const char *text, char **end, int base);
