/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the order that the machine itself carries, a file of QEMU's fw_cfg.
 *
 * By ports, not by DMA (docs/specs/fw_cfg of QEMU): a byte at a time, and what is read is there at once, whatever the
 * host does. The file's key is looked up once: a machine that goes on from another's state has the same files. */
#include "order.h"

#include <stdint.h>
#include <string.h>
#include <sys/io.h>

enum {
    PORT_SELECT = 0x510,
    PORT_DATA = 0x511,
    KEY_SIGNATURE = 0,
    KEY_DIRECTORY = 0x19,
    NAME_SIZE = 56,
    FILES_MAX = 256
};

static uint16_t key; /* 0: not found */

static void read_bytes(void *to, size_t len)
{
    unsigned char *bytes = to;

    for (size_t i = 0; i < len; i++)
        bytes[i] = inb(PORT_DATA);
}

static uint32_t read_number(unsigned len)
{
    unsigned char bytes[4];
    uint32_t number = 0;

    read_bytes(bytes, len);
    for (unsigned i = 0; i < len; i++)
        number = number << 8 | bytes[i];
    return number;
}

bool ag_order_find(void)
{
    char name[NAME_SIZE + 1] = "";

    if (ioperm(PORT_SELECT, 2, 1) < 0)
        return false;
    outw(KEY_SIGNATURE, PORT_SELECT);
    read_bytes(name, 4);
    if (memcmp(name, "QEMU", 4) != 0)
        return false;
    outw(KEY_DIRECTORY, PORT_SELECT);
    uint32_t count = read_number(4);
    for (uint32_t i = 0; i < count && i < FILES_MAX && !key; i++) {
        read_number(4); /* size */
        uint16_t select = (uint16_t)read_number(2);
        read_number(2); /* reserved */
        read_bytes(name, NAME_SIZE);
        if (strcmp(name, XR_WIRE_ORDER_FILE) == 0)
            key = select;
    }
    return key != 0;
}

bool ag_order_read(char text[XR_WIRE_ORDER_LEN + 1])
{
    outw(key, PORT_SELECT);
    read_bytes(text, 1);
    if (text[0] == 'h')
        return false;
    read_bytes(text + 1, XR_WIRE_ORDER_LEN - 1);
    text[XR_WIRE_ORDER_LEN] = '\0';
    text[strcspn(text, ".")] = '\0';
    return true;
}
