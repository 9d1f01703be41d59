/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the pure parts of xr_machine_resolve; private to boot/ and its tests. */
#pragma once

#include "boot/machine.h"

/* Whether the text of /proc/cpuinfo shows vmx or svm. */
gboolean xr_resolve_has_virtualisation(const char *cpuinfo);
/* xr_machine_resolve on a host where KVM cannot be used because of kvm_problem (a clause; NULL if
 * it can). */
gboolean xr_resolve(const XrPlan *plan, const char *kvm_problem, XrAccel *accel, char **cpu_model,
                    GError **error);
