/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the domain XML and the disks' files have in common; private to boot/. */
#pragma once

#include "boot/machine.h"

/* Backing disks the plan asks for: 0 unless workload.backing is disk. */
guint xr_machine_disk_count(const XrPlan *plan);
/* RUN_DIR/vbd00.img …; free with g_free. */
char *xr_machine_disk_path(const char *run_dir, guint i);
/* Makes the disks' sparse files. On failure those made are removed. XR_ERROR_HOST. */
gboolean xr_machine_disks_create(const char *run_dir, const XrPlan *plan, GError **error);
/* Removes them; none there is no error. */
void xr_machine_disks_remove(const char *run_dir, const XrPlan *plan);
