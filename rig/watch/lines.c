/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: cuts a byte stream into lines, bounded. */
#include "watch/lines.h"

#include <string.h>

struct _XrLines {
    gsize max_line;
    XrLineFunc func;
    gpointer user_data;
    GString *raw;  /* the line so far, no more than max_line bytes */
    gsize dropped; /* bytes of this line that did not fit */
};

XrLines *xr_lines_new(gsize max_line, XrLineFunc func, gpointer user_data)
{
    XrLines *lines = g_new0(XrLines, 1);

    lines->max_line = MAX(max_line, 1);
    lines->func = func;
    lines->user_data = user_data;
    lines->raw = g_string_new(NULL);
    return lines;
}

void xr_lines_free(XrLines *lines)
{
    if (lines == NULL)
        return;
    g_string_free(lines->raw, TRUE);
    g_free(lines);
}

/* Where text can be cut so that no more than max bytes are left and no character is torn. */
static gsize whole_characters(const char *text, gsize max)
{
    while (max > 0 && ((guchar)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static void append(XrLines *lines, const char *bytes, gsize len)
{
    const gsize room = lines->max_line - lines->raw->len;
    const gsize taken = MIN(len, room);

    g_string_append_len(lines->raw, bytes, (gssize)taken);
    lines->dropped += len - taken;
}

/* Everything up to a newline or the end of the bytes given, carriage returns left out. */
static void append_piece(XrLines *lines, const char *bytes, gsize len)
{
    while (len > 0) {
        const char *cr = memchr(bytes, '\r', len);
        const gsize plain = cr != NULL ? (gsize)(cr - bytes) : len;

        append(lines, bytes, plain);
        if (cr == NULL)
            return;
        bytes += plain + 1;
        len -= plain + 1;
    }
}

static void emit(XrLines *lines)
{
    g_autofree char *text = NULL;
    gsize len, dropped = lines->dropped;

    /* A character that the bound has torn is no bad byte of the sender's. */
    if (dropped > 0 && !g_utf8_validate(lines->raw->str, (gssize)lines->raw->len, NULL)) {
        const char *end;

        g_utf8_validate(lines->raw->str, (gssize)lines->raw->len, &end);
        len = (gsize)(end - lines->raw->str);
        if (lines->raw->len - len < 4) {
            dropped += lines->raw->len - len;
            g_string_truncate(lines->raw, len);
        }
    }
    text = g_utf8_make_valid(lines->raw->str, (gssize)lines->raw->len);
    len = strlen(text);
    /* Replacement characters are longer than the bytes they stand for. */
    if (len > lines->max_line) {
        const gsize cut = whole_characters(text, lines->max_line);

        dropped += len - cut;
        text[cut] = '\0';
    }
    g_string_truncate(lines->raw, 0);
    lines->dropped = 0;
    lines->func(text, dropped, lines->user_data);
}

void xr_lines_push(XrLines *lines, const char *bytes, gsize len)
{
    while (len > 0) {
        const char *newline = memchr(bytes, '\n', len);
        const gsize piece = newline != NULL ? (gsize)(newline - bytes) : len;

        append_piece(lines, bytes, piece);
        if (newline == NULL)
            return;
        emit(lines);
        bytes += piece + 1;
        len -= piece + 1;
    }
}

void xr_lines_flush(XrLines *lines)
{
    if (lines->raw->len > 0 || lines->dropped > 0)
        emit(lines);
}
