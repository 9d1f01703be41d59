/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: how often the instruction at each address began. Pure. */
#pragma once

#include <glib.h>

/* One address. */
typedef struct {
    guint64 address;
    guint64 count;  /* since counting began */
    guint64 begin;  /* count when the window began */
    guint64 target; /* of a direct CALL or JMP; 0: it is neither */
    guint64 *layer; /* the counter of whom the instruction belongs to, which the count is part of */
} XrSlot;

typedef struct _XrSlots XrSlots;
XrSlots *xr_slots_new(void);
void xr_slots_free(XrSlots *slots);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSlots, xr_slots_free)

/* The slot of that address, the same each time; it lives as long as slots. bytes: the instruction's first ones, by which
 * target is set anew, as code is patched. */
XrSlot *xr_slots_at(XrSlots *slots, guint64 address, guint64 *layer, const guint8 *bytes,
                    gsize len);
/* The window begins. */
void xr_slots_begin(XrSlots *slots);
/* A line for each address that has a count in the window, in ascending order: address, count, and, where there is one, the
 * target, in hexadecimal digits with a space between. Free with g_free. */
char *xr_slots_text(const XrSlots *slots);

/* Where a direct CALL or JMP with a displacement of 32 bits at that address leads; 0: the instruction is neither. */
guint64 xr_slots_target(guint64 address, const guint8 *bytes, gsize len);
