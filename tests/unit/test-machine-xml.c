/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what libvirt is told about the outer machine, and what is made of its words. */
#include "base/error.h"
#include "boot/machine-private.h"
#include "boot/machine-resolve.h"
#include "boot/machine-xml.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    XrPlan plan;
    XrMachineSpec spec;
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
    f->plan.machine.accel = XR_ACCEL_AUTO;
    f->plan.machine.cpu = (char *)"auto";
    f->plan.machine.pcpus = 2;
    f->plan.machine.memory = G_GUINT64_CONSTANT(6) << 30;
    f->plan.guests.count = 24;
    f->plan.guests.vbds = 1;
    f->spec.qemu = "/usr/bin/qemu-system-x86_64";
    f->spec.run_id = "smoke-0123";
    f->spec.xen = "/c/xen";
    f->spec.kernel = "/c/vmlinux";
    f->spec.initramfs = "/c/dom0.cpio";
    f->spec.xen_cmdline = "console=com1 dom0_mem=1280M,max:1280M";
    f->spec.dom0_cmdline = "console=hvc0 a=1,2";
    f->spec.run_dir = "/state/run";
    f->spec.plan = &f->plan;
}

/* The text, after a check that it is well-formed XML. */
static char *checked(char *xml)
{
    static const GMarkupParser nothing = {NULL, NULL, NULL, NULL, NULL};
    GMarkupParseContext *context = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
    g_autoptr(GError) error = NULL;

    g_markup_parse_context_parse(context, xml, (gssize)strlen(xml), &error);
    g_assert_no_error(error);
    g_markup_parse_context_end_parse(context, &error);
    g_assert_no_error(error);
    g_markup_parse_context_free(context);
    return xml;
}

static void assert_has(const char *xml, const char *part)
{
    if (strstr(xml, part) == NULL)
        g_error("%s is not in:\n%s", part, xml);
}

static void assert_lacks(const char *xml, const char *part)
{
    if (strstr(xml, part) != NULL)
        g_error("%s is in:\n%s", part, xml);
}

static guint count(const char *text, const char *part)
{
    guint found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        found++;
    return found;
}

static void test_machine(Fixture *f, gconstpointer unused)
{
    g_autofree char *xml =
        checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max,-smap,-smep", "/run/r"));

    assert_has(xml, "<domain type='qemu'");
    assert_has(xml, "<name>xenrig-smoke-0123</name>");
    assert_has(xml, "<memory unit='b'>6442450944</memory>");
    assert_has(xml, "<vcpu>2</vcpu>");
    assert_has(xml, "<emulator>/usr/bin/qemu-system-x86_64</emulator>");
    assert_has(xml, "<on_poweroff>destroy</on_poweroff>");
    assert_has(xml, "<on_reboot>destroy</on_reboot>");
    assert_has(xml, "<on_crash>destroy</on_crash>");
    assert_has(xml, "<controller type='usb' model='none'/>");
    assert_has(xml, "<memballoon model='none'/>");
    assert_lacks(xml, "<interface");
    assert_lacks(xml, "<graphics");
    assert_lacks(xml, "<seclabel");
    assert_lacks(xml, "<disk");
}

static void test_boot_modules(Fixture *f, gconstpointer unused)
{
    f->spec.initramfs = "/c/a,b.cpio";
    f->spec.dom0_cmdline = "console=hvc0 a=1,2 \"q<&>\"";
    g_autofree char *xml = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));

    assert_has(xml, "<kernel>/c/xen</kernel>");
    /* Only the modules' list knows commas that separate. */
    assert_has(xml, "<cmdline>console=com1 dom0_mem=1280M,max:1280M</cmdline>");
    assert_has(xml, "<qemu:arg value='-initrd'/>");
    assert_has(xml, "<qemu:arg value='/c/vmlinux console=hvc0 a=1,,2 &quot;q&lt;&amp;&gt;&quot;"
                    ",/c/a,,b.cpio'/>");

    f->spec.dom0_cmdline = "";
    g_autofree char *bare = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));
    assert_has(bare, "<qemu:arg value='/c/vmlinux,/c/a,,b.cpio'/>");
}

static void test_lines(Fixture *f, gconstpointer unused)
{
    g_autofree char *own = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));
    g_autofree char *other = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", NULL));

    assert_has(own, "<source mode='bind' path='/run/r/console.sock'/>");
    assert_has(own, "<source mode='bind' path='/run/r/agent.sock'/>");
    assert_has(own, "<target type='virtio' name='org.xenrig.agent'/>");
    assert_has(other, "<serial type='pty'>");
    assert_has(other, "<target type='virtio' name='org.xenrig.agent'/>");
    assert_lacks(other, "path=");
}

