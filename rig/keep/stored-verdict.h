/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the verdict that a run's record holds, as all who read records take it. */
#pragma once

#include <json-glib/json-glib.h>

/* Strings are never NULL. */
typedef struct {
    char *verdict, *reason;
    gboolean complete;
    char *incomplete; /* why not, clauses with "; " between; "" where it is complete */
} XrStoredVerdict;

/* From a verdict.json. One of before a failure was worse than an error says "error" of a run with a finding of weight fail:
 * it is given as the failure that it is, and what was its reason says why the run is incomplete. */
void xr_stored_verdict_read(JsonObject *report, XrStoredVerdict *stored);
void xr_stored_verdict_clear(XrStoredVerdict *stored);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XrStoredVerdict, xr_stored_verdict_clear)
