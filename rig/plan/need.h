/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a domU needs for the workload: memory and grants. Private to rig/plan. Pure. */
#pragma once

#include "plan/plan.h"

#define XR_NEED_MIB          (G_GUINT64_CONSTANT(1) << 20)
#define XR_NEED_STREAM_LEAST (8 * XR_NEED_MIB)   /* whatever the workload */
#define XR_NEED_STREAM_MOST  (512 * XR_NEED_MIB) /* what its page tables are made for */

/* The memory below which a domU of the plan's kind cannot hold its program and its buffers, whole
 * MiB. */
guint64 xr_need_memory(const XrPlan *plan);
/* Bytes of buffers in it. */
guint64 xr_need_buffers(const XrPlan *plan);
/* Blocks are kept until they have been read back: each in flight has a buffer of its own. */
gboolean xr_need_keeps_blocks(const XrPlan *plan);
/* Grants that a domU of kind stream gives at most at one time. */
guint64 xr_need_grants(const XrPlan *plan);

/* Gives values to keys whose 0, or auto, stands for what is needed: guests.memory, compare.metric. */
void xr_need_fill_in(XrPlan *plan);
