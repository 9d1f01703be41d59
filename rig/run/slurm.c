/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: Slurm's commands. */
#include "run/slurm.h"

#include "base/error.h"
#include "base/text.h"
#include <gio/gio.h>
#include <string.h>

enum { WORDS_MAX = 1000 };

typedef struct {
    gboolean success;
    char *out, *err; /* err: safe to show */
} Answer;

static void answer_clear(Answer *answer)
{
    g_free(answer->out);
    g_free(answer->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

/* Starts a command of Slurm's and waits. FALSE with XR_ERROR_HOST where there is none. */
static gboolean ask(const char *const *argv, Answer *answer, GError **error)
{
    g_autofree char *path = g_find_program_in_path(argv[0]);
    g_autoptr(GError) inner = NULL;
    g_autoptr(GSubprocess) process = NULL;
    g_autofree char *err = NULL;

    if (path == NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "%s is not on PATH: on Debian, apt-get install slurm-client", argv[0]);
        return FALSE;
    }
    process = g_subprocess_newv(
        argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &inner);
    if (process == NULL ||
        !g_subprocess_communicate_utf8(process, NULL, NULL, &answer->out, &err, &inner)) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: %s", path, inner->message);
        return FALSE;
    }
    answer->success = g_subprocess_get_successful(process);
    g_strdelimit(g_strchomp(err), "\n", ' ');
    answer->err = xr_text_escape(err, -1, WORDS_MAX);
    return TRUE;
}

char *xr_slurm_submit(const char *script, GError **error)
{
    const char *const argv[] = {"sbatch", "--parsable", script, NULL};
    g_auto(Answer) answer = {0};
    gsize digits;

    if (!ask(argv, &answer, error)) {
        g_prefix_error(error, "%s is written, but not submitted: ", script);
        return NULL;
    }
    /* "ID" or "ID;CLUSTER" */
    digits = strspn(answer.out, "0123456789");
    if (answer.success && digits > 0)
        return g_strndup(answer.out, digits);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: sbatch refused it: %s", script,
                *answer.err != '\0' ? answer.err : "it gave no reason");
    return NULL;
}

/* One job's, appended to tasks. What Slurm has forgotten is no error. */
static gboolean add_tasks(GPtrArray *tasks, const char *job, GError **error)
{
    g_autofree char *jobs = g_strconcat("--jobs=", job, NULL);
    const char *const argv[] = {
        "squeue", "--noheader", "--array", "--states=all", jobs, "--format=" XR_SQUEUE_FORMAT,
        NULL};
    g_auto(Answer) answer = {0};

    if (!ask(argv, &answer, error))
        return FALSE;
    if (!answer.success && strstr(answer.err, "Invalid job id") == NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "squeue does not tell of job %s: %s", job,
                    answer.err);
        return FALSE;
    }
    g_autoptr(GPtrArray) found = xr_slurm_parse(answer.out);
    g_ptr_array_extend_and_steal(tasks, g_steal_pointer(&found));
    return TRUE;
}

GPtrArray *xr_slurm_tasks(const XrMatrix *matrix, GError **error)
{
    g_autoptr(GPtrArray) tasks = g_ptr_array_new_with_free_func((GDestroyNotify)xr_slurm_task_free);

    for (guint i = 0; i < matrix->jobs->len; i++) {
        if (!add_tasks(tasks, matrix->jobs->pdata[i], error))
            return NULL;
    }
    return g_steal_pointer(&tasks);
}
