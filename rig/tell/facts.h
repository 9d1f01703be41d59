/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what reports say of a run as pairs of a label and a value, whoever shows them. */
#pragma once

#include "tell/tell.h"

/* Both owned. They may hold guest text: whoever shows them escapes them. */
typedef struct {
    char *label, *value;
} XrFact;

/* Array of XrFact*, which it owns. */
GPtrArray *xr_facts_new(void);
/* A label "" goes on with the fact before. */
void xr_facts_add(GPtrArray *facts, const char *label, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* What was run: plan, builds, machine, host. New array. */
GPtrArray *xr_facts_of_setup(const XrReport *report);
/* The figures that have no table of their own, each with spread and limit. New array. */
GPtrArray *xr_facts_of_figures(const XrReport *report);
/* Adds xenrig's version and the host, of compare.json or series.json. */
void xr_facts_of_host(GPtrArray *facts, JsonObject *record);
