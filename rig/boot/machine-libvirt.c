/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the outer machine, a QEMU run by libvirt.
 *
 * By default libvirt's QEMU driver runs inside the rig, under a private root: no daemon, no
 * privileges, nothing shared with the host's own machines. Any other libvirt, on this host or
 * another (remote.h), works through the same calls; console and agent are libvirt streams there (port.h).
 *
 * What ends a machine whose rig dies: with the private root the guard (guard.c), else libvirt
 * itself, asked to destroy the domain with the connection (the embedded driver refuses that). */
#include "base/error.h"
#include "boot/leftovers.h"
#include "boot/libvirt-init.h"
#include "boot/machine-private.h"
#include "boot/machine-xml.h"
#include "wire.h"
#include <glib/gstdio.h>
#include <sys/personality.h>

static void on_console(const char *bytes, gsize len, gpointer user_data)
{
    XrMachine *machine = user_data;
    machine->events.console(bytes, len, machine->user_data);
}

static void on_channel(const char *bytes, gsize len, gpointer user_data)
{
    XrMachine *machine = user_data;
    machine->events.channel(bytes, len, machine->user_data);
}

static void on_port_ended(gpointer user_data)
{
    xr_machine_events_port_ended(user_data);
}

static const XrPortEvents console_events = {on_console, on_port_ended};
static const XrPortEvents channel_events = {on_channel, on_port_ended};

static gsize log_size(const char *run_dir)
{
    g_autofree char *path = g_build_filename(run_dir, "qemu.log", NULL);
    GStatBuf info;
    return g_stat(path, &info) == 0 ? (gsize)info.st_size : 0;
}

/* libvirt's error, and below it what QEMU said and libvirt did not quote. */
static void start_error(const XrMachine *machine, GError **error, const char *doing)
{
    g_autoptr(GError) inner = NULL;

    xr_libvirt_error(&inner, XR_ERROR_MACHINE, machine->mark, doing);
    xr_machine_log_keep(machine);
    g_autofree char *tail =
        xr_machine_log_tail(machine->run_dir, machine->log_offset, inner->message);
    if (tail == NULL)
        g_propagate_error(error, g_steal_pointer(&inner));
    else
        g_set_error(error, XR_ERROR, XR_ERROR_MACHINE, "%s\nQEMU's last lines:\n%s", inner->message,
                    tail);
}

static gboolean create_domain(XrMachine *machine, const char *xml, const char *snapshot,
                              GError **error)
{
    unsigned int flags = VIR_DOMAIN_START_PAUSED;

    machine->mark = xr_libvirt_log_mark();
    machine->log_offset = log_size(machine->run_dir);
    if (machine->root != NULL)
        xr_machine_log_link(machine->root, machine->name, machine->run_dir);
    else
        flags |= VIR_DOMAIN_START_AUTODESTROY;
    machine->domain = snapshot != NULL ? xr_machine_restore(machine, xml, snapshot)
                                       : virDomainCreateXML(machine->conn, xml, flags);
    if (machine->domain == NULL)
        start_error(machine, error, "QEMU does not start");
    return machine->domain != NULL;
}

static gboolean open_streams(XrMachine *machine, GError **error)
{
    machine->console = xr_port_stream(machine->domain, NULL, &console_events, machine);
    if (machine->console != NULL)
        machine->channel = xr_port_stream(machine->domain, XR_WIRE_PORT, &channel_events, machine);
    if (machine->channel == NULL)
        start_error(machine, error, "the new machine's console and agent port cannot be opened");
    return machine->channel != NULL;
}

static gboolean open_sockets(XrMachine *machine, GError **error)
{
    g_autofree char *console = g_build_filename(machine->socket_dir, "console.sock", NULL);
    g_autofree char *agent = g_build_filename(machine->socket_dir, "agent.sock", NULL);

    machine->console = xr_port_socket(console, &console_events, machine, error);
    if (machine->console != NULL)
        machine->channel = xr_port_socket(agent, &channel_events, machine, error);
    return machine->channel != NULL;
}

static gboolean make_pipes(XrMachine *machine, GError **error)
{
    g_autofree char *console = g_build_filename(machine->socket_dir, "console", NULL);
    g_autofree char *agent = g_build_filename(machine->socket_dir, "agent", NULL);

    return xr_port_make_pipes(console, error) && xr_port_make_pipes(agent, error);
}

static gboolean open_pipes(XrMachine *machine, GError **error)
{
    g_autofree char *console = g_build_filename(machine->socket_dir, "console", NULL);
    g_autofree char *agent = g_build_filename(machine->socket_dir, "agent", NULL);

    machine->console = xr_port_pipe(console, &console_events, machine, error);
    if (machine->console != NULL)
        machine->channel = xr_port_pipe(agent, &channel_events, machine, error);
    return machine->channel != NULL;
}

static gboolean open_lines(XrMachine *machine, gboolean pipes, GError **error)
{
    if (machine->root == NULL)
        return open_streams(machine, error);
    return pipes ? open_pipes(machine, error) : open_sockets(machine, error);
}

/* Machines of one process share a root; their sockets must not. */
static void make_socket_dir(XrMachine *machine)
{
    static guint count;

    if (machine->root == NULL)
        return;
    machine->socket_dir = g_strdup_printf("%s/m%u", machine->root, count++);
    g_mkdir(machine->socket_dir, 0700);
}

/* The emulator's addresses come into the code that it generates, and so into how much of it fits: when its cache of
 * code is full all CPUs are stopped for it to be emptied, which must be at the same instruction each time. Inherited by
 * what libvirt starts. */
static void fix_addresses(const XrPlan *plan)
{
    if (plan->machine.time != XR_TIME_REAL)
        personality(ADDR_NO_RANDOMIZE);
}

