/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what a stream domU tells of its window in lockstep. */
#include "tally.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* word, then a number below 2^63: JSON has no others. */
static bool take(const char **at, const char *word, unsigned long long *number)
{
    size_t len = strlen(word);
    char *end;

    if (strncmp(*at, word, len) != 0 || !isdigit((unsigned char)(*at)[len]))
        return false;
    errno = 0;
    *number = strtoull(*at + len, &end, 10);
    *at = end;
    return errno == 0 && *number >> 63 == 0;
}

const char *ag_tally_parse(const char *text, AgTally *tally)
{
    const char *at = text;

    *tally = (AgTally){0};
    if (!take(&at, "v=2 ordered=", &tally->ordered) || !take(&at, " begin=", &tally->begin) ||
        !take(&at, " ticks=", &tally->ticks))
        return "it does not begin with v=2, ordered, begin and ticks";
    if (tally->ticks == 0)
        return "its window has no ticks";
    for (const char *word = " bytes="; take(&at, word, &tally->bytes[tally->vbds]); word = ",")
        if (++tally->vbds == AG_VBDS_MAX)
            break;
    return tally->vbds == 0 || *at ? "its bytes are no list of numbers" : NULL;
}
