/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: windows measured in lockstep.
 *
 * Method. The machine boots with coarse slices, domUs connect and stream for a moment, and are told to hold: nothing
 * is in flight any more, all vCPUs are idle but the metronome's. Then the whole machine is saved. Each measurement is
 * a machine that goes on from there, with slices of its own length and an order in its fw_cfg that carries a seed: the agent
 * finds it at a moment fixed in guest time, domUs disturb themselves as the seed says, warm up, and measure one window by
 * the metronome's ticks. Nothing is sent from the host until they have told, so that the same snapshot, slices and seed give the
 * same figures to the last digit. Which snapshot it was matters: its moment is the host's.
 *
 * Why it must be idle: QEMU's main thread has business with a machine that has just gone on, at the host's time. Where
 * it finds QEMU's own timer expired it kicks all vCPUs out of their turn, and with several at work a different one is
 * ahead by some instructions from then on (seen: one run of three differed). The metronome alone cannot be ahead of anything. */
#pragma once

#include "run/session.h"

/* pCPUs by their use: dom0's vCPUs have those of their own number, the metronome has the last, domUs share what is
 * between. Free with g_free. */
char *xr_lockstep_guest_cpus(const XrPlan *plan, guint i);
char *xr_lockstep_metronome_cpu(const XrPlan *plan);

/* Instructions of the metronome's loop: as many as the plan's shortest slices let it have. Pure. */
guint xr_lockstep_beat(const XrPlan *plan);

/* What fw_cfg says to dom0's agent (guests/wire.h, HOLDING): to hold (reach 0), or to measure the plan's window with that seed,
 * the timers reaching so far (XrLockstepPush). Of one length always. Free with g_free. */
char *xr_lockstep_order(const XrPlan *plan, guint seed, guint reach);

/* In stage create, beside the domUs: the metronome, paused. */
gboolean xr_lockstep_create_metronome(XrSession *s, GError **error);

/* The request that binds the VBDs' event channels, or has dom0 only tell of them, as plan.evtchn says. */
JsonObject *xr_stage_ask_binding(const XrPlan *plan);
/* Sends it, and enters the answer into the events. */
gboolean xr_stage_bind(XrSession *s, GError **error);

/* By what a saved machine is known: 16 hex digits over all that it is made of, but not how it is measured. build is the
 * hypervisor's id. Free with g_free. */
char *xr_lockstep_key(const XrPlan *plan, const XrMachineSpec *spec, const char *build,
                      const char *qemu_version, const char *cpu_model);

/* Once the domUs are ready: starts the streams, lets them hold, and saves the machine as path. Leaves no machine. */
gboolean xr_stage_save(XrSession *s, const char *path, GError **error);

/* Measures with each seed at each slice length, each from the machine saved as path. spec is the one that the
 * saved machine was started with. Leaves no machine. */
gboolean xr_stage_lockstep(XrSession *s, const XrMachineSpec *spec, const char *path,
                           GError **error);
