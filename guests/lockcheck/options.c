/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: what is asked of it, on its command line. */
#include "options.h"

#include <stddef.h>

const char *const lc_lock_names[LC_LOCKS + 1] = {"none", "ticket", "rwlock", "two"};
const char *const lc_spread_names[LC_SPREADS + 1] = {"fixed", "uniform", "exponential"};

/* The value of the last word that begins with key and "="; NULL if there is none. */
static const char *find(const char *cmdline, const char *key)
{
    const char *found = NULL;

    for (const char *at = cmdline; *at;) {
        const char *k = key;
        while (*k && *k == *at) {
            k++;
            at++;
        }
        if (!*k && *at == '=')
            found = at + 1;
        while (*at && *at != ' ')
            at++;
        while (*at == ' ')
            at++;
    }
    return found;
}

static bool is_end(char c)
{
    return c == '\0' || c == ' ';
}

static bool number(const char *cmdline, const char *key, uint32_t low, uint32_t high,
                   uint32_t *value)
{
    const char *at = find(cmdline, key);
    uint64_t sum = 0;

    if (!at || is_end(*at))
        return false;
    for (; *at >= '0' && *at <= '9' && sum <= UINT32_MAX; at++)
        sum = sum * 10 + (uint64_t)(*at - '0');
    if (!is_end(*at) || sum < low || sum > high)
        return false;
    *value = (uint32_t)sum;
    return true;
}

static bool name(const char *cmdline, const char *key, const char *const *names, unsigned count,
                 unsigned *value)
{
    const char *at = find(cmdline, key);

    for (unsigned i = 0; at && i < count; i++) {
        size_t n = 0;
        while (names[i][n] && names[i][n] == at[n])
            n++;
        if (!names[i][n] && is_end(at[n])) {
            *value = i;
            return true;
        }
    }
    return false;
}

bool lc_options_parse(const char *cmdline, struct lc_options *options, const char **key)
{
    unsigned lock = 0, spread = 0;
    uint32_t vcpus = 0;

    if (!name(cmdline, *key = "lock", lc_lock_names, LC_LOCKS, &lock) ||
        !name(cmdline, *key = "spread", lc_spread_names, LC_SPREADS, &spread) ||
        !number(cmdline, *key = "vcpus", 2, LC_VCPUS_MAX, &vcpus) ||
        !number(cmdline, *key = "think", 1, 10000000, &options->think) ||
        !number(cmdline, *key = "crit", 1, 10000000, &options->crit) ||
        !number(cmdline, *key = "flagged", 0, 256, &options->flagged) ||
        !number(cmdline, *key = "seed", 0, UINT32_MAX, &options->seed) ||
        !number(cmdline, *key = "windows", 1, LC_WINDOWS_MAX, &options->windows) ||
        !number(cmdline, *key = "beats", 1, 100000000, &options->beats) ||
        !number(cmdline, *key = "spin", 1, 100000, &options->spin) ||
        !number(cmdline, *key = "reach", 0, 100000000, &options->reach))
        return false;
    options->lock = (enum lc_lock)lock;
    options->spread = (enum lc_spread)spread;
    options->vcpus = vcpus;
    return true;
}
