/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the status line a domU writes. */
#include "status.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool parse_number(const char *text, unsigned long long *number)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    /* JSON integers are signed here and at the other end. */
    return !errno && *end == '\0' && *number <= 0x7fffffffffffffffULL;
}

static bool parse_state(const char *text, AgStatus *status)
{
    static const char *const states[] = {"ready", "streaming", "draining", "done", "failed"};

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(text, states[i]) == 0) {
            strcpy(status->state, text);
            return true;
        }
    return false;
}

static const char *parse_word(const char *word, AgStatus *status, bool *version_seen)
{
    struct {
        const char *key;
        unsigned long long *value;
    } numbers[] = {
        {"bytes=", &status->bytes},
        {"errors=", &status->errors},
        {"mismatches=", &status->mismatches},
        {"passes=", &status->passes},
    };

    if (strncmp(word, "v=", 2) == 0) {
        *version_seen = strcmp(word, "v=1") == 0;
        return *version_seen ? NULL : "its version is not 1";
    }
    if (strncmp(word, "state=", 6) == 0)
        return parse_state(word + 6, status) ? NULL : "its state is not known";
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        size_t len = strlen(numbers[i].key);
        if (strncmp(word, numbers[i].key, len) == 0)
            return parse_number(word + len, numbers[i].value) ? NULL : "a number in it is none";
    }
    return NULL;
}

const char *ag_status_parse(const char *text, size_t len, AgStatus *status)
{
    char copy[512], *rest = copy, *word;
    bool version_seen = false;

    memset(status, 0, sizeof *status);
    if (len >= sizeof copy)
        return "it is too long";
    if (memchr(text, '\0', len))
        return "it holds a NUL";
    memcpy(copy, text, len);
    copy[len] = '\0';
    while ((word = strsep(&rest, " \n"))) {
        const char *error = parse_word(word, status, &version_seen);
        if (error)
            return error;
    }
    if (!version_seen)
        return "it has no version";
    return status->state[0] ? NULL : "it has no state";
}
