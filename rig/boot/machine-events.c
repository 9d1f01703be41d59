/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from libvirt's lifecycle events to one "stopped".
 *
 * Libvirt tells that a machine is gone before all it printed has been read. The last lines are
 * often those that say why, so "stopped" waits for the end of both lines, but not for ever. */
#include "base/json.h"
#include "boot/machine-private.h"
#include <libvirt/libvirt-qemu.h>

#define LINES_WAIT_MS 2000

static void tell(XrMachine *machine)
{
    if (machine->told)
        return;
    machine->told = TRUE;
    g_clear_handle_id(&machine->stopped_timer, g_source_remove);
    machine->events.stopped(machine->stopped_what, machine->stopped_detail, machine->user_data);
}

static gboolean on_lines_late(gpointer user_data)
{
    XrMachine *machine = user_data;

    machine->stopped_timer = 0;
    xr_port_drain(machine->console);
    xr_port_drain(machine->channel);
    tell(machine);
    return G_SOURCE_REMOVE;
}

void xr_machine_events_port_ended(XrMachine *machine)
{
    if (machine->stopped_what != NULL && xr_port_has_ended(machine->console) &&
        xr_port_has_ended(machine->channel))
        tell(machine);
}

static void describe(XrMachine *machine, int detail)
{
    const char *what = "failed", *words = "QEMU ended without saying why (killed?)";

    if (machine->reset != NULL) {
        what = "crashed";
        words = "the guest reset itself: a panic with reboot, or a triple fault";
    } else if (detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN) {
        what = "shutdown";
        words = "the guest powered off";
    } else if (detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED) {
        what = "destroyed";
        words = "ended from outside";
    } else if (detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED) {
        what = "crashed";
        words = "the guest told QEMU of a panic";
    }
    machine->stopped_what = g_strdup(what);
    machine->stopped_detail = g_strdup(words);
}

static int on_lifecycle(virConnectPtr conn, virDomainPtr domain, int event, int detail,
                        void *user_data)
{
    XrMachine *machine = user_data;

    if (event != VIR_DOMAIN_EVENT_STOPPED || machine->stopped_what != NULL)
        return 0;
    describe(machine, detail);
    machine->stopped_timer = g_timeout_add(LINES_WAIT_MS, on_lines_late, machine);
    xr_machine_events_port_ended(machine);
    return 0;
}

/* QEMU's own SHUTDOWN event says what libvirt's does not: a reset is no power-off. */
static void on_qemu_shutdown(virConnectPtr conn, virDomainPtr domain, const char *event,
                             long long seconds, unsigned int micros, const char *details,
                             void *user_data)
{
    XrMachine *machine = user_data;
    g_autoptr(JsonObject) object = NULL;

    if (details == NULL)
        return;
    object = xr_json_parse_line(details, -1, NULL);
    const char *reason = object != NULL ? xr_json_string(object, "reason", "") : "";
    if (g_str_equal(reason, "guest-reset") || g_str_equal(reason, "subsystem-reset")) {
        g_free(machine->reset);
        machine->reset = g_strdup(reason);
    }
}

gboolean xr_machine_events_register(XrMachine *machine)
{
    machine->lifecycle_id = virConnectDomainEventRegisterAny(
        machine->conn, machine->domain, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
        VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), machine, NULL);
    if (machine->lifecycle_id < 0)
        return FALSE;
    machine->shutdown_id = virConnectDomainQemuMonitorEventRegister(
        machine->conn, machine->domain, "SHUTDOWN", on_qemu_shutdown, machine, NULL, 0);
    return machine->shutdown_id >= 0;
}

void xr_machine_events_unregister(XrMachine *machine)
{
    if (machine->lifecycle_id >= 0)
        virConnectDomainEventDeregisterAny(machine->conn, machine->lifecycle_id);
    if (machine->shutdown_id >= 0)
        virConnectDomainQemuMonitorEventDeregister(machine->conn, machine->shutdown_id);
    machine->lifecycle_id = machine->shutdown_id = -1;
    g_clear_handle_id(&machine->stopped_timer, g_source_remove);
}
