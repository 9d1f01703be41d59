/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the folders that records go into. */
#include "keep/folder.h"

#include "base/error.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

gpointer xr_folder_fail(GError **error, const char *what, const char *path)
{
    int saved = errno;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: %s: %s%s", path, what, g_strerror(saved),
                saved == ENOSPC || saved == EDQUOT
                    ? "; free some space or record elsewhere with --record DIR"
                    : "");
    return NULL;
}

/* Lower-case letters, digits and dashes of name, never empty and at most 24 long: it becomes part
 * of folder, domain and socket names. */
static char *sanitized(const char *name, const char *fallback)
{
    GString *out = g_string_new(NULL);
    for (const char *p = name == NULL ? "" : name; *p != '\0' && out->len < 24; p++) {
        char c = g_ascii_tolower(*p);
        g_string_append_c(out, g_ascii_isalnum(c) ? c : '-');
    }
    if (out->len == 0)
        g_string_append(out, fallback);
    return g_string_free(out, FALSE);
}

static char *new_id(const char *name, gboolean dated)
{
    g_autofree char *clean = sanitized(name, "run");
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = dated ? g_date_time_format(now, "%Y%m%dT%H%M%SZ-") : g_strdup("");
    return g_strdup_printf("%s%s-%04x", time, clean, g_random_int_range(0, 0x10000));
}

/* A taken name is tried again with other digits. */
static char *make_dated(const char *kind, const char *name, char **id, GError **error)
{
    g_autofree char *state = xr_paths_state();
    g_autofree char *all = g_build_filename(state, kind, NULL);
    if (g_mkdir_with_parents(all, 0700) != 0)
        return xr_folder_fail(error, "the folder of all records cannot be made", all);
    for (int attempt = 0; attempt < 100; attempt++) {
        g_autofree char *new = new_id(name, TRUE);
        g_autofree char *dir = g_build_filename(all, new, NULL);
        if (mkdir(dir, 0700) == 0) {
            *id = g_steal_pointer(&new);
            return g_steal_pointer(&dir);
        }
        if (errno != EEXIST)
            return xr_folder_fail(error, "a record cannot be made", dir);
    }
    errno = EEXIST;
    return xr_folder_fail(error, "100 names for a new record were all taken", all);
}

static char *use_given(const char *given, char **id, GError **error)
{
    g_autofree char *dir = g_canonicalize_filename(given, NULL);
    g_autofree char *base = g_path_get_basename(dir);
    if (g_mkdir_with_parents(dir, 0700) != 0)
        return xr_folder_fail(error, "the record's folder cannot be made", dir);
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    if (entries == NULL)
        return xr_folder_fail(error, "the record's folder cannot be opened", dir);
    const char *entry = g_dir_read_name(entries);
    if (entry != NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: not empty (it holds \"%s\"); a record goes into a new or an empty folder",
                    dir, entry);
        return NULL;
    }
    if (chmod(dir, 0700) != 0)
        return xr_folder_fail(error, "mode 0700 cannot be set", dir);
    *id = new_id(base, FALSE);
    return g_steal_pointer(&dir);
}

char *xr_folder_new(const char *kind, const char *given, const char *name, char **id,
                    GError **error)
{
    return given != NULL ? use_given(given, id, error) : make_dated(kind, name, id, error);
}

static int lock(const char *dir, int how)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0 && flock(fd, how | LOCK_NB) == 0)
        return fd;
    xr_folder_let_go(fd);
    return -1;
}

int xr_folder_hold(const char *dir)
{
    return lock(dir, LOCK_SH);
}

int xr_folder_take(const char *dir)
{
    return lock(dir, LOCK_EX);
}

void xr_folder_let_go(int fd)
{
    if (fd >= 0)
        close(fd);
}
