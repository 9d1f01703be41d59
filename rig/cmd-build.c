/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "build". */
#include "base/error.h"
#include "base/text.h"
#include "build/build.h"
#include "build/cache.h"
#include "build/entries.h"
#include "commands.h"
#include "tell/format.h"
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

enum { LONGEST = 200, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

typedef struct {
    const char *name;
    GCancellable *cancellable;
    GMainLoop *loop;
    XrBuild *build;
    GError *error;
} Job;

static void on_progress(const char *sentence, gpointer user_data)
{
    fprintf(stderr, "%s\n", sentence);
}

static gboolean on_signal(gpointer user_data)
{
    Job *job = user_data;

    g_cancellable_cancel(job->cancellable);
    return G_SOURCE_CONTINUE;
}

static gboolean finish(gpointer user_data)
{
    Job *job = user_data;

    g_main_loop_quit(job->loop);
    return G_SOURCE_REMOVE;
}

static gpointer work(gpointer user_data)
{
    Job *job = user_data;

    job->build = xr_build_prepare(job->name, on_progress, job, job->cancellable, &job->error);
    g_idle_add(finish, job);
    return NULL;
}

/* In a thread, so that signals are answered meanwhile. */
static gboolean prepare(const char *name, GError **error)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Job job = {.name = name, .cancellable = cancellable, .loop = loop};
    guint sources[] = {g_unix_signal_add(SIGINT, on_signal, &job),
                       g_unix_signal_add(SIGTERM, on_signal, &job)};
    GThread *thread = g_thread_new("build", work, &job);

    g_main_loop_run(loop);
    g_thread_join(thread);
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
    g_autoptr(XrBuild) build = job.build;
    if (!build) {
        g_propagate_error(error, job.error);
        return FALSE;
    }
    printf("%s: Xen %s, Linux %s, id %s\n  %s\n  toolstack %s\n", build->name, build->xen_version,
           build->kernel_release, build->id, build->xen, build->toolstack);
    return TRUE;
}

static int build_all(char **names)
{
    for (; *names; names++) {
        GError *error = NULL;
        if (!prepare(*names, &error))
            return cmd_fail("build", error);
    }
    return 0;
}

static char *format_age(gint64 age_s)
{
    if (age_s < HOUR_S)
        return g_strdup_printf("%d min", (int)(age_s / MINUTE_S));
    if (age_s < DAY_S)
        return g_strdup_printf("%d h", (int)(age_s / HOUR_S));
    return g_strdup_printf("%d days", (int)(age_s / DAY_S));
}

static int list_builds(void)
{
    g_autoptr(GPtrArray) entries = xr_entries_list(g_get_real_time() / G_USEC_PER_SEC);
    guint64 sum = 0;

    for (guint i = 0; i < entries->len; i++) {
        const XrEntry *entry = entries->pdata[i];
        g_autofree char *name = xr_text_escape(entry->name, -1, LONGEST);
        g_autofree char *version = xr_text_escape(entry->version, -1, LONGEST);
        g_autofree char *size = xr_tell_bytes((gint64)entry->bytes);
        g_autofree char *age = format_age(entry->age_s);
        printf("%-44s %-16s %9s %8s  Xen %s\n", name, entry->id, size, age, version);
        sum += entry->bytes;
    }
    g_autofree char *all = xr_tell_bytes((gint64)sum);
    printf("%u builds, %s\n", entries->len, all);
    return 0;
}

static gboolean show_entry(const XrEntry *entry, GError **error)
{
    if (!entry->description) {
        g_set_error(error, XR_ERROR, XR_ERROR_BUILD, "%s: is damaged; xenrig build rm %s",
                    entry->path, entry->key);
        return FALSE;
    }
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), entry->description);
    g_autofree char *text = json_to_string(node, TRUE);
    printf("%s\n%s\n", entry->path, text);
    return TRUE;
}

static gboolean remove_entry(const XrEntry *entry, GError **error)
{
    g_autofree char *size = xr_tell_bytes((gint64)entry->bytes);

    if (!xr_cache_drop(entry->kind, entry->key, error))
        return FALSE;
    printf("removed %s (%s)\n", entry->key, size);
    return TRUE;
}

static int for_each(const char *name, gboolean (*act)(const XrEntry *entry, GError **error))
{
    g_autoptr(GPtrArray) entries = xr_entries_list(g_get_real_time() / G_USEC_PER_SEC);
    GError *error = NULL;
    guint found = 0;

    for (guint i = 0; i < entries->len; i++) {
        if (!xr_entry_is(entries->pdata[i], name))
            continue;
        found++;
        if (!act(entries->pdata[i], &error))
            return cmd_fail("build", error);
    }
    if (found > 0)
        return 0;
    g_set_error(&error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\" is no name, key or id of a build that was made here; `xenrig build list` "
                "lists them",
                name);
    return cmd_fail("build", error);
}

int cmd_build(int argc, char **argv)
{
    g_auto(GStrv) rest = NULL;
    GError *error = NULL;
    const GOptionEntry entries[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &rest, NULL,
         "NAME… | list | show NAME | rm NAME"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(
        context,
        "NAME…: makes ready what a plan's hypervisor.build may name: SOURCE[+VARIANT][,OPTION…]\n"
        "with SOURCE debian:RELEASE, debsrc:RELEASE, git:DIR@REV, dir:PATH or file:PATH.\n"
        "list, show, rm: what is in the cache; NAME is a name, key or id.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return cmd_fail("build", error);
    guint count = rest ? g_strv_length(rest) : 0;
    if (count == 1 && g_str_equal(rest[0], "list"))
        return list_builds();
    if (count == 2 && g_str_equal(rest[0], "show"))
        return for_each(rest[1], show_entry);
    if (count == 2 && g_str_equal(rest[0], "rm"))
        return for_each(rest[1], remove_entry);
    if (count > 0)
        return build_all(rest);
    fputs("xenrig build: name a build, or say list, show NAME or rm NAME\n", stderr);
    return XR_EXIT_ERROR;
}
