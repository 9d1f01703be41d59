/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the rig asks of the domU, from its kernel command line (wire.h, DOMU ARGUMENTS). */
#pragma once

#include "pattern.h"

#define XG_VBDS_MAX      64
#define XG_IN_FLIGHT_MAX 64

struct xg_args {
    char name[XG_NAME_MAX + 1]; /* the domain's */
    unsigned vbds;
    uint32_t block; /* bytes */
    unsigned in_flight;
    bool fsync, verify, persistent;
    unsigned segments; /* 0: direct requests only */
};

/* All words must be there and valid; else false, and error is a sentence that names the word, what
 * it says and what it may say. */
bool xg_args_parse(const char *cmdline, struct xg_args *args, char error[XG_SENTENCE_SIZE]);

/* One such word, a number from low to high; errors as above. */
bool xg_args_number(const char *cmdline, const char *key, unsigned long low, unsigned long high,
                    unsigned long *number, char error[XG_SENTENCE_SIZE]);

/* Whether xen_blkfront took what was asked: value is its parameter as sysfs shows it. false: error
 * names the parameter and both values. */
bool xg_args_check_persistent(const struct xg_args *args, const char *value,
                              char error[XG_SENTENCE_SIZE]);
bool xg_args_check_segments(const struct xg_args *args, const char *value,
                            char error[XG_SENTENCE_SIZE]);

/* "/dev/xvda" for 0, "/dev/xvdaa" for 26. */
void xg_args_device(unsigned vbd, char *path, size_t size);
