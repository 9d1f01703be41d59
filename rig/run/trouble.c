/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is collected of a machine that panicked or hangs. */
#include "run/trouble.h"

enum { DUMP_MS = 2000 };

static gboolean time_is_up(gpointer user_data)
{
    gboolean *up = user_data;

    *up = TRUE;
    return G_SOURCE_REMOVE;
}

/* Lets the console speak on. Not xr_session_wait: the run is over here. */
static void listen(guint duration_ms)
{
    gboolean up = FALSE;

    g_timeout_add(duration_ms, time_is_up, &up);
    while (!up)
        g_main_context_iteration(NULL, TRUE);
}

static void collect_registers(XrSession *s)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *registers = xr_machine_registers(s->machine, &error);

    if (registers == NULL || !xr_record_put_text(s->record, "registers.txt", registers, &error))
        xr_session_say(s, "log", "text", error->message, NULL);
}

/* Three times Ctrl-A gives the serial port's input to Xen itself. */
static void press_keys(XrSession *s)
{
    static const char *const keys[] = {"d", "q", "r"};

    xr_machine_console_write(s->machine, "\001\001\001", 3);
    for (gsize i = 0; i < G_N_ELEMENTS(keys) && !s->machine_gone; i++) {
        xr_machine_console_write(s->machine, keys[i], 1);
        listen(DUMP_MS);
    }
}

void xr_trouble_collect(XrSession *s)
{
    if (s->machine == NULL || s->machine_gone)
        return;
    /* The line that told of a panic is its first: the dump follows. */
    listen(DUMP_MS);
    if (s->machine_gone)
        return;
    collect_registers(s);
    /* A panicked Xen reads no keys. Silence is fatal as well, but the Xen below may be sound. */
    if (s->silent || s->unanswered > 0 || !s->obs->fatal)
        press_keys(s);
}
