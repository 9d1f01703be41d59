/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine's place on another host. */
#include "boot/remote-private.h"

#include "base/error.h"
#include "base/text.h"
#include "boot/libvirt-init.h"
#include "boot/machine-resolve.h"
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

/* A dead connection is noticed after so many times so many seconds. */
enum { KEEPALIVE_S = 5, KEEPALIVE_TIMES = 6 };
enum { NAME_MAX_BYTES = 128 };

void xr_remote_error(GError **error, const char *uri, const char *doing)
{
    virErrorPtr last = virGetLastError();
    g_autoptr(GError) inner = NULL;

    xr_libvirt_error(&inner, XR_ERROR_HOST, xr_libvirt_log_mark(), doing);
    const char *advice = xr_remote_advice(last != NULL ? last->code : 0, inner->message);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: %s%s%s", uri, inner->message,
                *advice != '\0' ? "; " : "", advice);
}

virConnectPtr xr_remote_connect(const char *uri, GError **error)
{
    virConnectPtr conn;

    xr_libvirt_init();
    conn = virConnectOpen(uri);
    if (conn == NULL)
        xr_remote_error(error, uri, "no connection to libvirt there");
    else
        virConnectSetKeepAlive(conn, KEEPALIVE_S, KEEPALIVE_TIMES);
    return conn;
}

static gboolean check_driver(const XrRemote *remote, GError **error)
{
    const char *type = virConnectGetType(remote->conn);

    if (g_strcmp0(type, "QEMU") == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: libvirt there runs %s, not QEMU; use a qemu+…:// URI", remote->uri,
                type != NULL ? type : "nothing known");
    return FALSE;
}

/* Whether libvirt there can run a 64-bit x86 machine with KVM (or without), and with which emulator. Free with free. */
static char *ask(const XrRemote *remote, const char *qemu, const char *type)
{
    return virConnectGetDomainCapabilities(remote->conn, qemu, "x86_64", "pc", type, 0);
}

static gboolean find_emulator(XrRemote *remote, const char *qemu, GError **error)
{
    char *capabilities = ask(remote, qemu, "qemu");

    if (capabilities != NULL)
        remote->emulator = xr_remote_element(capabilities, "domainCapabilities/path");
    free(capabilities);
    if (remote->emulator != NULL)
        return TRUE;
    xr_remote_error(error, remote->uri, "no QEMU there for 64-bit x86 and machine pc");
    return FALSE;
}

/* All features of that host's CPU, as XML: its model's, too. NULL where libvirt does not know. Free with free. */
static char *cpu_features(const XrRemote *remote)
{
    char *capabilities = virConnectGetCapabilities(remote->conn);
    g_autofree char *cpu = capabilities != NULL ? xr_remote_cpu(capabilities) : NULL;
    const char *cpus[] = {cpu};

    free(capabilities);
    if (cpu == NULL)
        return NULL;
    return virConnectBaselineCPU(remote->conn, cpus, 1, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES);
}

/* Why KVM cannot be used there, a clause; NULL if it can. libvirt offers it where there is a /dev/kvm, which proves nothing
 * (machine-resolve.c). Free with g_free. */
static char *find_kvm_problem(const XrRemote *remote)
{
    char *with_kvm = ask(remote, remote->emulator, "kvm");
    char *features = with_kvm != NULL ? cpu_features(remote) : NULL;
    char *problem = NULL;

    if (with_kvm == NULL)
        problem = g_strdup_printf("libvirt at %s offers none", remote->uri);
    else if (features == NULL ||
             (strstr(features, "name='vmx'") == NULL && strstr(features, "name='svm'") == NULL))
        problem = g_strdup_printf("the CPU of %s shows neither the vmx nor the svm flag to libvirt",
                                  remote->uri);
    free(with_kvm);
    free(features);
    return problem;
}

static gboolean resolve(XrRemote *remote, const XrPlan *plan, GError **error)
{
    g_autofree char *problem = find_kvm_problem(remote);

    return xr_resolve(plan, problem, &remote->accel, &remote->cpu_model, error);
}

