/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an atlas: releases and variants of a repository, measured one after another. */
#include "run/atlas.h"

#include "base/error.h"
#include "build/build-root.h"
#include <gio/gio.h>
#include <string.h>

/* --- what it is made of --- */

static void fill(char ***list, const char *word)
{
    char *words[] = {(char *)word, NULL};

    if (*list != NULL && (*list)[0] != NULL)
        return;
    g_strfreev(*list);
    *list = g_strdupv(words);
}

static gboolean refuse(GError **error, const char *text, const char *word)
{
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s: %s", word, text);
    return FALSE;
}

static gboolean has_twice(char *const *list, const char **twice)
{
    for (gsize i = 0; list[i] != NULL; i++) {
        for (gsize j = 0; j < i; j++) {
            if (!g_str_equal(list[i], list[j]))
                continue;
            *twice = list[i];
            return TRUE;
        }
    }
    return FALSE;
}

/* Before anything is built: a mistyped tag is no release that fails. */
static gboolean check_tag(const char *repo, const char *tag, GError **error)
{
    g_autofree char *commit = g_strconcat(tag, "^{commit}", NULL);
    const char *const argv[] = {
        "git", "-C", repo, "rev-parse", "--quiet", "--verify", "--end-of-options", commit, NULL};
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)argv, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, &status, error))
        return FALSE;
    if (g_spawn_check_wait_status(status, NULL))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: no commit of %s; `git -C %s tag` lists its tags, `git fetch --tags` gets new "
                "ones",
                tag, repo, repo);
    return FALSE;
}

static gboolean check_without(const XrAtlasShape *shape, GError **error)
{
    for (char **name = shape->without; *name != NULL; name++) {
        gboolean known = FALSE;

        for (guint m = 0; m < XR_ATLAS_MEASURES; m++)
            known |= **name != '\0' && xr_atlas_measure_is(m, *name);
        if (!known)
            return refuse(error,
                          "no measure; there are smoke-pv, smoke-pvh, count, locks, lockstep-1, "
                          "lockstep-4, lockstep-8, and smoke and lockstep for all of these",
                          *name);
    }
    return TRUE;
}

/* Plans with their settings, and variants: as the matrices will check them. */
static gboolean check_build(const XrAtlas *atlas, const char *tag, const char *variant,
                            GError **error)
{
    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        g_auto(XrMatrixShape) cell = {0};

        if (xr_atlas_leaves_out(atlas, m))
            continue;
        xr_atlas_cell_shape(atlas, tag, variant, m, &cell);
        if (!xr_matrix_check(&cell, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_cells(const XrAtlasShape *shape, GError **error)
{
    const XrAtlas atlas = {.dir = (char *)"/", .shape = *shape};

    for (char **tag = shape->tags; *tag != NULL; tag++)
        for (char **variant = shape->variants; *variant != NULL; variant++)
            if (!check_build(&atlas, *tag, *variant, error))
                return FALSE;
    return TRUE;
}

gboolean xr_atlas_check(XrAtlasShape *shape, GError **error)
{
    const char *twice = NULL;
    char *repo;

    if (shape->repo == NULL || shape->tags == NULL || shape->tags[0] == NULL) {
        g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                            "an atlas is made of tags of a repository of Xen: give --repo DIR and "
                            "tags, oldest first; or -o DIR of one that is there");
        return FALSE;
    }
    fill(&shape->variants, "stock");
    if (shape->without == NULL)
        shape->without = g_new0(char *, 1);
    if (shape->sets == NULL)
        shape->sets = g_new0(char *, 1);
    repo = g_canonicalize_filename(shape->repo, NULL);
    g_free(shape->repo);
    shape->repo = repo;
    if (has_twice(shape->tags, &twice) || has_twice(shape->variants, &twice))
        return refuse(error, "is given twice: name it once", twice);
    for (char **tag = shape->tags; *tag != NULL; tag++) {
        if (!check_tag(repo, *tag, error))
            return FALSE;
    }
    if (shape->root != NULL && !xr_build_root_check(shape->root, error))
        return FALSE;
    return check_without(shape, error) && check_cells(shape, error);
}

/* --- run --- */

typedef struct {
    const XrAtlas *atlas;
    GHashTable *skipped; /* builds, by tag and variant */
    XrMatrixNote note;
    gpointer user_data;
} Run;

/* Says what is run, in place of "cell 0 (of 1)". */
static void no_note(const char *text, gpointer user_data)
{
}

static gboolean was_skipped(const XrMatrix *matrix)
{
    g_autoptr(XrHistoryRun) run = xr_matrix_cell_run(matrix->cells->pdata[0]);

    return run != NULL && g_str_equal(run->verdict, "skip");
}

static gboolean run_matrix(const Run *run, XrMatrix *matrix, const char *what, GError **error)
{
    g_autofree char *text = NULL;
    GError *local = NULL;

    if (xr_matrix_cell_is_done(matrix->cells->pdata[0]))
        return TRUE;
    text = g_strdup_printf("%s: %s", what, matrix->shape.builds[0]);
    run->note(text, run->user_data);
    if (xr_matrix_run_here(matrix, no_note, NULL, &local))
        return TRUE;
    if (!g_error_matches(local, XR_ERROR, XR_ERROR_STOPPED)) {
        g_propagate_error(error, local);
        return FALSE;
    }
    g_error_free(local);
    g_set_error(error, XR_ERROR, XR_ERROR_STOPPED,
                "interrupted; `xenrig atlas -o %s` goes on with it", run->atlas->dir);
    return FALSE;
}

static gboolean run_cell(const Run *run, const char *tag, const char *variant,
                         XrAtlasMeasure measure, gboolean first, GError **error)
{
    g_auto(XrMatrixShape) shape = {0};
    g_autofree char *key = g_strjoin("+", tag, variant, NULL);
    g_autofree char *dir = xr_atlas_cell_dir(run->atlas, tag, variant, measure);
    g_autoptr(XrMatrix) matrix = NULL;

    if (g_hash_table_contains(run->skipped, key))
        return TRUE;
    xr_atlas_cell_shape(run->atlas, tag, variant, measure, &shape);
    matrix = xr_matrix_have(dir, &shape, error);
    if (matrix == NULL || !run_matrix(run, matrix, xr_atlas_measure_name(measure), error))
        return FALSE;
    if (first && was_skipped(matrix))
        g_hash_table_add(run->skipped, g_steal_pointer(&key));
    return TRUE;
}

/* All builds of a measure before the next one: who boots is known first. */
gboolean xr_atlas_run(const XrAtlas *atlas, XrMatrixNote note, gpointer user_data, GError **error)
{
    g_autoptr(GHashTable) skipped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const Run run = {.atlas = atlas, .skipped = skipped, .note = note, .user_data = user_data};
    gboolean first = TRUE;

    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        if (xr_atlas_leaves_out(atlas, m))
            continue;
        for (char **tag = atlas->shape.tags; *tag != NULL; tag++)
            for (char **variant = atlas->shape.variants; *variant != NULL; variant++)
                if (!run_cell(&run, *tag, *variant, m, first, error))
                    return FALSE;
        first = FALSE;
    }
    return TRUE;
}
