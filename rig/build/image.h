/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from a list (images/initramfs/…) to an initramfs. */
#pragma once

#include "build/modules.h"
#include <glib.h>

/* Where the list's words find their files. Borrowed. */
typedef struct {
    const char *tree;         /* programs and libraries: the hypervisor's package set, unpacked */
    const XrModules *modules; /* of the kernel that the image is for; NULL if the list names none */
    GHashTable *artefacts;    /* name -> GBytes; NULL if the list names none */
} XrImageInputs;

/* Writes to dest the initramfs that the list on path list asks for. Errors of the list itself are
 * XR_ERROR_INPUT, of what it names XR_ERROR_FETCH or XR_ERROR_HOST; all begin with the list's path
 * and line. A failure leaves no file. */
gboolean xr_image_write(const char *list, const XrImageInputs *inputs, const char *dest,
                        GError **error);

/* Adds the list's text, and names and bytes of the programs of ours that it names, to checksum:
 * with the tree, all that a result depends on; with modules, also the bytes of those that it names, so that the result does
 * not depend on the kernel's tree. Errors as above. */
gboolean xr_image_hash_inputs(const char *list, const XrModules *modules, GChecksum *checksum,
                              GError **error);
