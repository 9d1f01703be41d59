/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run that has ended enters the history. */
#include "run/enter.h"

#include "base/text.h"
#include "keep/history.h"

void xr_enter_history(const char *dir)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *shown = NULL;

    if (xr_history_enter(dir, &error))
        return;
    shown = xr_text_escape(error->message, -1, 4096);
    g_printerr("xenrig: warning: the run is not in the history, its verdict and record stand: %s\n",
               shown);
}
