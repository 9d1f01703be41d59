/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a storage pool of the run's own on another host. */
#include "boot/remote-private.h"

#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(virStoragePoolPtr, virStoragePoolFree, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(virStorageVolPtr, virStorageVolFree, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(virStreamPtr, virStreamFree, NULL)

/* --- removal --- */

static gboolean remove_volumes(virStoragePoolPtr pool)
{
    virStorageVolPtr *volumes = NULL;
    int count;
    gboolean removed = TRUE;

    virStoragePoolRefresh(pool, 0);
    count = virStoragePoolListAllVolumes(pool, &volumes, 0);
    for (int i = 0; i < count; i++) {
        removed = virStorageVolDelete(volumes[i], 0) == 0 && removed;
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    return count >= 0 && removed;
}

gboolean xr_remote_pool_remove(virConnectPtr conn, const char *name)
{
    g_auto(virStoragePoolPtr) pool = virStoragePoolLookupByName(conn, name);

    if (pool == NULL)
        return virGetLastErrorCode() == VIR_ERR_NO_STORAGE_POOL;
    /* One that was never built, or whose folder is gone, does not start, and has nothing to remove. */
    if (virStoragePoolIsActive(pool) != 1 && virStoragePoolCreate(pool, 0) != 0)
        return virStoragePoolUndefine(pool) == 0;
    return remove_volumes(pool) && virStoragePoolDestroy(pool) == 0 &&
           virStoragePoolDelete(pool, 0) == 0 && virStoragePoolUndefine(pool) == 0;
}

/* --- making --- */

static virStoragePoolPtr make_pool(XrRemote *remote, GError **error)
{
    g_autofree char *xml = xr_remote_pool_xml(remote->name, remote->folder);
    g_auto(virStoragePoolPtr) pool = virStoragePoolDefineXML(remote->conn, xml, 0);

    if (pool != NULL && virStoragePoolBuild(pool, 0) == 0 && virStoragePoolCreate(pool, 0) == 0)
        return g_steal_pointer(&pool);
    g_autofree char *doing = g_strdup_printf("no storage pool can be made in %s", remote->folder);
    xr_remote_error(error, remote->uri, doing);
    return NULL;
}

static virStorageVolPtr make_volume(XrRemote *remote, virStoragePoolPtr pool, const char *name,
                                    guint64 size, gboolean sparse, GError **error)
{
    g_autofree char *xml = xr_remote_volume_xml(name, size, sparse);
    virStorageVolPtr volume = virStorageVolCreateXML(pool, xml, 0);

    if (volume == NULL) {
        g_autofree char *doing = g_strdup_printf(
            "no volume of %" G_GUINT64_FORMAT " bytes can be made in %s", size, remote->folder);
        xr_remote_error(error, remote->uri, doing);
    }
    return volume;
}

/* TRUE at the file's end. FALSE with error, or with libvirt's last error set and error not. */
static gboolean send_all(int fd, virStreamPtr stream, GCancellable *cancellable, GError **error)
{
    g_autofree char *chunk = g_malloc(CHUNK);

    for (;;) {
        const gssize got = read(fd, chunk, CHUNK);

        if (got == 0)
            return TRUE;
        if (got < 0) {
            g_set_error(error, XR_ERROR, XR_ERROR_HOST, "it cannot be read: %s", g_strerror(errno));
            return FALSE;
        }
        for (gssize sent = 0; sent < got;) {
            const int took = virStreamSend(stream, chunk + sent, (gsize)(got - sent));

            if (took < 0)
                return FALSE;
            sent += took;
            if (g_cancellable_is_cancelled(cancellable)) {
                g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "the upload was interrupted");
                return FALSE;
            }
        }
    }
}

