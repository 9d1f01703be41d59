/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: marks, by which who counts the machine's instructions knows what has been moved (guests/wire.h, MARKS). */
#pragma once

#include "blkfront.h"

struct sg_mark {
    unsigned number; /* this domU's, from 1; 0: it makes none */
    uint64_t bytes;  /* of its last mark */
};

/* Makes a mark with what the VBDs have moved. */
void sg_mark_make(struct sg_mark *mark, const struct sg_vbd *vbds, unsigned count);
/* One turn: makes one where they have moved something since the last. */
void sg_mark_turn(struct sg_mark *mark, const struct sg_vbd *vbds, unsigned count);
