/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: libxl's hotplug script for block devices.
 *
 * libxl runs /etc/xen/scripts/block for each VBD (4.14, 4.17 and 4.20 do, whatever xl.conf says about
 * udev) and takes a VBD as ready when it has ended well. Debian's is a shell script that takes seconds under
 * emulation; dom0-init puts a link to the agent in its place. blkback waits for "physical-device",
 * major:minor in hex, and for "hotplug-status". */
#include "agent.h"

#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <xenstore.h>

static bool write_node(struct xs_handle *store, const char *base, const char *node,
                       const char *value)
{
    ag_autofree char *path = ag_printf("%s/%s", base, node);

    return xs_write(store, XBT_NULL, path, value, (unsigned)strlen(value));
}

/* NULL or what went wrong. */
static char *connect_device(struct xs_handle *store, const char *base)
{
    ag_autofree char *path = ag_printf("%s/params", base);
    char device[32];
    struct stat st;
    unsigned len;
    ag_autofree char *params = xs_read(store, XBT_NULL, path, &len);

    if (!params)
        return ag_printf("%s: %s", path, strerror(errno));
    if (stat(params, &st) < 0)
        return ag_printf("%s: %s", params, strerror(errno));
    if (!S_ISBLK(st.st_mode))
        return ag_printf("%s is no block device", params);
    snprintf(device, sizeof device, "%x:%x", major(st.st_rdev), minor(st.st_rdev));
    if (!write_node(store, base, "physical-device", device) ||
        !write_node(store, base, "hotplug-status", "connected"))
        return ag_printf("%s: %s", base, strerror(errno));
    return NULL;
}

int ag_hotplug_main(const char *action)
{
    const char *base = getenv("XENBUS_PATH");

    if (strcmp(action, "add") != 0)
        return 0;
    struct xs_handle *store = xs_open(0);
    if (!store || !base) {
        fprintf(stderr, "block: no xenstore or no XENBUS_PATH\n");
        return 1;
    }
    ag_autofree char *error = connect_device(store, base);
    if (!error)
        return 0;
    fprintf(stderr, "block: %s\n", error);
    write_node(store, base, "hotplug-error", error);
    write_node(store, base, "hotplug-status", "error");
    return 1;
}
