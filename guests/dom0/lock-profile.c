/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: Xen's lock profile as xenlockprof prints it; pure.
 *
 * One line a lock, the same from Xen 4.14 to 4.20:
 *
 *   domain 3 lock grant_lock         : lock:      90(         0.000123456s), block:       4(  0.000000789s)
 *   global lock heap_lock            : lock: …
 *
 * and three more in the end, of which "total profiling time:" comes first: by it the text is known to be whole.
 * The time itself is not to be used: libxenctrl does not hand it on, and xenlockprof prints what it finds on its
 * stack. Numbers are padded with blanks. */
#include "lock-profile.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { NANOS = 1000000000, DIGITS = 9 };

typedef struct {
    const char *at, *end;
} Cursor;

static void skip_blanks(Cursor *c)
{
    while (c->at < c->end && *c->at == ' ')
        c->at++;
}

static bool take_word(Cursor *c, const char *word)
{
    size_t len = strlen(word);

    skip_blanks(c);
    if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
        return false;
    c->at += len;
    return true;
}

static bool take_number(Cursor *c, unsigned long long *number)
{
    unsigned long long value = 0;
    const char *begin;

    skip_blanks(c);
    for (begin = c->at; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        if (value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (unsigned)(*c->at - '0');
    }
    *number = value;
    return c->at > begin;
}

/* Seconds with nine digits behind the point. */
static bool take_time(Cursor *c, unsigned long long *ns)
{
    unsigned long long seconds, rest;
    const char *begin;

    if (!take_number(c, &seconds) || seconds > INT64_MAX / NANOS - 1 || !take_word(c, "."))
        return false;
    begin = c->at;
    if (!take_number(c, &rest) || c->at - begin != DIGITS || *begin == ' ')
        return false;
    *ns = seconds * NANOS + rest;
    return take_word(c, "s");
}

/* Up to the colon, without the blanks before it. */
static bool take_name(Cursor *c, char *name)
{
    const char *colon;
    size_t len;

    skip_blanks(c);
    colon = memchr(c->at, ':', (size_t)(c->end - c->at));
    if (!colon)
        return false;
    for (len = (size_t)(colon - c->at); len > 0 && c->at[len - 1] == ' ';)
        len--;
    if (len == 0 || len > AG_LOCK_NAME_MAX)
        return false;
    memcpy(name, c->at, len);
    name[len] = '\0';
    c->at = colon;
    return true;
}

static bool take_counts(Cursor *c, AgLock *lock)
{
    return take_word(c, ":") && take_word(c, "lock:") && take_number(c, &lock->acquired) &&
           take_word(c, "(") && take_time(c, &lock->hold_ns) && take_word(c, ")") &&
           take_word(c, ",") && take_word(c, "block:") && take_number(c, &lock->contended) &&
           take_word(c, "(") && take_time(c, &lock->wait_ns) && take_word(c, ")");
}

static void add(unsigned long long *sum, unsigned long long more)
{
    *sum = more < INT64_MAX - *sum ? *sum + more : INT64_MAX;
}

static const char *keep(AgLockProfile *profile, const AgLock *lock)
{
    AgLock *known;

    if (lock->acquired == 0 && lock->contended == 0)
        return NULL;
    for (size_t i = profile->count; i > 0; i--) {
        known = &profile->lock[i - 1];
        if (known->domid != lock->domid || strcmp(known->name, lock->name) != 0)
            continue;
        add(&known->acquired, lock->acquired);
        add(&known->contended, lock->contended);
        add(&known->hold_ns, lock->hold_ns);
        add(&known->wait_ns, lock->wait_ns);
        return NULL;
    }
    if (profile->count == AG_LOCKS_MAX)
        return "it has more locks than are kept";
    profile->lock[profile->count++] = *lock;
    return NULL;
}

static const char *take_domain(AgLockProfile *profile, Cursor *c)
{
    unsigned long long domid;
    AgLock lock;

    if (!take_number(c, &domid) || domid > UINT16_MAX || !take_word(c, "lock ") ||
        !take_name(c, lock.name) || !take_counts(c, &lock))
        return "a line of a domain's lock is not understood";
    lock.domid = (int)domid;
    return keep(profile, &lock);
}

static const char *take_global(AgLockProfile *profile, Cursor *c)
{
    AgLock lock = {.domid = AG_LOCK_GLOBAL};

    if (!take_name(c, lock.name) || !take_counts(c, &lock))
        return "a line of a global lock is not understood";
    return keep(profile, &lock);
}

static const char *take_line(AgLockProfile *profile, Cursor c, bool *whole)
{
    if (take_word(&c, "domain "))
        return take_domain(profile, &c);
    if (take_word(&c, "global lock "))
        return take_global(profile, &c);
    if (take_word(&c, "data incomplete"))
        return "it is incomplete: domains were created while it was read";
    *whole = *whole || take_word(&c, "total profiling time:");
    return NULL;
}

const char *ag_lock_profile_parse(const char *text, size_t len, AgLockProfile *profile)
{
    Cursor rest = {text, text + len};
    const char *error = NULL;
    bool whole = false;

    profile->count = 0;
    while (!error && rest.at < rest.end) {
        const char *newline = memchr(rest.at, '\n', (size_t)(rest.end - rest.at));
        Cursor line = {rest.at, newline ? newline : rest.end};

        rest.at = newline ? newline + 1 : rest.end;
        error = take_line(profile, line, &whole);
    }
    if (!error && !whole)
        error = "it has no end";
    return error;
}