/* A port with an id makes QEMU tell of it, and set a timer of the host's clock. */
static void assert_agent(const char *xml)
{
    assert_has(xml, "<qemu:arg value='pipe,id=xenrig-agent,path=/run/r/agent'/>");
    assert_has(xml, "{&quot;driver&quot;:&quot;virtserialport&quot;,"
                    "&quot;bus&quot;:&quot;virtio-serial0.0&quot;,&quot;nr&quot;:1,"
                    "&quot;chardev&quot;:&quot;xenrig-agent&quot;,"
                    "&quot;name&quot;:&quot;org.xenrig.agent&quot;}");
    assert_lacks(xml, "<channel");
}

/* Nothing comes in from the host but what is there from the start. */
static void test_count(Fixture *f, gconstpointer unused)
{
    f->plan.machine.time = XR_TIME_COUNT;
    f->spec.script = "/state/a,b/script.jsonl";
    f->spec.plugin = "/build/xenrig-count.so,domus=1";
    g_autofree char *own = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));

    assert_has(own, "<serial type='pipe'>\n      <source path='/run/r/console'/>");
    assert_agent(own);
    assert_has(own, "<qemu:arg value='shift=0,sleep=off'/>");
    assert_has(own, "<qemu:arg value='virtio-serial-pci.ioeventfd=off'/>");
    assert_has(own, "<qemu:arg value='name=opt/org.xenrig/script,file=/state/a,,b/script.jsonl'/>");
    assert_has(own, "<qemu:arg value='-plugin'/>\n"
                    "    <qemu:arg value='/build/xenrig-count.so,domus=1'/>");
    assert_lacks(own, "rtl8139");
    assert_lacks(own, "opt/org.xenrig/order");
}

/* A plugin is loaded wherever one is wanted. */
static void test_lockstep_plugin(Fixture *f, gconstpointer unused)
{
    f->plan.machine.time = XR_TIME_LOCKSTEP;
    f->plan.machine.pcpus = 4;
    f->spec.snapshot = "/state/machine";
    f->spec.order = "seed=1 reach=1 rate=0";
    f->spec.plugin = "/build/xenrig-count.so,domus=1,window=0";
    g_autofree char *xml = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));

    assert_has(xml, "<qemu:arg value='-plugin'/>\n"
                    "    <qemu:arg value='/build/xenrig-count.so,domus=1,window=0'/>");
    assert_has(xml, "<serial type='pipe'>\n      <source path='/run/r/console'/>");
    assert_agent(xml);
}

static void test_cpu(Fixture *f, gconstpointer unused)
{
    static const struct {
        const char *model, *part;
    } cases[] = {
        {"max", "<cpu mode='maximum' check='none'>\n  </cpu>"},
        {"max,-smap,+smep", "<feature policy='disable' name='smap'/>\n"
                            "    <feature policy='require' name='smep'/>"},
        {"max,x2apic=off,svm=on", "<feature policy='disable' name='x2apic'/>\n"
                                  "    <feature policy='require' name='svm'/>"},
        {"host-passthrough", "<cpu mode='host-passthrough' check='none'>"},
        {"host", "<cpu mode='host-passthrough' check='none'>"},
        {"qemu64", "<model fallback='forbid'>qemu64</model>"},
        /* libvirt has no words for this one, so QEMU is told. */
        {"max,phys-bits=40", "<qemu:arg value='-cpu'/>\n"
                             "    <qemu:arg value='max,phys-bits=40'/>"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml =
            checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, cases[i].model, "/run/r"));
        assert_has(xml, cases[i].part);
        g_assert_cmpuint(count(xml, "<cpu ") + count(xml, "'-cpu'"), ==, 1);
    }
    g_autofree char *kvm = checked(xr_machine_xml(&f->spec, XR_ACCEL_KVM, "host", "/run/r"));
    assert_has(kvm, "<domain type='kvm'");
}

