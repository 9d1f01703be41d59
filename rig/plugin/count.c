/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: counts instructions where they are run, by whose they are, in a window that the domUs bound.
 *
 * Loaded by QEMU: -plugin xenrig-count.so,domus=N,warmup=BYTES,window=BYTES,out=FILE; window=0 where marks alone bound
 * it, as in lockstep. When the window has ended FILE is there, whole (xr_counter_text), and the machine may be stopped.
 * With functions=FILE2 that is there before it: how often each instruction of Xen and of dom0's kernel began (slots.h).
 * In lockstep QEMU's main thread is not awaited: the metronome's CPU never rests, so that no clock is moved on.
 *
 * Method. Until the first mark only what could be one has a callback, so that booting is as quick as without a plugin.
 * Then all code is translated anew, each instruction with a callback that adds one to its class. An instruction is counted when it
 * begins. So what is counted does not depend on how code is cut into blocks, which the end of a slice does
 * anywhere, nor on blocks that are left in their middle by a fault or an access to a device: a count by blocks would. An instruction
 * that faults and is run again is counted twice; of a string instruction (REP) each repetition is counted, as icount
 * does.
 *
 * Which domU it is: all have the same addresses, and different page tables. Each block of theirs looks at CR3 as it
 * begins; nobody else runs before its end, as all vCPUs share one thread.
 *
 * Single-threaded TCG only, with any number of vCPUs. In QEMU 10.0 that is where conditional callbacks and per-vCPU
 * operations are wrong (the translating vCPU's index is part of the translated code, a shared constant is changed, and
 * the guest's memory goes): only plain callbacks are used here, and the vCPU index that they are given is not looked at.
 *
 * Exact: instructions of Xen, of dom0's kernel and programs, and of each domU, PAUSE in Xen, hypercalls of dom0 and its
 * grant operations. As far as classes.c and counts.c say. */
#include "plugin/counts.h"
#include "plugin/qemu-api.h"
#include "plugin/settle.h"
#include "plugin/slots.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 5 }; /* of an instruction that are looked at */

#define EXPORT __attribute__((visibility("default")))

EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = XR_PLUGIN_API_VERSION;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

typedef enum { RAX, RBX, RCX, RDX, RDI, RSP, CR3, REGISTERS } Register;
static const char *const register_names[REGISTERS] = {"rax", "rbx", "rcx", "rdx",
                                                      "rdi", "rsp", "cr3"};

static struct {
    qemu_plugin_id_t id;
    XrCounter *counter;
    char *out;
    char *functions; /* NULL: addresses are not told apart */
    XrSlots *slots;
    struct qemu_plugin_register *registers[REGISTERS];
    GByteArray *bytes;   /* of the register read last */
    GHashTable *returns; /* addresses behind a SYSCALL of dom0's kernel */
    guint64 *running;    /* instructions of the domU whose block runs */
    gboolean counting;
    gboolean written; /* to the IDE controller, since a port was read */
    guint64
        unsettled; /* times that QEMU's main thread was awake where it should have been at rest (settle.h) */
} plugin;

static guint64 read_register(Register which)
{
    guint64 value = 0;

    g_byte_array_set_size(plugin.bytes, 0);
    qemu_plugin_read_register(plugin.registers[which], plugin.bytes);
    memcpy(&value, plugin.bytes->data, MIN(plugin.bytes->len, sizeof value));
    return value;
}

static guint64 page_tables(void)
{
    return read_register(CR3) & ~G_GUINT64_CONSTANT(0xfff);
}

/* --- while the machine runs --- */

static void on_insn(unsigned int vcpu, void *data)
{
    guint64 *count = data;

    ++*count;
}

static void on_slot(unsigned int vcpu, void *data)
{
    XrSlot *slot = data;

    ++*slot->layer;
    ++slot->count;
}

static void on_guest_insn(unsigned int vcpu, void *data)
{
    plugin.counter->now.instructions[XR_CLASS_GUEST]++;
    ++*plugin.running;
}

static void on_guest_block(unsigned int vcpu, void *data)
{
    XrCounter *counter = plugin.counter;

    plugin.running = &counter->now.guests[xr_counter_guest(counter, page_tables())];
}

static void on_hypercall(unsigned int vcpu, void *data)
{
    const XrHypercall call = {.number = read_register(RAX),
                              .command = read_register(RDI),
                              .count = read_register(RDX),
                              .stack = read_register(RSP)};

    xr_counter_hypercall(plugin.counter, (XrCaller)GPOINTER_TO_INT(data), &call);
}

static void on_return(unsigned int vcpu, void *data)
{
    xr_counter_returned(plugin.counter, read_register(RSP));
}

static void write_file(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;

    if (!g_file_set_contents(path, text, -1, &error))
        fprintf(stderr, "xenrig-count: %s\n", error->message);
}

/* The counts last: that they are there says that all is. */
static void write_result(void)
{
    g_autofree char *text = xr_counter_text(plugin.counter, plugin.unsettled);
    g_autofree char *slots = plugin.functions != NULL ? xr_slots_text(plugin.slots) : NULL;

    if (slots != NULL)
        write_file(plugin.functions, slots);
    write_file(plugin.out, text);
}

static void on_halt(unsigned int vcpu, void *data)
{
    plugin.unsettled += !xr_settle();
}

static void on_out(unsigned int vcpu, void *data)
{
    plugin.written |= xr_settle_port((guint16)read_register(RDX));
}

/* What was not told to do anything since has nothing left to do. */
static void on_in(unsigned int vcpu, void *data)
{
    if (plugin.written)
        plugin.unsettled += !xr_settle();
    plugin.written = FALSE;
}

static void begin_counting(qemu_plugin_id_t id);

static void on_cpuid(unsigned int vcpu, void *data)
{
    if ((guint32)read_register(RAX) != XR_WIRE_MARK)
        return;
    if (!xr_counter_mark(plugin.counter, read_register(RCX), read_register(RBX), page_tables()))
        return;
    if (plugin.counter->phase == XR_COUNT_WARMUP)
        qemu_plugin_reset(plugin.id, begin_counting);
    else if (plugin.counter->phase == XR_COUNT_WINDOW)
        xr_slots_begin(plugin.slots);
    else if (plugin.counter->phase == XR_COUNT_DONE)
        write_result();
}

/* --- while code is translated --- */

static void watch(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t callback, guint data)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, callback, QEMU_PLUGIN_CB_R_REGS,
                                           GUINT_TO_POINTER(data));
}

