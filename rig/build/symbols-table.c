/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the symbol table that Xen's and Linux' builds compress into the image itself.
 *
 * Method. Both tables are of one origin (scripts/kallsyms.c of Linux, xen/tools/symbols.c of Xen). Names are strings of
 * tokens: a length, then so many codes, each one of 256 pieces of text; the first letter of a name is its type as nm(1) has
 * it. No symbol tells where the table is, as the image has none. It is found by what it must look like:
 *  - the token table: 256 strings one after another, in which the digits are themselves; the token index behind it, 256 offsets
 *    of 16 bits, must be those of the strings;
 *  - the names, before it: a count, so many names whose types are known, and, behind the last, the markers: the offset of
 *    each 256th name, which must be right;
 *  - the addresses. Of Linux 32-bit offsets from a base of 64 bits, before the count, or, since 6.4, behind the token
 *    index; negative ones count down from the base (CONFIG_KALLSYMS_ABSOLUTE_PERCPU), others are absolute. Of Xen
 *    32-bit offsets from XEN_VIRT_START, or addresses of 64 bits, before the count. They must not descend.
 * So what is found is right, or nothing is: seen with Xen 4.17 and 4.20 and Linux 6.1 of Debian.
 *
 * Limits. The table tells no sizes: a function ends where the next symbol begins. */
#include "build/symbols.h"

#include "base/error.h"
#include <string.h>

enum { TOKENS = 256, DIGIT = '0', TOKEN_MAX = 64, NAMES_MIN = 64, MARK = 256, LONGEST = 1024 };
/* Of names that are read while the count is looked for: enough for any image, and an end for one that is made to take long. */
enum { STEPS_MAX = 64 * 1000 * 1000 };
static const guint64 linux_lowest = G_GUINT64_CONSTANT(0xffffffff00000000);

typedef struct {
    const guint8 *bytes;
    gsize size;
    guint64 origin;
    /* found: */
    gsize tokens, tokens_end; /* offsets */
    gsize index_end;
    gsize offset[TOKENS]; /* of each token */
    gsize count_at;       /* offset of the count */
    gsize names;          /* of the first name */
    guint count;
} Table;

static guint32 get32(const Table *t, gsize at)
{
    guint32 value = 0;

    if (at <= t->size && t->size - at >= sizeof value)
        memcpy(&value, t->bytes + at, sizeof value);
    return GUINT32_FROM_LE(value);
}

static guint64 get64(const Table *t, gsize at)
{
    return get32(t, at) | (guint64)get32(t, at + 4) << 32;
}

static gsize align(gsize at, gsize to)
{
    return (at + to - 1) / to * to;
}

/* --- tokens --- */

/* The start of the string before the one at at; size: there is none that short. */
static gsize string_before(const Table *t, gsize at)
{
    gsize start = at - 1;

    while (start > 0 && at - start <= TOKEN_MAX && t->bytes[start - 1] != '\0')
        start--;
    return at - start > TOKEN_MAX || start == 0 ? t->size : start;
}

/* Whether the index of all tokens follows, but for alignment. */
static gboolean has_index(Table *t)
{
    for (gsize at = t->tokens_end; at <= t->tokens_end + 8; at++) {
        guint i = 0;

        while (i < TOKENS && at + 2 * TOKENS <= t->size &&
               (t->bytes[at + 2 * i] | t->bytes[at + 2 * i + 1] << 8) ==
                   (int)(t->offset[i] - t->tokens))
            i++;
        t->index_end = at + 2 * TOKENS;
        if (i == TOKENS)
            return TRUE;
    }
    return FALSE;
}

/* The token table in which the digits are at digits. */
static gboolean try_tokens(Table *t, gsize digits)
{
    gsize at = digits;

    for (guint i = 0; i < DIGIT && at < t->size && at > 0; i++)
        at = string_before(t, at);
    if (at == 0 || at >= t->size)
        return FALSE;
    t->tokens = at;
    for (guint i = 0; i < TOKENS; i++) {
        const guint8 *end = memchr(t->bytes + at, '\0', MIN(t->size - at, TOKEN_MAX + 1));

        if (end == NULL)
            return FALSE;
        t->offset[i] = at;
        at = (gsize)(end - t->bytes) + 1;
        if (at >= t->size)
            return FALSE;
    }
    t->tokens_end = at;
    return has_index(t);
}

static gboolean find_tokens(Table *t)
{
    static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
    gsize at = 0;

    while (at < t->size) {
        const guint8 *found = memmem(t->bytes + at, t->size - at, digits, sizeof digits);

        if (found == NULL)
            return FALSE;
        at = (gsize)(found - t->bytes);
        if (at > 0 && try_tokens(t, at))
            return TRUE;
        at++;
    }
    return FALSE;
}

/* --- names --- */

/* The name at *at, which is moved behind it; length 0: there is none. Linux' lengths go on in a second byte since 6.2. */
static gsize name_at(const Table *t, gsize *at)
{
    gsize length = *at < t->tokens ? t->bytes[(*at)++] : 0;

    if (length & 0x80 && *at < t->tokens)
        length = (length & 0x7f) | (gsize)t->bytes[(*at)++] << 7;
    return length <= t->tokens - *at ? length : 0;
}

static gboolean is_type(char type)
{
    return type != '\0' && strchr("tTwWdDbBrRaAvVuUiIgGnNsS?-", type) != NULL;
}

