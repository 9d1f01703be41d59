/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the rig asks of the domU, from its kernel command line. */
#include "args.h"

#include "cmdline.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MULTIPLE 4096u
#define BLOCK_MAX      (64u << 20)
#define SEGMENTS_MAX   256u

/* Segments of a request that needs no indirect page; to blkfront lower wishes mean just this. */
#define DIRECT_SEGMENTS 11u

bool xg_args_number(const char *cmdline, const char *key, unsigned long low, unsigned long high,
                    unsigned long *number, char error[XG_SENTENCE_SIZE])
{
    char value[64];
    if (!gc_cmdline_word(cmdline, key, value, sizeof(value))) {
        snprintf(error, XG_SENTENCE_SIZE,
                 "the kernel command line has no usable word %s=; the rig gives all xenrig words",
                 key);
        return false;
    }
    char *end;
    errno = 0;
    unsigned long parsed = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 || parsed < low ||
        parsed > high) {
        snprintf(error, XG_SENTENCE_SIZE, "%s=%s: not a number from %lu to %lu", key, value, low,
                 high);
        return false;
    }
    *number = parsed;
    return true;
}

static bool parse_name(const char *cmdline, struct xg_args *args, char error[XG_SENTENCE_SIZE])
{
    char name[128];
    bool known = gc_cmdline_word(cmdline, "xenrig.name", name, sizeof(name));
    size_t length = known ? strlen(name) : 0;
    bool good = length > 0 && length <= XG_NAME_MAX;
    for (size_t i = 0; good && i < length; i++)
        good = isgraph((unsigned char)name[i]);
    if (!good) {
        snprintf(error, XG_SENTENCE_SIZE,
                 "xenrig.name=%s: a domain's name here has 1 to %d printable bytes and no spaces",
                 known ? name : "", XG_NAME_MAX);
        return false;
    }
    memcpy(args->name, name, length + 1);
    return true;
}

bool xg_args_parse(const char *cmdline, struct xg_args *args, char error[XG_SENTENCE_SIZE])
{
    unsigned long vbds, block, in_flight, fsync, verify, persistent, segments;
    memset(args, 0, sizeof(*args));
    if (!parse_name(cmdline, args, error) ||
        !xg_args_number(cmdline, "xenrig.vbds", 1, XG_VBDS_MAX, &vbds, error) ||
        !xg_args_number(cmdline, "xenrig.block", BLOCK_MULTIPLE, BLOCK_MAX, &block, error) ||
        !xg_args_number(cmdline, "xenrig.in_flight", 1, XG_IN_FLIGHT_MAX, &in_flight, error) ||
        !xg_args_number(cmdline, "xenrig.fsync", 0, 1, &fsync, error) ||
        !xg_args_number(cmdline, "xenrig.verify", 0, 1, &verify, error) ||
        !xg_args_number(cmdline, "xenrig.persistent", 0, 1, &persistent, error) ||
        !xg_args_number(cmdline, "xenrig.segments", 0, SEGMENTS_MAX, &segments, error))
        return false;
    if (block % BLOCK_MULTIPLE != 0) {
        snprintf(error, XG_SENTENCE_SIZE, "xenrig.block=%lu: not a multiple of %u bytes", block,
                 BLOCK_MULTIPLE);
        return false;
    }
    args->vbds = (unsigned)vbds;
    args->block = (uint32_t)block;
    args->in_flight = (unsigned)in_flight;
    args->fsync = fsync != 0;
    args->verify = verify != 0;
    args->persistent = persistent != 0;
    args->segments = (unsigned)segments;
    return true;
}

bool xg_args_check_persistent(const struct xg_args *args, const char *value,
                              char error[XG_SENTENCE_SIZE])
{
    bool is = value[0] == 'Y' || value[0] == '1';
    if (is == args->persistent)
        return true;
    snprintf(error, XG_SENTENCE_SIZE,
             "xenrig.persistent=%d, but xen_blkfront runs with feature_persistent=%d; put "
             "xen_blkfront.feature_persistent=%d on the kernel command line",
             args->persistent, is, args->persistent);
    return false;
}

bool xg_args_check_segments(const struct xg_args *args, const char *value,
                            char error[XG_SENTENCE_SIZE])
{
    unsigned long is = strtoul(value, NULL, 10);
    if (is == args->segments || (is <= DIRECT_SEGMENTS && args->segments <= DIRECT_SEGMENTS))
        return true;
    snprintf(error, XG_SENTENCE_SIZE,
             "xenrig.segments=%u, but xen_blkfront runs with max_indirect_segments=%lu; put "
             "xen_blkfront.max_indirect_segments=%u on the kernel command line",
             args->segments, is, args->segments);
    return false;
}

void xg_args_device(unsigned vbd, char *path, size_t size)
{
    if (vbd < 26)
        snprintf(path, size, "/dev/xvd%c", 'a' + vbd);
    else
        snprintf(path, size, "/dev/xvd%c%c", 'a' + (vbd / 26 - 1) % 26, 'a' + vbd % 26);
}
