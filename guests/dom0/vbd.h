/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: VBDs' names and numbers as docs/misc/vbd-interface of Xen has them, and the
 * paths in xenstore that matter here; pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define AG_VBD_NAME_SIZE 8

/* 0 -> "xvda"; index below 26. */
void ag_vbd_name(size_t index, char name[AG_VBD_NAME_SIZE]);
/* 0 -> 51712, the number in the names of its xenstore and sysfs folders. */
unsigned ag_vbd_number(size_t index);

/* Whether path is a domU's corner for this rig or lies in it: /local/domain/DOMID/data/xenrig/…,
 * but for the node "command", which is ours to write. vbd gets V of figures/V, -1 for all else; what
 * else lies below "figures", the folder itself included, is of no interest. */
bool ag_guest_path(const char *path, unsigned *domid, int *vbd);
