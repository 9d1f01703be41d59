/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a libvirtd that stands for another host, and a run on it. */
#pragma once

#include "base/json.h"
#include "build/build.h"
#include "command.h"
#include "libvirtd.h"
#include <libvirt/virterror.h>

typedef struct {
    Command c;
    Libvirtd l;
    char *qemu, *images;
    const char *lacks;
} Fixture;

/* Size of what holds images there, and whether it is a host that has none of the rig's builds. */
typedef struct {
    const char *size;
    gboolean elsewhere;
} Place;

static inline void up(Fixture *f, gconstpointer data)
{
    const Place *place = data;
    g_autofree char *cache = g_strdup(g_getenv("XENRIG_CACHE"));
    g_autofree char *builds = NULL;
    g_autofree char *version = NULL;
    g_autoptr(GError) error = NULL;

    command_init(&f->c);
    f->lacks = libvirtd_lacks();
    if (f->lacks != NULL)
        return;
    if (cache == NULL)
        cache = g_build_filename(g_get_user_cache_dir(), "xenrig", NULL);
    builds = g_build_filename(cache, "builds", NULL);
    libvirtd_start(&f->l, place->size, place->elsewhere ? builds : f->c.runtime);
    f->images = libvirtd_sees(&f->l, "/var/lib/libvirt/images");
    xr_qemu_find(NULL, &f->qemu, &version, &error);
    g_assert_no_error(error);
}

static inline void down(Fixture *f, gconstpointer size)
{
    libvirtd_kill(&f->l, SIGTERM);
    command_clear(&f->c);
    if (f->l.folder != NULL)
        command_remove_tree(f->l.folder);
    g_free(f->l.folder);
    g_free(f->l.uri);
    g_free(f->qemu);
    g_free(f->images);
}

static inline gboolean skip(const Fixture *f)
{
    if (f->lacks != NULL)
        g_test_skip(f->lacks);
    return f->lacks != NULL;
}

static inline GSubprocess *start(Fixture *f, const char *set)
{
    char *words[] = {"run",   "smoke",   "--json", "--connect", f->l.uri, "--qemu",
                     f->qemu, "--quiet", "--set",  (char *)set, NULL};

    return command_start(&f->c, words);
}

static inline gboolean is_clean(const Fixture *f)
{
    return libvirtd_holds(&f->l, FALSE) == 0 && libvirtd_holds(&f->l, TRUE) == 0 &&
           libvirtd_count(f->images) == 0;
}

static inline guint count_notes(const Fixture *f)
{
    g_autofree char *folder = g_build_filename(f->c.state, "remotes", NULL);

    return libvirtd_count(folder);
}

/* No domain, volume, pool, folder or note; a guard, or the daemon, may need a moment. */
static inline void assert_nothing_left(const Fixture *f)
{
    for (guint i = 0; i < 200 && (!is_clean(f) || count_notes(f) > 0); i++)
        g_usleep(100 * 1000);
    g_assert_cmpint(libvirtd_holds(&f->l, FALSE), ==, 0);
    g_assert_cmpint(libvirtd_holds(&f->l, TRUE), ==, 0);
    g_assert_cmpuint(libvirtd_count(f->images), ==, 0);
    g_assert_cmpuint(count_notes(f), ==, 0);
}

static inline void ignore_error(void *data, virErrorPtr error)
{
}
