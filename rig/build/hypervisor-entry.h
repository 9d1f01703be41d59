/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the cache holds of a hypervisor, written and read. */
#pragma once

#include "build/hypervisor.h"

/* Completes object by id, and by hash, identity and pins of folder's xen, and writes it there as build.json.
 * XR_ERROR_FETCH if xen is nothing that QEMU boots. */
gboolean xr_hypervisor_write(JsonObject *object, const char *folder, const char *id,
                             GError **error);

/* An entry of the cache. XR_ERROR_HOST if it is damaged. */
XrHypervisor *xr_hypervisor_load(const char *folder, GError **error);
