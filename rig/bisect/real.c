/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a bisection's builds, runs and commands, on the real thing. */
#include "bisect/bisect.h"

#include "base/error.h"
#include "boot/leftovers.h"
#include "boot/snapshots.h"
#include "build/cache.h"
#include "run/make.h"
#include "run/run.h"
#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 100, PATIENCE_US = 10 * G_USEC_PER_SEC, BY_SIGNAL = 128 };

typedef struct {
    const XrCompareOptions *options;
    const char *good;       /* id of the good end's commit */
    XrSnapshots *snapshots; /* NULL: none are kept */
    GCancellable *cancellable;
} Real;

static gboolean on_signal(gpointer user_data)
{
    g_cancellable_cancel(((Real *)user_data)->cancellable);
    return G_SOURCE_CONTINUE;
}

/* A signal is heard when the main loop looks for it. */
static gboolean stopped(gpointer user_data)
{
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    return g_cancellable_is_cancelled(((Real *)user_data)->cancellable);
}

static void note(const char *text, gpointer user_data)
{
    if (!((Real *)user_data)->options->quiet)
        fprintf(stderr, "%s\n", text);
}

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
    built = xr_make_build(name, note, real, real->cancellable, error);
    /* Many commits' builds are used; only the next run's must stay. */
    xr_cache_let_go();
    return built != NULL ? g_strdup_printf("%s, toolstack %s", built->identity, built->toolstack)
                         : NULL;
}

/* --- runs --- */

static XrRunFigure *run(const XrPlan *plan, const char *dir, gpointer user_data, GError **error)
{
    const Real *real = user_data;
    const XrCompareOptions *options = real->options;
    g_autofree char *snapshots =
        snapshots_of(real, strstr(plan->hypervisor.build, real->good) != NULL);
    g_autoptr(XrProgress) progress =
        options->progress && !options->quiet ? xr_progress_new(stderr, plan, TRUE) : NULL;
    const XrRunOptions run_options = {.connect_uri = options->connect_uri,
                                      .qemu = options->qemu,
                                      .record_dir = dir,
                                      .snapshots = snapshots,
                                      .argv = options->argv,
                                      .progress = progress};
    g_autoptr(XrRunResult) result = NULL;

    if (snapshots != NULL)
        g_mkdir(snapshots, 0700);
    result = xr_run(plan, &run_options, error);
    if (progress != NULL)
        xr_progress_end(progress);
    xr_cache_let_go();
    return result != NULL ? xr_run_figure_read(dir, plan->compare.metric, error) : NULL;
}

/* --- commands --- */

/* Between fork and exec: a group of its own, so that it can be ended with all it started. */
static void prepare_child(gpointer unused)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

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
        if (ended == 0 && stopped(real)) {
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

    if (!g_spawn_async(dir, (char **)argv, environment,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, prepare_child, NULL, &pid,
                       error))
        return -1;
    return wait_for(user_data, pid);
}

XrBisectResult *xr_bisect_really(XrBisectState *state, const XrCompareOptions *options,
                                 GError **error)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    static const XrBisectFuncs funcs = {
        build, command, {.run = run, .stopped = stopped, .note = note}};
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Real real = {.options = options, .good = state->task.good, .cancellable = cancellable};
    guint sources[G_N_ELEMENTS(signals)];
    XrBisectResult *result;

    if (state->plan->machine.time == XR_TIME_LOCKSTEP) {
        g_autofree char *dir = xr_bisect_state_path(state, "snapshots");

        real.snapshots = xr_snapshots_new(dir, error);
        if (real.snapshots == NULL)
            return NULL;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        sources[i] = g_unix_signal_add(signals[i], on_signal, &real);
    result = xr_bisect(state, &funcs, &real, error);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(sources[i]);
    xr_snapshots_free(real.snapshots);
    return result;
}
