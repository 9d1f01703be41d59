/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: names of kernels, and where names of builds say them. */
#pragma once

#include <glib.h>

/* What a plan has where it says nothing. */
#define XR_KERNEL_DEFAULT "debian:bookworm"

typedef enum {
    XR_KERNEL_FROM_DEBIAN, /* debian:RELEASE: its package */
    XR_KERNEL_FROM_FILE, /* file:VMLINUZ[,modules=DIR]: a bzImage and modules that are installed */
    XR_KERNEL_FROM_TREE, /* dir:BUILDTREE: a Linux tree that was built */
} XrKernelKind;

typedef struct {
    XrKernelKind kind;
    char *where;   /* release, file or folder */
    char *modules; /* of modules=; NULL if not given */
} XrKernelName;

/* XR_ERROR_INPUT quotes name and lists what is known. Pure. */
XrKernelName *xr_kernel_name_parse(const char *name, GError **error);
void xr_kernel_name_free(XrKernelName *name);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrKernelName, xr_kernel_name_free)

/* A build's name may have, anywhere behind its source, the words kernel=KERNEL (for dom0 and Linux domUs),
 * dom0.kernel=KERNEL and guests.kernel=KERNEL; of a kernel file:VMLINUZ the word behind may be modules=DIR. The last word
 * counts. Paths in it have no commas. */
typedef struct {
    char *build;  /* the name without these words */
    char *dom0;   /* kernels as they are named */
    char *guests; /* the Linux domUs' */
} XrKernelWords;

/* dom0 and guests: kernels where name says none (a plan's keys); NULL is XR_KERNEL_DEFAULT. Pure. */
XrKernelWords *xr_kernel_words_cut(const char *name, const char *dom0, const char *guests);
/* build with the words again, in their shortest form: none for XR_KERNEL_DEFAULT. Pure. Free with g_free. */
char *xr_kernel_words_join(const XrKernelWords *words, const char *build);
void xr_kernel_words_free(XrKernelWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrKernelWords, xr_kernel_words_free)

/* Both in one: name, and the kernels that a plan has where name says none. Pure. Free with g_free. */
char *xr_kernel_words_add(const char *name, const char *dom0, const char *guests);
