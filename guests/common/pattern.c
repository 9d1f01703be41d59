/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: blocks that say whose they are (see pattern.h). */
#include "pattern.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char MAGIC[8] = "xenrig\x01\n";

struct header {
    char magic[8];
    char domain[XG_NAME_MAX + 1];
    uint32_t vbd;
    uint32_t run;
    uint64_t offset;
    uint64_t pass;
    uint64_t checksum; /* over all that precedes it */
};
_Static_assert(sizeof(struct header) == 64, "the header is part of the data format");

#define HEADER_WORDS  (offsetof(struct header, checksum) / sizeof(uint64_t))
#define PAYLOAD_WORDS ((XG_SECTOR - sizeof(struct header)) / sizeof(uint64_t))
#define STEP          0x9e3779b97f4a7c15u /* 2^64 divided by the golden ratio, odd */

/* The finaliser of SplitMix64: every input bit changes half of the output bits. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static uint64_t header_checksum(const struct header *header)
{
    uint64_t words[HEADER_WORDS];
    memcpy(words, header, sizeof(words));
    uint64_t sum = STEP;
    for (size_t i = 0; i < HEADER_WORDS; i++)
        sum = mix(sum ^ words[i]);
    return sum;
}

static void make_sector(const struct xg_block *block, unsigned char *sector)
{
    struct header header = {
        .vbd = block->vbd, .run = block->run, .offset = block->offset, .pass = block->pass};
    memcpy(header.magic, MAGIC, sizeof(header.magic));
    memcpy(header.domain, block->domain, strnlen(block->domain, XG_NAME_MAX));
    header.checksum = header_checksum(&header);
    memcpy(sector, &header, sizeof(header));

    uint64_t word = mix(header.checksum);
    unsigned char *at = sector + sizeof(header);
    for (size_t i = 0; i < PAYLOAD_WORDS; i++, word += STEP, at += sizeof(word))
        memcpy(at, &word, sizeof(word));
}

void xg_pattern_fill(const struct xg_block *first, void *buffer, size_t length)
{
    struct xg_block block = *first;
    for (size_t at = 0; at + XG_SECTOR <= length; at += XG_SECTOR, block.offset += XG_SECTOR)
        make_sector(&block, (unsigned char *)buffer + at);
}

/* A name goes into sentences, so nothing else than what a domain can be called is one. */
static bool name_is_valid(const char name[XG_NAME_MAX + 1])
{
    size_t length = strnlen(name, XG_NAME_MAX + 1);
    if (length == 0 || length > XG_NAME_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)name[i]))
            return false;
    return true;
}

bool xg_pattern_decode(const void *sector, struct xg_block *block)
{
    struct header header;
    memcpy(&header, sector, sizeof(header));
    if (memcmp(header.magic, MAGIC, sizeof(MAGIC)) != 0 ||
        header.checksum != header_checksum(&header) || !name_is_valid(header.domain))
        return false;
    *block = (struct xg_block){
        .vbd = header.vbd, .run = header.run, .offset = header.offset, .pass = header.pass};
    memcpy(block->domain, header.domain, sizeof(block->domain));
    return true;
}

static bool same_block(const struct xg_block *a, const struct xg_block *b)
{
    return strcmp(a->domain, b->domain) == 0 && a->vbd == b->vbd && a->run == b->run &&
           a->offset == b->offset && a->pass == b->pass;
}

static bool all_zero(const unsigned char *sector)
{
    return sector[0] == 0 && memcmp(sector, sector + 1, XG_SECTOR - 1) == 0;
}

/* Compares one sector; false if it is as it was written. */
static bool sector_mismatch(const struct xg_block *expected, const unsigned char *sector,
                            struct xg_mismatch *mismatch)
{
    unsigned char want[XG_SECTOR];
    make_sector(expected, want);
    if (memcmp(want, sector, XG_SECTOR) == 0)
        return false;

