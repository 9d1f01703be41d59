/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a search for a culprit among commits in a line, where single runs do not decide.
 *
 * Method: probabilistic bisection. A probability of being the culprit is kept for each commit, all alike at first. A run
 * of commit t multiplies those of commits up to t by how probable its figure is for a bad commit, and those of later
 * ones by how probable it is for a good one (Bayes' rule). The next run is of the commit at the median: with
 * noise that is the same for all commits, it is the one whose run says most (Horstein, "Sequential transmission
 * using noiseless feedback", IEEE Transactions on Information Theory 9, 1963; Burnashev and Zigangirov, "An
 * interval estimation problem for controlled observations", Problems of Information Transmission 10, 1974; Ben-Or and
 * Hassidim, "The Bayesian learner is optimal for noisy binary search", FOCS 2008; Waeber, Frazier and
 * Henderson, "Bisection search with noisy responses", SIAM Journal on Control and Optimization 51, 2013).
 * Runs that plain bisection repeats at each step to be sure of it are spent here where doubt is, and a step that
 * went wrong is mended by later ones.
 * Limits: one culprit, commits in a line (first parents of a merge), and runs that are independent given the commit.
 * Commits that cannot be tested leave ranges whose members no run can tell apart: these are judged as one. */
#include "bisect/noisy.h"

#include <math.h>

typedef struct {
    double weight; /* probability of being the culprit */
    gboolean skipped;
} Commit;

struct _XrNoisy {
    guint count;
    Commit *commits;
};

XrNoisy *xr_noisy_new(guint commits)
{
    XrNoisy *noisy = g_new0(XrNoisy, 1);

    noisy->count = commits;
    noisy->commits = g_new0(Commit, commits);
    for (guint i = 0; i < commits; i++)
        noisy->commits[i].weight = 1.0 / commits;
    return noisy;
}

void xr_noisy_free(XrNoisy *noisy)
{
    if (noisy == NULL)
        return;
    g_free(noisy->commits);
    g_free(noisy);
}

static void scale(XrNoisy *noisy)
{
    double sum = 0;

    for (guint i = 0; i < noisy->count; i++)
        sum += noisy->commits[i].weight;
    for (guint i = 0; i < noisy->count && sum > 0; i++)
        noisy->commits[i].weight /= sum;
}

void xr_noisy_learn(XrNoisy *noisy, guint commit, double evidence)
{
    for (guint i = 0; i < noisy->count; i++)
        noisy->commits[i].weight *= exp((i <= commit ? evidence : -evidence) / 2);
    scale(noisy);
}

void xr_noisy_skip(XrNoisy *noisy, guint commit)
{
    noisy->commits[commit].skipped = TRUE;
}

void xr_noisy_clear(XrNoisy *noisy, guint commit)
{
    noisy->commits[commit].weight = 0;
    scale(noisy);
}

gboolean xr_noisy_next(const XrNoisy *noisy, guint *commit)
{
    double sum = 0, nearest = 0.5;
    gboolean found = FALSE;

    /* The last is known to be bad: a run of it would be no news. */
    for (guint i = 0; i + 1 < noisy->count; i++) {
        sum += noisy->commits[i].weight;
        if (noisy->commits[i].skipped || fabs(sum - 0.5) >= nearest)
            continue;
        nearest = fabs(sum - 0.5);
        *commit = i;
        found = TRUE;
    }
    return found;
}

double xr_noisy_best(const XrNoisy *noisy, guint *first, guint *last)
{
    double best = -1, sum = 0;
    guint begin = 0;

    for (guint i = 0; i < noisy->count; i++) {
        sum += noisy->commits[i].weight;
        if (noisy->commits[i].skipped && i + 1 < noisy->count)
            continue;
        if (sum > best) {
            best = sum;
            *first = begin;
            *last = i;
        }
        begin = i + 1;
        sum = 0;
    }
    while (*first < *last && noisy->commits[*first].weight == 0)
        ++*first;
    return best;
}

double xr_noisy_unknown(const XrNoisy *noisy)
{
    double bits = 0;

    for (guint i = 0; i < noisy->count; i++) {
        const double weight = noisy->commits[i].weight;

        bits -= weight > 0 ? weight * log2(weight) : 0;
    }
    return bits;
}
