/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a bisection's builds, runs and commands, on the real thing. */
#include "bisect/bisect.h"

#include "boot/leftovers.h"
#include "boot/snapshots.h"
#include "build/cache.h"
#include "build/child.h"
#include "run/make.h"
#include "run/real.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { POLL_MS = 100, PATIENCE_US = 10 * G_USEC_PER_SEC, BY_SIGNAL = 128 };

typedef struct {
    XrReal base;
    const char *good;       /* id of the good end's commit */
    XrSnapshots *snapshots; /* NULL: none are kept */
} Real;

/* --- builds --- */

/* Folder of the saved machines of the good end, or of the commit under test; NULL: none are kept. Free with g_free. */
static char *snapshots_of(const Real *real, gboolean is_good)
{
    if (real->snapshots == NULL)
        return NULL;
    return g_build_filename(xr_snapshots_dir(real->snapshots), is_good ? "good" : "commit", NULL);
}

/* A machine's memory each is too much to keep for all commits: that of the good end stays. */
static void clear_snapshots(const Real *real)
{
    g_autofree char *folder = snapshots_of(real, FALSE);

    if (folder != NULL)
        xr_leftovers_remove_tree(folder);
}

static char *build(const char *name, gpointer user_data, GError **error)
{
    Real *real = user_data;
    g_autoptr(XrBuild) built = NULL;

    clear_snapshots(real);
    built = xr_make_build(name, xr_real_note, real, real->base.cancellable, error);
    /* Many commits' builds are used; only the next run's must stay. */
    xr_cache_let_go();
    return built != NULL ? xr_bisect_code_of(built->identity, built->toolstack_identity) : NULL;
}

/* --- runs --- */

static XrRunFigure *run(const XrPlan *plan, const char *dir, gpointer user_data, GError **error)
{
    const Real *real = user_data;
    g_autofree char *snapshots =
        snapshots_of(real, strstr(plan->hypervisor.build, real->good) != NULL);
    XrRunFigure *figure;

    if (snapshots != NULL)
        g_mkdir(snapshots, 0700);
    figure = xr_real_run(real->base.options, plan, dir, snapshots, error);
    xr_cache_let_go();
    return figure;
}

/* --- commands --- */

static gboolean on_tick(gpointer unused)
{
    return G_SOURCE_CONTINUE;
}

/* Told to stop, it has some seconds for it. */
static int end_group(GPid pid)
{
    const gint64 until_us = g_get_monotonic_time() + PATIENCE_US;
    int status = 0;

    kill(-pid, SIGTERM);
    while (waitpid(pid, &status, WNOHANG) == 0 && g_get_monotonic_time() < until_us)
        g_usleep(POLL_MS * 1000);
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    return status;
}

static int wait_for(Real *real, GPid pid)
{
    const guint tick = g_timeout_add(POLL_MS, on_tick, NULL);
    int status = 0;
    pid_t ended = 0;

    while (ended == 0) {
        ended = waitpid(pid, &status, WNOHANG);
        if (ended == 0 && xr_real_stopped(real)) {
            status = end_group(pid);
            break;
        }
        if (ended == 0)
            g_main_context_iteration(NULL, TRUE);
    }
    g_source_remove(tick);
    return WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
}

static int command(const char *text, const char *dir, const char *name, gpointer user_data,
                   GError **error)
{
    const char *const argv[] = {"sh", "-c", text, NULL};
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "XENRIG_BUILD", name, TRUE);
    GPid pid;

    /* A group of its own can be ended with all it started. */
    if (!g_spawn_async(dir, (char **)argv, environment,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, xr_child_apart, NULL, &pid,
                       error))
        return -1;
    return wait_for(user_data, pid);
}

XrBisectResult *xr_bisect_really(XrBisectState *state, const XrCompareOptions *options,
                                 GError **error)
{
    static const XrBisectFuncs funcs = {
        build, command, {.run = run, .stopped = xr_real_stopped, .note = xr_real_note}};
    Real real = {.good = state->task.good};
    XrBisectResult *result;

    if (state->plan->machine.time == XR_TIME_LOCKSTEP) {
        g_autofree char *dir = xr_bisect_state_path(state, "snapshots");

        real.snapshots = xr_snapshots_new(dir, error);
        if (real.snapshots == NULL)
            return NULL;
    }
    xr_real_init(&real.base, options);
    result = xr_bisect(state, &funcs, &real, error);
    xr_real_clear(&real.base);
    xr_snapshots_free(real.snapshots);
    return result;
}
