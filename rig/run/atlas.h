/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an atlas: releases and variants of a repository, measured one after another (keep/atlas-record.h).
 *
 * Each cell is a matrix of one cell: what has a verdict other than error is not run again. Where the first measure of a build
 * is skipped (it does not compile, no toolstack fits) the others of that build are not run. */
#pragma once

#include "keep/atlas-record.h"
#include "run/matrix.h"

/* Whether repository, tags, variants, measures and settings are known, and fit; makes the path of the repository absolute and
 * fills in "stock". XR_ERROR_INPUT. */
gboolean xr_atlas_check(XrAtlasShape *shape, GError **error);
/* Runs what is missing. XR_ERROR_STOPPED by a signal; what was measured stays. */
gboolean xr_atlas_run(const XrAtlas *atlas, XrMatrixNote note, gpointer user_data, GError **error);
