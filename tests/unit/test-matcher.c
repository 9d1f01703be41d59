/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matcher: each pattern with lines that it must know and near misses that are harmless. */
#include "watch/patterns.h"

#define XEN  XR_CONSOLE_XEN
#define DOM0 XR_CONSOLE_DOM0
#define DOMU XR_CONSOLE_DOMU

typedef struct {
    XrConsole console;
    const char *line;
    const char *kind; /* NULL: harmless */
    XrVerdictKind weight;
    gboolean fatal;
} Case;

static const Case trouble[] = {
    {XEN, "(XEN) Panic on CPU 0:", "xen-panic", XR_FAIL, TRUE},
    {XEN, "(XEN) [  812.331201] Panic on CPU 12:", "xen-panic", XR_FAIL, TRUE},
    {XEN, "(XEN) FATAL TRAP: vec 2, NMI[0000]", "xen-trap", XR_FAIL, TRUE},
    {XEN, "(XEN) FATAL TRAP: vector = 6 (invalid opcode)", "xen-trap", XR_FAIL, TRUE},
    {XEN, "(XEN) FATAL PAGE FAULT", "xen-trap", XR_FAIL, TRUE},
    {XEN, "(XEN) *** DOUBLE FAULT ***", "xen-trap", XR_FAIL, TRUE},
    {XEN, "(XEN) Assertion 'rd == ld' failed at common/grant_table.c:1492", "xen-assert", XR_FAIL,
     TRUE},
    {XEN, "(XEN) UBSAN: Undefined behaviour in common/grant_table.c:412:9", "xen-ubsan", XR_FAIL,
     FALSE},
    {XEN, "(XEN) Xen BUG at common/spinlock.c:48", "xen-bug", XR_FAIL, TRUE},
    {XEN, "(XEN) Watchdog timer detects that CPU3 is stuck!", "xen-watchdog", XR_FAIL, TRUE},
    {XEN, "(XEN) mm locking order violation: 64 > 16", "xen-locking", XR_FAIL, TRUE},
    {XEN, "(XEN) CHECKLOCK FAILURE: prev irqsafe: 0, curr irqsafe 1", "xen-locking", XR_FAIL, TRUE},
    {XEN, "(XEN) Xen WARN at common/page_alloc.c:2301", "xen-warn", XR_FAIL, FALSE},
    {XEN, "(XEN) Hardware Dom0 crashed: 'noreboot' set - not rebooting.", "dom0-crashed", XR_FAIL,
     TRUE},
    {XEN, "(XEN) Hardware Dom0 shutdown: watchdog rebooting machine", "dom0-crashed", XR_FAIL,
     TRUE},
    {XEN, "(XEN) Hardware Dom0 shutdown (unknown reason 7): rebooting machine", "dom0-crashed",
     XR_FAIL, TRUE},
    {XEN, "(XEN) Domain 7 (vcpu#0) crashed on cpu#1:", "domain-crashed", XR_FAIL, FALSE},
    {XEN, "(XEN) Domain 7 reported crashed by domain 0 on cpu#1:", "domain-crashed", XR_FAIL,
     FALSE},
    {XEN, "(XEN) domain_crash called from common/grant_table.c:3921", "domain-crashed", XR_FAIL,
     FALSE},
    {XEN, "(XEN) Fatal machine check on CPU0", "xen-host", XR_ERROR_VERDICT, FALSE},
    {XEN, "(XEN) d3v0 Unhandled: vec 13, #GP[0000]", "xen-unhandled", XR_FAIL, FALSE},
    {XEN, "(XEN) d0v0: unhandled page fault (ec=0000)", "xen-unhandled", XR_FAIL, FALSE},
    {XEN, "(XEN) common/grant_table.c:1092:d0v1 Bad flags (0) or dom (0); expected d0",
     "xen-grant-error", XR_FAIL, FALSE},
    {XEN, "(XEN) grant_table.c:803:d0v1 Could not pin grant frame", "xen-grant-error", XR_FAIL,
     FALSE},
    {XEN, "(XEN) common/grant_table.c:1042:d0v1 maptrack limit reached", "xen-grant-limit", XR_FAIL,
     FALSE},
    {XEN, "(XEN) CPU 1 still not dead...", "xen-cpu", XR_UNSURE, FALSE},
    {XEN, "(XEN) Could not allocate order=9 extent: id=4 memflags=0xc0 (5 of 8)", "xen-memory",
     XR_ERROR_VERDICT, FALSE},
    {XEN, "(XEN) list_add corruption. next->prev should be prev", "xen-list-corruption", XR_FAIL,
     FALSE},

    {DOM0, "[  123.4] list_del corruption. prev->next should be ffff8880, but was 0000",
     "dom0-list-corruption", XR_FAIL, FALSE},
    {DOMU,
     "[   35.672978] xen:grant_table: xen/grant-table: max_grant_frames reached cur=8 extra=1 "
     "limit=8 gnttab_free_count=25 req_entries=8",
     "domu-grant-limit", XR_UNSURE, FALSE},
    {DOM0,
     "[   31.220144] xen:grant_table: xen/grant-table: max_grant_frames reached cur=64 extra=1 "
     "limit=64 gnttab_free_count=0 req_entries=1",
     "dom0-grant-limit", XR_UNSURE, FALSE},
    {DOM0, "[    4.496406] Kernel panic - not syncing: sysrq triggered crash", "dom0-panic",
     XR_FAIL, TRUE},
    {DOMU, "[    7.044274] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
     "domu-panic", XR_FAIL, FALSE},
    {DOMU,
     "[    7.025475] tail invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE), order=0",
     "domu-memory", XR_ERROR_VERDICT, FALSE},
    {DOM0, "[   99.1] Out of memory: Killed process 90 (xenstored) total-vm:52672kB", "dom0-memory",
     XR_ERROR_VERDICT, FALSE},
    {DOM0, "[   99.1] kworker/0:1: page allocation failure: order:4, mode:0x40dc0", "dom0-memory",
     XR_UNSURE, FALSE},
    {DOM0, "[   19.390950] watchdog: BUG: soft lockup - CPU#0 stuck for 10s! [busybox:101]",
     "dom0-soft-lockup", XR_UNSURE, FALSE},
    {DOM0, "[   19.3] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!",
     "dom0-soft-lockup", XR_UNSURE, FALSE},
    {DOM0, "[   14.081791] rcu: INFO: rcu_preempt self-detected stall on CPU", "dom0-rcu-stall",
     XR_UNSURE, FALSE},
    {DOMU, "[   14.0] rcu: INFO: rcu_sched detected stalls on CPUs/tasks:", "domu-rcu-stall",
     XR_UNSURE, FALSE},
    {DOM0, "[   14.0] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... }",
     "dom0-rcu-stall", XR_UNSURE, FALSE},
    {DOM0, "[   14.0] rcu: rcu_preempt kthread starved for 5250 jiffies! g1 f0x0", "dom0-rcu-stall",
     XR_UNSURE, FALSE},
    {DOM0, "[   16.973117] INFO: task poweroff:101 blocked for more than 120 seconds.",
     "dom0-hung-task", XR_FAIL, FALSE},
    {DOM0, "[   10.106765] BUG: kernel NULL pointer dereference, address: 0000000000000000",
     "dom0-oops", XR_FAIL, FALSE},
    {DOM0, "BUG: unable to handle page fault for address: ffffc90000a3b000", "dom0-oops", XR_FAIL,
     FALSE},
    {DOM0, "[   10.117500] Oops: 0002 [#1] PREEMPT SMP NOPTI", "dom0-oops", XR_FAIL, FALSE},
    {DOMU, "[   10.1] kernel BUG at drivers/block/xen-blkfront.c:1127!", "domu-oops", XR_FAIL,
     FALSE},
    {DOMU, "[   10.1] invalid opcode: 0000 [#1] PREEMPT SMP NOPTI", "domu-oops", XR_FAIL, FALSE},
    {DOM0,
     "[ 1.2] general protection fault, probably for non-canonical address 0xdead000000000100:",
     "dom0-oops", XR_FAIL, FALSE},
    {DOM0, "[    1.2] WARNING: CPU: 1 PID: 12 at block/blk-mq.c:1842 blk_mq_run_hw_queue+0x1/0x2",
     "dom0-warning", XR_UNSURE, FALSE},
    {DOM0, "[    1.2] unexpected IRQ trap at vector a3", "dom0-irq", XR_UNSURE, FALSE},
    {DOM0, "[    1.2] irq 9: nobody cared (try booting with the \"irqpoll\" option)", "dom0-irq",
     XR_UNSURE, FALSE},
    {DOM0, "[    1.2] mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 5", "dom0-host",
     XR_ERROR_VERDICT, FALSE},
    {DOMU, "[    1.2] xen:grant_table: WARNING: g.e. 0x8 still in use!", "domu-grant-error",
     XR_FAIL, FALSE},
    {DOMU, "[    1.2] xen:grant_table: leaking g.e. 0x9 (pfn 7d801)", "domu-grant-error", XR_FAIL,
     FALSE},
    {DOMU, "[    9.1] I/O error, dev xvda, sector 4096 op 0x1:(WRITE) flags 0x8800 phys_seg 32",
     "io-error", XR_FAIL, FALSE},
    {DOM0, "[    9.1] blk_update_request: I/O error, dev nullb3, sector 0", "io-error", XR_FAIL,
     FALSE},
    {DOM0, "[    9.1] Buffer I/O error on dev xvda, logical block 0, lost async page write",
     "io-error", XR_FAIL, FALSE},
    {DOM0, "[    9.945478] null_blk: rq 0000000000c33049 timed out", "io-error", XR_FAIL, FALSE},
    {DOM0, "[   25.5] xen-blkback: invalid buffer -- could not remap it", "blkback-error", XR_FAIL,
     FALSE},
    {DOM0, "[   25.5] xen_blkback: VBD error: Bad number of segments in request (129)",
     "blkback-error", XR_FAIL, FALSE},
    {DOMU, "[    3.5] blkfront: xvda: response has incorrect id (77)", "blkfront-error", XR_FAIL,
     FALSE},
    {DOMU, "[    3.5] vbd vbd-51712: xvda disabled for further use", "blkfront-error", XR_FAIL,
     FALSE},
    {DOM0, "[    3.5] vbd vbd-5-51712: 12 creating vbd structure", "block-error", XR_FAIL, FALSE},
    {DOMU, "[    3.5] vbd vbd-51712: 16 Device in use; refusing to close", "block-error", XR_FAIL,
     FALSE},
    {DOMU, "XENBUS: Timeout connecting to device: device/vbd/51712 (local state 3, remote state 2)",
     "block-error", XR_FAIL, FALSE},
    {DOM0,
     "[   13.395624] exe[143]: segfault at 398 ip 0000000000433f4b sp 00007ffe92b30bb0 error 4",
     "dom0-process", XR_UNSURE, FALSE},
    {DOM0, "[   13.3] traps: xl[143] general protection fault ip:433f4b sp:7ffe92b30bb0 error:0",
     "dom0-process", XR_UNSURE, FALSE},
    {DOM0, "corrupted double-linked list", "dom0-process", XR_UNSURE, FALSE},
    {DOM0, "xenrig: xenstored died: signal 11", "dom0-daemon-died", XR_ERROR_VERDICT, TRUE},
    {DOM0, "xenrig: cannot mount /sys/kernel/config: No such device", "dom0-init", XR_ERROR_VERDICT,
     FALSE},
    {DOMU, "xenrig-stream: panic: BUG: told to crash", "domu-panic", XR_FAIL, FALSE},
    {DOMU, "xenrig-stream: trap 14 at 0x101234, address 0x8, error 2", "domu-oops", XR_FAIL, FALSE},
    {DOMU, "xenrig: power-off failed: Operation not permitted", "domu-init", XR_UNSURE, FALSE},
};

