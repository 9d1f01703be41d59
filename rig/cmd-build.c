/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "build". */
#include "cmd-build.h"
#include "base/error.h"
#include "build/cache.h"
#include "build/describe.h"
#include "build/entries.h"
#include "commands.h"
#include "run/make.h"
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void on_progress(const char *sentence, gpointer user_data)
{
    fprintf(stderr, "%s\n", sentence);
}

static gboolean on_signal(gpointer cancellable)
{
    g_cancellable_cancel(cancellable);
    return G_SOURCE_CONTINUE;
}

static XrBuild *prepare(const char *name, GError **error)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    const guint sources[] = {g_unix_signal_add(SIGINT, on_signal, cancellable),
                             g_unix_signal_add(SIGTERM, on_signal, cancellable)};
    XrBuild *build = xr_make_build(name, on_progress, NULL, cancellable, error);

    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
    return build;
}

/* As in a run: nothing was learnt about a hypervisor that is not there. */
static int fail_build(GError *error)
{
    gboolean is_unbuilt = g_error_matches(error, XR_ERROR, XR_ERROR_BUILD);
    int code = cmd_fail("build", error);

    return is_unbuilt ? xr_verdict_exit_code(XR_SKIP) : code;
}

static void print_build(const XrBuild *build)
{
    g_autoptr(GPtrArray) same = xr_entries_identical(build->identity, build->name);

    printf("%s: Xen %s, Linux %s, id %s\n  %s\n  toolstack %s\n", build->name, build->xen_version,
           build->kernel_release, build->id, build->xen, build->toolstack);
    if (strcmp(build->kernels[XR_BUILD_GUESTS].release, build->kernel_release) != 0)
        printf("  Linux %s in domUs\n", build->kernels[XR_BUILD_GUESTS].release);
    for (guint i = 0; i < same->len; i++)
        printf("  identical to %s: a comparison of the two would measure the same code twice\n",
               (const char *)same->pdata[i]);
}

static int build_all(char **names)
{
    for (; *names; names++) {
        GError *error = NULL;
        g_autoptr(XrBuild) build = prepare(*names, &error);
        if (!build)
            return fail_build(error);
        print_build(build);
        xr_cache_let_go();
    }
    return 0;
}

static int differ(const char *left, const char *right)
{
    GError *error = NULL;
    g_autoptr(XrBuild) a = prepare(left, &error);
    g_autoptr(XrBuild) b = a ? prepare(right, &error) : NULL;

    if (!b)
        return fail_build(error);
    printf("hypervisor: %s\ntoolstack: %s\n",
           xr_builds_are_identical(a, b) ? "the same code" : "differs",
           g_str_equal(a->toolstack_identity, b->toolstack_identity) ? "the same" : "differs");
    g_autoptr(GPtrArray) lines = xr_builds_list_differences(a, b);
    for (guint i = 0; i < lines->len; i++)
        printf("%s\n", (const char *)lines->pdata[i]);
    if (lines->len == 0)
        puts("both were made alike: what differs is the source");
    return 0;
}

typedef struct {
    char *keep_size;
    gboolean dry_run;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_free(o->keep_size);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"keep-size", 0, 0, G_OPTION_ARG_STRING, &o->keep_size, "For gc: how much may stay, as 2G",
         "SIZE"},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &o->dry_run, "For gc: only tell what would go",
         NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL,
         "NAME… | diff NAME NAME | list | show NAME | rm NAME | gc"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(
        context,
        "NAME…: makes ready what a plan's hypervisor.build may name: SOURCE[+VARIANT][,OPTION…]\n"
        "with SOURCE debian:RELEASE, debsrc:RELEASE, git:DIR@REV, dir:PATH or file:PATH. Options\n"
        "kernel=KERNEL, dom0.kernel= and guests.kernel= with KERNEL debian:bookworm, "
        "debian:trixie,\n"
        "file:VMLINUZ[,modules=DIR] or dir:BUILDTREE, for dom0 and Linux domUs.\n"
        "diff: whether two are the same code, and what else than their source makes them differ.\n"
        "list, show, rm: what is in the cache; NAME is a name, key or id.\n"
        "gc: removes what was not used for the longest until the cache has at most SIZE; what a\n"
        "running rig uses stays.");
    g_option_context_set_description(
        context, "Exit codes: 0; 77 where a source does not build, or no toolstack fits it (a\n"
                 "bisection passes over such a commit); 99 for all else.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if ((o->keep_size || o->dry_run) && (!o->rest || !g_str_equal(o->rest[0], "gc"))) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--keep-size and --dry-run are for gc");
        return FALSE;
    }
    return TRUE;
}

int cmd_build(int argc, char **argv)
{
    g_auto(Options) o = {0};
    GError *error = NULL;

    if (!parse(&o, &argc, &argv, &error))
        return cmd_fail("build", error);
    char **rest = o.rest;
    guint count = rest ? g_strv_length(rest) : 0;
    if (count == 1 && g_str_equal(rest[0], "list"))
        return cmd_build_list();
    if (count == 1 && g_str_equal(rest[0], "gc"))
        return cmd_build_gc(o.keep_size, o.dry_run);
    if (count == 2 && g_str_equal(rest[0], "show"))
        return cmd_build_show(rest[1]);
    if (count == 2 && g_str_equal(rest[0], "rm"))
        return cmd_build_remove(rest[1]);
    if (count == 3 && g_str_equal(rest[0], "diff"))
        return differ(rest[1], rest[2]);
    if (count > 0)
        return build_all(rest);
    fputs("xenrig build: name a build, or say diff NAME NAME, list, show NAME, rm NAME or gc\n",
          stderr);
    return XR_EXIT_ERROR;
}
