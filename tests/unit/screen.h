/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small terminal for tests: takes what a program writes and keeps what would be seen. It fails the
 * test on a line that wraps and on any control sequence it was not told of. */
#pragma once

#include <glib.h>

typedef struct {
    guint columns, row, column;
    GPtrArray *lines; /* GString*; grows for ever, as with scroll-back */
} Screen;

static inline Screen *screen_new(guint columns)
{
    Screen *screen = g_new0(Screen, 1);
    screen->columns = columns;
    screen->lines = g_ptr_array_new();
    return screen;
}

static inline GString *screen_line(Screen *screen, guint row)
{
    while (screen->lines->len <= row)
        g_ptr_array_add(screen->lines, g_string_new(NULL));
    return g_ptr_array_index(screen->lines, row);
}

static inline void screen_erase_to_end(Screen *screen)
{
    GString *line = screen_line(screen, screen->row);
    if (g_utf8_strlen(line->str, -1) > (glong)screen->column)
        g_string_truncate(line,
                          (gsize)(g_utf8_offset_to_pointer(line->str, screen->column) - line->str));
}

static inline const char *screen_escape(Screen *screen, const char *p)
{
    guint n = 0;
    g_assert_cmpint(*p++, ==, '[');
    for (; g_ascii_isdigit(*p); p++)
        n = n * 10 + (guint)(*p - '0');
    if (*p == 'A') {
        g_assert_cmpuint(n, <=, screen->row);
        screen->row -= n;
    } else {
        g_assert_true(*p == 'K' || *p == 'J');
        screen_erase_to_end(screen);
        for (guint row = screen->row + 1; *p == 'J' && row < screen->lines->len; row++)
            g_string_truncate(screen_line(screen, row), 0);
    }
    return p + 1;
}

static inline void screen_put(Screen *screen, gunichar c)
{
    GString *line = screen_line(screen, screen->row);
    g_assert_cmpuint(screen->column + 1, <, screen->columns);
    if (g_utf8_strlen(line->str, -1) > (glong)screen->column) {
        char *at = g_utf8_offset_to_pointer(line->str, screen->column);
        g_string_erase(line, at - line->str, g_utf8_next_char(at) - at);
        g_string_insert_unichar(line, at - line->str, c);
    } else {
        g_string_append_unichar(line, c);
    }
    screen->column++;
}

static inline void screen_write(Screen *screen, const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *p = text; *p != '\0';) {
        gunichar c = g_utf8_get_char(p);
        p = g_utf8_next_char(p);
        if (c == '\r') {
            screen->column = 0;
        } else if (c == '\n') {
            screen->column = 0;
            screen_line(screen, ++screen->row);
        } else if (c == 0x1b) {
            p = screen_escape(screen, p);
        } else {
            g_assert_false(g_unichar_iscntrl(c));
            screen_put(screen, c);
        }
    }
}

/* All lines, empty ones at the end left out. */
static inline char *screen_text(Screen *screen)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < screen->lines->len; i++)
        g_string_append_printf(text, "%s\n", screen_line(screen, i)->str);
    g_strchomp(text->str);
    return g_string_free(text, FALSE);
}

static inline void screen_free(Screen *screen)
{
    for (guint i = 0; i < screen->lines->len; i++)
        g_string_free(screen_line(screen, i), TRUE);
    g_ptr_array_unref(screen->lines);
    g_free(screen);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Screen, screen_free)
