/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: limits of figures by name, keys limits.metric.NAME. Private to rig/plan. */
#pragma once

#include "plan/plan.h"

/* Whether it is such a key. */
gboolean xr_bounds_is_key(const char *section, const char *key);

/* An array for XrPlan.bounds. */
GPtrArray *xr_bounds_new(void);

/* Sets the limit that key (in [limits]) names, in place of one of that name. XR_ERROR_INPUT, without the place, for a
 * name that no figure can have, or a value that is no number from 0 on. */
gboolean xr_bounds_set(GPtrArray *bounds, const char *key, const char *text, GError **error);

/* Adds them to a plan's file, with what they are where comments are wanted. */
void xr_bounds_show(const GPtrArray *bounds, GKeyFile *file, gboolean comments);