XrRemote *xr_remote_open(const char *uri, GError **error)
{
    g_autoptr(XrRemote) remote = g_new0(XrRemote, 1);

    remote->uri = g_strdup(uri);
    remote->lock = remote->guard_pipe = -1;
    remote->removed = g_ptr_array_new_with_free_func(g_free);
    remote->left = g_ptr_array_new_with_free_func(g_free);
    remote->conn = xr_remote_connect(uri, error);
    if (remote->conn == NULL || !check_driver(remote, error))
        return NULL;
    return g_steal_pointer(&remote);
}

gboolean xr_remote_prepare(XrRemote *remote, const char *qemu, const XrPlan *plan, GError **error)
{
    xr_remote_note_sweep(remote);
    return find_emulator(remote, qemu, error) && resolve(remote, plan, error);
}

/* Its text, or, without capabilities, something that tells the host from others all the same. */
static char *identity(const XrRemote *remote, const char *capabilities)
{
    char *uuid =
        capabilities != NULL ? xr_remote_element(capabilities, "capabilities/host/uuid") : NULL;
    return uuid != NULL ? uuid : g_strdup(remote->uri);
}

JsonObject *xr_remote_host(const XrRemote *remote)
{
    JsonObject *host = json_object_new();
    virNodeInfo node = {0};
    unsigned long version = 0;
    char *capabilities = virConnectGetCapabilities(remote->conn);
    g_autofree char *uuid = identity(remote, capabilities);
    g_autofree char *cpu = capabilities != NULL
                               ? xr_remote_element(capabilities, "capabilities/host/cpu/model")
                               : NULL;
    g_autofree char *arch =
        capabilities != NULL ? xr_remote_element(capabilities, "capabilities/host/cpu/arch") : NULL;
    g_autofree char *all = g_strdup_printf("another host\n%s\n", uuid);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);

    free(capabilities);
    hash[16] = '\0';
    virNodeGetInfo(remote->conn, &node);
    virConnectGetLibVersion(remote->conn, &version);
    g_autofree char *behind = g_strdup_printf("behind libvirt %lu.%lu.%lu", version / 1000000,
                                              version / 1000 % 1000, version % 1000);
    json_object_set_string_member(host, "id", hash);
    json_object_set_string_member(host, "arch", arch != NULL ? arch : "unknown");
    json_object_set_string_member(host, "cpu", cpu != NULL ? cpu : "unknown");
    json_object_set_int_member(host, "cores", node.cpus);
    json_object_set_int_member(host, "memory_bytes", (gint64)node.memory * 1024);
    json_object_set_string_member(host, "kernel", "unknown");
    json_object_set_string_member(host, "distribution", behind);
    return host;
}

static gboolean remove_pool(XrRemote *remote, GError **error)
{
    /* Where the connection was lost, by a new one, and whatever of the machine is left, too. */
    if (virConnectIsAlive(remote->conn) != 1) {
        g_autofree char *sentence = xr_remote_note_clear(remote->note, NULL, error);

        return sentence != NULL;
    }
    if (xr_remote_pool_remove(remote->conn, remote->name))
        return TRUE;
    g_autofree char *doing =
        g_strdup_printf("storage pool %s (%s) cannot be removed", remote->name, remote->folder);
    xr_remote_error(error, remote->uri, doing);
    return FALSE;
}

gboolean xr_remote_close(XrRemote *remote, GError **error)
{
    gboolean removed;

    if (remote->lock < 0)
        return TRUE;
    removed = remove_pool(remote, error);
    xr_remote_note_end(remote, removed);
    if (!removed)
        g_prefix_error_literal(error, "something is left there, and the next run with the same "
                                      "--connect removes it: ");
    return removed;
}

void xr_remote_free(XrRemote *remote)
{
    if (remote == NULL)
        return;
    xr_remote_close(remote, NULL);
    if (remote->conn != NULL)
        virConnectClose(remote->conn);
    g_clear_pointer(&remote->removed, g_ptr_array_unref);
    g_clear_pointer(&remote->left, g_ptr_array_unref);
    g_free(remote->uri);
    g_free(remote->name);
    g_free(remote->folder);
    g_free(remote->domain);
    g_free(remote->note);
    g_free(remote->emulator);
    g_free(remote->cpu_model);
    g_free(remote->xen);
    g_free(remote->kernel);
    g_free(remote->initramfs);
    g_free(remote->qemu_version);
    g_free(remote);
}
