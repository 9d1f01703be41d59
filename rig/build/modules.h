/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which kernel modules are needed, and in which order they load. */
#pragma once

#include <glib.h>

typedef struct _XrModules XrModules;

/* depmod's word on one kernel: modules.dep and modules.builtin of folder (…/lib/modules/RELEASE). */
XrModules *xr_modules_load(const char *folder, GError **error);
/* The same of a tree that a kernel was built in: its modules.order and modules.builtin, and what its modules say themselves. */
XrModules *xr_modules_load_tree(const char *tree, GError **error);
void xr_modules_free(XrModules *modules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrModules, xr_modules_free)

/* Appends to order (of char *) the files, relative to folder, of module name and of those it needs,
 * in load order; what is there already stays where it is. Nothing for a module that is built in. In
 * names "-" and "_" are the same. XR_ERROR_BUILD if the kernel has no such module: the message has the option of its
 * configuration. */
gboolean xr_modules_add(const XrModules *modules, const char *name, GPtrArray *order,
                        GError **error);

/* What the files are relative to. Belongs to modules. */
const char *xr_modules_folder(const XrModules *modules);

/* The file's module name, "-" replaced by "_": "kernel/fs/xfs/xfs.ko.xz" -> "xfs". Free with
 * g_free. */
char *xr_modules_name(const char *file);
