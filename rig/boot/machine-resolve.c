/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which accelerator and CPU model a plan comes to on this host.
 *
 * A /dev/kvm node proves nothing: it is there, and opens, on hosts whose CPU (or whose hypervisor)
 * offers no virtualisation; QEMU then falls back or fails late. So the CPU flag is asked for too. */
#include "boot/machine-resolve.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Under TCG, processes of dom0 and domUs die at random while domains are created in parallel, in code
 * that moves memory through AVX registers (seen on QEMU 10.0.2: xl, in libc's memcpy, at a vmovdqu).
 * Without XSAVE there is no AVX to be lost; SMAP and SMEP make it worse. */
#define TCG_CPU "max,-smap,-smep,-xsave"
#define KVM_CPU "host-passthrough"
/* QEMU's emulated SVM tells Xen of rdtscp as of rdtsc. Xen, which traps both in a PVH dom0, then finds another instruction than
 * it was told of ("Insn mismatch", "SVM Insn len emulation failed") and ends dom0. */
#define PVH_CPU TCG_CPU ",-rdtscp"
/* With -icount QEMU 10.0 aborts ("Bad icount read") where the x2APIC is used. */
#define ICOUNT_CPU TCG_CPU ",-x2apic"

gboolean xr_resolve_has_virtualisation(const char *cpuinfo)
{
    g_auto(GStrv) lines = g_strsplit(cpuinfo, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        const char *colon = strchr(lines[i], ':');
        if (!g_str_has_prefix(lines[i], "flags") || colon == NULL)
            continue;
        g_auto(GStrv) flags = g_strsplit_set(colon + 1, " \t", -1);
        return g_strv_contains((const char *const *)flags, "vmx") ||
               g_strv_contains((const char *const *)flags, "svm");
    }
    return FALSE;
}

gboolean xr_resolve(const XrPlan *plan, const char *kvm_problem, XrAccel *accel, char **cpu_model,
                    GError **error)
{
    XrAccel found = plan->machine.accel;

    if (plan->machine.time != XR_TIME_REAL || plan->dom0.mode == XR_GUEST_PVH)
        found = XR_ACCEL_TCG;
    else if (found == XR_ACCEL_AUTO)
        found = kvm_problem == NULL ? XR_ACCEL_KVM : XR_ACCEL_TCG;
    if (found == XR_ACCEL_KVM && kvm_problem != NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "machine.accel=kvm, but %s; run where there is KVM, or let the plan say "
                    "machine.accel=auto or tcg",
                    kvm_problem);
        return FALSE;
    }
    *accel = found;
    if (!g_str_equal(plan->machine.cpu, "auto"))
        *cpu_model = g_strdup(plan->machine.cpu);
    else if (plan->machine.time != XR_TIME_REAL)
        *cpu_model = g_strdup(ICOUNT_CPU);
    else if (plan->dom0.mode == XR_GUEST_PVH)
        *cpu_model = g_strdup(PVH_CPU);
    else
        *cpu_model = g_strdup(found == XR_ACCEL_KVM ? KVM_CPU : TCG_CPU);
    return TRUE;
}

/* Why KVM cannot be used here, a clause; NULL if it can. */
static char *find_kvm_problem(void)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    g_autofree char *cpuinfo = NULL;

    if (fd < 0)
        return g_strdup_printf("/dev/kvm does not open for reading and writing: %s",
                               g_strerror(errno));
    close(fd);
    if (!g_file_get_contents("/proc/cpuinfo", &cpuinfo, NULL, NULL) ||
        !xr_resolve_has_virtualisation(cpuinfo))
        return g_strdup("this host's CPU shows neither the vmx nor the svm flag, though /dev/kvm "
                        "exists");
    return NULL;
}

gboolean xr_machine_resolve(const XrPlan *plan, XrAccel *accel, char **cpu_model, GError **error)
{
    g_autofree char *problem = find_kvm_problem();
    return xr_resolve(plan, problem, accel, cpu_model, error);
}