    *mismatch = (struct xg_mismatch){.expected = *expected, .length = XG_SECTOR};
    memcpy(mismatch->start, sector, sizeof(mismatch->start));
    for (unsigned i = XG_SECTOR; i-- > 0;) {
        if (want[i] == sector[i])
            continue;
        mismatch->differing++;
        mismatch->byte = i;
        mismatch->want = want[i];
        mismatch->got = sector[i];
    }
    if (xg_pattern_decode(sector, &mismatch->found) && !same_block(&mismatch->found, expected))
        mismatch->kind = XG_MISMATCH_OTHER;
    else if (all_zero(sector))
        mismatch->kind = XG_MISMATCH_ZEROS;
    else if (mismatch->differing <= XG_SECTOR / 2)
        mismatch->kind = XG_MISMATCH_DAMAGED;
    else
        mismatch->kind = XG_MISMATCH_STRANGE;
    return true;
}

/* Whether `next`, the sector after the run `run`, is wrong in the same way. */
static bool belongs_to_run(const struct xg_mismatch *run, const struct xg_mismatch *next)
{
    if (run->kind != next->kind)
        return false;
    if (run->kind != XG_MISMATCH_OTHER)
        return true;
    struct xg_block follows = run->found;
    follows.offset += run->length;
    return same_block(&follows, &next->found);
}

bool xg_pattern_next_mismatch(const struct xg_block *first, const void *buffer, size_t length,
                              size_t *cursor, struct xg_mismatch *mismatch)
{
    bool in_run = false;
    for (; *cursor + XG_SECTOR <= length; *cursor += XG_SECTOR) {
        struct xg_block expected = *first;
        expected.offset += *cursor;
        struct xg_mismatch one;
        bool wrong = sector_mismatch(&expected, (const unsigned char *)buffer + *cursor, &one);
        if (!in_run && !wrong)
            continue;
        if (!in_run) {
            *mismatch = one;
            in_run = true;
        } else if (wrong && belongs_to_run(mismatch, &one)) {
            mismatch->length += one.length;
            mismatch->differing += one.differing;
        } else {
            break;
        }
    }
    return in_run;
}

/* What is there instead, as the object of "found". */
static void describe_found(const struct xg_mismatch *mismatch, char *text, size_t size)
{
    const uint8_t *s = mismatch->start;
    switch (mismatch->kind) {
    case XG_MISMATCH_OTHER:
        snprintf(text, size, "block of %s vbd %" PRIu32 " offset %" PRIu64 " pass %" PRIu64 "%s",
                 mismatch->found.domain, mismatch->found.vbd, mismatch->found.offset,
                 mismatch->found.pass,
                 mismatch->found.run != mismatch->expected.run &&
                         strcmp(mismatch->found.domain, mismatch->expected.domain) == 0
                     ? " of an earlier boot"
                     : "");
        break;
    case XG_MISMATCH_ZEROS:
        snprintf(text, size, "zeros");
        break;
    default:
        snprintf(text, size,
                 "nothing a stream wrote, beginning with %02x %02x %02x %02x %02x %02x %02x %02x",
                 s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
        break;
    }
}

void xg_mismatch_sentence(const struct xg_mismatch *mismatch, char sentence[XG_SENTENCE_SIZE])
{
    const struct xg_block *e = &mismatch->expected;
    char place[XG_SENTENCE_SIZE / 3], found[XG_SENTENCE_SIZE / 3];
    snprintf(place, sizeof(place), "domain %s vbd %" PRIu32 " offset %" PRIu64 " pass %" PRIu64,
             e->domain, e->vbd, e->offset, e->pass);
    if (mismatch->kind == XG_MISMATCH_DAMAGED) {
        snprintf(sentence, XG_SENTENCE_SIZE,
                 "%s: expected 0x%02x at byte %u, found 0x%02x; %" PRIu64 " of %" PRIu64
                 " bytes differ",
                 place, mismatch->want, mismatch->byte, mismatch->got, mismatch->differing,
                 mismatch->length);
        return;
    }
    describe_found(mismatch, found, sizeof(found));
    snprintf(sentence, XG_SENTENCE_SIZE,
             "%s: expected block of %s vbd %" PRIu32 " offset %" PRIu64 " pass %" PRIu64
             ", found %s; %" PRIu64 " bytes are so",
             place, e->domain, e->vbd, e->offset, e->pass, found, mismatch->length);
}