static gboolean upload_fd(XrRemote *remote, virStorageVolPtr volume, int fd, guint64 size,
                          GCancellable *cancellable, GError **error)
{
    g_auto(virStreamPtr) stream = virStreamNew(remote->conn, 0);
    g_autoptr(GError) inner = NULL;

    if (stream != NULL && virStorageVolUpload(volume, stream, 0, size, 0) == 0) {
        if (send_all(fd, stream, cancellable, &inner) && virStreamFinish(stream) == 0)
            return TRUE;
        if (inner != NULL) {
            virStreamAbort(stream);
            g_propagate_error(error, g_steal_pointer(&inner));
            return FALSE;
        }
    }
    xr_remote_error(error, remote->uri, "the upload failed");
    if (stream != NULL)
        virStreamAbort(stream);
    return FALSE;
}

/* Its path on that host; NULL with error. Free with g_free. */
static char *upload(XrRemote *remote, virStoragePoolPtr pool, const char *name, const char *file,
                    GCancellable *cancellable, GError **error)
{
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat info;
    gboolean done = FALSE;

    if (fd < 0 || fstat(fd, &info) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be read: %s", file,
                    g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    const guint64 size = (guint64)info.st_size;
    g_auto(virStorageVolPtr) volume = make_volume(remote, pool, name, size, FALSE, error);
    if (volume != NULL)
        done = upload_fd(remote, volume, fd, size, cancellable, error);
    close(fd);
    if (!done)
        g_prefix_error(error, "%s: ", file);
    return done ? g_build_filename(remote->folder, name, NULL) : NULL;
}

static gboolean fill(XrRemote *remote, const char *const files[3], GCancellable *cancellable,
                     GError **error)
{
    g_auto(virStoragePoolPtr) pool = make_pool(remote, error);

    if (pool == NULL)
        return FALSE;
    remote->xen = upload(remote, pool, "xen", files[0], cancellable, error);
    if (remote->xen != NULL)
        remote->kernel = upload(remote, pool, "kernel", files[1], cancellable, error);
    if (remote->kernel != NULL)
        remote->initramfs = upload(remote, pool, "initramfs", files[2], cancellable, error);
    return remote->initramfs != NULL;
}

gboolean xr_remote_upload(XrRemote *remote, const char *run_id, const char *const files[3],
                          GCancellable *cancellable, GError **error)
{
    remote->name = g_strdup_printf("xenrig-%08x%08x", g_random_int(), g_random_int());
    remote->folder = xr_remote_folder(remote->uri, remote->name);
    remote->domain = g_strconcat("xenrig-", run_id, NULL);
    if (!xr_remote_note_write(remote, error))
        return FALSE;
    if (fill(remote, files, cancellable, error))
        return TRUE;
    xr_remote_close(remote, NULL);
    return FALSE;
}

/* --- disks --- */

static char *disk_name(guint i)
{
    return g_strdup_printf("vbd%02u.img", i);
}

void xr_remote_disks_remove(XrRemote *remote, guint count)
{
    g_auto(virStoragePoolPtr) pool =
        count > 0 ? virStoragePoolLookupByName(remote->conn, remote->name) : NULL;

    for (guint i = 0; pool != NULL && i < count; i++) {
        g_autofree char *name = disk_name(i);
        g_auto(virStorageVolPtr) volume = virStorageVolLookupByName(pool, name);

        if (volume != NULL)
            virStorageVolDelete(volume, 0);
    }
}

gboolean xr_remote_disks_create(XrRemote *remote, guint count, guint64 size, GError **error)
{
    g_auto(virStoragePoolPtr) pool = NULL;

    if (count == 0)
        return TRUE;
    xr_remote_disks_remove(remote, count);
    pool = virStoragePoolLookupByName(remote->conn, remote->name);
    if (pool == NULL)
        xr_remote_error(error, remote->uri, "the run's storage pool is gone");
    for (guint i = 0; pool != NULL && i < count; i++) {
        g_autofree char *name = disk_name(i);
        g_auto(virStorageVolPtr) volume = make_volume(remote, pool, name, size, TRUE, error);

        if (volume == NULL) {
            xr_remote_disks_remove(remote, count);
            return FALSE;
        }
    }
    return pool != NULL;
}
