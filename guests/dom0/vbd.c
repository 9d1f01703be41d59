/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: VBDs' names and numbers, and the paths in xenstore that matter here. */
#include "vbd.h"

#include "wire.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void ag_vbd_name(size_t index, char name[AG_VBD_NAME_SIZE])
{
    memcpy(name, "xvda", 5);
    name[3] = (char)('a' + index % 26);
}

unsigned ag_vbd_number(size_t index)
{
    /* Major 202 has room for 16 disks of 16 partitions; beyond it are the extended numbers. */
    if (index < 16)
        return 202u << 8 | (unsigned)index << 4;
    return 1u << 28 | (unsigned)index << 8;
}

static bool take_number(const char **p, unsigned *number)
{
    char *end;

    if (**p != '/' || !isdigit((unsigned char)(*p)[1]))
        return false;
    unsigned long value = strtoul(*p + 1, &end, 10);
    if (value > 0x7fffffff)
        return false;
    *number = (unsigned)value;
    *p = end;
    return true;
}

static bool take_text(const char **p, const char *text)
{
    size_t len = strlen(text);

    if (strncmp(*p, text, len) != 0)
        return false;
    *p += len;
    return true;
}

bool ag_guest_path(const char *path, unsigned *domid, int *vbd)
{
    unsigned number;

    *vbd = -1;
    if (!take_text(&path, "/local/domain") || !take_number(&path, domid) ||
        !take_text(&path, "/" XR_WIRE_NODE))
        return false;
    if (!take_text(&path, "/figures"))
        return *path == '\0' || (*path == '/' && strcmp(path, "/command") != 0);
    if (!take_number(&path, &number) || *path)
        return false;
    *vbd = (int)number;
    return true;
}
