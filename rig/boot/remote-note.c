/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: notes of what is on other hosts, so that it is removed though the rig be killed. */
#include "boot/remote-private.h"

#include "base/error.h"
#include "base/paths.h"
#include "boot/guard.h"
#include "boot/leftovers.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUP       "remote"
#define LOCK_SUFFIX ".lock"

static char *notes_folder(void)
{
    g_autofree char *state = xr_paths_state();

    return g_build_filename(state, "remotes", NULL);
}

static gboolean save_note(const XrRemote *remote, GError **error)
{
    g_autoptr(GKeyFile) note = g_key_file_new();
    g_autoptr(GError) inner = NULL;

    g_key_file_set_string(note, GROUP, "uri", remote->uri);
    g_key_file_set_string(note, GROUP, "pool", remote->name);
    g_key_file_set_string(note, GROUP, "domain", remote->domain);
    if (g_key_file_save_to_file(note, remote->note, &inner))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s", inner->message);
    return FALSE;
}

gboolean xr_remote_note_write(XrRemote *remote, GError **error)
{
    g_autofree char *folder = notes_folder();

    if (!xr_paths_make_private(folder, error))
        return FALSE;
    remote->note = g_build_filename(folder, remote->name, NULL);
    remote->lock = xr_leftovers_lock(remote->note, FALSE);
    if (remote->lock < 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s" LOCK_SUFFIX ": cannot be locked: %s",
                    remote->note, g_strerror(errno));
        return FALSE;
    }
    if (save_note(remote, error))
        remote->guard_pipe = xr_guard_spawn(remote->note, &remote->guard, error);
    if (remote->guard_pipe >= 0)
        return TRUE;
    xr_remote_note_end(remote, TRUE);
    return FALSE;
}

void xr_remote_note_end(XrRemote *remote, gboolean removed)
{
    if (remote->lock < 0)
        return;
    if (removed)
        g_unlink(remote->note);
    xr_leftovers_unlock(remote->note, remote->lock);
    remote->lock = -1;
    if (remote->guard_pipe < 0)
        return;
    /* It finds the note gone and ends; else it tries, for as long as that host takes, and is not waited for. */
    close(remote->guard_pipe);
    remote->guard_pipe = -1;
    while (waitpid(remote->guard, NULL, removed ? 0 : WNOHANG) < 0 && errno == EINTR)
        continue;
}

/* libvirt itself destroys it with its rig's connection, unless its daemon was started anew meanwhile. */
static void end_domain(virConnectPtr conn, const char *name)
{
    virDomainPtr domain = virDomainLookupByName(conn, name);

    if (domain == NULL)
        return;
    virDomainDestroy(domain);
    virDomainFree(domain);
}

static char *clear(virConnectPtr conn, const char *uri, const char *pool, const char *domain,
                   GError **error)
{
    if (domain != NULL)
        end_domain(conn, domain);
    if (xr_remote_pool_remove(conn, pool))
        return g_strdup_printf("a rig that died left storage pool %s behind on %s: removed", pool,
                               uri);
    g_autofree char *doing = g_strdup_printf("storage pool %s, left there by a rig that died, "
                                             "cannot be removed",
                                             pool);
    xr_remote_error(error, uri, doing);
    return NULL;
}

char *xr_remote_note_clear(const char *path, virConnectPtr conn, GError **error)
{
    g_autoptr(GKeyFile) note = g_key_file_new();
    virConnectPtr own = NULL;
    char *sentence = NULL;

    if (!g_key_file_load_from_file(note, path, G_KEY_FILE_NONE, error))
        return NULL;
    g_autofree char *uri = g_key_file_get_string(note, GROUP, "uri", error);
    g_autofree char *pool = uri != NULL ? g_key_file_get_string(note, GROUP, "pool", error) : NULL;
    g_autofree char *domain = g_key_file_get_string(note, GROUP, "domain", NULL);
    if (pool == NULL)
        return NULL;
    if (conn == NULL)
        conn = own = xr_remote_connect(uri, error);
    if (conn != NULL)
        sentence = clear(conn, uri, pool, domain, error);
    if (own != NULL)
        virConnectClose(own);
    if (sentence != NULL)
        g_unlink(path);
    return sentence;
}

static gboolean is_of(const char *path, const char *uri)
{
    g_autoptr(GKeyFile) note = g_key_file_new();
    g_autofree char *of = NULL;

    if (!g_key_file_load_from_file(note, path, G_KEY_FILE_NONE, NULL))
        return FALSE;
    of = g_key_file_get_string(note, GROUP, "uri", NULL);
    return g_strcmp0(of, uri) == 0;
}

static void sweep_note(XrRemote *remote, const char *path)
{
    g_autoptr(GError) error = NULL;
    char *sentence;
    int lock;

    if (!is_of(path, remote->uri))
        return;
    lock = xr_leftovers_lock(path, FALSE);
    if (lock < 0)
        return;
    /* Its rig may just have removed it. */
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        sentence = xr_remote_note_clear(path, remote->conn, &error);
        g_ptr_array_add(sentence != NULL ? remote->removed : remote->left,
                        sentence != NULL ? sentence : g_strdup(error->message));
    }
    xr_leftovers_unlock(path, lock);
}

void xr_remote_note_sweep(XrRemote *remote)
{
    g_autofree char *folder = notes_folder();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (!g_str_has_suffix(name, LOCK_SUFFIX))
            sweep_note(remote, path);
    }
}
