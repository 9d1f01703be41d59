/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "atlas". */
#include "base/error.h"
#include "commands.h"
#include "keep/files.h"
#include "run/atlas.h"
#include "tell/atlas.h"
#include "tell/format.h"
#include <stdio.h>

#define PAGE "index.html"

typedef struct {
    XrAtlasShape shape;
    char *output;
    gboolean report_only, json;
} Options;

static void options_clear(Options *o)
{
    xr_atlas_shape_clear(&o->shape);
    g_free(o->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Measures releases of Xen, TAG after TAG (oldest first), and makes one page of them: which\n"
    "boot and pass, instructions a MiB, locks a pair, bytes a tick at 1, 4 and 8 vCPUs of dom0,\n"
    "and what changed between neighbours. Asked for again it goes on with what is missing.";

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"repo", 0, 0, G_OPTION_ARG_FILENAME, &o->shape.repo, "A clone of xen.git", "DIR"},
        {"variant", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->shape.variants,
         "A variant (stock); several times", "NAME"},
        {"without", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->shape.without,
         "Leave a measure out: smoke-pv, smoke-pvh, count, locks, lockstep-1, lockstep-4, "
         "lockstep-8, lockstep",
         "NAME"},
        {"root", 0, 0, G_OPTION_ARG_STRING, &o->shape.root,
         "Build all in the build root of this Debian release", "RELEASE"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->shape.sets,
         "Override a key of all plans; of [count] and [lockstep]: of those plans",
         "SECTION.KEY=VALUE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
         "Folder of the atlas (default: a new one in the state folder)", "DIR"},
        {"report-only", 0, 0, G_OPTION_ARG_NONE, &o->report_only,
         "Make the page of what is there, and run nothing", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print one JSON object", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->shape.tags, NULL, "[TAG…]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    return cmd_parse(entries, summary, argc, argv, error);
}

static void note(const char *text, gpointer unused)
{
    g_autofree char *safe = xr_tell_safe(text, 1000);

    fprintf(stderr, "%s\n", safe);
}

/* Asked for nothing but a folder: what was asked for before. */
static XrAtlas *have(Options *o, const char *const *argv, GError **error)
{
    const gboolean again = o->shape.tags == NULL && o->output != NULL && xr_atlas_is(o->output);

    if (again && (o->shape.repo != NULL || o->shape.variants != NULL || o->shape.without != NULL ||
                  o->shape.root != NULL || o->shape.sets != NULL)) {
        cmd_refuse(error, "-o DIR without tags goes on with what was asked for there: give it "
                          "alone, or tags as well");
        return NULL;
    }
    if (again)
        return xr_atlas_open(o->output, error);
    if (o->report_only) {
        cmd_refuse(error, "--report-only takes what is there: give -o DIR of an atlas alone");
        return NULL;
    }
    return xr_atlas_check(&o->shape, error) ? xr_atlas_new(o->output, &o->shape, argv, error)
                                            : NULL;
}

static gboolean print(const Options *o, const XrAtlas *atlas, int *code, GError **error)
{
    g_autoptr(XrAtlasTable) table = xr_atlas_table(atlas);
    g_autofree char *hint = NULL;
    g_autofree char *page = xr_tell_html_atlas(table, &hint);
    g_autofree char *path = g_build_filename(atlas->dir, PAGE, NULL);

    if (!xr_files_put_text(atlas->dir, PAGE, page, error))
        return FALSE;
    if (hint != NULL)
        fprintf(stderr, "no pictures: %s\n", hint);
    if (o->json) {
        cmd_print_json(xr_tell_atlas_json(table));
    } else {
        g_autofree char *text = xr_tell_atlas(table);
        g_autofree char *safe = xr_tell_safe(path, 4096);

        fputs(text, stdout);
        printf("page: %s\n", safe);
    }
    *code = xr_verdict_exit_code(xr_atlas_worst(table));
    return TRUE;
}

int cmd_atlas(int argc, char **argv)
{
    g_auto(Options) o = {0};
    g_auto(GStrv) words = g_strdupv(argv);
    g_autoptr(XrAtlas) atlas = NULL;
    GError *error = NULL, *stopped = NULL;
    int code = 0;

    if (!parse(&o, &argc, &argv, &error))
        return cmd_fail("atlas", error);
    atlas = have(&o, (const char *const *)words, &error);
    if (atlas == NULL)
        return cmd_fail("atlas", error);
    /* What was measured until a signal came is on the page. */
    if (!o.report_only)
        xr_atlas_run(atlas, note, NULL, &stopped);
    if (!print(&o, atlas, &code, stopped != NULL ? NULL : &error) && stopped == NULL)
        return cmd_fail("atlas", error);
    return stopped == NULL ? code : cmd_fail("atlas", stopped);
}
