/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what somebody may have meant who wrote an unknown name. */
#include "base/text.h"
#include "plan/schema.h"
#include <string.h>

/* Names are short; a longer text is like none of them. */
#define LONGEST 64

/* Edits from one name to another: a byte more, less or other, or two neighbours swapped (optimal
 * string alignment). */
static guint distance(const char *a, const char *b)
{
    const gsize na = strlen(a), nb = strlen(b);
    guint d[LONGEST + 1][LONGEST + 1];

    if (na > LONGEST || nb > LONGEST)
        return G_MAXUINT;
    for (gsize i = 0; i <= na; i++)
        d[i][0] = (guint)i;
    for (gsize j = 0; j <= nb; j++)
        d[0][j] = (guint)j;
    for (gsize i = 1; i <= na; i++) {
        for (gsize j = 1; j <= nb; j++) {
            const guint step = MIN(d[i - 1][j], d[i][j - 1]) + 1;
            d[i][j] = MIN(step, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[na][nb];
}

char *xr_schema_suggest(const char *name, const char *const *names)
{
    const char *nearest = NULL;
    /* Up to a third of the name may be wrong. */
    guint limit = (guint)(strlen(name) + 2) / 3;

    for (gsize i = 0; names[i]; i++) {
        const guint edits = distance(name, names[i]);
        if (edits > limit || (nearest && edits == limit))
            continue;
        nearest = names[i];
        limit = edits;
    }
    return nearest ? g_strdup_printf(" did you mean \"%s\"?", nearest) : g_strdup("");
}

static void add_once(GPtrArray *names, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, (gpointer)name);
}

/* All sections, or the keys of one. NULL-terminated; names are static. */
static GPtrArray *known_names(const char *section)
{
    GPtrArray *names = g_ptr_array_new();
    for (gsize i = 0; i < xr_schema_len; i++) {
        if (!section)
            add_once(names, xr_schema[i].section);
        else if (g_str_equal(xr_schema[i].section, section))
            add_once(names, xr_schema[i].key);
    }
    g_ptr_array_add(names, NULL);
    return names;
}

/* " did you mean \"workload.vbd_size\"?" for a key that stands in the wrong section. */
static char *suggest_section(const char *key)
{
    for (gsize i = 0; i < xr_schema_len; i++)
        if (g_str_equal(xr_schema[i].key, key))
            return g_strdup_printf(" did you mean \"%s.%s\"?", xr_schema[i].section, key);
    return g_strdup("");
}

char *xr_schema_unknown(const char *section, const char *key)
{
    g_autoptr(GPtrArray) keys = known_names(section);
    const gboolean known_section = keys->len > 1;
    g_autoptr(GPtrArray) names = known_section ? g_steal_pointer(&keys) : known_names(NULL);
    const char *const *list = (const char *const *)names->pdata;
    g_autofree char *shown = xr_text_escape(section, -1, 80);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    g_autofree char *near = xr_schema_suggest(known_section ? key : section, list);

    if (!*near && known_section) {
        g_free(near);
        near = suggest_section(key);
    }
    return g_strdup_printf("no such %s%s%s;%s known: %s", known_section ? "key in [" : "section",
                           known_section ? shown : "", known_section ? "]" : "", near, known);
}
