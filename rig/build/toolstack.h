/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which toolstack speaks with which hypervisor. */
#pragma once

#include "build/source.h"
#include <glib.h>

/* Versions of the two interfaces that change with every Xen; a toolstack serves exactly one pair. */
typedef struct {
    guint domctl;
    guint sysctl;
} XrInterfaces;

/* Reads them from the public headers of a source tree. XR_ERROR_BUILD names the file that lacks them. */
gboolean xr_toolstack_read(const char *tree, XrInterfaces *interfaces, GError **error);

/* The Debian release whose toolstack speaks interfaces. XR_ERROR_BUILD names both pairs of numbers and
 * what to do; subject is what has them ("git:…"). */
const char *xr_toolstack_find(const XrInterfaces *interfaces, const char *subject, GError **error);

/* The release whose Xen's version ("4.17") stands in the name of the file on path; XR_ERROR_INPUT if none
 * does. */
const char *xr_toolstack_find_for_file(const char *path, GError **error);

/* XR_ERROR_INPUT if release is none that has a toolstack; else, unless interfaces is NULL, XR_ERROR_BUILD if
 * its toolstack does not speak them. */
gboolean xr_toolstack_check(const char *release, const XrInterfaces *interfaces, GError **error);

/* The release whose toolstack source gets: the one it names, or the one that fits. interfaces are not looked
 * at where source is a ready-made file. Errors as above. */
const char *xr_toolstack_choose(const XrSource *source, const XrInterfaces *interfaces,
                                GError **error);
