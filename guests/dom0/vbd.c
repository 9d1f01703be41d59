/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: VBDs' names and numbers. */
#include "vbd.h"

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

bool ag_backend_params_path(const char *path, unsigned *domid, unsigned *number)
{
    size_t len = strlen(AG_BACKEND_VBD);

    if (strncmp(path, AG_BACKEND_VBD, len) != 0)
        return false;
    path += len;
    return take_number(&path, domid) && take_number(&path, number) && strcmp(path, "/params") == 0;
}
