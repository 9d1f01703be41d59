/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: git, asked and told. */
#include "bisect/git.h"

#include "base/error.h"
#include "base/text.h"
#include "bisect/scratch.h"
#include <string.h>

#define MADE "2013-01-01T00:00:00Z"

enum { SAID = 2000, SUBJECT = 100 };

/* As `git rev-parse --local-env-vars` lists them. */
static const char *const locals[] = {"GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                     "GIT_COMMON_DIR",
                                     "GIT_CONFIG",
                                     "GIT_CONFIG_COUNT",
                                     "GIT_CONFIG_PARAMETERS",
                                     "GIT_DIR",
                                     "GIT_GRAFT_FILE",
                                     "GIT_IMPLICIT_WORK_TREE",
                                     "GIT_INDEX_FILE",
                                     "GIT_INTERNAL_SUPER_PREFIX",
                                     "GIT_NO_REPLACE_OBJECTS",
                                     "GIT_OBJECT_DIRECTORY",
                                     "GIT_PREFIX",
                                     "GIT_REPLACE_REF_BASE",
                                     "GIT_SHALLOW_FILE",
                                     "GIT_WORK_TREE"};

void xr_git_forget_environment(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(locals); i++)
        g_unsetenv(locals[i]);
}

static GSubprocess *start(const char *dir, const char *const *argv, GError **error)
{
    static const char *const first[] = {"git",
                                        "-c",
                                        "core.hooksPath=/dev/null",
                                        "-c",
                                        "gc.auto=0",
                                        "-c",
                                        "user.name=xenrig",
                                        "-c",
                                        "user.email=xenrig@localhost"};
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GPtrArray) words = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(words, (gpointer)first[i]);
    for (; *argv != NULL; argv++)
        g_ptr_array_add(words, (gpointer)*argv);
    g_ptr_array_add(words, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(locals); i++)
        g_subprocess_launcher_unsetenv(launcher, locals[i]);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C", TRUE);
    g_subprocess_launcher_setenv(launcher, "GIT_TERMINAL_PROMPT", "0", TRUE);
    g_subprocess_launcher_setenv(launcher, "GIT_EDITOR", "true", TRUE);
    /* What is committed here, a tree without the culprit, has the same id each time: it is found again. */
    g_subprocess_launcher_setenv(launcher, "GIT_AUTHOR_DATE", MADE, TRUE);
    g_subprocess_launcher_setenv(launcher, "GIT_COMMITTER_DATE", MADE, TRUE);
    if (dir != NULL)
        g_subprocess_launcher_set_cwd(launcher, dir);
    return g_subprocess_launcher_spawnv(launcher, (const char *const *)words->pdata, error);
}

/* Messages of commits need not be UTF-8. */
static char *text_of(GBytes *bytes)
{
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);

    return g_utf8_make_valid(data != NULL ? data : "", (gssize)length);
}

static gboolean finish(GSubprocess *process, int *code, char **out, char **err, GError **error)
{
    g_autoptr(GBytes) printed = NULL;
    g_autoptr(GBytes) complained = NULL;

    if (process == NULL ||
        !g_subprocess_communicate(process, NULL, NULL, &printed, &complained, error)) {
        g_prefix_error(error, "git: ");
        return FALSE;
    }
    *out = text_of(printed);
    *err = text_of(complained);
    if (g_subprocess_get_if_exited(process)) {
        *code = g_subprocess_get_exit_status(process);
        return TRUE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "git was killed by signal %d",
                g_subprocess_get_term_sig(process));
    return FALSE;
}

gboolean xr_git_run(const char *dir, const char *const *argv, int *code, char **told,
                    GError **error)
{
    g_autoptr(GSubprocess) process = start(dir, argv, error);
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;

    if (!finish(process, code, &out, &err, error))
        return FALSE;
    g_autofree char *both = g_strconcat(g_strchomp(err), err[0] != '\0' ? "\n" : "", out, NULL);
    *told = xr_text_escape(g_strchomp(both), -1, SAID);
    return TRUE;
}

char *xr_git_ask(const char *dir, const char *const *argv, GError **error)
{
    g_autoptr(GSubprocess) process = start(dir, argv, error);
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    int code = 0;

    if (!finish(process, &code, &out, &err, error))
        return NULL;
    if (code == 0)
        return g_strdup(g_strchomp(out));
    g_autofree char *said = xr_text_escape(g_strchomp(err), -1, SAID);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "git %s: %s", argv[0], said);
    return NULL;
}

char *xr_git_find(const char *folder, GError **error)
{
    /* A bare repository has no top folder. */
    const char *const top[] = {"rev-parse", "--show-toplevel", NULL};
    const char *const bare[] = {"rev-parse", "--absolute-git-dir", NULL};
    char *found = NULL;

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--repo %s: there is no such folder", folder);
        return NULL;
    }
    found = xr_git_ask(folder, top, NULL);
    found = found != NULL ? found : xr_git_ask(folder, bare, error);
    if (found == NULL)
        g_prefix_error(error, "--repo %s: ", folder);
    return found;
}

char *xr_git_commit(const char *repo, const char *revision, GError **error)
{
    g_autofree char *object = g_strconcat(revision, "^{commit}", NULL);
    const char *const argv[] = {"rev-parse", "--verify", "-q", "--end-of-options", object, NULL};
    char *id = xr_git_ask(repo, argv, NULL);

    if (id == NULL)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s: %s has no commit of this name", revision,
                    repo);
    return id;
}

char *xr_git_subject(const char *repo, const char *commit)
{
    const char *const argv[] = {"log", "-1", "--format=%s", commit, NULL};
    g_autofree char *text = xr_git_ask(repo, argv, NULL);

    return xr_text_escape(text != NULL ? text : "", -1, SUBJECT);
}

GPtrArray *xr_git_line(const char *repo, const char *good, const char *bad, GError **error)
{
    g_autofree char *range = g_strdup_printf("%s..%s", good, bad);
    g_autofree char *before = NULL;
    const char *const argv[] = {"rev-list", "--first-parent", "--reverse", range, NULL};
    g_autofree char *text = xr_git_ask(repo, argv, error);
    g_autoptr(GPtrArray) commits = g_ptr_array_new_with_free_func(g_free);

    if (text == NULL)
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
        g_ptr_array_add(commits, g_strdup(lines[i]));
    if (commits->len > 0) {
        g_autofree char *parent = g_strconcat(commits->pdata[0], "^", NULL);

        before = xr_git_commit(repo, parent, NULL);
    }
    if (g_strcmp0(before, good) == 0)
        return g_steal_pointer(&commits);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "the good commit %.12s is not among the first parents of the bad one %.12s, and "
                "this search is one along a line: leave --search out, or name another commit",
                good, bad);
    return NULL;
}
