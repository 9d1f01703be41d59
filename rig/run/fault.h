/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: breaking something on purpose, so that a verdict can be seen to find it. */
#pragma once

#include "run/session.h"

/* Does what plan.fault says, once. FALSE with the agent's or libvirt's error. */
gboolean xr_fault_inject(XrSession *s, GError **error);