static void test_disks(Fixture *f, gconstpointer unused)
{
    f->plan.workload.backing = XR_BACKING_DISK;
    f->spec.run_dir = "/state/a&b's";
    g_autofree char *plain = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));

    g_assert_cmpuint(count(plain, "<disk type='file'"), ==, 24);
    assert_has(plain, "<source file='/state/a&amp;b&apos;s/vbd00.img'/>");
    assert_has(plain, "<serial>vbd00</serial>");
    assert_has(plain, "<serial>vbd23</serial>");
    assert_has(plain, "<target dev='vdx' bus='virtio'/>");
    assert_lacks(plain, "<iotune>");

    f->plan.guests.count = 1;
    f->plan.guests.vbds = 3;
    f->plan.workload.disk_bytes_per_s = 150000000;
    g_autofree char *limited = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));
    g_assert_cmpuint(count(limited, "<total_bytes_sec>150000000</total_bytes_sec>"), ==, 3);
    g_assert_cmpuint(count(limited, "<total_iops_sec>0</total_iops_sec>"), ==, 3);
}

/* An IOMMU, and devices that look through it; none of that for a PV dom0. */
static void test_dom0_pvh(Fixture *f, gconstpointer unused)
{
    g_autofree char *pv = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));
    f->plan.dom0.mode = XR_GUEST_PVH;
    f->plan.workload.backing = XR_BACKING_DISK;
    f->plan.guests.count = 2;
    g_autofree char *pvh = checked(xr_machine_xml(&f->spec, XR_ACCEL_TCG, "max", "/run/r"));

    assert_has(pv, "machine='pc'");
    assert_lacks(pv, "iommu");
    assert_has(pvh, "machine='q35'");
    assert_has(pvh, "<qemu:arg value='amd-iommu,intremap=on,pt=off'/>");
    assert_has(pvh, "<controller type='virtio-serial' index='0' ports='2' "
                    "model='virtio-non-transitional'>\n"
                    "      <driver iommu='on'/>\n"
                    "      <address type='pci' domain='0' bus='0' slot='3' function='0'/>\n");
    assert_has(pvh, "<disk type='file' device='disk' model='virtio-non-transitional'>\n"
                    "      <driver name='qemu' type='raw' cache='unsafe' iommu='on'/>\n");
    assert_has(pvh, "<address type='pci' domain='0' bus='0' slot='5' function='0'/>\n"
                    "    </disk>\n");
}

static void test_labels(Fixture *f, gconstpointer unused)
{
    const char *capabilities = "<secmodel><model>apparmor</model></secmodel>"
                               "<secmodel><model>dac</model></secmodel>";
    g_autofree char *label =
        g_strdup_printf("<label>+%u:+%u</label>", (guint)geteuid(), (guint)getegid());
    g_autofree char *xml =
        checked(xr_machine_xml_labelled(&f->spec, XR_ACCEL_TCG, "max", NULL, capabilities));

    assert_has(xml, "<seclabel type='static' model='dac' relabel='no'>");
    assert_has(xml, label);
    assert_has(xml, "<seclabel type='none' model='apparmor'/>");
    assert_lacks(xml, "selinux");
}

