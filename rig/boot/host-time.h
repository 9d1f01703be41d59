/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how much CPU time the host gave to a process, and how much it let it wait for. */
#pragma once

#include <glib.h>

/* Of all threads together, since they began. wait_ns: runnable, but not running, as other work of the host had
 * the CPUs. */
typedef struct {
    guint64 run_ns, wait_ns;
} XrHostTime;

/* Reads it from proc (/proc; another folder in tests). FALSE, for no known reason worth a word, where the
 * process is gone or on another host, or the kernel counts no such thing (CONFIG_SCHED_INFO). */
gboolean xr_host_time_read(const char *proc, gint64 pid, XrHostTime *time);
