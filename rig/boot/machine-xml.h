/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the domain XML and the disks' files have in common; private to boot/. */
#pragma once

#include "boot/machine.h"

/* xr_machine_xml for a libvirt with security models of its own (capabilities: its
 * virConnectGetCapabilities; NULL for none). QEMU has to read a cache and a record that are open to
 * the caller only, so it is run as the caller (model dac; not on another host, where all may read what was uploaded), and
 * unconfined by others: their profiles
 * know only of files that libvirt has words for, not of those on QEMU's own command line. Free with
 * g_free. */
char *xr_machine_xml_labelled(const XrMachineSpec *spec, XrAccel accel, const char *cpu_model,
                              const char *socket_dir, const char *capabilities);

/* Backing disks the plan asks for: 0 unless workload.backing is disk. */
guint xr_machine_disk_count(const XrPlan *plan);
/* RUN_DIR/vbd00.img …; free with g_free. */
char *xr_machine_disk_path(const char *run_dir, guint i);
/* Makes the disks' sparse files. On failure those made are removed. XR_ERROR_HOST. */
gboolean xr_machine_disks_create(const char *run_dir, const XrPlan *plan, GError **error);
/* Removes them; none there is no error. */
void xr_machine_disks_remove(const char *run_dir, const XrPlan *plan);
