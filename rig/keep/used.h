/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which records a build is in. */
#pragma once

#include <glib.h>

/* Of all records below STATE/runs: ids of builds, of hypervisors in them and of what was around these (char *) ->
 * names of records (GPtrArray of char *, oldest first; a name has the time and the plan's name in it). Records that
 * cannot be read are passed over. Free with g_hash_table_unref. */
GHashTable *xr_record_used_builds(void);
