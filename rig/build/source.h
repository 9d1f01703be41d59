/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: names of builds: SOURCE[+VARIANT][,OPTION…]. */
#pragma once

#include <glib.h>

typedef enum {
    XR_FROM_PACKAGES, /* debian:RELEASE: binary packages */
    XR_FROM_DEBSRC,   /* debsrc:RELEASE: the release's source package */
    XR_FROM_GIT,      /* git:DIR[@REV]: a commit of a checkout */
    XR_FROM_DIR,      /* dir:PATH: a tree as it stands */
    XR_FROM_FILE,     /* file:PATH: a hypervisor that somebody else built */
} XrSourceKind;

typedef struct {
    XrSourceKind kind;
    char *where;        /* release, folder or file */
    char *revision;     /* of git: as written, "HEAD" if not; else NULL */
    char *variant;      /* "stock" if none is named */
    GPtrArray *options; /* char *, sorted, without those below; never NULL */
    char *root;         /* of root=: a Debian release or "host"; NULL if not given */
    char *toolstack;    /* of toolstack=: a Debian release or "source"; NULL if not given */
    char *name;         /* the whole in its shortest form, options sorted */
} XrSource;

/* What may follow "+" and ",": the names of files in images/xen/variants and images/xen/options. */
typedef struct {
    GPtrArray *variants; /* char *, sorted */
    GPtrArray *options;
} XrSourceWords;
XrSourceWords *xr_source_words_load(GError **error);
void xr_source_words_free(XrSourceWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSourceWords, xr_source_words_free)

/* The variant begins at the last "+" and the options at the first "," after the last "/"; so a tag with a
 * "+" in it needs "+stock" behind it. XR_ERROR_INPUT quotes the part that is wrong and lists what is
 * known. Pure. */
XrSource *xr_source_parse(const char *name, const XrSourceWords *words, GError **error);
void xr_source_free(XrSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSource, xr_source_free)

gboolean xr_source_has_option(const XrSource *source, const char *option);
/* The same of a name as a plan has it, which need not be a right one. */
gboolean xr_source_name_has_option(const char *name, const char *option);
