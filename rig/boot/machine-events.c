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

const char *xr_machine_events_describe(const char *reason, int detail, const char **words)
{
    if (g_strcmp0(reason, "guest-reset") == 0 || g_strcmp0(reason, "subsystem-reset") == 0) {
        *words = "the guest reset itself: a panic with reboot, or a triple fault";
        return "crashed";
    }
    if (g_strcmp0(reason, "host-signal") == 0) {
        *words = "QEMU was ended from outside by a signal";
        return "destroyed";
    }
    if (detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED ||
        (reason != NULL && g_str_has_prefix(reason, "host-"))) {
        *words = "ended from outside";
        return "destroyed";
    }
    if (detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN) {
        *words = "the guest powered off";
        return "shutdown";
    }
    if (detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED) {
        *words = "the guest told QEMU of a panic";
        return "crashed";
    }
    *words = "QEMU ended without saying why (killed?)";
    return "failed";
}

static int on_lifecycle(virConnectPtr conn, virDomainPtr domain, int event, int detail,
                        void *user_data)
{
    XrMachine *machine = user_data;
    const char *words;

    if (event != VIR_DOMAIN_EVENT_STOPPED || machine->stopped_what != NULL)
        return 0;
    machine->stopped_what = g_strdup(xr_machine_events_describe(machine->ended_by, detail, &words));
    machine->stopped_detail = g_strdup(words);
    machine->stopped_timer = g_timeout_add(LINES_WAIT_MS, on_lines_late, machine);
    xr_machine_events_port_ended(machine);
    return 0;
}

/* The first reason stands: "host-qmp-quit" follows on each of libvirt's own ends. */
static void on_qemu_shutdown(virConnectPtr conn, virDomainPtr domain, const char *event,
                             long long seconds, unsigned int micros, const char *details,
                             void *user_data)
{
    XrMachine *machine = user_data;
    g_autoptr(JsonObject) object = NULL;

    if (details == NULL || machine->ended_by != NULL)
        return;
    object = xr_json_parse_line(details, -1, NULL);
    const char *reason = object != NULL ? xr_json_string(object, "reason", "") : "";
    if (*reason != '\0')
        machine->ended_by = g_strdup(reason);
}

/* libvirt there destroys the machine once it notices, too (autodestroy). */
static void on_closed(virConnectPtr conn, int reason, void *user_data)
{
    XrMachine *machine = user_data;

    if (machine->stopped_what != NULL)
        return;
    machine->stopped_what = g_strdup("lost");
    machine->stopped_detail =
        g_strdup(reason == VIR_CONNECT_CLOSE_REASON_KEEPALIVE ? "libvirt there answers no more"
                                                              : "the connection to libvirt ended");
    machine->stopped_timer = g_timeout_add(LINES_WAIT_MS, on_lines_late, machine);
    xr_machine_events_port_ended(machine);
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
    if (machine->root == NULL)
        machine->watches_close =
            virConnectRegisterCloseCallback(machine->conn, on_closed, machine, NULL) == 0;
    return machine->shutdown_id >= 0;
}

void xr_machine_events_unregister(XrMachine *machine)
{
    if (machine->lifecycle_id >= 0)
        virConnectDomainEventDeregisterAny(machine->conn, machine->lifecycle_id);
    if (machine->shutdown_id >= 0)
        virConnectDomainQemuMonitorEventDeregister(machine->conn, machine->shutdown_id);
    machine->lifecycle_id = machine->shutdown_id = -1;
    if (machine->watches_close)
        virConnectUnregisterCloseCallback(machine->conn, on_closed);
    machine->watches_close = FALSE;
    g_clear_handle_id(&machine->stopped_timer, g_source_remove);
}