/* Whether markers, of that width, tell where each 256th of the names is. */
static gboolean has_markers(const Table *t, gsize end, const GArray *marks, gsize width)
{
    for (gsize to = 4; to <= 64; to *= 2) {
        const gsize at = align(end, to);
        guint i = 0;

        while (i < marks->len && at + width * (i + 1) <= t->size &&
               (width == 4 ? get32(t, at + 4 * i) : get64(t, at + 8 * i)) ==
                   g_array_index(marks, guint64, i))
            i++;
        if (i == marks->len)
            return TRUE;
    }
    return FALSE;
}

static gboolean try_names(Table *t, gsize names, guint count, guint *steps)
{
    g_autoptr(GArray) marks = g_array_new(FALSE, FALSE, sizeof(guint64));
    gsize at = names;

    for (guint i = 0; i < count; i++) {
        const guint64 mark = at - names;
        const gsize length = name_at(t, &at);

        if (length == 0 || ++*steps > STEPS_MAX ||
            !is_type((char)t->bytes[t->offset[t->bytes[at]]]))
            return FALSE;
        if (i % MARK == 0)
            g_array_append_val(marks, mark);
        at += length;
    }
    return has_markers(t, at, marks, 4) || has_markers(t, at, marks, 8);
}

static gboolean find_names(Table *t)
{
    guint steps = 0;

    for (gsize at = t->tokens & ~(gsize)3; at >= 8 && steps < STEPS_MAX; at -= 4) {
        const guint count = get32(t, at - 8);

        if (count < NAMES_MIN || count > XR_SYMBOLS_MAX)
            continue;
        t->count = count;
        t->count_at = at - 8;
        for (t->names = at - 4; t->names <= at; t->names += 4)
            if (try_names(t, t->names, count, &steps))
                return TRUE;
    }
    return FALSE;
}

/* --- addresses --- */

typedef guint64 (*AddressFunc)(const Table *t, gsize at, guint i, guint64 base);

static guint64 linux_address(const Table *t, gsize at, guint i, guint64 base)
{
    const gint32 offset = (gint32)get32(t, at + 4 * (gsize)i);

    return offset >= 0 ? (guint64)offset : base - 1 - (guint64)(gint64)offset;
}

static guint64 xen_address(const Table *t, gsize at, guint i, guint64 base)
{
    return base + get32(t, at + 4 * (gsize)i);
}

static guint64 whole_address(const Table *t, gsize at, guint i, guint64 base)
{
    return get64(t, at + 8 * (gsize)i);
}

/* Whether they do not descend, and the last is above base. */
static gboolean ascend(const Table *t, AddressFunc address, gsize at, guint64 base)
{
    guint64 last = 0;

    for (guint i = 0; i < t->count; i++) {
        const guint64 next = address(t, at, i, base);

        if (next < last)
            return FALSE;
        last = next;
    }
    return last > base;
}

/* Fills in how addresses are read. */
static gboolean find_addresses(const Table *t, AddressFunc *address, gsize *at, guint64 *base)
{
    const gsize offsets = 4 * (gsize)t->count, behind = align(t->index_end, 8);
    const struct {
        AddressFunc address;
        gsize size; /* that must be before the count */
        gsize at;
        guint64 base, lowest; /* of base */
    } ways[] = {
        {linux_address, align(offsets, 8) + 8, t->count_at - 8 - align(offsets, 8),
         get64(t, t->count_at - 8), linux_lowest},
        {linux_address, 0, behind, get64(t, behind + align(offsets, 8)), linux_lowest},
        {xen_address, offsets, t->count_at - offsets, t->origin, 0},
        {xen_address, align(offsets, 8), t->count_at - align(offsets, 8), t->origin, 0},
        {whole_address, 2 * offsets, t->count_at - 2 * offsets, linux_lowest << 16, 0},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        *address = ways[i].address;
        *at = ways[i].at;
        *base = ways[i].base;
        if (ways[i].size <= t->count_at && *base >= ways[i].lowest &&
            ascend(t, *address, *at, *base))
            return TRUE;
    }
    return FALSE;
}

/* --- all --- */

static void add_names(const Table *t, XrSymbols *symbols, AddressFunc address, gsize where,
                      guint64 base)
{
    gsize at = t->names;
    g_autoptr(GString) name = g_string_new(NULL);

    for (guint i = 0; i < t->count; i++) {
        const gsize length = name_at(t, &at);

        g_string_truncate(name, 0);
        for (gsize c = 0; c < length && name->len < LONGEST; c++)
            g_string_append(name, (const char *)t->bytes + t->offset[t->bytes[at + c]]);
        at += length;
        if (name->len > 1 && strchr("tTwW", name->str[0]) != NULL)
            xr_symbols_add(symbols, address(t, where, i, base), 0, name->str + 1, name->len - 1,
                           NULL);
    }
}

gboolean xr_symbols_add_table(XrSymbols *symbols, GBytes *image, guint64 origin, const char *what,
                              GError **error)
{
    Table t = {.origin = origin};
    AddressFunc address;
    gsize where;
    guint64 base;

    t.bytes = g_bytes_get_data(image, &t.size);
    if (!find_tokens(&t)) {
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "%s: has no symbol table in it", what);
        return FALSE;
    }
    if (!find_names(&t) || !find_addresses(&t, &address, &where, &base)) {
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                    "%s: has a symbol table in it whose layout is not known", what);
        return FALSE;
    }
    add_names(&t, symbols, address, where, base);
    return TRUE;
}
