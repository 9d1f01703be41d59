/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: git's own bisection, in a clone of its own.
 *
 * The user's repository is only read: its work tree, index, refs and a bisection of theirs stay as they are. The clone
 * borrows its objects. */
#pragma once

#include <gio/gio.h>

typedef enum { XR_MARK_GOOD, XR_MARK_BAD, XR_MARK_SKIP } XrMark;
/* "good", "bad", "skip"; static. */
const char *xr_mark_name(XrMark mark);

/* Variables by which git, in a hook or in `git bisect run`, tells its children of the repository are unset, so that
 * the folders named on the command line count. */
void xr_git_forget_environment(void);
/* The top folder of the repository that folder is in; XR_ERROR_INPUT if it is in none. Free with g_free. */
char *xr_git_find(const char *folder, GError **error);
/* Id of the commit that revision names. XR_ERROR_INPUT. Free with g_free. */
char *xr_git_commit(const char *repo, const char *revision, GError **error);
/* First line of a commit's message, safe to print; "" where there is none. Free with g_free. */
char *xr_git_subject(const char *repo, const char *commit);
/* Ids of the commits after good up to bad along first parents, the oldest first (char *). XR_ERROR_INPUT where good is
 * not among bad's first parents, or is bad itself. Free with g_ptr_array_unref. */
GPtrArray *xr_git_line(const char *repo, const char *good, const char *bad, GError **error);

typedef struct {
    char *dir;  /* the clone */
    char *next; /* commit to test; NULL: the search has ended */
    GPtrArray *
        suspects; /* of an ended search: the culprit, or all that may be it (char *), the newest first */
    guint left; /* steps that git expects to follow */
    char *log;  /* what `git bisect log` prints, for `git bisect replay` in any clone */
} XrScratch;
/* Clones repo into dir, in the place of what is there, and begins a bisection. XR_ERROR_INPUT with what git says. */
XrScratch *xr_scratch_new(const char *repo, const char *dir, const char *good, const char *bad,
                          GError **error);
void xr_scratch_free(XrScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrScratch, xr_scratch_free)

/* Tells git of next, and takes what git says. */
gboolean xr_scratch_mark(XrScratch *scratch, XrMark mark, GError **error);
/* Puts the commit's files into dir, for commands that want them there. */
gboolean xr_scratch_checkout(const XrScratch *scratch, const char *commit, GError **error);
/* Id of a new commit in the clone: onto without what commit brought; NULL, without error, where git cannot take
 * it back by itself (conflicts, a merge), else XR_ERROR_INPUT. Free with g_free. */
char *xr_scratch_revert(const XrScratch *scratch, const char *commit, const char *onto,
                        GError **error);
