/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the table of lines that tell of trouble.
 *
 * How lines are weighed. What the hypervisor says against itself is fail, and so are panics, oopses
 * and block errors of any kernel on top of it: that they stay away is what is tested. Too little
 * memory is error: the plan was too tight, which says nothing about the hypervisor. Unsure is
 * what a sound hypervisor shows as well when the host is slow or the emulator wrong: RCU stalls
 * and soft lockups (a vCPU is a thread of the host here, and a loaded host leaves one unscheduled for
 * seconds; a CPU that really spins shows as a stalled VBD or as silence too, which fail), dom0
 * processes that die of a signal, Linux' own warnings. A task that hung for Linux' two minutes is
 * fail: no load explains that while the others go on.
 *
 * Limits: lines are known in the wording of Xen 4.14 to 4.20 and Linux 5.10 to 6.12; two writers may
 * interleave in the middle of a word, which no pattern survives. Runs of any character are bounded,
 * so that no line takes long to search. */
#include "watch/patterns.h"

#define XEN   XR_CONSOLE_XEN
#define DOM0  XR_CONSOLE_DOM0
#define DOMU  XR_CONSOLE_DOMU
#define LINUX (XR_CONSOLE_DOM0 | XR_CONSOLE_DOMU)
#define ALL   (XEN | LINUX)

