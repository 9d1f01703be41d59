/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: scripts that fetch and build, run as children that never outlive their purpose. */
#include "build/child.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { LOCK_FD_INSIDE = 9, QUOTED = 2 };

/* Runs between fork and exec. A killed rig takes the child with it. */
static void die_with_parent(gpointer unused)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

void xr_child_apart(gpointer unused)
{
    setpgid(0, 0);
    die_with_parent(NULL);
}

/* A cancelled one is told to stop and waited for, as it has to clean up. */
static gboolean wait_for(GSubprocess *process, const char *doing, GCancellable *cancellable,
                         GError **error)
{
    if (g_subprocess_wait(process, cancellable, NULL))
        return TRUE;
    g_subprocess_send_signal(process, SIGTERM);
    g_subprocess_wait(process, NULL, NULL);
    g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "stopped while %s", doing);
    return FALSE;
}

/* Both outputs go to the end of the file. */
static gboolean append_to(GSubprocessLauncher *launcher, const char *log, GError **error)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    if (fd < 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be written: %s", log,
                    g_strerror(errno));
        return FALSE;
    }
    g_subprocess_launcher_take_stdout_fd(launcher, fd);
    g_subprocess_launcher_take_stderr_fd(launcher, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return TRUE;
}

gboolean xr_child_run(const char *const *argv, const char *log, int lock_fd, const char *doing,
                      gboolean *success, GCancellable *cancellable, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);

    if (log && !append_to(launcher, log, error))
        return FALSE;
    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    if (lock_fd >= 0)
        g_subprocess_launcher_take_fd(launcher, fcntl(lock_fd, F_DUPFD_CLOEXEC, LOCK_FD_INSIDE),
                                      LOCK_FD_INSIDE);
    g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(launcher, argv, error);
    if (!process || !wait_for(process, doing, cancellable, error))
        return FALSE;
    *success = g_subprocess_get_successful(process);
    return TRUE;
}

char *xr_child_ask(const char *const *argv, GError **error)
{
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    g_autoptr(GSubprocess) process = g_subprocess_newv(
        argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);

    if (!process || !g_subprocess_communicate_utf8(process, NULL, NULL, &out, &err, error))
        return NULL;
    if (g_subprocess_get_successful(process))
        return g_strdup(g_strchomp(out));
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s failed: %s", argv[0], g_strchomp(err));
    return NULL;
}

static char *join(char **lines, guint from)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = from; lines[i]; i++)
        g_string_append_printf(text, "\n  %s", lines[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *last_lines(const char *text, guint lines)
{
    g_autofree char *copy = g_strchomp(g_strdup(text));
    g_auto(GStrv) all = g_strsplit(copy, "\n", -1);
    guint count = g_strv_length(all);

    return join(all, count > lines ? count - lines : 0);
}

char *xr_child_log_tail(const char *path, guint lines)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return g_strdup("");
    return last_lines(text, lines);
}

static gboolean holds_one(const char *line, const char *const *words)
{
    for (; *words; words++)
        if (strstr(line, *words))
            return TRUE;
    return FALSE;
}

/* How gcc quotes source below an error: " 12 | text" and "    | ^~~~". */
static gboolean is_quote(const char *line)
{
    line += strspn(line, " ");
    line += strspn(line, "0123456789");
    line += strspn(line, " ");
    return *line == '|';
}

/* An error, with the function it is in and the source it is about. */
static void add_error(GPtrArray *found, char **all, guint at)
{
    if (at > 0 && strstr(all[at - 1], ": In function "))
        g_ptr_array_add(found, all[at - 1]);
    g_ptr_array_add(found, all[at]);
    for (guint i = at + 1; i <= at + QUOTED && all[i] && is_quote(all[i]); i++)
        g_ptr_array_add(found, all[i]);
}

/* What compiler and linker say first is the reason; make and the script only tell that there was one. */
char *xr_child_error_lines(const char *text, guint lines)
{
    static const char *const reasons[] = {
        "error:", "Error:", "undefined reference", "command not found", "No such file", NULL};
    static const char *const ends[] = {": *** ", "build.sh: ", "toolstack.sh: ", NULL};
    g_auto(GStrv) all = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    char *end = NULL;

    for (guint i = 0; all[i]; i++) {
        if (holds_one(all[i], ends) && !strstr(all[i], "Waiting for unfinished"))
            end = all[i];
        else if (holds_one(all[i], reasons))
            add_error(found, all, i);
    }
    if (found->len == 0)
        return last_lines(text, lines);
    guint most = end && lines > 1 ? lines - 1 : lines;
    if (found->len > most)
        g_ptr_array_set_size(found, (int)most);
    if (end && lines > 1)
        g_ptr_array_add(found, end);
    g_ptr_array_add(found, NULL);
    return join((char **)found->pdata, 0);
}

gboolean xr_child_blames_host(const char *text)
{
    static const char *const faults[] = {"No space left on device",
                                         "Disk quota exceeded",
                                         "Cannot allocate memory",
                                         "virtual memory exhausted",
                                         "out of memory allocating",
                                         "Killed signal terminated program",
                                         NULL};
    return holds_one(text, faults);
}
