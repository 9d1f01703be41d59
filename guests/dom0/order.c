/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what the machine itself carries for it, files of QEMU's fw_cfg.
 *
 * By ports, not by DMA (docs/specs/fw_cfg of QEMU): a byte at a time, and what is read is there at once, whatever the
 * host does. The file's key is looked up once: a machine that goes on from another's state has the same files. */
#include "order.h"

#include "text.h"

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

/* The key of the file of that name, and its size; 0: there is none. */
static uint16_t find_file(const char *wanted, uint32_t *size)
{
    char name[NAME_SIZE + 1] = "";
    uint16_t found = 0;

    if (ioperm(PORT_SELECT, 2, 1) < 0)
        return 0;
    outw(KEY_SIGNATURE, PORT_SELECT);
    read_bytes(name, 4);
    if (memcmp(name, "QEMU", 4) != 0)
        return 0;
    outw(KEY_DIRECTORY, PORT_SELECT);
    uint32_t count = read_number(4);
    for (uint32_t i = 0; i < count && i < FILES_MAX && !found; i++) {
        *size = read_number(4);
        uint16_t select = (uint16_t)read_number(2);
        read_number(2); /* reserved */
        read_bytes(name, NAME_SIZE);
        if (strcmp(name, wanted) == 0)
            found = select;
    }
    return found;
}

bool ag_order_find(void)
{
    uint32_t size;

    key = find_file(XR_WIRE_ORDER_FILE, &size);
    return key != 0;
}

char *ag_order_script(void)
{
    uint32_t size = 0;
    uint16_t script = find_file(XR_WIRE_SCRIPT_FILE, &size);

    if (!script || size > XR_WIRE_LINE_MAX)
        return NULL;
    char *text = ag_alloc(size + 1);
    outw(script, PORT_SELECT);
    read_bytes(text, size);
    text[size] = '\0';
    return text;
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
