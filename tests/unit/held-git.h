/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A git that waits, so that tests can kill who has asked it. */
#pragma once

#include "record-fixture.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>

enum { HELD_STEP_US = 10 * 1000, HELD_STEPS = 3000 };

typedef struct {
    char *pipe, *path; /* path: PATH as it was */
} HeldGit;

/* From here to held_git_end programs find a git that waits when it is asked with that word, and is itself otherwise. */
static inline HeldGit held_git_begin(const char *word)
{
    HeldGit held = {.pipe = g_build_filename(state, "held-git.pipe", NULL),
                    .path = g_strdup(g_getenv("PATH"))};
    g_autofree char *folder = g_build_filename(state, "held-git", NULL);
    g_autofree char *script = g_build_filename(folder, "git", NULL);
    g_autofree char *git = g_find_program_in_path("git");
    g_autofree char *path = g_strconcat(folder, ":", held.path, NULL);
    g_autofree char *text = g_strdup_printf("#!/bin/sh\ncase \" $* \" in *\" %s \"*)\n"
                                            "read -r line <'%s'\nexit 1\nesac\nexec %s \"$@\"\n",
                                            word, held.pipe, git);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents_full(script, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
    g_assert_cmpint(mkfifo(held.pipe, 0600), ==, 0);
    g_setenv("PATH", path, TRUE);
    return held;
}

/* What still waits ends. */
static inline void held_git_end(HeldGit *held)
{
    const int end = open(held->pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

    if (end >= 0)
        close(end);
    g_setenv("PATH", held->path, TRUE);
    g_unlink(held->pipe);
    g_free(held->pipe);
    g_free(held->path);
}

static inline void wait_until(const char *path, gboolean there)
{
    for (guint i = 0; i < HELD_STEPS && g_file_test(path, G_FILE_TEST_EXISTS) != there; i++)
        g_usleep(HELD_STEP_US);
    if (g_file_test(path, G_FILE_TEST_EXISTS) != there)
        g_error("%s %s", path, there ? "does not come" : "stays");
}

/* Kills the process, which has the folder dir/snapshots: that goes, and its lock. */
static inline void assert_killed_without_trace(GSubprocess *process, const char *dir)
{
    g_autofree char *snapshots = g_build_filename(dir, "snapshots", NULL);
    g_autofree char *lock = g_strconcat(snapshots, ".lock", NULL);
    g_autofree char *machine = g_build_filename(snapshots, "machine", NULL);

    g_assert_true(g_file_set_contents(machine, "memory", -1, NULL));
    g_subprocess_send_signal(process, SIGKILL);
    g_assert_true(g_subprocess_wait(process, NULL, NULL));
    g_assert_true(g_subprocess_get_if_signaled(process));
    wait_until(snapshots, FALSE);
    wait_until(lock, FALSE);
}
