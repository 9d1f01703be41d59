/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how much CPU time the host gave to a process, and how much it let it wait for.
 *
 * Source: /proc/PID/task/TID/schedstat, of which the first two numbers are the time on a CPU and the
 * time on a run queue, ns (Linux, Documentation/scheduler/sched-stats.rst). libvirt has the same as
 * vcpu.N.delay, but not for TCG, whose vCPU threads it does not tell apart. */
#include "boot/host-time.h"

static gboolean add_thread(const char *folder, const char *thread, XrHostTime *time)
{
    g_autofree char *path = g_build_filename(folder, thread, "schedstat", NULL);
    g_autofree char *text = NULL;
    char *rest = NULL;
    guint64 run_ns, wait_ns;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return FALSE;
    run_ns = g_ascii_strtoull(text, &rest, 10);
    if (rest == text || *rest != ' ')
        return FALSE;
    wait_ns = g_ascii_strtoull(rest, NULL, 10);
    time->run_ns += run_ns;
    time->wait_ns += wait_ns;
    return TRUE;
}

gboolean xr_host_time_read(const char *proc, gint64 pid, XrHostTime *time)
{
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, pid);
    g_autofree char *folder = g_build_filename(proc, number, "task", NULL);
    g_autoptr(GDir) dir = pid > 0 ? g_dir_open(folder, 0, NULL) : NULL;
    const char *thread;
    gboolean any = FALSE;

    *time = (XrHostTime){0};
    /* A thread may end meanwhile: what it had is lost to the sum, which is none of the vCPUs'. */
    while (dir != NULL && (thread = g_dir_read_name(dir)) != NULL)
        any |= add_thread(folder, thread, time);
    return any;
}
