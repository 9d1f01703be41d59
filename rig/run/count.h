/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: instructions counted for what is moved (machine.time count).
 *
 * Method. The machine's clock is its instructions (icount), and nothing comes in from the host from its first instruction
 * on: dom0's agent makes the requests of a script that the machine carries (guests/wire.h, SCRIPT), and what it has to
 * tell goes out, but is not waited for. So it does the same each time, boot included. A plugin in QEMU counts whose each
 * instruction is (rig/plugin/count.c), in a window that the domUs' own marks bound: no moment of it is the host's choice.
 *
 * Why one pCPU is enough, and safest: QEMU's main thread has business at the host's time (a socket that can be written
 * to again, a timer that it finds due before the vCPUs' thread does), and then ends the turn of all vCPUs. With one that
 * changes nothing: the next instruction is the same. With several, the order in which they run is another one, and counts
 * may differ in their last digits. Nor does a second add anything to be counted but contention and idling, which are lockstep's
 * subject.
 *
 * Locks. A build with Xen's lock profile is read before anything streams, and once more when the domUs have moved the window's
 * bytes and some more, and hold: acquisitions for each pair of grants mapped and unmapped are exact over all that was moved
 * between, and times the grants of a MiB they are those of a MiB. The profile itself takes instructions: such a build's
 * other counts are to be compared with those of its like.
 *
 * Limits. With a libvirt of the user's (--connect) console and agent are no pipes, and QEMU may wait for their reader
 * (boot/port-pipe.c): figures may then differ in their last digits. Another QEMU or CPU model is another machine. */
#pragma once

#include "run/session.h"

/* pCPUs of domU i: those that dom0 has not, where there are any. Free with g_free. */
char *xr_count_guest_cpus(const XrPlan *plan, guint i);

/* What dom0's agent is to do: JsonObject, requests in their order. */
GPtrArray *xr_count_steps(const XrPlan *plan);
/* These, one a line (wire.h, SCRIPT). Free with g_free. */
char *xr_count_script(const GPtrArray *steps);
/* Bytes after which each domU begins nothing more, so that locks can be read; 0: it goes on. */
guint64 xr_count_hold(const XrPlan *plan);

/* QEMU's words for the plugin, which will write out when the plan's window has ended, and functions (plugin/slots.h) before it,
 * unless that is NULL. Free with g_free. XR_ERROR_HOST where it was not built. */
char *xr_count_plugin(const XrPlan *plan, const char *out, const char *functions, GError **error);
/* What the plugin has written becomes event "count". */
gboolean xr_count_take(XrSession *s, const char *path, GError **error);

/* Boots the machine of spec, lets its script create the domUs and start them, and waits for the plugin's counts, which become
 * event "count". Leaves the machine running. */
gboolean xr_stage_instructions(XrSession *s, const XrMachineSpec *spec, GError **error);
