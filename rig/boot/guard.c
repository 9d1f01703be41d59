/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the process that outlives a killed rig.
 *
 * QEMU is a daemon of its own and does not notice that the rig is gone. Nothing in the rig can
 * clean up after a SIGKILL of the rig; a second process can, if it learns of the death at once. It
 * waits for the end of a pipe whose other end only the rig holds: the kernel closes that in any
 * case. After an orderly stop the root is gone, and the guard has nothing to do. The same goes for the note of
 * what is on another host (remote.h). */
#include "boot/guard.h"
#include "base/error.h"
#include "boot/leftovers.h"
#include "boot/machine.h"
#include "boot/remote-private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

static void leave_terminal(gpointer unused)
{
    setsid();
}

int xr_guard_spawn(const char *root, GPid *pid, GError **error)
{
    const char *argv[] = {"xenrig", "guard", root, NULL};
    g_autoptr(GError) inner = NULL;
    int ends[2];

    if (!g_unix_open_pipe(ends, FD_CLOEXEC, &inner)) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "no pipe to the guard: %s", inner->message);
        return -1;
    }
    /* The file is named apart from argv[0], so that `ps` shows a command, not a link. */
    const char *file_and_argv[] = {"/proc/self/exe", argv[0], argv[1], argv[2], NULL};
    gboolean started = g_spawn_async_with_pipes_and_fds(
        NULL, file_and_argv, NULL,
        G_SPAWN_FILE_AND_ARGV_ZERO | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
            G_SPAWN_STDERR_TO_DEV_NULL,
        leave_terminal, NULL, ends[0], -1, -1, NULL, NULL, 0, pid, NULL, NULL, NULL, &inner);
    close(ends[0]);
    if (started)
        return ends[1];
    close(ends[1]);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "the guard process cannot be started: %s",
                inner->message);
    return -1;
}

int xr_guard_main(const char *root, int fd)
{
    static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    char byte;
    gssize got;

    for (gsize i = 0; i < G_N_ELEMENTS(ignored); i++)
        signal(ignored[i], SIG_IGN);
    do
        got = read(fd, &byte, 1);
    while (got > 0 || (got < 0 && errno == EINTR));

    if (!g_file_test(root, G_FILE_TEST_EXISTS))
        return 0;
    int lock = xr_leftovers_lock(root, TRUE);
    if (lock < 0)
        return 1;
    g_autofree char *sentence = g_file_test(root, G_FILE_TEST_IS_DIR)
                                    ? xr_leftovers_clear(root)
                                    : xr_remote_note_clear(root, NULL, NULL);
    xr_leftovers_unlock(root, lock);
    return 0;
}
