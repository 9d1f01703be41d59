/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the outer machine, a QEMU run by libvirt. */
#pragma once

#include "boot/remote.h"
#include "plan/plan.h"
#include <gio/gio.h>

typedef struct _XrMachine XrMachine;

/* What the machine is made of. Borrowed for the time of xr_machine_start only. */
typedef struct {
    const char *uri; /* libvirt URI; NULL: embedded driver under a private root */
    XrRemote *
        remote; /* where uri is of another host, all paths but run_dir are that host's; NULL: this one */
    const char *qemu;        /* emulator's path */
    const char *run_id;      /* unique; names the domain "xenrig-<run_id>" and the private root */
    const char *xen;         /* multiboot ELF32 */
    const char *kernel;      /* dom0 vmlinux */
    const char *initramfs;   /* dom0 initramfs */
    const char *xen_cmdline; /* whole command lines */
    const char *dom0_cmdline;
    const char *run_dir; /* absolute; disk images and QEMU's log go there */
    const XrPlan *plan;  /* accel, cpu, pcpus, memory, time, backing disk and its limits */
    /* Where plan's time is not real: */
    const char *snapshot; /* what xr_machine_save wrote, to go on from; NULL: a fresh boot */
    const char
        *order; /* what dom0's agent finds in fw_cfg XR_WIRE_ORDER_FILE, XR_WIRE_ORDER_LEN bytes */
    /* Where it is count: */
    const char *script; /* file that it finds there as XR_WIRE_SCRIPT_FILE; NULL: none */
    const char
        *plugin; /* what QEMU is told of the plugin to load, "FILE,NAME=VALUE,…"; NULL: none */
} XrMachineSpec;

/* Called on the default GMainContext. text is raw bytes of a stream, not NUL-terminated. The machine
 * may be stopped and freed from within a callback. */
typedef struct {
    void (*console)(const char *text, gsize len, gpointer user_data); /* Xen's and dom0's serial */
    void (*channel)(const char *text, gsize len, gpointer user_data); /* dom0 agent's port */
    /* The machine is gone, and all it printed has been given: what is "shutdown", "destroyed" (from
     * outside), "crashed" (a reset by the guest too: a panic without noreboot, a triple fault),
     * "failed" (QEMU killed) or "lost" (the connection to another host), detail a clause about it. Once. */
    void (*stopped)(const char *what, const char *detail, gpointer user_data);
} XrMachineEvents;

/* Which accelerator and CPU model the plan comes to on this host, for the record. "auto" is KVM
 * only where /dev/kvm opens and the CPU has VMX or SVM. XR_ERROR_HOST if the plan demands KVM and
 * there is none. Free both with g_free. */
gboolean xr_machine_resolve(const XrPlan *plan, XrAccel *accel, char **cpu_model, GError **error);

/* Raised with each change of the domain XML that a machine saved before cannot go on with: saved ones are known by it. */
#define XR_MACHINE_SHAPE 2

/* Domain XML for spec; pure, tested. socket_dir holds console's and agent's sockets or pipes (NULL: libvirt chooses; only where
 * machine.time is real). Free with g_free. */
char *xr_machine_xml(const XrMachineSpec *spec, XrAccel accel, const char *cpu_model,
                     const char *socket_dir);

/* A file's name as an option's value of QEMU's takes it: "a,b" is "a,,b". Free with g_free. */
char *xr_machine_option(const char *path);

/* Starts paused (from spec->snapshot, where there is one), opens both streams (nothing is lost), then resumes. The main loop stands still
 * meanwhile: a second, some more the first time libvirt sees an emulator. On failure nothing but
 * qemu.log is left behind. XR_ERROR_MACHINE with QEMU's own last lines; XR_ERROR_HOST for what this
 * host lacks; XR_ERROR_INPUT for a URI or path that cannot work. The program must know the command
 * "guard": it is started again as one. */
XrMachine *xr_machine_start(const XrMachineSpec *spec, const XrMachineEvents *events,
                            gpointer user_data, GError **error);

/* Pauses the machine, writes all of its state to the file path and ends it: no event is told of that.
 * The machine is stopped afterwards, also on failure; path is then not there. */
gboolean xr_machine_save(XrMachine *machine, const char *path, GError **error);

/* Queues bytes; order kept; short writes handled. */
void xr_machine_console_write(XrMachine *machine, const char *text, gsize len);
void xr_machine_channel_write(XrMachine *machine, const char *text, gsize len);

/* Registers of all vCPUs as QEMU prints them (HMP "info registers -a"). Free with g_free. Like the
 * next: XR_ERROR_TIMEOUT if QEMU itself hangs, after 10 s. */
char *xr_machine_registers(XrMachine *machine, GError **error);
/* An NMI to every pCPU. */
gboolean xr_machine_inject_nmi(XrMachine *machine, GError **error);
/* QEMU's process id, 0 if unknown (another host). For statistics only. */
gint64 xr_machine_pid(XrMachine *machine);

/* Destroys the machine if it still runs (QEMU takes up to 2 s to end) and closes the connection.
 * Idempotent: also called by xr_machine_free. After it no callback is made. The private root is the
 * process' own and goes when it exits. */
void xr_machine_stop(XrMachine *machine);
void xr_machine_free(XrMachine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrMachine, xr_machine_free)

/* --- leftovers of rigs that died (boot/leftovers.c, boot/guard.c) --- */

/* Stops machines and removes private roots whose rig is gone (its lock file is free). Only QEMUs
 * whose command line names that root are ended. Returns sentences that say what was found and done;
 * empty array if nothing. Free with g_ptr_array_unref. */
GPtrArray *xr_leftovers_sweep(const char *runtime_dir);

/* Body of the hidden command "xenrig guard ROOT": waits for end of file on fd, which happens when
 * the rig that holds the other end dies in whatever way, then sweeps ROOT, or clears the note that ROOT is (remote.h). Returns
 * the exit code. */
int xr_guard_main(const char *root, int fd);
