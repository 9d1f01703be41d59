/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "matrix". */
#include "commands.h"
#include "run/matrix.h"
#include "tell/format.h"
#include <stdio.h>

typedef struct {
    XrMatrixShape shape;
    int repeats;
    char *output, *gather, *partition, *time;
    char **sbatch, **rest;
    gboolean slurm, no_wait, json;
} Options;

static void options_clear(Options *o)
{
    xr_matrix_shape_clear(&o->shape);
    g_free(o->output);
    g_free(o->gather);
    g_free(o->partition);
    g_free(o->time);
    g_strfreev(o->sbatch);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Runs every plan with every build, here one after another, or with --slurm as a job\n"
    "array, and tells what each came to. FILE is a key file: [matrix] with builds, plans,\n"
    "repeats, set. Asked for again it goes on: cells with a verdict other than error are\n"
    "not run again.";

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"build", 'b', 0, G_OPTION_ARG_STRING_ARRAY, &o->shape.builds, "A build; several times",
         "NAME"},
        {"plan", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &o->shape.plans, "A plan; several times",
         "PLAN"},
        {"repeats", 'r', 0, G_OPTION_ARG_INT, &o->repeats, "Runs of each build and plan (1)", "N"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->shape.sets, "Override a key of all plans",
         "SECTION.KEY=VALUE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
         "Folder of the matrix (default: a new one in the state folder); one that is there is gone "
         "on with",
         "DIR"},
        {"slurm", 0, 0, G_OPTION_ARG_NONE, &o->slurm, "Spread the cells over Slurm's nodes", NULL},
        {"partition", 0, 0, G_OPTION_ARG_STRING, &o->partition, "Slurm's partition", "NAME"},
        {"time", 0, 0, G_OPTION_ARG_STRING, &o->time, "Slurm's time limit for a cell", "[H:]M[:S]"},
        {"sbatch", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->sbatch, "One more option of sbatch's",
         "--OPTION"},
        {"no-wait", 0, 0, G_OPTION_ARG_NONE, &o->no_wait, "Submit, and leave", NULL},
        {"gather", 'g', 0, G_OPTION_ARG_FILENAME, &o->gather,
         "Gather the records of a matrix, and print what it came to", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print one JSON object", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "[FILE]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    return cmd_parse(entries, summary, argc, argv, error);
}

static gboolean check(const Options *o, GError **error)
{
    const XrSlurmOptions slurm = {.partition = o->partition, .time = o->time, .options = o->sbatch};

    if (o->gather != NULL && (o->rest != NULL || o->shape.builds != NULL ||
                              o->shape.plans != NULL || o->slurm || o->output != NULL))
        return cmd_refuse(error, "--gather DIR takes what is there: give it alone");
    if (!o->slurm && (o->partition != NULL || o->time != NULL || o->sbatch != NULL || o->no_wait))
        return cmd_refuse(error, "--partition, --time, --sbatch and --no-wait are for --slurm");
    if (o->rest != NULL && g_strv_length(o->rest) > 1)
        return cmd_refuse(error, "one file a matrix");
    return xr_slurm_check(&slurm, error);
}

static void note(const char *text, gpointer unused)
{
    fprintf(stderr, "%s\n", text);
}

/* What is asked for; of nothing but a folder, the matrix that is there. */
static XrMatrix *have(Options *o, GError **error)
{
    const gboolean goes_on = o->output != NULL && o->rest == NULL && o->shape.builds == NULL &&
                             o->shape.plans == NULL && xr_matrix_is(o->output);

    if (goes_on)
        return xr_matrix_open(o->output, error);
    o->shape.repeats = (guint)MAX(o->repeats, 0);
    if (o->rest != NULL && !xr_matrix_read(o->rest[0], &o->shape, error))
        return NULL;
    if (o->shape.repeats == 0 && o->repeats == 0)
        o->shape.repeats = 1;
    if (o->shape.sets == NULL)
        o->shape.sets = g_new0(char *, 1);
    if (!xr_matrix_check(&o->shape, error))
        return NULL;
    return xr_matrix_have(o->output, &o->shape, error);
}

static gboolean spread(const Options *o, XrMatrix *matrix, GError **error)
{
    const XrSlurmOptions slurm = {.partition = o->partition, .time = o->time, .options = o->sbatch};

    if (!xr_matrix_submit(matrix, &slurm, note, NULL, error))
        return FALSE;
    g_autofree char *folder = xr_tell_shell_word(matrix->dir);
    fprintf(stderr, "gather: xenrig matrix --gather %s\n", folder);
    return o->no_wait || xr_matrix_wait(matrix, note, NULL, error);
}

static gboolean print(const Options *o, const XrMatrix *matrix, int *code, GError **error)
{
    g_autoptr(GPtrArray) rows = xr_matrix_gather(matrix, note, NULL, error);

    if (rows == NULL)
        return FALSE;
    if (o->json) {
        cmd_print_json(xr_tell_matrix_json(matrix, rows));
    } else {
        g_autofree char *text = xr_tell_matrix(matrix, rows);

        fputs(text, stdout);
    }
    *code = xr_verdict_exit_code(xr_matrix_worst(rows));
    return TRUE;
}

int cmd_matrix(int argc, char **argv)
{
    g_auto(Options) o = {0};
    g_autoptr(XrMatrix) matrix = NULL;
    GError *error = NULL;
    int code = 0;

    if (!parse(&o, &argc, &argv, &error) || !check(&o, &error))
        return cmd_fail("matrix", error);
    matrix = o.gather != NULL ? xr_matrix_open(o.gather, &error) : have(&o, &error);
    if (matrix == NULL)
        return cmd_fail("matrix", error);
    if (o.gather == NULL &&
        !(o.slurm ? spread(&o, matrix, &error) : xr_matrix_run_here(matrix, note, NULL, &error)))
        return cmd_fail("matrix", error);
    if (o.slurm && o.no_wait)
        return 0;
    return print(&o, matrix, &code, &error) ? code : cmd_fail("matrix", error);
}
