/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what `xl list` and `xl info` print; pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char name[64]; /* cut where longer; "(null)" for a domain on its way out */
    unsigned domid;
    unsigned long long cpu_ns;
    char state[8]; /* letters as xl prints them, e.g. "-b----" */
    bool shutdown, dying;
    char reason; /* of a shutdown: '-' power-off, 'r', 's', 'c' crash, 'w' watchdog, 'S' */
} AgXlDomain;

/* Domains of `xl list`, at most max; the headline and lines that make no sense are passed over.
 * Returns how many there are in domains. */
size_t ag_xl_list_parse(const char *text, AgXlDomain *domains, size_t max);

/* The number after "key  :" in `xl info`; false if there is none. */
bool ag_xl_info_number(const char *text, const char *key, unsigned long long *number);
