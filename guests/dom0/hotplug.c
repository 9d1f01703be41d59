/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what udev's scripts would do for a new block backend.
 *
 * libxl writes the backend's params (the device's path); blkback waits for "physical-device",
 * major:minor in hex, and for "hotplug-status". With run_hotplug_scripts=0 nobody but us writes
 * them. */
#include "agent.h"

#include "text.h"
#include "vbd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static bool write_node(Agent *agent, unsigned domid, unsigned number, const char *node,
                       const char *value)
{
    char path[128];

    snprintf(path, sizeof path, AG_BACKEND_VBD "/%u/%u/%s", domid, number, node);
    return ag_store_write(agent->store, path, value);
}

void ag_hotplug_changed(Agent *agent, const char *path)
{
    char device[32];
    struct stat st;
    unsigned domid, number;

    if (!ag_backend_params_path(path, &domid, &number))
        return;
    ag_autofree char *params = ag_store_read(agent->store, path, NULL);
    if (!params)
        return; /* gone again: watches also fire for removals */
    if (stat(params, &st) < 0 || !S_ISBLK(st.st_mode)) {
        ag_port_log(agent->port, "VBD %u of domid %u: %s is no block device", number, domid,
                    params);
        write_node(agent, domid, number, "hotplug-error", "no block device");
        write_node(agent, domid, number, "hotplug-status", "error");
        return;
    }
    snprintf(device, sizeof device, "%x:%x", major(st.st_rdev), minor(st.st_rdev));
    if (!write_node(agent, domid, number, "physical-device", device) ||
        !write_node(agent, domid, number, "hotplug-status", "connected"))
        ag_port_log(agent->port, "VBD %u of domid %u: xenstore: %s", number, domid,
                    strerror(errno));
}
