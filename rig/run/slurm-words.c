/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is said to Slurm, and what it answers. */
#include "run/slurm.h"

#include "base/error.h"
#include "base/text.h"
#include <string.h>

enum { WORD_MAX = 64, TASKS_MAX = 100000 };

void xr_slurm_task_free(XrSlurmTask *task)
{
    if (task == NULL)
        return;
    g_free(task->state);
    g_free(task->node);
    g_free(task->reason);
    g_free(task);
}

/* --- options --- */

static gboolean check_word(const char *what, const char *text, const char *allowed, GError **error)
{
    g_autofree char *shown = text != NULL ? xr_text_escape(text, -1, 200) : NULL;

    if (text == NULL || (*text != '\0' && text[strspn(text, allowed)] == '\0'))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s \"%s\": sbatch takes none of that form", what,
                shown);
    return FALSE;
}

static gboolean check_option(const char *option, GError **error)
{
    g_autofree char *shown = xr_text_escape(option, -1, 200);

    if (g_str_has_prefix(option, "--") && strpbrk(option, "\r\n") == NULL)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "--sbatch \"%s\": write one option of sbatch's, as in --sbatch=--account=lab",
                shown);
    return FALSE;
}

gboolean xr_slurm_check(const XrSlurmOptions *options, GError **error)
{
    if (!check_word("--partition", options->partition,
                    G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._,-", error) ||
        !check_word("--time", options->time, G_CSET_DIGITS ":-", error))
        return FALSE;
    for (gsize i = 0; options->options != NULL && options->options[i] != NULL; i++) {
        if (!check_option(options->options[i], error))
            return FALSE;
    }
    return TRUE;
}

/* --- the script --- */

char *xr_slurm_indices(const GPtrArray *cells)
{
    GString *text = g_string_new(NULL);
    guint next;

    for (guint i = 0; i < cells->len; i = next) {
        const guint first = ((const XrMatrixCell *)cells->pdata[i])->index;

        for (next = i + 1; next < cells->len; next++) {
            if (((const XrMatrixCell *)cells->pdata[next])->index != first + (next - i))
                break;
        }
        g_string_append_printf(text, "%s%u", text->len > 0 ? "," : "", first);
        if (next - i > 1)
            g_string_append_printf(text, "-%u", first + (next - i) - 1);
    }
    return g_string_free(text, FALSE);
}

static void add_head(GString *script, const XrMatrix *matrix, const GPtrArray *cells,
                     const XrSlurmOptions *options)
{
    g_autofree char *indices = xr_slurm_indices(cells);

    g_string_append_printf(script,
                           "#!/bin/sh\n"
                           "# xenrig: %u of %u cells of a matrix, each an element of a job array.\n"
                           "# A cell has its node for itself, or others would be in its figures. "
                           "SIGTERM lets it stop its machine.\n"
                           "#SBATCH --job-name=xenrig-matrix\n"
                           "#SBATCH --array=%s\n"
                           "#SBATCH --nodes=1\n"
                           "#SBATCH --ntasks=1\n"
                           "#SBATCH --exclusive\n"
                           "#SBATCH --no-requeue\n"
                           "#SBATCH --signal=B:TERM@60\n"
                           "#SBATCH --output=/dev/null\n",
                           cells->len, matrix->cells->len, indices);
    if (options->partition != NULL)
        g_string_append_printf(script, "#SBATCH --partition=%s\n", options->partition);
    if (options->time != NULL)
        g_string_append_printf(script, "#SBATCH --time=%s\n", options->time);
    for (gsize i = 0; options->options != NULL && options->options[i] != NULL; i++)
        g_string_append_printf(script, "#SBATCH %s\n", options->options[i]);
}

static void add_cell(GString *script, const XrMatrixCell *cell)
{
    g_autofree char *build = g_strconcat("hypervisor.build=", cell->build, NULL);
    g_autofree char *set = g_shell_quote(build);
    g_autofree char *plan = g_shell_quote(cell->plan);
    g_autofree char *record = xr_matrix_cell_next(cell);
    const char *name = strrchr(record, '/') + 1;

    g_string_append_printf(script, "%u) set -- --record \"$cell/%s\" --set %s -- %s ;;\n",
                           cell->index, name, set, plan);
}

char *xr_slurm_script(const XrMatrix *matrix, const GPtrArray *cells, const XrSlurmOptions *options,
                      const char *program)
{
    GString *script = g_string_new(NULL);
    g_autofree char *folder = g_build_filename(matrix->dir, "cells", NULL);
    g_autofree char *quoted_folder = g_shell_quote(folder);
    g_autofree char *quoted_program = g_shell_quote(program);

    add_head(script, matrix, cells, options);
    g_string_append_printf(
        script,
        "\n"
        "cell=%s/$SLURM_ARRAY_TASK_ID\n"
        "exec >\"$cell/log\" 2>&1\n"
        "printf '%%s\\n' \"${SLURMD_NODENAME:-$(hostname)}\" >\"$cell/node\"\n"
        "# The submitting host's may not be there.\n"
        "[ -d \"${XDG_RUNTIME_DIR:-}\" ] || unset XDG_RUNTIME_DIR\n"
        "# The run's own place in a history is the one that its record is gathered into.\n"
        "export XENRIG_STATE=\"$cell\"\n"
        "case $SLURM_ARRAY_TASK_ID in\n",
        quoted_folder);
    for (guint i = 0; i < cells->len; i++)
        add_cell(script, cells->pdata[i]);
    g_string_append(script, "*) echo \"no cell $SLURM_ARRAY_TASK_ID in this script\"; exit 99 ;;\n"
                            "esac\n");
    g_string_append_printf(script, "exec %s run --quiet", quoted_program);
    for (char **set = matrix->shape.sets; *set != NULL; set++) {
        g_autofree char *quoted = g_shell_quote(*set);

        g_string_append_printf(script, " --set %s", quoted);
    }
    g_string_append(script, " \"$@\"\n");
    return g_string_free(script, FALSE);
}

/* --- answers --- */

static XrSlurmTask *parse_line(const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, "|", 4);
    guint64 index;
    XrSlurmTask *task;

    if (g_strv_length(fields) != 4 ||
        !g_ascii_string_to_unsigned(g_strstrip(fields[0]), 10, 0, G_MAXUINT32, &index, NULL) ||
        *g_strstrip(fields[1]) == '\0')
        return NULL;
    task = g_new0(XrSlurmTask, 1);
    task->index = (guint)index;
    for (char *c = fields[1]; *c != '\0'; c++)
        *c = g_ascii_tolower(*c);
    task->state = xr_text_escape(fields[1], -1, WORD_MAX);
    task->node = xr_text_escape(g_strstrip(fields[2]), -1, WORD_MAX);
    task->reason = xr_text_escape(g_strstrip(fields[3]), -1, WORD_MAX);
    return task;
}

GPtrArray *xr_slurm_parse(const char *text)
{
    GPtrArray *tasks = g_ptr_array_new_with_free_func((GDestroyNotify)xr_slurm_task_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", TASKS_MAX);

    for (char **line = lines; *line != NULL; line++) {
        XrSlurmTask *task = parse_line(*line);

        if (task != NULL)
            g_ptr_array_add(tasks, task);
    }
    return tasks;
}

gboolean xr_slurm_is_over(const XrSlurmTask *task)
{
    static const char *const ends[] = {"boot_fail", "cancelled",     "completed", "deadline",
                                       "failed",    "node_fail",     "preempted", "revoked",
                                       "timeout",   "out_of_memory", NULL};

    return g_strv_contains(ends, task->state);
}
