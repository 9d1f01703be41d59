/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the outer machine's domain XML.
 *
 * What libvirt has no words for goes through <qemu:commandline>:
 *  - several multiboot modules in one -initrd: "KERNEL args,INITRAMFS", a literal comma doubled,
 *    everything after a module's first space its command line;
 *  - CPU properties other than plain feature switches.
 *
 * TCG's thread=multi cannot be said: libvirt 9.0 writes "-accel tcg" itself, of several -accel QEMU
 * takes the first that works, -global reaches devices only, and "-machine accel=" beside -accel is
 * refused. It need not be said either: QEMU 9.1 to 10.0 choose it for an x86 guest on an x86 host
 * unless -icount is given. That this happened is checked when the machine is started: each vCPU
 * must have a thread of its own. */
#include "boot/machine-xml.h"
#include "boot/lockstep.h"
#include "wire.h"
#include <string.h>
#include <unistd.h>

/* Of QEMU's own random numbers. */
#define QEMU_SEED 1

enum { FIRST_SLOT = 3 }; /* of PCI, where the rig chooses them */

/* "a,b" -> "a,,b": how QEMU's multiboot loader takes a literal comma. */
static void append_doubling_commas(GString *out, const char *text)
{
    for (; *text; text++) {
        g_string_append_c(out, *text);
        if (*text == ',')
            g_string_append_c(out, ',');
    }
}

