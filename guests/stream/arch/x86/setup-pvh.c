/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: a PVH domain, from Xen's entry to sg_main. */
#include "arch.h"
#include "clock.h"
#include "console.h"
#include "hypercall.h"
#include "memory.h"
#include "trap.h"

#include <string.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>

#define EVENT_VECTOR  0x40
#define CODE_SEGMENT  8
#define GATE_PRESENT  0x8e00 /* 64-bit interrupt gate, ring 0 */
#define CALLBACK_TYPE ((uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56)
#define E820_RAM      1

struct sg_boot sg_boot;

/* A page of its own: Xen's takes its place. */
static union {
    struct shared_info info;
    unsigned char page[4096];
} shared __attribute__((aligned(4096)));
static uint64_t idt[2 * (EVENT_VECTOR + 1)] __attribute__((aligned(16)));

uint64_t sg_arch_frame(const void *page)
{
    return (uintptr_t)page >> 12;
}

static uint32_t cpuid(uint32_t leaf, uint32_t *ebx, uint32_t *ecx)
{
    uint32_t eax, edx;

    __asm__ volatile("cpuid" : "=a"(eax), "=b"(*ebx), "=c"(*ecx), "=d"(edx) : "a"(leaf), "c"(0));
    return eax;
}

/* Xen's leaves may stand higher where others come first. */
static void set_hypercall_page(void)
{
    for (uint32_t base = XEN_CPUID_FIRST_LEAF; base < XEN_CPUID_FIRST_LEAF + 0x10000;
         base += 0x100) {
        uint32_t ebx, ecx;
        cpuid(base, &ebx, &ecx);
        if (ebx != XEN_CPUID_SIGNATURE_EBX || ecx != XEN_CPUID_SIGNATURE_ECX)
            continue;
        cpuid(base + 2, &ebx, &ecx);
        uint64_t page = (uintptr_t)sg_hypercall_page;
        __asm__ volatile("wrmsr"
                         :
                         : "c"(ebx), "a"((uint32_t)page), "d"((uint32_t)(page >> 32))
                         : "memory");
        return;
    }
    __asm__ volatile("ud2");
}

static void set_gate(unsigned vector, void (*entry)(void))
{
    uint64_t address = (uintptr_t)entry;

    idt[2 * vector] = (address & 0xffff) | CODE_SEGMENT << 16 | (uint64_t)GATE_PRESENT << 32 |
                      (address & 0xffff0000) << 32;
    idt[2 * vector + 1] = address >> 32;
}

static void set_gates(void)
{
    static void (*const traps[])(void) = {
        sg_trap_0,  sg_trap_1, NULL,       sg_trap_3,  sg_trap_4,  sg_trap_5,  sg_trap_6,
        sg_trap_7,  sg_trap_8, NULL,       sg_trap_10, sg_trap_11, sg_trap_12, sg_trap_13,
        sg_trap_14, NULL,      sg_trap_16, sg_trap_17, sg_trap_18, sg_trap_19,
    };
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof(idt) - 1, (uintptr_t)idt};
    void sg_pvh_event_vector(void);

    for (unsigned i = 0; i < sizeof(traps) / sizeof(traps[0]); i++)
        if (traps[i])
            set_gate(i, traps[i]);
    set_gate(EVENT_VECTOR, sg_pvh_event_vector);
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

static uint64_t get_param(uint32_t index)
{
    struct xen_hvm_param param = {.domid = DOMID_SELF, .index = index};

    if (sg_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&param, 0, 0))
        sg_panic("Xen does not tell parameter %u", index);
    return param.value;
}

static void set_callback(void)
{
    struct xen_hvm_param param = {.domid = DOMID_SELF,
                                  .index = HVM_PARAM_CALLBACK_IRQ,
                                  .value = CALLBACK_TYPE | EVENT_VECTOR};

    if (sg_hypercall(__HYPERVISOR_hvm_op, HVMOP_set_param, (uintptr_t)&param, 0, 0))
        sg_panic("Xen does not take the event vector");
}

static long put_page(unsigned space, uint64_t index, const void *address)
{
    struct xen_add_to_physmap add = {
        .domid = DOMID_SELF, .space = space, .idx = index, .gpfn = (uintptr_t)address >> 12};

    return sg_memory_op(XENMEM_add_to_physmap, &add);
}

int sg_arch_map_grants(void *address, unsigned count)
{
    long error = 0;

    for (unsigned i = 0; i < count && !error; i++)
        error = put_page(XENMAPSPACE_grant_table, i, (char *)address + i * 4096ul);
    return (int)error;
}

/* Registers would have to be put into its memory by the toolstack; the metronome is PV. */
int sg_arch_map_registers(void *page, uint64_t frame)
{
    return -38; /* ENOSYS */
}

/* The largest stretch of RAM above the image and whatever Xen has put behind it. */
static void find_memory(const struct hvm_start_info *info)
{
    extern char sg_image_end[];
    const struct hvm_memmap_table_entry *map = (const void *)info->memmap_paddr;
    uintptr_t begin = (uintptr_t)sg_image_end;

    if ((uintptr_t)info >= begin)
        begin = (uintptr_t)info + sizeof(*info);
    if (info->cmdline_paddr >= begin)
        begin = info->cmdline_paddr + strlen(sg_boot.cmdline) + 1;
    if (info->memmap_paddr >= begin)
        begin = info->memmap_paddr + info->memmap_entries * sizeof(*map);
    sg_boot.free_begin = (begin + 4095) & ~4095ul;
    for (unsigned i = 0; info->version >= 1 && i < info->memmap_entries; i++)
        if (map[i].type == E820_RAM && map[i].addr < begin && map[i].addr + map[i].size > begin)
            sg_boot.free_end = map[i].addr + map[i].size;
    if (sg_boot.free_end > 1ull << 30)
        sg_boot.free_end = 1ull << 30;
    if (sg_boot.free_end == 0)
        sg_panic("Xen's memory map has no memory behind the image");
}

void sg_setup_pvh(const struct hvm_start_info *info)
{
    sg_boot.began = sg_clock_ticks();
    set_gates();
    set_hypercall_page();
    /* First of all, so that what goes wrong can be told. */
    sg_console_init((void *)(get_param(HVM_PARAM_CONSOLE_PFN) << 12),
                    (uint32_t)get_param(HVM_PARAM_CONSOLE_EVTCHN));
    sg_boot.cmdline = info->cmdline_paddr ? (const char *)info->cmdline_paddr : "";
    sg_boot.store = (void *)(get_param(HVM_PARAM_STORE_PFN) << 12);
    sg_boot.store_port = (uint32_t)get_param(HVM_PARAM_STORE_EVTCHN);
    sg_boot.shared_info = &shared.info;
    if (put_page(XENMAPSPACE_shared_info, 0, &shared))
        sg_panic("the shared info page cannot be mapped");
    find_memory(info);
    set_callback();
    sg_main();
}
