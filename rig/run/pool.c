/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: runs side by side, each a process of its own. */
#include "run/pool.h"

#include "boot/snapshots.h"
#include "build/child.h"
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

struct _XrPool {
    const char *connect_uri, *qemu;
    GPtrArray *processes; /* GSubprocess under way */
    guint sources[G_N_ELEMENTS(signals)];
    gboolean stopped;
    XrSnapshots *snapshots; /* may be NULL */
};

typedef struct {
    XrPool *pool;
    void (*ended)(gpointer data, int exit_code);
    gpointer data;
} Watch;

/* --- the pool --- */

void xr_pool_end(XrPool *pool)
{
    for (guint i = 0; i < pool->processes->len; i++)
        g_subprocess_send_signal(pool->processes->pdata[i], SIGINT);
}

gboolean xr_pool_stopped(const XrPool *pool)
{
    return pool->stopped;
}

static gboolean on_signal(gpointer user_data)
{
    XrPool *pool = user_data;

    pool->stopped = TRUE;
    xr_pool_end(pool);
    return G_SOURCE_CONTINUE;
}

XrPool *xr_pool_new(const char *connect_uri, const char *qemu, const char *folder, GError **error)
{
    g_autoptr(XrPool) pool = g_new0(XrPool, 1);

    pool->connect_uri = connect_uri;
    pool->qemu = qemu;
    pool->processes = g_ptr_array_new_with_free_func(g_object_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        pool->sources[i] = g_unix_signal_add(signals[i], on_signal, pool);
    pool->snapshots = folder != NULL ? xr_snapshots_new(folder, error) : NULL;
    if (folder != NULL && pool->snapshots == NULL)
        return NULL;
    return g_steal_pointer(&pool);
}

void xr_pool_free(XrPool *pool)
{
    if (pool == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(pool->sources[i]);
    xr_snapshots_free(pool->snapshots);
    g_ptr_array_unref(pool->processes);
    g_free(pool);
}

/* --- a run --- */

static char **words_of(const XrPool *pool, const XrPoolRun *run)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();

    g_strv_builder_add_many(words, SELF, "run", run->plan, "--quiet", "--json", "--record",
                            run->dir, "--snapshots", run->snapshots, NULL);
    if (run->purpose != NULL)
        g_strv_builder_add_many(words, "--purpose", run->purpose, NULL);
    if (pool->connect_uri != NULL)
        g_strv_builder_add_many(words, "--connect", pool->connect_uri, NULL);
    if (pool->qemu != NULL)
        g_strv_builder_add_many(words, "--qemu", pool->qemu, NULL);
    for (gsize i = 0; run->sets[i] != NULL; i++)
        g_strv_builder_add_many(words, "--set", run->sets[i], NULL);
    return g_strv_builder_end(words);
}

static void run_ended(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Watch *watch = user_data;
    g_autoptr(GSubprocess) process = G_SUBPROCESS(g_object_ref(source));

    g_subprocess_wait_finish(process, result, NULL);
    g_ptr_array_remove(watch->pool->processes, process);
    watch->ended(watch->data,
                 g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1);
}

gboolean xr_pool_start(XrPool *pool, const XrPoolRun *run,
                       void (*ended)(gpointer data, int exit_code), gpointer data, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_auto(GStrv) words = words_of(pool, run);
    Watch *watch;
    GSubprocess *process;

    g_mkdir(run->snapshots, 0700);
    /* A terminal's signals are for the rig, which hands them on. */
    g_subprocess_launcher_set_child_setup(launcher, xr_child_apart, NULL, NULL);
    process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, error);
    if (process == NULL)
        return FALSE;
    g_ptr_array_add(pool->processes, process);
    watch = g_new(Watch, 1);
    *watch = (Watch){pool, ended, data};
    g_subprocess_wait_async(process, NULL, run_ended, watch);
    return TRUE;
}

char *xr_pool_no_verdict(int exit_code)
{
    if (exit_code < 0)
        return g_strdup("the run was killed and left no verdict");
    return g_strdup_printf("the run ended with exit code %d and left no verdict", exit_code);
}
