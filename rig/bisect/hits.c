/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how much is said by runs in which a fault did not show, or did.
 *
 * Method: Laplace's rule of succession. With all rates of the fault held for equally probable beforehand, its rate after
 * h hits in n runs has the distribution Beta(h + 1, n - h + 1), and m further runs are all without it with
 * probability B(h + 1, n - h + 1 + m) / B(h + 1, n - h + 1).
 * Limits: runs are taken to be independent. A rule that knows no more than the runs needs many of them: three hits in
 * three runs leave one chance in five that the next is none. */
#include "bisect/hits.h"

#include <math.h>

double xr_hits_missed(guint hits, guint runs, guint further)
{
    return exp(lgamma(runs - hits + 1.0 + further) + lgamma(runs + 2.0) -
               lgamma(runs + 2.0 + further) - lgamma(runs - hits + 1.0));
}

guint xr_hits_needed(guint hits, guint runs, double most, guint limit)
{
    for (guint further = 1; further <= limit; further++) {
        if (xr_hits_missed(hits, runs, further) <= most)
            return further;
    }
    return 0;
}

double xr_hits_by_chance(guint clean)
{
    return 1 / (clean + 2.0);
}