static gboolean resolve(const XrMachineSpec *spec, XrAccel *accel, char **cpu_model, GError **error)
{
    if (spec->remote == NULL)
        return xr_machine_resolve(spec->plan, accel, cpu_model, error);
    *accel = spec->remote->accel;
    *cpu_model = g_strdup(spec->remote->cpu_model);
    return TRUE;
}

static gboolean launch(XrMachine *machine, const XrMachineSpec *spec, GError **error)
{
    g_autofree char *cpu_model = NULL;
    XrAccel accel = XR_ACCEL_TCG;

    if (!resolve(spec, &accel, &cpu_model, error))
        return FALSE;
    make_socket_dir(machine);
    const gboolean pipes = machine->root != NULL && spec->plan->machine.time != XR_TIME_REAL;
    if (pipes && !make_pipes(machine, error))
        return FALSE;
    fix_addresses(spec->plan);
    /* The private root's libvirt is set up to have no models. */
    g_autofree char *capabilities =
        machine->root == NULL ? virConnectGetCapabilities(machine->conn) : NULL;
    g_autofree char *xml =
        xr_machine_xml_labelled(spec, accel, cpu_model, machine->socket_dir, capabilities);
    if (!create_domain(machine, xml, spec->snapshot, error))
        return FALSE;
    if (spec->remote != NULL && !xr_machine_check_version(machine, spec->remote, error))
        return FALSE;
    if (!xr_machine_events_register(machine)) {
        start_error(machine, error, "libvirt does not tell of the new machine's end");
        return FALSE;
    }
    if (!open_lines(machine, pipes, error))
        return FALSE;
    if (accel == XR_ACCEL_TCG && spec->plan->machine.time == XR_TIME_REAL &&
        !xr_machine_check_threads(machine, spec->plan->machine.pcpus, error))
        return FALSE;
    if (virDomainResume(machine->domain) != 0) {
        start_error(machine, error, "the new machine does not run");
        return FALSE;
    }
    return TRUE;
}

static gboolean create_disks(const XrMachineSpec *spec, GError **error)
{
    if (spec->remote == NULL)
        return xr_machine_disks_create(spec->run_dir, spec->plan, error);
    return xr_remote_disks_create(spec->remote, xr_machine_disk_count(spec->plan),
                                  spec->plan->workload.vbd_size, error);
}

static void remove_disks(const XrMachineSpec *spec)
{
    if (spec->remote == NULL)
        xr_machine_disks_remove(spec->run_dir, spec->plan);
    else
        xr_remote_disks_remove(spec->remote, xr_machine_disk_count(spec->plan));
}

XrMachine *xr_machine_start(const XrMachineSpec *spec, const XrMachineEvents *events,
                            gpointer user_data, GError **error)
{
    g_autoptr(XrMachine) machine = g_new0(XrMachine, 1);

    machine->events = *events;
    machine->user_data = user_data;
    machine->name = g_strconcat("xenrig-", spec->run_id, NULL);
    machine->run_dir = g_strdup(spec->run_dir);
    machine->lifecycle_id = machine->shutdown_id = -1;

    xr_libvirt_init();
    if (!xr_machine_connect(machine, spec, error) || !create_disks(spec, error))
        return NULL;
    gboolean running = launch(machine, spec, error);
    remove_disks(spec);
    return running ? g_steal_pointer(&machine) : NULL;
}

void xr_machine_console_write(XrMachine *machine, const char *text, gsize len)
{
    if (machine->console != NULL)
        xr_port_write(machine->console, text, len);
}

void xr_machine_channel_write(XrMachine *machine, const char *text, gsize len)
{
    if (machine->channel != NULL)
        xr_port_write(machine->channel, text, len);
}

gint64 xr_machine_pid(XrMachine *machine)
{
    g_autofree char *file = g_strconcat(machine->name, ".pid", NULL);
    g_autofree char *embedded =
        machine->root != NULL ? g_build_filename(machine->root, "run", "qemu", file, NULL) : NULL;
    g_autofree char *session =
        g_build_filename(g_get_user_runtime_dir(), "libvirt", "qemu", "run", file, NULL);
    g_autofree char *system = g_build_filename("/run/libvirt/qemu", file, NULL);
    const char *candidates[] = {embedded, session, system};

    for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
        g_autofree char *text = NULL;
        if (candidates[i] != NULL && g_file_get_contents(candidates[i], &text, NULL, NULL))
            return g_ascii_strtoll(text, NULL, 10);
    }
    return 0;
}

void xr_machine_stop(XrMachine *machine)
{
    /* What it says from here on is of no interest any more, its own end included. */
    machine->told = TRUE;
    if (machine->conn == NULL)
        return;
    xr_machine_events_unregister(machine);
    g_clear_pointer(&machine->console, xr_port_free);
    g_clear_pointer(&machine->channel, xr_port_free);
    if (machine->domain != NULL) {
        if (virDomainIsActive(machine->domain) == 1)
            virDomainDestroy(machine->domain);
        virDomainFree(g_steal_pointer(&machine->domain));
        xr_machine_log_keep(machine);
    }
    if (machine->socket_dir != NULL)
        xr_leftovers_remove_tree(machine->socket_dir);
    virConnectClose(g_steal_pointer(&machine->conn));
}

void xr_machine_free(XrMachine *machine)
{
    if (machine == NULL)
        return;
    xr_machine_stop(machine);
    g_free(machine->name);
    g_free(machine->run_dir);
    g_free(machine->socket_dir);
    g_free(machine->ended_by);
    g_free(machine->stopped_what);
    g_free(machine->stopped_detail);
    g_free(machine);
}
