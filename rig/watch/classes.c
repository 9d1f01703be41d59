/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: kinds of findings, gathered in the few classes that one searches for. */
#include "watch/classes.h"

#include <string.h>

/* A kind may begin with whom it is about: "xen-panic", "domu-panic". */
static const struct {
    const char *kind, *class;
} kinds[] = {
    {"panic", "crash"},
    {"trap", "crash"},
    {"assert", "crash"},
    {"bug", "crash"},
    {"oops", "crash"},
    {"crashed", "crash"},
    {"locking", "crash"},
    {"gone", "crash"},
    {"machine-stopped", "crash"},
    {"watchdog", "hang"},
    {"hang", "hang"},
    {"hung-task", "hang"},
    {"soft-lockup", "hang"},
    {"rcu-stall", "hang"},
    {"stall", "hang"},
    {"drain-timeout", "hang"},
    {"destroy-timeout", "hang"},
    {"zombie", "leak"},
    {"memory-leak", "leak"},
    {"grant-leak", "leak"},
    {"data-mismatch", "corruption"},
    {"list-corruption", "corruption"},
};

static gboolean is_kind(const char *text, const char *kind)
{
    static const char *const whose[] = {"xen-", "dom0-", "domu-", "domain-"};

    if (g_str_equal(text, kind))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(whose); i++) {
        if (g_str_has_prefix(text, whose[i]) && g_str_equal(text + strlen(whose[i]), kind))
            return TRUE;
    }
    return FALSE;
}

const char *xr_finding_class(const char *kind)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (is_kind(kind, kinds[i].kind))
            return kinds[i].class;
    }
    return NULL;
}

gboolean xr_class_exists(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_equal(kinds[i].class, name))
            return TRUE;
    }
    return FALSE;
}

const char *xr_class_names(void)
{
    return "crash, hang, leak, corruption";
}