static void count(struct qemu_plugin_insn *insn, guint64 *counter)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn, QEMU_PLUGIN_CB_NO_REGS, counter);
}

/* Hypercalls, and where dom0 goes on behind them. Known from the first translation on, as one may be under way when the
 * counting begins. */
static void translate_syscall(struct qemu_plugin_insn *insn, XrClass class, guint64 address)
{
    if (class == XR_CLASS_DOM0_KERNEL)
        g_hash_table_add(plugin.returns, GSIZE_TO_POINTER(address + 2));
    if (!plugin.counting)
        return;
    if (class == XR_CLASS_DOM0_KERNEL)
        watch(insn, on_hypercall, XR_CALLER_DOM0);
    else if (class == XR_CLASS_GUEST)
        watch(insn, on_hypercall, XR_CALLER_GUEST);
}

/* Where QEMU's main thread must be at rest. Always. */
static void translate_rest(struct qemu_plugin_insn *insn, XrInsn kind)
{
    if (kind == XR_INSN_OUT)
        watch(insn, on_out, 0);
    else if (kind == XR_INSN_HLT || kind == XR_INSN_IN)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, kind == XR_INSN_HLT ? on_halt : on_in,
                                               QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void translate_special(struct qemu_plugin_insn *insn, XrClass class, guint64 address)
{
    guint8 bytes[2];
    const gsize len = qemu_plugin_insn_data(insn, bytes, sizeof bytes);
    const XrInsn kind = xr_insn_of(bytes, len);

    if (plugin.counter->window > 0)
        translate_rest(insn, kind);
    if (kind == XR_INSN_CPUID && class == XR_CLASS_GUEST)
        watch(insn, on_cpuid, 0);
    else if (kind == XR_INSN_SYSCALL)
        translate_syscall(insn, class, address);
    else if (kind == XR_INSN_PAUSE && class == XR_CLASS_XEN && plugin.counting)
        count(insn, &plugin.counter->now.pause_xen);
}

/* One callback for each instruction, whatever it counts: so blocks are cut alike, and counts are the same. */
static void translate_counted(struct qemu_plugin_insn *insn, XrClass class, guint64 address)
{
    guint64 *layer = &plugin.counter->now.instructions[class];
    guint8 bytes[BYTES_MAX];

    if (class == XR_CLASS_GUEST) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_guest_insn, QEMU_PLUGIN_CB_NO_REGS, NULL);
    } else if (plugin.functions == NULL || class == XR_CLASS_DOM0_USER) {
        count(insn, layer);
    } else {
        const gsize len = qemu_plugin_insn_data(insn, bytes, sizeof bytes);

        qemu_plugin_register_vcpu_insn_exec_cb(
            insn, on_slot, QEMU_PLUGIN_CB_NO_REGS,
            xr_slots_at(plugin.slots, address, layer, bytes, len));
    }
}