static void append(GString *xml, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void append(GString *xml, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(xml, text);
}

/* A word of a CPU model's tail that libvirt can say as <feature>: "-smap", "+vmx", "smap=off".
 * name is set to the feature's name, allocated. */
static gboolean parse_feature(const char *word, char **name, gboolean *enable)
{
    const char *equals = strchr(word, '=');

    if ((word[0] == '+' || word[0] == '-') && word[1] != '\0' && equals == NULL) {
        *enable = word[0] == '+';
        *name = g_strdup(word + 1);
        return TRUE;
    }
    if (equals == NULL || equals == word)
        return FALSE;
    if (g_str_equal(equals, "=on") || g_str_equal(equals, "=off")) {
        *enable = g_str_equal(equals, "=on");
        *name = g_strndup(word, (gsize)(equals - word));
        return TRUE;
    }
    return FALSE;
}

/* <cpu> for a model as QEMU writes it ("max,-smap,-smep"). FALSE where libvirt has no words for
 * it. */
static gboolean append_cpu(GString *xml, const char *cpu_model)
{
    g_auto(GStrv) words = g_strsplit(cpu_model, ",", -1);
    g_autoptr(GString) features = g_string_new(NULL);

    for (guint i = 1; words[0] != NULL && words[i] != NULL; i++) {
        g_autofree char *name = NULL;
        gboolean enable = FALSE;
        if (!parse_feature(words[i], &name, &enable))
            return FALSE;
        append(features, "    <feature policy='%s' name='%s'/>\n", enable ? "require" : "disable",
               name);
    }
    if (words[0] == NULL || g_str_equal(words[0], "max"))
        g_string_append(xml, "  <cpu mode='maximum' check='none'>\n");
    else if (g_str_equal(words[0], "host") || g_str_equal(words[0], "host-passthrough"))
        g_string_append(xml, "  <cpu mode='host-passthrough' check='none'>\n");
    else
        append(xml,
               "  <cpu mode='custom' match='exact' check='none'>\n"
               "    <model fallback='forbid'>%s</model>\n",
               words[0]);
    g_string_append(xml, features->str);
    g_string_append(xml, "  </cpu>\n");
    return TRUE;
}

/* A PVH dom0 knows its own addresses, not the machine's. Xen gives it the devices by an IOMMU, and QEMU's virtio devices must
 * look into memory through that one: then they are no legacy devices, and sit at the root, not behind ports. */
static gboolean has_iommu(const XrMachineSpec *spec)
{
    return spec->plan->dom0.mode == XR_GUEST_PVH;
}

/* Of a disk or controller: the end of its element. */
static void append_model(GString *xml, const XrMachineSpec *spec)
{
    g_string_append(xml, has_iommu(spec) ? " model='virtio-non-transitional'>\n" : ">\n");
}

#define PLAIN_DRIVER "      <driver name='qemu' type='raw' cache='unsafe'/>\n"
#define IOMMU_DRIVER "      <driver name='qemu' type='raw' cache='unsafe' iommu='on'/>\n"

/* The slot of each: 3 is the serial controller's, 4 the first disk's. */
static void append_slot(GString *xml, const XrMachineSpec *spec, guint slot)
{
    if (has_iommu(spec))
        append(xml, "      <address type='pci' domain='0' bus='0' slot='%u' function='0'/>\n",
               slot);
}

/* The backing disks: their data is thrown away with the run, so QEMU need not flush it (unsafe);
 * what stands for a hard disk's speed is the limit, not this host's disk. */
static void append_disks(GString *xml, const XrMachineSpec *spec)
{
    guint count = xr_machine_disk_count(spec->plan);

    const char *folder = spec->remote != NULL ? spec->remote->folder : spec->run_dir;

    for (guint i = 0; i < count; i++) {
        g_autofree char *path = xr_machine_disk_path(folder, i);
        g_string_append(xml, "    <disk type='file' device='disk'");
        append_model(xml, spec);
        g_string_append(xml, has_iommu(spec) ? IOMMU_DRIVER : PLAIN_DRIVER);
        append(xml,
               "      <source file='%s'/>\n"
               "      <target dev='vd%c' bus='virtio'/>\n"
               "      <serial>vbd%02u</serial>\n",
               path, (int)('a' + i), i);
        append_slot(xml, spec, FIRST_SLOT + 1 + i);
        if (spec->plan->workload.disk_bytes_per_s > 0 ||
            spec->plan->workload.disk_requests_per_s > 0) {
            append(xml,
                   "      <iotune>\n"
                   "        <total_bytes_sec>%" G_GUINT64_FORMAT "</total_bytes_sec>\n"
                   "        <total_iops_sec>%" G_GUINT64_FORMAT "</total_iops_sec>\n"
                   "      </iotune>\n",
                   spec->plan->workload.disk_bytes_per_s, spec->plan->workload.disk_requests_per_s);
        }
        g_string_append(xml, "    </disk>\n");
    }
}

/* Xen's and dom0's serial line, and the agent's port. With a folder of our own both are sockets in it, or pipes (port.h) where
 * instructions are the clock: then libvirt knows the console alone (append_agent). Elsewhere libvirt chooses, and its streams
 * reach them all the same. */
static void append_lines(GString *xml, const XrMachineSpec *spec, const char *socket_dir)
{
    if (spec->plan->machine.time != XR_TIME_REAL) {
        append(xml,
               "    <serial type='pipe'>\n"
               "      <source path='%s/console'/>\n"
               "      <target port='0'/>\n"
               "    </serial>\n",
               socket_dir);
        return;
    }
    if (socket_dir != NULL) {
        append(xml,
               "    <serial type='unix'>\n"
               "      <source mode='bind' path='%s/console.sock'/>\n"
               "      <target port='0'/>\n"
               "    </serial>\n"
               "    <channel type='unix'>\n"
               "      <source mode='bind' path='%s/agent.sock'/>\n"
               "      <target type='virtio' name='" XR_WIRE_PORT "'/>\n"
               "    </channel>\n",
               socket_dir, socket_dir);
        return;
    }
    g_string_append(xml, "    <serial type='pty'>\n"
                         "      <target port='0'/>\n"
                         "    </serial>\n"
                         "    <channel type='unix'>\n"
                         "      <source mode='bind'/>\n"
                         "      <target type='virtio' name='" XR_WIRE_PORT "'/>\n"
                         "    </channel>\n");
}

static void append_args(GString *xml, char **words)
{
    for (guint i = 0; words[i] != NULL; i++)
        append(xml, "    <qemu:arg value='%s'/>\n", words[i]);
}

/* Instructions are the clock (boot/lockstep.h). */
static void append_icount(GString *xml, const XrMachineSpec *spec)
{
    g_auto(GStrv) args = xr_lockstep_args(0, QEMU_SEED);

    append_args(xml, args);
}

char *xr_machine_option(const char *path)
{
    GString *text = g_string_new(NULL);

    append_doubling_commas(text, path);
    return g_string_free(text, FALSE);
}

/* The agent's port, of a machine whose instructions are its clock. QEMU must not look at the host's clock for it, nor do
 * anything at the host's leisure:
 * - It has no id, which libvirt would give it. Of a port with one that the guest opens, or has open in a snapshot, QEMU tells on its
 *   monitor (VSERPORT_CHANGE), and then holds further such events back for a second, by a timer of the clock REALTIME. The
 *   vCPUs' rounds are cut short towards that, which is due at another instruction each time.
 * - What the agent writes is taken from it by the vCPU's own thread, at that instruction (ioeventfd).
 * Devices in JSON, as libvirt gives its own, are made after all others. */
static void append_agent(GString *xml, const char *socket_dir)
{
    g_autofree char *path = xr_machine_option(socket_dir);
    g_autofree char *chardev = g_strdup_printf("pipe,id=xenrig-agent,path=%s/agent", path);
    char *words[] = {"-global",
                     "virtio-serial-pci.ioeventfd=off",
                     "-chardev",
                     chardev,
                     "-device",
                     "{\"driver\":\"virtserialport\",\"bus\":\"virtio-serial0.0\",\"nr\":1,"
                     "\"chardev\":\"xenrig-agent\",\"name\":\"" XR_WIRE_PORT "\"}",
                     NULL};

    append_args(xml, words);
}

static void append_lockstep(GString *xml, const XrMachineSpec *spec)
{
    g_auto(GStrv) timers = xr_lockstep_timer_args();
    g_autofree char *order = g_strdup_printf("name=" XR_WIRE_ORDER_FILE ",string=%s", spec->order);
    char *fw_cfg[] = {"-fw_cfg", order, NULL};

    append_args(xml, fw_cfg);
    append_args(xml, timers);
}

/* All that comes in is there from the start (run/count.h). */
static void append_count(GString *xml, const XrMachineSpec *spec)
{
    if (spec->script != NULL) {
        g_autofree char *path = xr_machine_option(spec->script);
        g_autofree char *file = g_strdup_printf("name=" XR_WIRE_SCRIPT_FILE ",file=%s", path);
        char *fw_cfg[] = {"-fw_cfg", file, NULL};

        append_args(xml, fw_cfg);
    }
}

static void append_devices(GString *xml, const XrMachineSpec *spec, const char *socket_dir)
{
    append(xml, "  <devices>\n    <emulator>%s</emulator>\n", spec->qemu);
    g_string_append(xml, "    <controller type='usb' model='none'/>\n"
                         "    <controller type='virtio-serial' index='0' ports='2'");
    append_model(xml, spec);
    if (has_iommu(spec))
        g_string_append(xml, "      <driver iommu='on'/>\n");
    append_slot(xml, spec, FIRST_SLOT);
    g_string_append(xml, "    </controller>\n");
    append_disks(xml, spec);
    append_lines(xml, spec, socket_dir);
    g_string_append(xml, "    <audio id='1' type='none'/>\n"
                         "    <memballoon model='none'/>\n"
                         "  </devices>\n");
}

/* The end of the document: what only QEMU has words for. */
static void append_commandline(GString *xml, const XrMachineSpec *spec, const char *raw_cpu,
                               const char *socket_dir)
{
    g_autoptr(GString) initrd = g_string_new(NULL);

    append_doubling_commas(initrd, spec->kernel);
    if (spec->dom0_cmdline != NULL && *spec->dom0_cmdline) {
        g_string_append_c(initrd, ' ');
        append_doubling_commas(initrd, spec->dom0_cmdline);
    }
    g_string_append_c(initrd, ',');
    append_doubling_commas(initrd, spec->initramfs);

    append(xml,
           "  <qemu:commandline>\n"
           "    <qemu:arg value='-initrd'/>\n"
           "    <qemu:arg value='%s'/>\n",
           initrd->str);
    if (raw_cpu != NULL)
        append(xml, "    <qemu:arg value='-cpu'/>\n    <qemu:arg value='%s'/>\n", raw_cpu);
    /* Its counterpart among AMD's CPUs, whose virtualisation TCG emulates. pt=off: else QEMU's devices pass it by. */
    if (has_iommu(spec)) {
        char *iommu[] = {"-device", "amd-iommu,intremap=on,pt=off", NULL};

        append_args(xml, iommu);
    }
    if (spec->plan->machine.time != XR_TIME_REAL) {
        append_icount(xml, spec);
        append_agent(xml, socket_dir);
    }
    if (spec->plan->machine.time == XR_TIME_LOCKSTEP)
        append_lockstep(xml, spec);
    if (spec->plan->machine.time == XR_TIME_COUNT)
        append_count(xml, spec);
    if (spec->plugin != NULL) {
        char *plugin[] = {"-plugin", (char *)spec->plugin, NULL};

        append_args(xml, plugin);
    }
    g_string_append(xml, "  </qemu:commandline>\n");
}

#define UTC_CLOCK "  <clock offset='utc'/>\n"
/* 2026-01-01: the date is part of what must be the same in each run. */
#define GUEST_CLOCK                                                                                \
    "  <clock offset='absolute' start='1767225600'><timer name='rtc' track='guest'/></clock>\n"

/* The same for each machine of a run, or libvirt takes a saved one for another's. */
static char *uuid_of(const char *run_id)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, run_id, -1);

    return g_strdup_printf("%.8s-%.4s-4%.3s-8%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15,
                           hash + 18);
}

