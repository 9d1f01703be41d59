/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine's connection to libvirt. */
#include "base/error.h"
#include "boot/libvirt-init.h"
#include "boot/machine-private.h"
#include "boot/root.h"
#include <errno.h>
#include <libvirt/virterror.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static gboolean check_file(const char *path, int mode, const char *what, GError **error)
{
    if (access(path, mode) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be used as %s: %s", path, what,
                    g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

static gboolean check_files(const XrMachineSpec *spec, GError **error)
{
    const char *modules[] = {spec->kernel, spec->initramfs};

    for (gsize i = 0; i < G_N_ELEMENTS(modules); i++) {
        if (strchr(modules[i], ' ') == NULL)
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s: QEMU's multiboot loader ends a path at its first space; set XENRIG_CACHE "
                    "to a folder without one",
                    modules[i]);
        return FALSE;
    }
    return check_file(spec->qemu, X_OK, "the emulator", error) &&
           check_file(spec->xen, R_OK, "the hypervisor", error) &&
           check_file(spec->kernel, R_OK, "dom0's kernel", error) &&
           check_file(spec->initramfs, R_OK, "dom0's initramfs", error);
}

static void explain_open_failure(GError **error, goffset mark, const char *uri)
{
    g_autoptr(GError) inner = NULL;
    const char *advice = "install libvirt-daemon-driver-qemu";

    xr_libvirt_error(&inner, XR_ERROR_HOST, mark, uri);
    if (geteuid() == 0 && getpwnam("libvirt-qemu") == NULL)
        advice = "libvirt run by root wants the user libvirt-qemu to exist: "
                 "adduser --system --no-create-home --group libvirt-qemu";
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s; images/host.sh sets this up, or: %s",
                inner->message, advice);
}

/* One for the life of the process: libvirt 9.0 registers its drivers anew each time an embedded driver is started, and
 * has room for some fifteen ("Too many drivers, cannot register QEMU"). */
static virConnectPtr embedded_connection(const char *root, GError **error)
{
    static virConnectPtr conn;
    goffset mark = xr_libvirt_log_mark();

    if (conn == NULL) {
        g_autofree char *escaped = g_uri_escape_string(root, "/", FALSE);
        g_autofree char *uri = g_strdup_printf("qemu:///embed?root=%s", escaped);
        conn = virConnectOpen(uri);
        if (conn == NULL)
            explain_open_failure(error, mark, uri);
    }
    if (conn != NULL)
        virConnectRef(conn);
    return conn;
}

static gboolean open_embedded(XrMachine *machine, GError **error)
{
    machine->root = xr_root_get(error);
    if (machine->root != NULL)
        machine->conn = embedded_connection(machine->root, error);
    return machine->conn != NULL;
}

static gboolean open_local(XrMachine *machine, const char *uri, GError **error)
{
    const goffset mark = xr_libvirt_log_mark();

    machine->conn = virConnectOpen(uri);
    if (machine->conn == NULL) {
        xr_libvirt_error(error, XR_ERROR_HOST, mark, uri);
        return FALSE;
    }
    if (g_strcmp0(virConnectGetType(machine->conn), "QEMU") == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: this libvirt runs %s, not QEMU; use a qemu:// URI", uri,
                virConnectGetType(machine->conn));
    return FALSE;
}

gboolean xr_machine_connect(XrMachine *machine, const XrMachineSpec *spec, GError **error)
{
    if (spec->remote != NULL) {
        machine->conn = spec->remote->conn;
        virConnectRef(machine->conn);
        return TRUE;
    }
    if (!check_files(spec, error))
        return FALSE;
    return spec->uri == NULL ? open_embedded(machine, error)
                             : open_local(machine, spec->uri, error);
}
