/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how a machine ended: what the guest did is told apart from what the host did. */
#include "boot/machine-private.h"

static const struct {
    const char *reason; /* in QEMU's SHUTDOWN event */
    int detail;         /* of libvirt's STOPPED */
    const char *what, *words;
} ends[] = {
    {"guest-shutdown", VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, "shutdown", "the guest powered off"},
    {NULL, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, "shutdown", "the guest powered off"},
    /* Somebody's kill -TERM: libvirt says the same as for a power-off, and Xen was once blamed for it. */
    {"host-signal", VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, "destroyed",
     "QEMU was ended from outside by a signal"},
    {"host-qmp-quit", VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, "destroyed", "ended from outside"},
    {NULL, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, "destroyed", "ended from outside"},
    {"guest-reset", VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, "crashed",
     "the guest reset itself: a panic with reboot, or a triple fault"},
    {"guest-panic", VIR_DOMAIN_EVENT_STOPPED_CRASHED, "crashed", "the guest told QEMU of a panic"},
    {NULL, VIR_DOMAIN_EVENT_STOPPED_FAILED, "failed", "QEMU ended without saying why (killed?)"},
};

static void test_describe(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        const char *words;

        g_assert_cmpstr(xr_machine_events_describe(ends[i].reason, ends[i].detail, &words), ==,
                        ends[i].what);
        g_assert_cmpstr(words, ==, ends[i].words);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/machine-events/describe", test_describe);
    return g_test_run();
}
