/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: blocks that say whose they are, and what is wrong with one that comes back changed.
 *
 * Every 512-byte sector opens with a header of 64 bytes (magic, domain, VBD, offset, pass, run,
 * checksum of the header); the rest counts up from a seed made of that header. So a sector alone
 * tells where it belongs: a lost write shows the pass before, a swapped or misdirected one another
 * place, a leak between VBDs another domain. The fill costs an addition a word, because a stream
 * under test must not wait for its own generator; it shows damage and displacement, not malice.
 * Pure: no I/O, no allocation, no globals. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XG_SECTOR        512
#define XG_NAME_MAX      23  /* bytes of a domain's name in a header, without the final 0 */
#define XG_SENTENCE_SIZE 384 /* holds any sentence made here or by the stream */

/* Whose a sector is. */
struct xg_block {
    char domain[XG_NAME_MAX + 1];
    uint32_t vbd;
    uint32_t run;    /* differs from boot to boot: a stale sector of an earlier run is told apart */
    uint64_t offset; /* bytes from the VBD's start */
    uint64_t pass;   /* 1 for the first */
};

enum xg_mismatch_kind {
    XG_MISMATCH_OTHER,   /* a whole sector of another place, pass, VBD, domain or run */
    XG_MISMATCH_DAMAGED, /* at most half of the bytes differ */
    XG_MISMATCH_ZEROS,
    XG_MISMATCH_STRANGE, /* nothing a stream wrote */
};

/* Neighbouring sectors that are wrong in the same way. */
struct xg_mismatch {
    enum xg_mismatch_kind kind;
    struct xg_block expected; /* of the first wrong sector */
    struct xg_block found;    /* OTHER only */
    uint64_t length;          /* bytes, whole sectors */
    uint64_t differing;       /* bytes that differ in them */
    unsigned byte;            /* first differing byte of the first sector, and both values */
    uint8_t want, got;
    uint8_t start[8]; /* first bytes found */
};

/* Fills length bytes (whole sectors) as the place `first` and what follows it. */
void xg_pattern_fill(const struct xg_block *first, void *buffer, size_t length);

/* Whose the sector is; false if it has no valid header. The rest of the sector is not looked at. */
bool xg_pattern_decode(const void *sector, struct xg_block *block);

/* Compares length bytes read from the place `first` with what was written there, from *cursor on (0
 * at the first call). True: *mismatch describes the next run of wrong sectors and *cursor is past
 * it. False: nothing more is wrong. */
bool xg_pattern_next_mismatch(const struct xg_block *first, const void *buffer, size_t length,
                              size_t *cursor, struct xg_mismatch *mismatch);

/* The mismatch as a sentence that begins with "domain NAME vbd N offset N pass N: expected". */
void xg_mismatch_sentence(const struct xg_mismatch *mismatch, char sentence[XG_SENTENCE_SIZE]);