static void translate_insn(struct qemu_plugin_insn *insn)
{
    const guint64 address = qemu_plugin_insn_vaddr(insn);
    const XrClass class = xr_class_of(address);

    if (plugin.counting)
        translate_counted(insn, class, address);
    if (plugin.counting && class == XR_CLASS_DOM0_KERNEL &&
        g_hash_table_contains(plugin.returns, GSIZE_TO_POINTER(address)))
        watch(insn, on_return, 0);
    translate_special(insn, class, address);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const gsize count_of = qemu_plugin_tb_n_insns(tb);
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);

    if (plugin.counting && xr_class_of(qemu_plugin_insn_vaddr(first)) == XR_CLASS_GUEST)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_guest_block, QEMU_PLUGIN_CB_R_REGS, NULL);
    for (gsize i = 0; i < count_of; i++)
        translate_insn(qemu_plugin_tb_get_insn(tb, i));
}

static void begin_counting(qemu_plugin_id_t id)
{
    plugin.counting = TRUE;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
}

/* --- before --- */

static void on_vcpu(qemu_plugin_id_t id, unsigned int vcpu)
{
    g_autoptr(GArray) known = qemu_plugin_get_registers();

    for (guint i = 0; i < known->len; i++) {
        const qemu_plugin_reg_descriptor *known_register =
            &g_array_index(known, qemu_plugin_reg_descriptor, i);
        for (guint r = 0; r < REGISTERS; r++)
            if (strcmp(known_register->name, register_names[r]) == 0)
                plugin.registers[r] = known_register->handle;
    }
    for (guint r = 0; r < REGISTERS; r++) {
        if (plugin.registers[r] != NULL)
            continue;
        fprintf(stderr, "xenrig-count: this QEMU does not tell of register %s\n",
                register_names[r]);
        exit(EXIT_FAILURE);
    }
}

static guint64 number_of(int argc, char **argv, const char *name)
{
    for (int i = 0; i < argc; i++)
        if (g_str_has_prefix(argv[i], name))
            return g_ascii_strtoull(argv[i] + strlen(name), NULL, 10);
    return 0;
}

static char *text_of(int argc, char **argv, const char *name)
{
    for (int i = 0; i < argc; i++)
        if (g_str_has_prefix(argv[i], name))
            return g_strdup(argv[i] + strlen(name));
    return NULL;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    const guint domus = (guint)number_of(argc, argv, "domus=");

    plugin.out = text_of(argc, argv, "out=");
    if (strcmp(info->target_name, "x86_64") != 0 || !info->system_emulation) {
        fprintf(stderr, "xenrig-count: counts whole x86_64 machines only\n");
        return -1;
    }
    if (plugin.out == NULL || domus == 0 || domus > XR_COUNT_GUESTS) {
        fprintf(stderr, "xenrig-count: wants domus=1..%d,out=FILE and warmup=BYTES,window=BYTES\n",
                XR_COUNT_GUESTS);
        return -1;
    }
    plugin.id = id;
    plugin.counter =
        xr_counter_new(domus, number_of(argc, argv, "warmup="), number_of(argc, argv, "window="));
    plugin.running = &plugin.counter->now.guests[0];
    plugin.bytes = g_byte_array_new();
    plugin.returns = g_hash_table_new(NULL, NULL);
    plugin.functions = text_of(argc, argv, "functions=");
    plugin.slots = xr_slots_new();
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
