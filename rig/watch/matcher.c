/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: knows the lines by which Xen, dom0 and domUs tell of trouble. */
#include "watch/matcher.h"

#include "watch/observation-priv.h"
#include "watch/patterns.h"

/* Compiled once and kept: one GRegex* a pattern, in the table's order. */
static GRegex **compiled(void)
{
    static GRegex **regexes;

    if (g_once_init_enter(&regexes)) {
        GRegex **made = g_new0(GRegex *, xr_patterns_len);

        /* Raw: a line is searched as bytes, whatever its caller let through. */
        for (gsize i = 0; i < xr_patterns_len; i++)
            made[i] = g_regex_new(xr_patterns[i].regex, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
        g_once_init_leave(&regexes, made);
    }
    return regexes;
}

static char *kind_name(const XrPattern *pattern, XrConsole console)
{
    const char *who = console == XR_CONSOLE_XEN    ? "xen"
                      : console == XR_CONSOLE_DOM0 ? "dom0"
                                                   : "domu";

    return pattern->kind[0] == '-' ? g_strconcat(who, pattern->kind, NULL)
                                   : g_strdup(pattern->kind);
}

XrFinding *xr_matcher_line(XrConsole console, const char *where, gint64 when_ns, const char *line,
                           gboolean *fatal)
{
    GRegex **regexes = compiled();

    *fatal = FALSE;
    for (gsize i = 0; i < xr_patterns_len; i++) {
        const XrPattern *pattern = &xr_patterns[i];
        g_autofree char *kind = NULL;

        if ((pattern->consoles & console) == 0 || regexes[i] == NULL ||
            !g_regex_match(regexes[i], line, 0, NULL))
            continue;
        if (pattern->kind == NULL)
            return NULL;
        kind = kind_name(pattern, console);
        *fatal = pattern->fatal && console != XR_CONSOLE_DOMU;
        return xr_finding_new(kind, pattern->weight, where, when_ns, line, pattern->meaning);
    }
    return NULL;
}
