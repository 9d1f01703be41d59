/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine's whole state in a file, and machines that go on from it.
 *
 * libvirt writes the file (its header, then QEMU's migration stream) and reads it. What a machine is made of must
 * be the same on both sides; what is beside it need not: the timer that makes slices short, the order in fw_cfg
 * and the sockets' paths are the restored machine's own. */
#include "base/error.h"
#include "boot/libvirt-init.h"
#include "boot/machine-private.h"
#include <glib/gstdio.h>

gboolean xr_machine_save(XrMachine *machine, const char *path, GError **error)
{
    goffset mark = xr_libvirt_log_mark();
    gboolean saved = FALSE;

    /* Its end is no event, and nobody listens any more when the machine goes on. */
    machine->told = TRUE;
    xr_machine_events_unregister(machine);
    saved = virDomainSaveFlags(machine->domain, path, NULL, 0) == 0;
    if (!saved) {
        xr_libvirt_error(error, XR_ERROR_MACHINE, mark, path);
        g_unlink(path);
    }
    xr_machine_stop(machine);
    return saved;
}

virDomainPtr xr_machine_restore(XrMachine *machine, const char *xml, const char *path)
{
    if (virDomainRestoreFlags(machine->conn, path, xml, VIR_DOMAIN_SAVE_PAUSED) != 0)
        return NULL;
    return virDomainLookupByName(machine->conn, machine->name);
}
