/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: a PV domain, from Xen's entry to sg_main.
 *
 * Xen maps the image, its own pages (p2m list, start info, console, xenstore, page tables) and what
 * is left to the next 4 MiB. The rest of the domain's memory is mapped here: level-1 tables are
 * taken from memory that is mapped, made read-only, and hooked in by hypercall. Memory beyond the
 * first GiB is left alone: it would need more levels, and no plan gives that much. */
#include "arch.h"
#include "clock.h"
#include "console.h"
#include "hypercall.h"
#include "memory.h"
#include "trap.h"

#define PTE_PRESENT  0x01
#define PTE_WRITE    0x02
#define PTE_UNCACHED 0x18
#define PTE_USER     0x04                            /* a PV kernel runs in ring 3 */
#define PTE_FLAGS    (PTE_PRESENT | PTE_USER | 0x60) /* accessed, dirty */
#define PTE_ADDRESS  0x000ffffffffff000ull
#define GIB          (1ull << 30)

struct sg_boot sg_boot;

static const struct start_info *info;
/* A page of its own: Xen's takes its place. */
static union {
    struct shared_info info;
    unsigned char page[4096];
} shared __attribute__((aligned(4096)));

static uint64_t frame_of(uintptr_t address)
{
    return ((const xen_pfn_t *)info->mfn_list)[address >> 12];
}

uint64_t sg_arch_frame(const void *page)
{
    return frame_of((uintptr_t)page);
}

static uintptr_t address_of(uint64_t frame)
{
    return machine_to_phys_mapping[frame] << 12;
}

static long map_page(uintptr_t address, uint64_t pte)
{
    return sg_hypercall(__HYPERVISOR_update_va_mapping, address, pte, UVMF_INVLPG, 0);
}

static uint64_t *table_below(const uint64_t *table, unsigned index)
{
    if (!(table[index] & PTE_PRESENT))
        return NULL;
    return (uint64_t *)address_of((table[index] & PTE_ADDRESS) >> 12);
}

static const uint64_t *level2(void)
{
    const uint64_t *level3 = table_below((const uint64_t *)info->pt_base, 0);

    return table_below(level3, 0);
}

/* A table for the 2 MiB at address, in *spare. */
static long add_table(uintptr_t address, uintptr_t end, uintptr_t *spare)
{
    uint64_t *table = (uint64_t *)*spare;

    for (unsigned i = 0; i < 512; i++) {
        uintptr_t page = address + i * 4096ul;
        table[i] = page < end ? frame_of(page) << 12 | PTE_FLAGS | PTE_WRITE : 0;
    }
    long error = map_page(*spare, frame_of(*spare) << 12 | PTE_FLAGS);
    if (error)
        return error;
    const uint64_t *l2 = level2();
    struct mmu_update update = {
        .ptr = frame_of((uintptr_t)l2) << 12 | ((address >> 21) * 8) | MMU_NORMAL_PT_UPDATE,
        .val = frame_of(*spare) << 12 | PTE_FLAGS | PTE_WRITE,
    };
    *spare += 4096;
    return sg_hypercall(__HYPERVISOR_mmu_update, (uintptr_t)&update, 1, 0, DOMID_SELF);
}

/* Maps memory up to end; returns where unused memory begins. */
static uintptr_t map_memory(uintptr_t spare, uintptr_t end)
{
    for (uintptr_t region = 0; region < end; region += 512 * 4096ul) {
        uint64_t *table = table_below(level2(), region >> 21);
        if (!table && add_table(region, end, &spare) < 0)
            sg_panic("memory at %lx cannot be mapped", region);
        for (unsigned i = 0; table && i < 512; i++) {
            uintptr_t page = region + i * 4096ul;
            if (!(table[i] & PTE_PRESENT) && page < end && page >= spare &&
                map_page(page, frame_of(page) << 12 | PTE_FLAGS | PTE_WRITE) < 0)
                sg_panic("the page at %lx cannot be mapped", page);
        }
    }
    return spare;
}

#define TRAP(n)                                                                                    \
    {                                                                                              \
        .vector = n, .cs = FLAT_KERNEL_CS, .address = (uintptr_t)sg_trap_##n                       \
    }

static void set_callbacks(void)
{
    static const struct trap_info traps[] = {
        TRAP(0),  TRAP(1),  TRAP(3),  TRAP(4),  TRAP(5),  TRAP(6),  TRAP(7),  TRAP(8),  TRAP(10),
        TRAP(11), TRAP(12), TRAP(13), TRAP(14), TRAP(16), TRAP(17), TRAP(18), TRAP(19), {0},
    };
    void sg_pv_event_callback(void);
    void sg_pv_failsafe_callback(void);

    sg_hypercall(__HYPERVISOR_set_trap_table, (uintptr_t)traps, 0, 0, 0);
    sg_hypercall(__HYPERVISOR_set_callbacks, (uintptr_t)sg_pv_event_callback,
                 (uintptr_t)sg_pv_failsafe_callback, 0, 0);
}

int sg_arch_map_grants(void *address, unsigned count)
{
    uint64_t *frames = sg_pages(1);
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = count};

    if (!frames || count > 512)
        return -12;
    set_xen_guest_handle(setup.frame_list, frames);
    long error = sg_grant_table_op(GNTTABOP_setup_table, &setup);
    if (error || setup.status != GNTST_okay)
        return error ? (int)error : -22;
    for (unsigned i = 0; i < count && !error; i++)
        error = map_page((uintptr_t)address + i * 4096ul, frames[i] << 12 | PTE_FLAGS | PTE_WRITE);
    return (int)error;
}

int sg_arch_map_registers(void *page, uint64_t frame)
{
    return (int)map_page((uintptr_t)page, frame << 12 | PTE_FLAGS | PTE_WRITE | PTE_UNCACHED);
}

void sg_arch_block(void)
{
    /* Xen lets events in and waits; the callback comes with events masked again. */
    sg_sched_op(SCHEDOP_block, NULL);
    shared.info.vcpu_info[0].evtchn_upcall_mask = 1;
}

void sg_setup_pv(const struct start_info *start)
{
    uintptr_t end = start->nr_pages << 12;

    sg_boot.began = sg_clock_ticks();
    info = start;
    set_callbacks();
    /* First of all, so that what goes wrong can be told. */
    sg_console_init((void *)address_of(start->console.domU.mfn), start->console.domU.evtchn);
    map_page((uintptr_t)&shared, start->shared_info | PTE_FLAGS | PTE_WRITE);
    sg_boot.cmdline = (const char *)start->cmd_line;
    sg_boot.shared_info = &shared.info;
    sg_boot.store = (void *)address_of(start->store_mfn);
    sg_boot.store_port = start->store_evtchn;
    map_page(0, 0);
    /* Behind the page tables is one page more, of a stack that Xen offers. */
    sg_boot.free_end = end < GIB ? end : GIB;
    sg_boot.free_begin =
        map_memory(start->pt_base + (start->nr_pt_frames + 1) * 4096, sg_boot.free_end);
    sg_main();
}
