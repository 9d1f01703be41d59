/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: making text of guests safe to show. */
#include "base/text.h"
#include <string.h>

#define CUT_MARK "…"

/* Format characters (bidirectional overrides, zero-width ones, tags) and unassigned code points are
 * not printable to GLib; the two separators are, but break a line in some terminals and in HTML. */
static gboolean is_shown(gunichar c)
{
    return g_unichar_isprint(c) && c != 0x2028 && c != 0x2029;
}

/* Writes one character of the result to piece and returns how many bytes of text it took. */
static gsize next_piece(const char *text, gsize len, char piece[16])
{
    const guchar byte = (guchar)*text;

    if (byte < 0x20 || byte == 0x7f) {
        g_snprintf(piece, 16, "\\x%02x", byte);
        return 1;
    }
    const gunichar c = g_utf8_get_char_validated(text, (gssize)len);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        g_snprintf(piece, 16, "\\x%02x", byte);
        return 1;
    }
    const gsize taken = (gsize)(g_utf8_next_char(text) - text);
    if (is_shown(c)) {
        memcpy(piece, text, taken);
        piece[taken] = '\0';
    } else {
        g_snprintf(piece, 16, "\\u{%04x}", c);
    }
    return taken;
}

char *xr_text_escape(const char *text, gssize len, gsize max_bytes)
{
    const gsize mark_len = strlen(CUT_MARK);
    gsize left = len < 0 ? strlen(text) : (gsize)len;
    gsize cut_at = 0; /* end of the last character after which the mark still fits */
    GString *out = g_string_new(NULL);

    while (left > 0) {
        char piece[16];
        const gsize taken = next_piece(text, left, piece);
        const gsize piece_len = strlen(piece);
        if (piece_len > max_bytes - out->len) {
            g_string_truncate(out, cut_at);
            g_string_append(out, mark_len <= max_bytes ? CUT_MARK : "");
            break;
        }
        g_string_append_len(out, piece, (gssize)piece_len);
        if (max_bytes >= mark_len && out->len <= max_bytes - mark_len)
            cut_at = out->len;
        text += taken;
        left -= taken;
    }
    return g_string_free(out, FALSE);
}

char **xr_text_words(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();

    for (gsize i = 0; parts[i] != NULL; i++)
        if (*parts[i] != '\0')
            g_strv_builder_add(words, parts[i]);
    return g_strv_builder_end(words);
}