static const Case harmless[] = {
    /* Said by Xen of itself, but not against itself. */
    {XEN, "(XEN) Xen call trace:", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) *** Dumping CPU0 host state: ***", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) *** Serial input to DOM0 (type 'CTRL-a' three times to switch input)", NULL,
     XR_PASS, FALSE},
    {XEN, "(XEN) *** WARNING: CONSOLE OUTPUT IS SYNCHRONOUS", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) gnttab_usage_print_all [ key 'g' pressed", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) no active grant table entries", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) common/grant_table.c:1861:d0v0 Increased maptrack size to 3 frames", NULL, XR_PASS,
     FALSE},
    {XEN, "(XEN) common/grant_table.c:1861:d0v0 Expanding d1 grant table from 5 to 6 frames", NULL,
     XR_PASS, FALSE},
    {XEN, "(XEN) NMI watchdog: panic on timeout: enabled", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) Watchdog timer enabled", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) Hardware Dom0 halted: halting machine", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) Hardware Dom0 shutdown: rebooting machine", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) Domain 7 (vcpu#0) is paused", NULL, XR_PASS, FALSE},
    {XEN, "(XEN)     Fault while accessing guest memory.", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) Over-allocation for d1: 33025 > 33024", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) Brought up 2 CPUs", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) MCE: Unable to init MCE handler: -19", NULL, XR_PASS, FALSE},
    /* Forged, or repeated, from inside a domU. */
    {XEN, "(XEN) (d3) Panic on CPU 0:", NULL, XR_PASS, FALSE},
    {XEN, "(XEN) [2026-11-22 11:14:14] (d3) Xen BUG at here", NULL, XR_PASS, FALSE},
    /* Linux. */
    {DOM0,
     "[    2.5] AMD-Vi: AMD IOMMUv2 functionality not available on this system - This is not a "
     "bug.",
     NULL, XR_PASS, FALSE},
    {DOM0,
     "[    1.9] PCI: Using host bridge windows; if necessary, use \"pci=nocrs\" and report a bug",
     NULL, XR_PASS, FALSE},
    {DOM0, "[    4.5] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---", NULL,
     XR_PASS, FALSE},
    {DOM0, "[    4.5] Call Trace:", NULL, XR_PASS, FALSE},
    {DOM0, "[    4.5] #PF: supervisor write access in kernel mode", NULL, XR_PASS, FALSE},
    {DOM0, "[    1.1] \tRCU CPU stall warnings timeout set to 4 (rcu_cpu_stall_timeout).", NULL,
     XR_PASS, FALSE},
    {DOM0, "[    1.2] rcu: Hierarchical SRCU implementation.", NULL, XR_PASS, FALSE},
    {DOM0, "[    1.2] clocksource: timekeeping watchdog on CPU0: tsc wd-tsc-wd excessive read-back",
     NULL, XR_PASS, FALSE},
    {DOM0, "[    1.2] ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PCI0], AE_NOT_FOUND",
     NULL, XR_PASS, FALSE},
    {DOM0, "[   25.5] xen-blkback: backend/vbd/2/51712: using 1 queues, protocol 1 (x86_64-abi)",
     NULL, XR_PASS, FALSE},
    {DOMU, "[    3.5] blkfront: xvda: barrier or flush: disabled; persistent grants: disabled;",
     NULL, XR_PASS, FALSE},
    {DOMU, "[    2.8] xenbus_probe_frontend: Device with no driver: device/vbd/51712", NULL,
     XR_PASS, FALSE},
    {DOMU, "[    9.9] xenbus_probe_frontend: Waiting for devices to initialise: 25s...20s...", NULL,
     XR_PASS, FALSE},
    {DOMU, "[    9.9] xen:grant_table: g.e. 0x8 still pending", NULL, XR_PASS, FALSE},
    {DOMU, "[    9.9] xen:grant_table: Grant tables using version 1 layout", NULL, XR_PASS, FALSE},
    {DOM0, "[    9.9] I/O error, dev fd0, sector 0 op 0x0:(READ)", NULL, XR_PASS, FALSE},
    {DOM0, "[    9.9] Buffer I/O error on dev fd0, logical block 0, async page read", NULL, XR_PASS,
     FALSE},
    {DOM0, "[    3.9] null_blk: module loaded", NULL, XR_PASS, FALSE},
    {DOM0, "\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.", NULL,
     XR_PASS, FALSE},
    {DOM0, "xenrig: switching off, as asked", NULL, XR_PASS, FALSE},
    {DOM0, "xenrig: agent ready", NULL, XR_PASS, FALSE},
    {DOMU, "xenrig-stream: ready, 24 VBDs, no flushes", NULL, XR_PASS, FALSE},
    {DOMU, "xenrig-stream: no trap 14 was taken, no panic: good", NULL, XR_PASS, FALSE},
    {DOM0, "xenrig-stream: panic: on another console", NULL, XR_PASS, FALSE},
    {DOM0, "[    1.9] mce: CPU supports 10 MCE banks", NULL, XR_PASS, FALSE},
    {DOM0, "", NULL, XR_PASS, FALSE},
    /* The right words on the wrong console. */
    {DOM0, "Panic on CPU 0:", NULL, XR_PASS, FALSE},
    {DOMU, "xenrig: agent died", "domu-init", XR_UNSURE, FALSE},
    {XEN, "(XEN) BUG: not Linux", NULL, XR_PASS, FALSE},
};

