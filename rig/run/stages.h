/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stages of a run, in the order in which run.c calls them.
 *
 * Each says its beginning and end as events. FALSE: the run cannot go on; why is in the events already,
 * except for error, which is set only where the rig itself failed (run.c makes it a rig event). */
#pragma once

#include "run/session.h"

/* Starts the machine and waits for dom0's toolstack. Then dom0's agent is asked for samples, but for a machine that
 * nothing may come in to (time count). A boot that stalls is tried once more; a panic is not. */
gboolean xr_stage_boot(XrSession *s, const XrMachineSpec *spec, GError **error);
/* Backings, all domUs paused, released together, until each says that it is ready. */
gboolean xr_stage_create(XrSession *s, GError **error);
/* Start of all streams at once, then until the rate is steady or workload.warmup_max is over. */
gboolean xr_stage_warmup(XrSession *s, GError **error);
/* workload.windows measured windows on dom0's clock; breaks what plan.fault says. */
gboolean xr_stage_windows(XrSession *s, GError **error);
/* One more window if workload.count_grants asks for it, in which grant operations are counted. */
gboolean xr_stage_count(XrSession *s, GError **error);
/* All domUs are told to stop; until each is done and gone, or limits.stop. */
gboolean xr_stage_drain(XrSession *s, GError **error);
/* What is left of the domUs is destroyed, and free memory and grants are read again. */
gboolean xr_stage_destroy(XrSession *s, GError **error);
/* Orderly power-off, or the end of the machine if it does not come. Always leaves no machine. */
void xr_stage_stop(XrSession *s);

/* The requests of stage create: backing, and domains over these devices. Send or unref them. */
JsonObject *xr_stage_ask_backings(const XrPlan *plan);
JsonObject *xr_stage_ask_domains(const XrPlan *plan, JsonArray *devices);

/* Free memory, CPU times and, with grants, the count of active grants (it costs a dump on the console). */
gboolean xr_stage_counters(XrSession *s, const char *when, gint index, gboolean grants,
                           GError **error);

/* Xen's lock profile, if the build's name promises one: asked for right before (when: begin) and after (end) a
 * window, so that it tells of little else. */
gboolean xr_stage_locks(XrSession *s, const char *when, guint index, GError **error);
/* Makes an event of such a reading, the agent's reply. */
void xr_stage_tell_locks(XrSession *s, JsonObject *reply, const char *when, guint index);
