/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: sparse files behind the VBDs, on the host's own file system.
 *
 * Their names are removed as soon as QEMU holds them open: whatever ends QEMU then gives the space
 * back, and a killed rig leaves no gigabytes behind. */
#include "base/error.h"
#include "boot/machine-xml.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

guint xr_machine_disk_count(const XrPlan *plan)
{
    if (plan->workload.backing != XR_BACKING_DISK)
        return 0;
    return plan->guests.count * plan->guests.vbds;
}

char *xr_machine_disk_path(const char *run_dir, guint i)
{
    return g_strdup_printf("%s/vbd%02u.img", run_dir, i);
}

/* 0 or an errno. */
static int create_sparse(const char *path, guint64 size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int failure = 0;

    if (fd < 0)
        return errno;
    if (ftruncate(fd, (off_t)size) != 0)
        failure = errno;
    close(fd);
    return failure;
}

void xr_machine_disks_remove(const char *run_dir, const XrPlan *plan)
{
    for (guint i = 0; i < xr_machine_disk_count(plan); i++) {
        g_autofree char *path = xr_machine_disk_path(run_dir, i);
        g_unlink(path);
    }
}

gboolean xr_machine_disks_create(const char *run_dir, const XrPlan *plan, GError **error)
{
    xr_machine_disks_remove(run_dir, plan);
    for (guint i = 0; i < xr_machine_disk_count(plan); i++) {
        g_autofree char *path = xr_machine_disk_path(run_dir, i);
        int failure = create_sparse(path, plan->workload.vbd_size);
        if (failure == 0)
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "%s: no disk image of %" G_GUINT64_FORMAT
                    " bytes can be made there: %s; make room, or choose a smaller "
                    "workload.vbd_size or another backing",
                    path, plan->workload.vbd_size, g_strerror(failure));
        xr_machine_disks_remove(run_dir, plan);
        return FALSE;
    }
    return TRUE;
}
