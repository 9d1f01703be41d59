/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: kinds of findings, gathered in the few classes that one searches for. */
#pragma once

#include <glib.h>

/* How a metric is called that tells whether a run has a finding of a class: "verdict:crash". */
#define XR_CLASS_PREFIX "verdict:"

/* "crash", "hang", "leak", "corruption"; NULL where the kind of finding is of none. Static. */
const char *xr_finding_class(const char *kind);
/* Whether there is a class of that name. */
gboolean xr_class_exists(const char *name);
/* "crash, hang, leak, corruption"; static. */
const char *xr_class_names(void);
