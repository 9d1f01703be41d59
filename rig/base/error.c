/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the error domain of the orchestrator. */
#include "base/error.h"

/* clang-format off */
G_DEFINE_QUARK(xr-error-quark, xr_error)
/* clang-format on */
