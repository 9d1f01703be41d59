/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest's rings: requests, replies, grants and notifications. */
#include "fake-machine.h"

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_auto(Machine) m;
    machine_init(&m, 1, 1 << 20);
    m.stop_after = 100;
    g_assert_false(machine_run(&m, ""));
    for (guint i = 0; i < m.store.written->len; i++)
        g_print("# %s\n", (char *)m.store.written->pdata[i]);
    return g_test_run();
}
