/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run that has ended enters the history. */
#pragma once

/* Enters the record in dir. What goes wrong is a warning on standard error: the record is there, and the verdict is what
 * it is. */
void xr_enter_history(const char *dir);
