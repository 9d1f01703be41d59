/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what its VBDs move in a window that the metronome's ticks bound. */
#include "tally.h"

#include "console.h"
#include "store.h"
#include "wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JITTER_LOOPS 32
#define GIGA         1000000000ull
/* Of most requests: 32 segments. */
#define REQUEST_BYTES 131072ull

static uint64_t now(const struct sg_tally *tally)
{
    return tally->beats->loops * tally->beats->ticks;
}

static uint64_t next_random(struct sg_tally *tally)
{
    /* xorshift64 (Marsaglia, 2003). */
    uint64_t x = tally->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return tally->random = x;
}

static bool take_number(const char **at, uint64_t *number)
{
    char *end;

    if (**at != ' ')
        return false;
    *number = strtoul(*at + 1, &end, 10);
    if (end == *at + 1)
        return false;
    *at = end;
    return true;
}

static bool begin_hold(struct sg_tally *tally)
{
    if (tally->phase == SG_TALLY_NONE)
        tally->phase = SG_TALLY_HOLD;
    return true;
}

/* Disks held to a rate are to be as far apart as their requests. */
static uint64_t offset_max(const struct sg_tally *tally)
{
    uint64_t apart = tally->rate ? REQUEST_BYTES * GIGA / tally->rate : 0;

    return apart > SG_TALLY_OFFSET_MAX ? apart : SG_TALLY_OFFSET_MAX;
}

bool sg_tally_order(struct sg_tally *tally, const char *text, const struct sg_vbd *vbds,
                    unsigned count)
{
    static const char word[] = "measure";
    const char *at = text + sizeof(word) - 1;
    uint64_t seed, warmup, window, rate;

    if (strcmp(text, "hold") == 0)
        return begin_hold(tally);
    if (strncmp(text, word, sizeof(word) - 1) != 0 || !take_number(&at, &seed) ||
        !take_number(&at, &warmup) || !take_number(&at, &window) || !take_number(&at, &rate) ||
        *at || !tally->beats)
        return false;
    tally->random = (seed + 1) * 0x9e3779b97f4a7c15ull;
    tally->warmup = warmup;
    tally->window = window;
    tally->rate = rate;
    tally->ordered = now(tally);
    tally->next = 0;
    for (unsigned i = 0; i < count; i++) {
        tally->origin[i] = vbds[i].placed;
        tally->offset[i] = now(tally) + next_random(tally) % offset_max(tally);
        if (tally->offset[i] > tally->next)
            tally->next = tally->offset[i];
    }
    tally->phase = SG_TALLY_OFFSETS;
    return true;
}

static uint64_t moved(const struct sg_vbd *vbd)
{
    return vbd->figures.write_bytes + vbd->figures.read_bytes;
}

static void tell(const struct sg_tally *tally, uint64_t ticks, const struct sg_vbd *vbds,
                 unsigned count)
{
    char text[96 + SG_VBDS_MAX * 21];
    int used = snprintf(text, sizeof(text),
                        "v=2 ordered=%" PRIu64 " begin=%" PRIu64 " ticks=%" PRIu64 " bytes=",
                        tally->ordered, tally->begin, ticks);

    for (unsigned i = 0; i < count; i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%" PRIu64, i ? "," : "",
                         moved(&vbds[i]) - tally->bytes[i]);
    int problem = sg_store_write(XR_WIRE_NODE "/tally", text);
    if (problem)
        sg_log("xenstore does not take node tally: error %d", -problem);
}

static void jitter(struct sg_tally *tally)
{
    for (uint64_t i = next_random(tally) % JITTER_LOOPS; i > 0; i--)
        __asm__ volatile("");
}

void sg_tally_settle(struct sg_tally *tally, const struct sg_vbd *vbds, unsigned count)
{
    unsigned in_flight = 0;

    for (unsigned i = 0; i < count; i++)
        in_flight += vbds[i].in_flight;
    if (tally->phase != SG_TALLY_HOLD || tally->held || in_flight > 0)
        return;
    tally->held = true;
    int problem = sg_store_write(XR_WIRE_NODE "/held", "1");
    if (problem)
        sg_log("xenstore does not take node held: error %d", -problem);
}

static bool has_moved(const struct sg_vbd *vbds, unsigned count, uint64_t bytes)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += moved(&vbds[i]);
    return sum >= bytes;
}

void sg_tally_turn(struct sg_tally *tally, const struct sg_vbd *vbds, unsigned count)
{
    if (tally->hold_after && has_moved(vbds, count, tally->hold_after))
        begin_hold(tally);
    if (tally->phase <= SG_TALLY_HOLD)
        return;
    uint64_t ticks = now(tally);
    jitter(tally);
    if (ticks < tally->next)
        return;
    if (tally->mark)
        sg_mark_make(tally->mark, vbds, count);
    switch (tally->phase) {
    case SG_TALLY_OFFSETS:
        tally->phase = SG_TALLY_WARMUP;
        tally->next = ticks + tally->warmup;
        break;
    case SG_TALLY_WARMUP:
        tally->phase = SG_TALLY_WINDOW;
        tally->next = ticks + tally->window;
        tally->begin = ticks;
        for (unsigned i = 0; i < count; i++)
            tally->bytes[i] = moved(&vbds[i]);
        break;
    default:
        tally->phase = SG_TALLY_NONE;
        tell(tally, ticks - tally->begin, vbds, count);
        break;
    }
}

bool sg_tally_holds(const struct sg_tally *tally, const struct sg_vbd *vbd)
{
    if (tally->phase == SG_TALLY_HOLD)
        return true;
    if (tally->phase == SG_TALLY_OFFSETS)
        return now(tally) < tally->offset[vbd->index];
    return false;
}

uint64_t sg_tally_allows(const struct sg_tally *tally, const struct sg_vbd *vbd)
{
    if (tally->rate == 0)
        return UINT64_MAX;
    uint64_t begin = tally->offset[vbd->index], ticks = now(tally);
    /* rate is 10 GiB at most (wire.h), so that the product fits. */
    uint64_t passed = ticks > begin ? ticks - begin : 0;
    uint64_t may = passed / GIGA * tally->rate + passed % GIGA * tally->rate / GIGA;
    return tally->origin[vbd->index] + may;
}

bool sg_tally_waits(const struct sg_tally *tally, const struct sg_vbd *vbds, unsigned count)
{
    for (unsigned i = 0; i < count && tally->phase != SG_TALLY_HOLD; i++)
        if (sg_tally_holds(tally, &vbds[i]) || vbds[i].placed >= sg_tally_allows(tally, &vbds[i]))
            return true;
    return false;
}
