/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from a build's name to bytes that boot. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* Who runs a kernel of a build. */
typedef enum { XR_BUILD_DOM0, XR_BUILD_GUESTS, XR_BUILD_USERS } XrBuildUser;

typedef struct {
    char *name;    /* as a plan names it: "debian:trixie" */
    char *release; /* e.g. "6.12.118+deb13-amd64" */
    char *sha256;  /* of its bzImage */
    gboolean pv;   /* how Xen can start it */
    gboolean pvh;
} XrBuildKernel;

/* What one machine boots. All paths are absolute and inside the cache: do not write there. */
typedef struct {
    char *
        name; /* as the plan names it: "debian:bookworm", "debsrc:bookworm+single-lock"; where it has
                          other kernels than XR_KERNEL_DEFAULT, with these (kernel-name.h) */
    char *id;          /* first 16 hex digits of a SHA-256 over everything below */
    char *xen;         /* ELF32 hypervisor for QEMU's multiboot loader */
    char *xen_version; /* Debian's version, or Xen's and the commit */
    char *identity;    /* of xen: the same for the same code, whatever it is called (identity.h) */
    JsonObject *pins;  /* what else of its making changes its speed (pins.h) */
    char *toolstack;   /* whose it is: "debian:bookworm", or a cache key and version */
    char *toolstack_identity; /* the same for the same programs and libraries */
    char *
        assumed; /* release whose toolstack it is by a file's name alone, or the user's word; else NULL */
    char *coverage; /* folder with what the lines counted by xen are, or NULL: it counts none */
    char *kernel;   /* uncompressed vmlinux for dom0 */
    char *kernel_release;                  /* e.g. "6.1.0-56-amd64" */
    XrBuildKernel kernels[XR_BUILD_USERS]; /* dom0's, and that of Linux domUs */
    char *initramfs; /* dom0: init, agent, toolstack, domU kernel and initramfs inside; uncompressed
                        cpio */
    JsonArray *inputs; /* objects: package, version, arch, sha256 of each .deb, and the package set
                          it is of; file, sha256 of each artefact */
} XrBuild;

/* Progress in a sentence, e.g. "fetching debian:bookworm (first time only)". */
typedef void (*XrBuildProgress)(const char *sentence, gpointer user_data);

/* Fetches and assembles what is missing; all cached: a second call does no network and takes
 * well under a second. Safe with two callers at once (lock per entry), and interruptible: entries
 * appear by rename only. Errors: XR_ERROR_INPUT for a name it does not know (the message lists
 * those known), XR_ERROR_FETCH with the last lines of the fetch log, XR_ERROR_BUILD where the source itself is why: it
 * does not compile (with the compiler's first errors and the log's path), an anchor of a variant is missing, no toolstack
 * fits; XR_ERROR_HOST for a missing tool, a full disk; XR_ERROR_STOPPED. What it used cannot be removed from the cache
 * until xr_cache_let_go or the end of the process. */
XrBuild *xr_build_prepare(const char *name, XrBuildProgress progress, gpointer user_data,
                          GCancellable *cancellable, GError **error);
void xr_build_free(XrBuild *build);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrBuild, xr_build_free)
/* Whether the kernel of user can be started in that mode. XR_ERROR_BUILD names it and the option that it lacks. Pure. */
gboolean xr_build_check_mode(const XrBuild *build, XrBuildUser user, gboolean pvh, GError **error);

/* The QEMU to use: override if given, else the host's if 9.1 or newer, else the one that
 * images/host.sh put into the cache. version is "10.0.2". XR_ERROR_HOST says how to get one. */
gboolean xr_qemu_find(const char *override, char **path, char **version, GError **error);

#define XR_QEMU_OLDEST "9.1"
/* Whether a version as above is XR_QEMU_OLDEST or newer. */
gboolean xr_qemu_is_new_enough(const char *version);

/* Whether the QEMU at path (as xr_qemu_find tells it) has what plugins of ours call (rig/plugin/qemu-api.h).
 * XR_ERROR_HOST names what it lacks. That the API is of a version that fits is QEMU's own to check when it loads one. */
gboolean xr_qemu_check_plugins(const char *path, GError **error);
