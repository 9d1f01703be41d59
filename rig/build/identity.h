/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether two hypervisors are the same code. */
#pragma once

#include <glib.h>

/* SHA-256, in hex, over what a hypervisor loads, without what only says when and in which build it was made:
 * equal hashes are the same code and data. xen: as QEMU boots it, a whole ELF32 file; what names it in errors
 * (XR_ERROR_FETCH). Free with g_free. */
char *xr_identity_of(GBytes *xen, const char *what, GError **error);
/* The same of a file. */
char *xr_identity_of_file(const char *path, GError **error);

/* The compiler's name and version as the hypervisor has it for its greeting; NULL if it cannot be found. Free
 * with g_free. */
char *xr_identity_compiler(GBytes *xen);