static void check(const Case *c)
{
    gboolean fatal = TRUE;
    g_autoptr(XrFinding) finding = xr_matcher_line(c->console, "here", 42, c->line, &fatal);

    g_test_message("%s", c->line);
    g_assert_cmpstr(finding != NULL ? finding->kind : NULL, ==, c->kind);
    g_assert_cmpint(fatal, ==, c->fatal);
    if (finding == NULL)
        return;
    g_assert_cmpint(finding->weight, ==, c->weight);
    g_assert_cmpstr(finding->where, ==, "here");
    g_assert_cmpint(finding->when_ns, ==, 42);
    g_assert_cmpstr(finding->line, ==, c->line);
    g_assert_cmpuint(finding->count, ==, 1);
    g_assert_true(g_str_has_suffix(finding->meaning, "."));
}

static void test_trouble(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(trouble); i++)
        check(&trouble[i]);
}

static void test_harmless(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(harmless); i++)
        check(&harmless[i]);
}

/* No pattern is there that no line above needs, and none fails to compile. */
static void test_every_pattern_is_needed(void)
{
    for (gsize i = 0; i < xr_patterns_len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GRegex) regex = g_regex_new(xr_patterns[i].regex, G_REGEX_RAW, 0, &error);
        gboolean needed = FALSE;

        g_assert_no_error(error);
        for (gsize t = 0; t < G_N_ELEMENTS(trouble); t++)
            needed |= g_regex_match(regex, trouble[t].line, 0, NULL);
        for (gsize h = 0; h < G_N_ELEMENTS(harmless) && xr_patterns[i].kind == NULL; h++)
            needed |= g_regex_match(regex, harmless[h].line, 0, NULL);
        if (!needed)
            g_error("no test line for the pattern %s", xr_patterns[i].regex);
    }
}

/* Bytes that are no UTF-8, and lines made to search long. */
static void test_hostile(void)
{
    static const char *const seeds[] = {
        "grant_table.c:1", "INFO: task ",  "xen-blkback: ",  "Assertion '",
        "blkfront: ",      "traps: ",      "rcu: INFO: rcu", "xvda: ",
        "xenrig: ",        "\xff\xfe\x80", "I/O error, dev "};

    for (gsize i = 0; i < G_N_ELEMENTS(seeds); i++) {
        g_autoptr(GString) line = g_string_new("");

        while (line->len < 65536)
            g_string_append(line, seeds[i]);
        for (guint console = XEN; console <= DOMU; console <<= 1) {
            gboolean fatal;
            g_autoptr(XrFinding) finding =
                xr_matcher_line(console, line->str, 0, line->str, &fatal);

            g_assert_true(finding == NULL || strlen(finding->line) <= 1024);
            g_assert_true(finding == NULL || strlen(finding->where) <= 64);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/matcher/trouble", test_trouble);
    g_test_add_func("/matcher/harmless", test_harmless);
    g_test_add_func("/matcher/every-pattern-is-needed", test_every_pattern_is_needed);
    g_test_add_func("/matcher/hostile", test_hostile);
    return g_test_run();
}
