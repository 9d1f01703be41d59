/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: git's own bisection, in a clone of its own. */
#include "bisect/scratch.h"

#include "base/error.h"
#include "bisect/git.h"
#include "boot/leftovers.h"
#include <string.h>

const char *xr_mark_name(XrMark mark)
{
    static const char *const names[] = {"good", "bad", "skip"};

    return names[mark];
}

void xr_scratch_free(XrScratch *scratch)
{
    if (scratch == NULL)
        return;
    g_free(scratch->dir);
    g_free(scratch->next);
    g_free(scratch->log);
    g_ptr_array_unref(scratch->suspects);
    g_free(scratch);
}

/* Commits that the log names at the end, once git knows, or can know, no more. */
static void read_suspects(XrScratch *scratch, const char *log)
{
    static const char found[] = "# first bad commit: [",
                      possible[] = "# possible first bad commit: [";
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);

    g_ptr_array_set_size(scratch->suspects, 0);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *rest = NULL;

        if (g_str_has_prefix(lines[i], found))
            rest = lines[i] + strlen(found);
        else if (g_str_has_prefix(lines[i], possible))
            rest = lines[i] + strlen(possible);
        if (rest != NULL)
            g_ptr_array_add(scratch->suspects, g_strndup(rest, strcspn(rest, "]")));
    }
}

static guint steps_left(const char *dir)
{
    static const char key[] = "bisect_steps=";
    const char *const argv[] = {
        "rev-list", "--bisect-vars", "refs/bisect/bad", "--not", "--glob=refs/bisect/good-*", NULL};
    g_autofree char *text = xr_git_ask(dir, argv, NULL);
    const char *at = text != NULL ? strstr(text, key) : NULL;

    return at != NULL ? (guint)g_ascii_strtoull(at + strlen(key), NULL, 10) : 0;
}

static char *read_log(const char *dir, GError **error)
{
    static const char own[] = " '--no-checkout'";
    const char *const argv[] = {"bisect", "log", NULL};
    char *log = xr_git_ask(dir, argv, error);
    char *at = log != NULL ? strstr(log, own) : NULL;

    /* Whoever replays it wants the commits' files. */
    if (at != NULL)
        memmove(at, at + strlen(own), strlen(at + strlen(own)) + 1);
    return log;
}

/* Where git is now. */
static gboolean look(XrScratch *scratch, GError **error)
{
    const char *const argv[] = {"rev-parse", "--verify", "-q", "BISECT_HEAD", NULL};

    g_free(scratch->log);
    scratch->log = read_log(scratch->dir, error);
    if (scratch->log == NULL)
        return FALSE;
    read_suspects(scratch, scratch->log);
    g_clear_pointer(&scratch->next, g_free);
    scratch->left = 0;
    if (scratch->suspects->len > 0)
        return TRUE;
    scratch->next = xr_git_ask(scratch->dir, argv, error);
    scratch->left = steps_left(scratch->dir);
    return scratch->next != NULL;
}

/* With nothing left but what was skipped git exits with 2, and the log tells. */
static gboolean bisect(XrScratch *scratch, const char *const *argv, GError **error)
{
    int code = 0;
    g_autofree char *told = NULL;

    if (!xr_git_run(scratch->dir, argv, &code, &told, error))
        return FALSE;
    if (code == 0 || code == 2)
        return look(scratch, error);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "git bisect: %s", told);
    return FALSE;
}

XrScratch *xr_scratch_new(const char *repo, const char *dir, const char *good, const char *bad,
                          GError **error)
{
    const char *const start[] = {"bisect", "start", "--no-checkout", bad, good, NULL};
    const char *const clone[] = {"clone", "-q", "--shared", "--no-checkout", repo, dir, NULL};
    g_autoptr(XrScratch) scratch = g_new0(XrScratch, 1);
    g_autofree char *told = NULL;

    scratch->dir = g_strdup(dir);
    scratch->suspects = g_ptr_array_new_with_free_func(g_free);
    xr_leftovers_remove_tree(dir);
    told = xr_git_ask(NULL, clone, error);
    return told != NULL && bisect(scratch, start, error) ? g_steal_pointer(&scratch) : NULL;
}

gboolean xr_scratch_mark(XrScratch *scratch, XrMark mark, GError **error)
{
    g_autofree char *commit = g_steal_pointer(&scratch->next);
    const char *const argv[] = {"bisect", xr_mark_name(mark), commit, NULL};

    return bisect(scratch, argv, error);
}

gboolean xr_scratch_checkout(const XrScratch *scratch, const char *commit, GError **error)
{
    const char *const argv[] = {"checkout", "-q", "--force", "--detach", commit, NULL};
    g_autofree char *told = xr_git_ask(scratch->dir, argv, error);

    return told != NULL;
}

char *xr_scratch_revert(const XrScratch *scratch, const char *commit, const char *onto,
                        GError **error)
{
    const char *const revert[] = {"revert", "--no-commit", commit, NULL};
    const char *const write[] = {"write-tree", NULL};
    g_autofree char *told = NULL;
    g_autofree char *tree = NULL;
    g_autofree char *message = g_strdup_printf("%.12s without %.12s", onto, commit);
    int code = 0;

    if (!xr_scratch_checkout(scratch, onto, error) ||
        !xr_git_run(scratch->dir, revert, &code, &told, error))
        return NULL;
    if (code != 0)
        return NULL;
    tree = xr_git_ask(scratch->dir, write, error);
    const char *const make[] = {"commit-tree", "-p", onto, "-m", message, tree, NULL};
    return tree != NULL ? xr_git_ask(scratch->dir, make, error) : NULL;
}
