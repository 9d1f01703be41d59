/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: the few devices it knows. */
#include "machine.h"

#define SERIAL        0x3f8
#define SERIAL_STATUS (SERIAL + 5)
#define SERIAL_EMPTY  0x20

#define PCI_ADDRESS   0xcf8
#define PCI_DATA      0xcfc
#define PCI_BAR1      0x14
#define RTL8139       0x813910ecu
#define RTL_TIMER     0x48 /* a write starts it anew */
#define RTL_TIMER_INT 0x54 /* when it fires, in 30 ns */

#define APIC_ICR         0xfee00300u
#define ICR_INIT_OTHERS  0x000c4500u
#define ICR_START_OTHERS 0x000c4600u
#define TRAMPOLINE       0x8000u /* as in head.S */

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void put(char c)
{
    while (!(in8(SERIAL_STATUS) & SERIAL_EMPTY))
        ;
    out8(SERIAL, (uint8_t)c);
}

void lc_print(const char *text)
{
    while (*text)
        put(*text++);
}

void lc_print_number(uint32_t number)
{
    char digits[11];
    unsigned at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    lc_print(digits + at);
}

static void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static uint32_t pci_read(uint32_t slot, uint32_t at)
{
    out32(PCI_ADDRESS, 0x80000000u | slot << 11 | at);
    return in32(PCI_DATA);
}

bool lc_timers(const uint32_t reach[LC_TIMERS], volatile uint32_t *timers[LC_TIMERS])
{
    unsigned found = 0;

    for (uint32_t slot = 0; slot < 32 && found < LC_TIMERS; slot++) {
        if (pci_read(slot, 0) != RTL8139)
            continue;
        uintptr_t base = pci_read(slot, PCI_BAR1) & ~15u;
        *(volatile uint32_t *)(base + RTL_TIMER_INT) = reach[found];
        timers[found++] = (volatile uint32_t *)(base + RTL_TIMER);
    }
    return found == LC_TIMERS;
}

static void pass_time(void)
{
    for (unsigned i = 0; i < 20000; i++)
        __asm__ volatile("");
}

void lc_wake_others(void)
{
    extern const char lc_trampoline[], lc_trampoline_end[];
    volatile uint32_t *command = (volatile uint32_t *)APIC_ICR;
    volatile char *to = (volatile char *)TRAMPOLINE;

    for (const char *from = lc_trampoline; from < lc_trampoline_end; from++)
        *to++ = *from;
    *command = ICR_INIT_OTHERS;
    pass_time();
    *command = ICR_START_OTHERS | TRAMPOLINE >> 12;
}

_Noreturn void lc_exit(uint32_t code)
{
    __asm__ volatile("outl %0, %1" : : "a"(code), "Nd"((uint16_t)LC_EXIT_PORT));
    for (;;)
        __asm__ volatile("hlt");
}