static void append_labels(GString *xml, const XrMachineSpec *spec, const char *capabilities)
{
    static const char *const confining[] = {"apparmor", "selinux"};

    if (spec->remote == NULL && strstr(capabilities, "<model>dac</model>") != NULL)
        append(xml,
               "  <seclabel type='static' model='dac' relabel='no'>\n"
               "    <label>+%u:+%u</label>\n"
               "  </seclabel>\n",
               (guint)geteuid(), (guint)getegid());
    for (gsize i = 0; i < G_N_ELEMENTS(confining); i++) {
        g_autofree char *model = g_strdup_printf("<model>%s</model>", confining[i]);
        if (strstr(capabilities, model) != NULL)
            append(xml, "  <seclabel type='none' model='%s'/>\n", confining[i]);
    }
}

char *xr_machine_xml_labelled(const XrMachineSpec *spec, XrAccel accel, const char *cpu_model,
                              const char *socket_dir, const char *capabilities)
{
    g_autoptr(GString) xml = g_string_new(NULL);
    g_autofree char *uuid = uuid_of(spec->run_id);

    append(xml,
           "<domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
           "  <name>xenrig-%s</name>\n"
           "  <uuid>%s</uuid>\n"
           "  <memory unit='b'>%" G_GUINT64_FORMAT "</memory>\n"
           "  <vcpu>%u</vcpu>\n"
           "  <os>\n"
           "    <type arch='x86_64' machine='%s'>hvm</type>\n"
           "    <kernel>%s</kernel>\n"
           "    <cmdline>%s</cmdline>\n"
           "  </os>\n"
           "  <features><acpi/><apic/></features>\n",
           accel == XR_ACCEL_KVM ? "kvm" : "qemu", spec->run_id, uuid, spec->plan->machine.memory,
           spec->plan->machine.pcpus, has_iommu(spec) ? "q35" : "pc", spec->xen,
           spec->xen_cmdline != NULL ? spec->xen_cmdline : "");
    /* A -cpu of our own comes after libvirt's and wins. */
    gboolean said = append_cpu(xml, cpu_model);
    g_string_append(xml, spec->plan->machine.time == XR_TIME_REAL ? UTC_CLOCK : GUEST_CLOCK);
    g_string_append(xml, "  <on_poweroff>destroy</on_poweroff>\n"
                         "  <on_reboot>destroy</on_reboot>\n"
                         "  <on_crash>destroy</on_crash>\n");
    append_devices(xml, spec, socket_dir);
    if (capabilities != NULL)
        append_labels(xml, spec, capabilities);
    append_commandline(xml, spec, said ? NULL : cpu_model, socket_dir);
    g_string_append(xml, "</domain>\n");
    return g_string_free(g_steal_pointer(&xml), FALSE);
}

char *xr_machine_xml(const XrMachineSpec *spec, XrAccel accel, const char *cpu_model,
                     const char *socket_dir)
{
    return xr_machine_xml_labelled(spec, accel, cpu_model, socket_dir, NULL);
}