const XrPattern xr_patterns[] = {
    /* A domU's own console output, which a Xen of high log level repeats: said by the domU. */
    {XEN, NULL, XR_PASS, FALSE, "^\\(XEN\\) (\\[[^]]{1,40}\\] )?\\(d\\d+\\) ", NULL},

    /* --- Xen --- */
    {XEN, "xen-panic", XR_FAIL, TRUE, "Panic on CPU \\d+:", "The hypervisor panicked."},
    {XEN, "xen-trap", XR_FAIL, TRUE,
     "FATAL TRAP: |FATAL PAGE FAULT|\\*\\*\\* DOUBLE FAULT \\*\\*\\*",
     "The hypervisor took an exception that it cannot handle."},
    {XEN, "xen-assert", XR_FAIL, TRUE, "Assertion '.{0,400}' failed at ",
     "A condition that the hypervisor's authors hold to be always true was false."},
    {XEN, "xen-bug", XR_FAIL, TRUE, "Xen BUG at ",
     "The hypervisor found itself in an impossible state."},
    {XEN, "xen-watchdog", XR_FAIL, TRUE, "Watchdog timer detects that CPU ?\\d+ is stuck",
     "A CPU spun in the hypervisor with its timer not served: a lock that never came free, most "
     "often."},
    {XEN, "xen-locking", XR_FAIL, TRUE,
     "mm locking order violation|CHECKLOCK FAILURE|[Ll]ock (recursion|order) violation",
     "Locks were taken in an order, or in a context, that can deadlock."},
    {XEN, "xen-ubsan", XR_FAIL, FALSE, "UBSAN: Undefined behaviour in ",
     "The hypervisor did something that C gives no meaning to; a compiler may make anything of "
     "it."},
    {XEN, "xen-warn", XR_FAIL, FALSE, "Xen WARN at ",
     "The hypervisor found a state that its authors did not expect."},
    {XEN, "dom0-crashed", XR_FAIL, TRUE,
     "Hardware Dom\\d+ (crashed|shutdown: watchdog|shutdown \\(unknown reason)",
     "dom0 reported its own crash to the hypervisor, or stopped answering its watchdog."},
    {XEN, "domain-crashed", XR_FAIL, FALSE,
     "Domain \\d+ (\\(vcpu#\\d+\\) crashed on |reported crashed by domain )|domain_crash(_sync)? "
     "called from",
     "The hypervisor ended a domain that did, or met with, something impossible."},
    {XEN, "xen-host", XR_ERROR_VERDICT, FALSE,
     "(?i)fatal machine check|uncorrected hardware memory error|\\[Hardware Error\\]",
     "The machine below reported broken hardware: the host's business."},
    {XEN, "xen-unhandled", XR_FAIL, FALSE, "(?i)\\bunhandled\\b",
     "A guest did, or met with, something the hypervisor has no answer to."},
    {XEN, "xen-grant-limit", XR_FAIL, FALSE, "(?i)\\bmaptrack limit reached\\b",
     "Xen has no handle left for one more grant to be mapped: handles leak, or the plan allows too "
     "few."},
    {XEN, "xen-grant-error", XR_FAIL, FALSE,
     "grant_table\\.c:\\d+.{0,60}\\b(Bad|Could not|Unable to|Unstable|Failed|Invalid|Out "
     "of|Cannot)\\b",
     "A grant was refused: a frontend or backend, or the grant table itself, is wrong."},
    {XEN, "xen-cpu", XR_UNSURE, FALSE, "Not responding\\.|Stuck \\?\\?|CPU ?\\d+ still not dead",
     "A CPU did not come up or go down in time; a loaded host does that, too."},
    {XEN, "xen-memory", XR_ERROR_VERDICT, FALSE,
     "(?i)\\bout of memory\\b|Could not allocate order=|Not enough RAM",
     "The hypervisor had no memory left: the plan gives out more than machine.memory."},

    /* --- any --- */
    {ALL, "-list-corruption", XR_FAIL, FALSE, "list_(add|del) corruption",
     "A linked list was found damaged: something wrote over it, or two changed it at once."},

    /* --- the stream guest: what comes after panic and trap is its own --- */
    {DOMU, "domu-panic", XR_FAIL, FALSE, "^xenrig-stream: panic: ",
     "The stream guest gave up: it was told something, or found itself in a state, that must not "
     "be."},
    {DOMU, "domu-oops", XR_FAIL, FALSE, "^xenrig-stream: trap \\d+\\b",
     "The stream guest took a CPU exception, for which it has no use: its memory or its state was "
     "damaged, or the hypervisor or an emulated CPU is wrong."},

    /* --- Linux --- */
    {LINUX, NULL, XR_PASS, FALSE, "end Kernel panic - not syncing", NULL},
    {LINUX, "-panic", XR_FAIL, TRUE, "Kernel panic - not syncing", "The kernel panicked."},
    {LINUX, "-memory", XR_ERROR_VERDICT, FALSE,
     "invoked oom-killer|Out of memory: Kill|Memory cgroup out of memory",
     "Memory ran out inside and a process was killed: the plan gives this domain too little."},
    {LINUX, "-memory", XR_UNSURE, FALSE, "page allocation failure: order:",
     "The kernel could not get memory at a moment when it may not wait for it."},
    {LINUX, "-soft-lockup", XR_UNSURE, FALSE, "BUG: (soft|workqueue) lockup",
     "A CPU was kept busy in the kernel for long; without a stall beside it, a slow host may be "
     "why."},
    {LINUX, "-rcu-stall", XR_UNSURE, FALSE,
     "rcu: INFO: rcu\\w{0,20} (self-)?detected (expedited )?stall|rcu\\w{0,20} kthread starved for",
     "A CPU did not come to rest in time; without a stall beside it, a slow host may be why."},
    {LINUX, "-hung-task", XR_FAIL, FALSE, "INFO: task .{1,60} blocked for more than \\d+ seconds",
     "A process waits in the kernel for something that does not happen."},
    {LINUX, "-oops", XR_FAIL, FALSE,
     "(^|[\\]\\s])BUG: |kernel BUG at |\\bOops: |: [0-9a-f]{4} \\[#\\d+\\]|"
     "general protection fault, (probably|maybe) for",
     "The kernel found a bug in itself, or its memory damaged."},
    {LINUX, "-warning", XR_UNSURE, FALSE, "WARNING: CPU: \\d+ PID: \\d+ at ",
     "The kernel found a state that its authors did not expect; it went on."},
    {LINUX, "-irq", XR_UNSURE, FALSE, "unexpected IRQ trap at vector|irq \\d+: nobody cared",
     "An interrupt came that nobody waited for, or that nobody served."},
    {LINUX, "-host", XR_ERROR_VERDICT, FALSE, "mce: \\[Hardware Error\\]",
     "The machine below reported broken hardware: the host's business."},
    {LINUX, "-grant-limit", XR_UNSURE, FALSE, "xen/grant-table: max_grant_frames reached",
     "The grant table is full: who needs one more grant waits until another one is given back, "
     "which "
     "may be for ever. Grants leak, or Xen's gnttab_max_frames is too small for the plan."},
    {LINUX, "-grant-error", XR_FAIL, FALSE,
     "g\\.e\\. (0x)?[0-9a-f]+ still in use|leaking g\\.e\\. |grant_table: "
     ".{0,60}(BUG|failed|[Bb]ad)",
     "A grant was not given back, or could not be taken: memory is lost or a ring is broken."},

    /* --- the block path --- */
    {LINUX, "io-error", XR_FAIL, FALSE,
     "(I/O|timeout|critical \\w{1,20}|protection|transport) error, dev (?!fd\\d|sr\\d)\\w+|"
     "Buffer I/O error on dev(ice)? (?!fd\\d|sr\\d)|null_blk: rq \\w+ timed out",
     "A block request failed."},
    {LINUX, "blkback-error", XR_FAIL, FALSE,
     "xen.blkback: .{0,120}\\b(?i:error|invalid|fail(ed)?|could not|unable|bad|unknown|leak)\\b",
     "The block backend met with a request, a grant or a state that it could not serve."},
    {LINUX, "blkfront-error", XR_FAIL, FALSE,
     "blk(front|if).{0,80}(incorrect id|illegal number of responses|Bad return|op failed)|"
     "(xvd\\w{1,4}|vbd-\\d+): .{0,60}(disabled for further use|no pending request|incorrect id)",
     "The block frontend got an answer that does not fit what it asked, or none it can use."},
    {LINUX, "block-error", XR_FAIL, FALSE,
     "vbd vbd(-\\d+)?-\\d+: (\\d+ \\w|failed to write error node)|"
     "Timeout connecting to device: device/vbd/",
     "A VBD's two ends did not come together, or fell apart."},

    /* --- processes, and our own --- */
    {LINUX, "-process", XR_UNSURE, FALSE,
     "\\w\\[\\d+\\]: segfault at |traps: \\S{1,60}\\[\\d+\\] (trap |general protection)|"
     "corrupted (size vs\\. prev_size|double-linked list)|(malloc|free|realloc)\\(\\): "
     "(invalid|corrupted)|"
     "stack smashing detected",
     "A process died of a damaged memory: a bug of its own, of the kernel or hypervisor, or of an "
     "emulated CPU."},
    {DOM0, "dom0-daemon-died", XR_ERROR_VERDICT, TRUE, "xenrig: (agent|xenstored|xenconsoled) died",
     "A program that dom0 cannot do without ended, and dom0 with it."},
    {DOM0, "dom0-init", XR_ERROR_VERDICT, FALSE,
     "^xenrig: .{0,200}\\b(?i:cannot|could not|failed|died|missing|no)\\b",
     "The rig's own programs in dom0 met with something they could not do."},
    {DOMU, "domu-init", XR_UNSURE, FALSE,
     "^xenrig: .{0,200}\\b(?i:cannot|could not|failed|died|missing|no)\\b",
     "The rig's own program in the domU met with something it could not do."},
};

const gsize xr_patterns_len = G_N_ELEMENTS(xr_patterns);
