/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a page of HTML may hold, for the tests of pages. */
#pragma once

#include <glib.h>
#include <string.h>

/* Not inline: gcc 12 then takes the text for gone once it is returned. */
G_NO_INLINE static char *contents(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static inline void assert_has(const char *page, const char *text)
{
    if (strstr(page, text) == NULL)
        g_error("\"%s\" is not in the page", text);
}

static inline void assert_lacks(const char *page, const char *text)
{
    if (strstr(page, text) != NULL)
        g_error("\"%s\" is in the page", text);
}

/* --- what a page may hold --- */

static inline void assert_tag(const GRegex *tag, const char *at)
{
    g_autofree char *text = g_strndup(at, strcspn(at, ">") + 1);

    if (!g_regex_match(tag, text, 0, NULL))
        g_error("%s is no tag of ours", text);
}

/* Whatever is between < and > is a tag of ours, with attributes as we write them; the style has no such signs. */
static inline void assert_only_our_markup(const char *page)
{
    g_autoptr(GRegex) tag = g_regex_new(
        "^<(!DOCTYPE "
        "html|/?(html|head|meta|title|style|body|main|section|footer|p|h[123]|nav|a|span|"
        "article|blockquote|details|summary|pre|mark|strong|dl|dt|dd|div|table|caption|thead|tbody|"
        "tr|th|td|i|"
        "figure|figcaption|svg|text)( "
        "(class|id|href|lang|charset|name|content|http-equiv|scope|tabindex|style|role|"
        "aria-label|width|height|open)(=\"[^\"<>]*\")?)*)>$",
        0, 0, NULL);

    for (const char *at = strchr(page, '<'); at != NULL; at = strchr(at + 1, '<'))
        assert_tag(tag, at);
}

static inline void assert_harmless(const char *page)
{
    g_assert_true(g_utf8_validate(page, -1, NULL));
    for (const char *p = page; *p != '\0'; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);

        if (c != '\n' && !g_unichar_isprint(c))
            g_error("U+%04X is in the page", c);
    }
    assert_only_our_markup(page);
}

static inline void assert_fetches_nothing(const char *page)
{
    assert_lacks(page, "http:");
    assert_lacks(page, "https:");
    assert_lacks(page, "url(");
    assert_lacks(page, " src=");
}
