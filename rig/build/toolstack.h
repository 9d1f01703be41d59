/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which toolstack speaks with which hypervisor. */
#pragma once

#include "build/source.h"
#include <glib.h>

/* The toolstack that is built from the hypervisor's own source: what takes a Debian release's place. */
#define XR_TOOLSTACK_SOURCE "source"

enum { XR_VERSION_MAX = 32, XR_HASH_DIGITS = 64 };

/* What a toolstack must fit. */
typedef struct {
    /* Versions of the two interfaces that change with every Xen; a toolstack serves exactly one pair. */
    guint domctl;
    guint sysctl;
    char version[XR_VERSION_MAX]; /* of the tree: "4.17.5", "4.18-unstable"; "" where not known */
    char headers[XR_HASH_DIGITS + 1]; /* SHA-256 over the public headers; "" where not known */
} XrInterfaces;

/* "4.17.5", "4.23-unstable" out of the text of xen/Makefile; what vendors and git add is not in it. "" where it has none;
 * makefile may be NULL. Pure. */
void xr_toolstack_parse_version(const char *makefile, char version[XR_VERSION_MAX]);

/* Reads them from a source tree. XR_ERROR_BUILD names the file that lacks them. */
gboolean xr_toolstack_read(const char *tree, XrInterfaces *interfaces, GError **error);

/* SHA-256, in hex, over names and contents of the public headers by which a hypervisor and its toolstack
 * understand one another: all of xen/include/public but those for other processors and for the protocols between
 * guests. XR_ERROR_BUILD if there are none. Free with g_free. */
char *xr_toolstack_hash_headers(const char *tree, GError **error);

/* The Debian release whose toolstack fits: the same two versions, and of the same stable release of Xen, as
 * within a development cycle the interfaces change without their versions. NULL if there is none. */
const char *xr_toolstack_find(const XrInterfaces *interfaces);

/* The release whose Xen's version ("4.17") stands in the name of the file on path; XR_ERROR_INPUT if none
 * does. */
const char *xr_toolstack_find_for_file(const char *path, GError **error);

/* XR_ERROR_INPUT if release is none that has a toolstack; else, unless interfaces is NULL, XR_ERROR_BUILD if
 * its toolstack does not speak their two versions; the message names both pairs and what to do. */
gboolean xr_toolstack_check(const char *release, const XrInterfaces *interfaces, GError **error);

/* A sentence if line, of Xen's console, is Xen's first and tells of a version other than that of release's
 * toolstack: then they do not understand one another. Else NULL. For hypervisors of which nothing is known before
 * they speak. Pure. Free with g_free. */
char *xr_toolstack_misfit(const char *release, const char *line);

/* Whose toolstack source gets: that of the Debian release it names; for Debian's own source package that of the release that
 * fits, if one does; else XR_TOOLSTACK_SOURCE, for a tree is tested as a whole. interfaces are not looked at where source is a ready-made file. Errors as above, and XR_ERROR_INPUT for a
 * file that is to have a toolstack from source. */
const char *xr_toolstack_choose(const XrSource *source, const XrInterfaces *interfaces,
                                GError **error);
