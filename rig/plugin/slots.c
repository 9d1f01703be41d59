/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: how often the instruction at each address began.
 *
 * Method. Each instruction of Xen and of dom0's kernel has a slot of its own, found by address when it is translated, so
 * that running it costs an addition and no search. Which function an address belongs to is asked when the machine is gone
 * (rig/judge/functions.c). What an address means is the same for the whole machine: Xen's and the dom0 kernel's
 * addresses are mapped alike in all page tables that run there.
 *
 * Limits. Code that is patched, or loaded where other code was, shares the slot of what was there before. Targets are those
 * of direct jumps and calls: of what goes through a pointer nothing is known. */
#include "plugin/slots.h"

#include <string.h>

enum { OPCODE_CALL = 0xe8, OPCODE_JMP = 0xe9, JUMP_BYTES = 5 };

struct _XrSlots {
    GHashTable *by_address; /* address -> XrSlot, whose address is the key */
};

XrSlots *xr_slots_new(void)
{
    XrSlots *slots = g_new0(XrSlots, 1);

    slots->by_address = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    return slots;
}

void xr_slots_free(XrSlots *slots)
{
    if (slots == NULL)
        return;
    g_hash_table_unref(slots->by_address);
    g_free(slots);
}

guint64 xr_slots_target(guint64 address, const guint8 *bytes, gsize len)
{
    gint32 displacement;

    if (len < JUMP_BYTES || (bytes[0] != OPCODE_CALL && bytes[0] != OPCODE_JMP))
        return 0;
    memcpy(&displacement, bytes + 1, sizeof displacement);
    return address + JUMP_BYTES + (guint64)(gint64)displacement;
}

XrSlot *xr_slots_at(XrSlots *slots, guint64 address, guint64 *layer, const guint8 *bytes, gsize len)
{
    XrSlot *slot = g_hash_table_lookup(slots->by_address, &address);

    if (slot == NULL) {
        slot = g_new0(XrSlot, 1);
        slot->address = address;
        g_hash_table_insert(slots->by_address, &slot->address, slot);
    }
    slot->layer = layer;
    slot->target = xr_slots_target(address, bytes, len);
    return slot;
}

void xr_slots_begin(XrSlots *slots)
{
    GHashTableIter iter;
    gpointer slot;

    g_hash_table_iter_init(&iter, slots->by_address);
    while (g_hash_table_iter_next(&iter, NULL, &slot))
        ((XrSlot *)slot)->begin = ((XrSlot *)slot)->count;
}

static gint by_address(gconstpointer a, gconstpointer b)
{
    const guint64 x = (*(const XrSlot *const *)a)->address,
                  y = (*(const XrSlot *const *)b)->address;

    return x < y ? -1 : x > y;
}

char *xr_slots_text(const XrSlots *slots)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    GString *text = g_string_new(NULL);
    GHashTableIter iter;
    gpointer each;

    g_hash_table_iter_init(&iter, slots->by_address);
    while (g_hash_table_iter_next(&iter, NULL, &each))
        g_ptr_array_add(order, each);
    g_ptr_array_sort(order, by_address);
    for (guint i = 0; i < order->len; i++) {
        const XrSlot *slot = order->pdata[i];

        if (slot->count == slot->begin)
            continue;
        g_string_append_printf(text, "%" G_GINT64_MODIFIER "x %" G_GINT64_MODIFIER "x",
                               slot->address, slot->count - slot->begin);
        if (slot->target != 0)
            g_string_append_printf(text, " %" G_GINT64_MODIFIER "x", slot->target);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}