static void test_resolve(Fixture *f, gconstpointer unused)
{
    g_autofree char *tcg_cpu = NULL;
    g_autofree char *kvm_cpu = NULL;
    g_autofree char *own_cpu = NULL;
    g_autofree char *no_cpu = NULL;
    g_autoptr(GError) error = NULL;
    XrAccel accel = XR_ACCEL_AUTO;

    g_assert_true(xr_resolve(&f->plan, "there is none", &accel, &tcg_cpu, &error));
    g_assert_cmpint(accel, ==, XR_ACCEL_TCG);
    g_assert_cmpstr(tcg_cpu, ==, "max,-smap,-smep,-xsave");
    g_assert_true(xr_resolve(&f->plan, NULL, &accel, &kvm_cpu, &error));
    g_assert_cmpint(accel, ==, XR_ACCEL_KVM);
    g_assert_cmpstr(kvm_cpu, ==, "host-passthrough");

    f->plan.machine.accel = XR_ACCEL_TCG;
    f->plan.machine.cpu = (char *)"qemu64";
    g_assert_true(xr_resolve(&f->plan, NULL, &accel, &own_cpu, &error));
    g_assert_cmpint(accel, ==, XR_ACCEL_TCG);
    g_assert_cmpstr(own_cpu, ==, "qemu64");

    f->plan.machine.accel = XR_ACCEL_KVM;
    g_assert_false(xr_resolve(&f->plan, "/dev/kvm is broken", &accel, &no_cpu, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_cmpstr(error->message, ==,
                    "machine.accel=kvm, but /dev/kvm is broken; run where there is KVM, or let the "
                    "plan say machine.accel=auto or tcg");
}

/* The CPU whose virtualisation TCG emulates, whatever this host has. */
static void test_resolve_dom0_pvh(Fixture *f, gconstpointer unused)
{
    g_autofree char *cpu = NULL;
    g_autoptr(GError) error = NULL;
    XrAccel accel = XR_ACCEL_AUTO;

    f->plan.dom0.mode = XR_GUEST_PVH;
    g_assert_true(xr_resolve(&f->plan, NULL, &accel, &cpu, &error));
    g_assert_no_error(error);
    g_assert_cmpint(accel, ==, XR_ACCEL_TCG);
    g_assert_cmpstr(cpu, ==, "max,-smap,-smep,-xsave,-rdtscp");
}

static void test_cpu_flags(Fixture *f, gconstpointer unused)
{
    g_assert_true(xr_resolve_has_virtualisation("model name\t: x\nflags\t\t: fpu vmx sse\n"));
    g_assert_true(xr_resolve_has_virtualisation("flags\t\t: fpu svm\n"));
    g_assert_false(xr_resolve_has_virtualisation("flags\t\t: fpu svm_lock novmx\n"));
    g_assert_false(xr_resolve_has_virtualisation("vmx flags\t: ept\nflags\t\t: fpu\n"));
    g_assert_false(xr_resolve_has_virtualisation(""));
}

static void test_log_pick(Fixture *f, gconstpointer unused)
{
    const char *log = "2026-11-22 11:54:48.627+0000: starting up libvirt version: 9.0.0\n"
                      "LC_ALL=C \\\n"
                      "-name guest=x \\\n"
                      "-msg timestamp=on\n"
                      "2026-11-22 11:54:48.628+0000: Domain id=1 is tainted: custom-argv\n"
                      "qemu: warning: first\n"
                      "qemu: fatal: second\n"
                      "2026-11-22 11:54:48.690+0000: shutting down, reason=failed\n";
    g_autofree char *all = xr_machine_log_pick(log, NULL);
    g_autofree char *rest = xr_machine_log_pick(log, "QEMU said: qemu: fatal: second");
    g_autofree char *none = xr_machine_log_pick("LC_ALL=C \\\n-msg timestamp=on\n", NULL);

    g_assert_cmpstr(all, ==, "qemu: warning: first\nqemu: fatal: second");
    g_assert_cmpstr(rest, ==, "qemu: warning: first");
    g_assert_null(none);
}

static void test_disk_files(Fixture *f, gconstpointer unused)
{
    g_autofree char *dir = g_dir_make_tmp("xenrig-disks-XXXXXX", NULL);
    g_autofree char *last = xr_machine_disk_path(dir, 23);
    g_autoptr(GError) error = NULL;
    GStatBuf info;

    f->plan.workload.backing = XR_BACKING_DISK;
    f->plan.workload.vbd_size = G_GUINT64_CONSTANT(3) << 30;
    g_assert_true(xr_machine_disks_create(dir, &f->plan, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(last, &info), ==, 0);
    g_assert_cmpint(info.st_size, ==, G_GINT64_CONSTANT(3) << 30);
    g_assert_cmpint(info.st_blocks, ==, 0);
    xr_machine_disks_remove(dir, &f->plan);
    g_assert_cmpint(g_rmdir(dir), ==, 0);

    g_assert_false(xr_machine_disks_create(dir, &f->plan, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_autofree char *start =
        g_strdup_printf("%s/vbd00.img: no disk image of 3221225472 bytes", dir);
    g_assert_true(g_str_has_prefix(error->message, start));
    g_assert_nonnull(strstr(error->message, "choose a smaller workload.vbd_size"));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(Fixture *f, gconstpointer unused);
    } tests[] = {
        {"/machine-xml/machine", test_machine},
        {"/machine-xml/modules", test_boot_modules},
        {"/machine-xml/lines", test_lines},
        {"/machine-xml/count", test_count},
        {"/machine-xml/lockstep-plugin", test_lockstep_plugin},
        {"/machine-xml/cpu", test_cpu},
        {"/machine-xml/disks", test_disks},
        {"/machine-xml/dom0-pvh", test_dom0_pvh},
        {"/machine-xml/labels", test_labels},
        {"/machine/resolve", test_resolve},
        {"/machine/resolve-dom0-pvh", test_resolve_dom0_pvh},
        {"/machine/cpu-flags", test_cpu_flags},
        {"/machine/log", test_log_pick},
        {"/machine/disk-files", test_disk_files},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, NULL);
    return g_test_run();
}
