/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from a list (images/initramfs/…) to an initramfs. */
#pragma once

#include <glib.h>

/* Where the list's words find their files. Borrowed. */
typedef struct {
    const char *tree;           /* programs and libraries: the hypervisor's package set, unpacked */
    const char *kernel_tree;    /* modules: the kernel's package set, unpacked */
    const char *kernel_release; /* modules are those of this kernel */
    GHashTable *artefacts;      /* name -> GBytes; NULL if the list names none */
} XrImageInputs;

/* Writes to dest the initramfs that the list on path list asks for. Errors of the list itself are
 * XR_ERROR_INPUT, of what it names XR_ERROR_FETCH or XR_ERROR_HOST; all begin with the list's path
 * and line. A failure leaves no file. */
gboolean xr_image_write(const char *list, const XrImageInputs *inputs, const char *dest,
                        GError **error);

/* Adds the list's text, and names and bytes of the programs of ours that it names, to checksum:
 * with the tree, all that a result depends on. */
gboolean xr_image_hash_inputs(const char *list, GChecksum *checksum, GError **error);
