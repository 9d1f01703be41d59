/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the plan, what to run. */
#pragma once

#include <glib.h>

typedef enum { XR_ACCEL_AUTO, XR_ACCEL_KVM, XR_ACCEL_TCG } XrAccel;
typedef enum {
    XR_TIME_REAL,     /* the host's clock */
    XR_TIME_LOCKSTEP, /* a metronome's count while all pCPUs go forward in equal short slices */
    XR_TIME_COUNT,    /* none: what is counted is instructions, for what was moved */
} XrTime;
typedef enum {
    XR_BINDING_DEFAULT, /* as dom0's kernel does it */
    XR_BINDING_VCPU0,   /* the VBDs' event channels all to dom0's vCPU 0 */
    XR_BINDING_SPREAD,  /* over dom0's vCPUs in turn */
    XR_BINDING_PINNED,  /* so, and dom0's vCPUs each to the pCPU of its number */
} XrBinding;
typedef enum { XR_BACKING_NULL, XR_BACKING_MEMORY, XR_BACKING_DISK } XrBacking;
typedef enum {
    XR_GUEST_STREAM, /* guests/stream: nothing but a frontend */
    XR_GUEST_LINUX,  /* Debian's kernel with guests/linux */
} XrGuestKind;
typedef enum { XR_GUEST_PV, XR_GUEST_PVH } XrGuestMode;
typedef enum { XR_ORDER_STREAM, XR_ORDER_RANDOM } XrOrder;
typedef enum {
    XR_FAULT_NONE,
    XR_FAULT_DESTROY_GUEST, /* xl destroy of one domU while it streams */
    XR_FAULT_CRASH_GUEST,   /* the domU's own kernel panics */
    XR_FAULT_CORRUPT_BLOCK, /* bytes changed in the backing store behind a VBD's back */
    XR_FAULT_DOM0_PANIC,    /* dom0's kernel panics */
    XR_FAULT_XEN_PANIC,     /* an NMI that Xen was told to take as fatal */
    XR_FAULT_SILENCE,       /* dom0's agent stops: nothing is heard any more */
} XrFault;

/* Xen's trace buffer, pages of 4 KiB for each CPU, where workload.count_grants asks for a trace. */
#define XR_TRACE_PAGES 512

/* A limit of a figure by its name, limits.metric.NAME. */
typedef struct {
    char *metric; /* as a report in JSON has it */
    double most;  /* in the figure's own unit */
} XrBound;

/* A checked plan: all keys have values. Made by xr_plan_load, freed with xr_plan_free. Strings
 * belong to the plan. Times are nanoseconds, sizes bytes, ratios fractions of 1. */
typedef struct {
    struct {
        char *name; /* default: the file's base name without .plan */
        char *description;
    } plan;
    struct {
        XrAccel accel;  /* auto */
        char *cpu;      /* "auto": host-passthrough with KVM, else max,-smap,-smep,-xsave */
        guint pcpus;    /* 1..64, 2 */
        guint64 memory; /* 6G */
        XrTime time;    /* real */
    } machine;
    struct {
        guint slice;     /* 12..100000, 100: instructions of a pCPU's turn, the shortest measured */
        guint lengths;   /* 1..4, 2: slice lengths measured, each twice the one before */
        guint seeds;     /* 1..1000, 5: runs with each length */
        gboolean check;  /* yes: the first window is measured once more in the end */
        gboolean layers; /* no: once more, and its instructions are counted by whose they are */
        guint64 warmup;  /* 5000000 ticks of the metronome before each window */
        guint64 window;  /* 20000000 ticks */
        guint64 disk_rate; /* 0: bytes in 10^9 ticks that each VBD is held to, 0 none */
    } lockstep;
    struct {
        guint64 warmup;     /* 64M: bytes moved by all domUs before the window */
        guint64 window;     /* 256M: bytes moved in it */
        gboolean functions; /* yes: instructions are told by function, too */
    } count;
    struct {
        XrBinding binding; /* default */
    } evtchn;
    struct {
        char *build;   /* "debian:bookworm" */
        char *cmdline; /* added to Xen's command line, "" */
    } hypervisor;
    struct {
        guint vcpus;           /* 1..64, 2; not above machine.pcpus */
        guint64 memory;        /* 1280M */
        XrGuestMode mode;      /* pv */
        char *kernel;          /* "debian:bookworm"; kernel= in hypervisor.build goes before */
        guint create_parallel; /* 1..64, 4: domains created at once */
        char *cmdline;         /* added to dom0's kernel command line, "" */
    } dom0;
    struct {
        XrGuestKind kind; /* stream */
        XrGuestMode mode; /* pv */
        char *kernel;     /* "debian:bookworm": of kind linux, as dom0.kernel */
        guint count;      /* 1..64, 24 */
        guint vbds;       /* 1..24 per domU, 1 */
        guint vcpus;      /* 1..16, 1; kind stream has one */
        guint64 memory;   /* per domU; a plan's 0 is what kind and workload need, and never here */
    } guests;
    struct {
        XrBacking backing;          /* null */
        guint64 vbd_size;           /* 1G: each VBD; a whole number of blocks */
        guint64 block_size;         /* 2M: one write; multiple of 4096 */
        guint in_flight;            /* 1..64, 2: writes in flight per VBD */
        gboolean fsync;             /* no: fsync after each pass over the VBD */
        gboolean verify;            /* no: patterned blocks, read back after each pass */
        gboolean persistent_grants; /* no */
        guint indirect_segments;    /* 0..256, 32: frontend's wish; 0: 11-segment requests */
        guint ring_pages;           /* 1..16, 1: frontend's wish for each ring; a power of two */
        guint queues;               /* 1..16, 1: rings of each VBD, frontend's wish */
        double read_share;          /* 0: blocks read instead of written; kind stream */
        XrOrder order;              /* stream; kind stream for random */
        guint64 flush_every;        /* 0: blocks between two flushes, 0 none; kind stream */
        guint discard_every;        /* 0: each n-th block is discarded, 0 none; kind stream */
        gboolean paranoid;          /* no: each block read back once written; kind stream */
        guint seed;                 /* 1: of all that is random; kind stream */
        guint64 disk_bytes_per_s;   /* 0: no limit; backing disk only (libvirt iotune) */
        guint64 disk_requests_per_s;
        guint64 warmup_max;       /* 60s */
        guint windows;            /* 1..1000, 3: measured windows */
        guint64 window;           /* 5s each, of guest time */
        guint64 sample_interval;  /* 500ms */
        guint64 figures_interval; /* 1s: between two figures of a VBD, 0 at the end; kind stream */
        guint64 count_grants;     /* 0..60s, 0: one more window, with grant operations counted */
    } workload;
    struct {
        guint64 boot;      /* 180s: start to dom0's toolstack ready */
        guint64 create;    /* 600s: first create to all domUs ready to stream */
        guint64 silence;   /* 60s: nothing heard from dom0's agent */
        guint64 stop;      /* 120s: stop to all domUs gone */
        double steady_cov; /* 15%: coefficient of variation that counts as steady */
        guint64 stall;     /* 10s: longest time one VBD may stand still in a window */
        double fairness;   /* 0.1: slowest VBD's bytes over the median VBD's, at least */
        double
            host_wait; /* 25%: of the time in which it could run, that the machine waits for the host's CPUs */
        guint64 throughput;  /* 0: bytes per second in sum, at least; 0 no limit */
        guint64 memory_leak; /* 8M: free memory lost from before the first domU to after the last */
        guint grant_leak;    /* 0: grants active after the last domU is gone */
    } limits;
    struct {
        char *
            metric; /* the figure of a run that builds are compared by; a plan's "auto" is what its way
                         to count time gives, and never here */
        double smallest_effect; /* 5%: the smallest difference that matters */
        double false_different; /* 0.1%: how often equal builds may be called different */
        double
            false_same; /* 5%: how often builds that differ by smallest_effect may be called the same */
        guint runs_min;  /* 2..100, 5: of each build, before the first look */
        guint runs_max;  /* 4..100, 20: of each build */
        guint repeats;   /* 5: runs in all that may be repeated, as they told nothing */
        guint64 budget;  /* 0: time of all runs; 0 is no limit */
        guint machines;  /* 1..64, 2: that run at once, in lockstep */
        guint snapshots; /* 1..100, 2: of each build, in lockstep; runs go on from them in turn */
    } compare;
    struct {
        XrFault kind;  /* none: what to break on purpose, for tests of the verdict */
        guint guest;   /* 0: index of the domU */
        guint vbd;     /* 0 */
        guint64 after; /* 5s after the first measured window began */
    } fault;
    struct {          /* a plan with a build here is a series: plan/series.h */
        char *builds; /* "": names with spaces between, event channels as evtchn.binding says */
        char *tuned;  /* "": … with event channels pinned */
        char *vcpus;  /* "1 2 4 8 16": of dom0 */
        guint64 disk_rate;    /* 0: what each VBD is held to in a second set of points, as
                              lockstep.disk_rate; 0 is no such set */
        guint64 instructions; /* 10^9: of a CPU in a second, for figures in MB/s */
        guint machines;       /* 1..64, 2: that run at once */
    } series;
    GPtrArray *bounds; /* XrBound*, as they were set first */
} XrPlan;

/* Reads the key file at path (NULL: all defaults, named "default"), then applies overrides
 * ("section.key=value", NULL-terminated, NULL for none). Every key the file holds must be known and
 * valid; combinations are checked (e.g. guests.count * guests.vbds of disk backing above 24; verify
 * on backing null, which forgets what is written; memory of dom0 + guests + backing above
 * machine.memory). Errors are XR_ERROR_INPUT, e.g.
 *   tests/plans/a.plan:7: workload.block_size: "2X" has no unit I know; write bytes as 4096, 64K,
 * 2M, 1G or 1T
 *   --set guests.cuont=3: no such key in [guests]; did you mean "count"? known: kind, mode,
 * count, … A plan name without "/" and without ".plan" is looked up among the shipped plans (smoke,
 * default, …). */
XrPlan *xr_plan_load(const char *path, const char *const *overrides, GError **error);
void xr_plan_free(XrPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrPlan, xr_plan_free)

/* Overrides for xr_plan_load: sets (may be NULL), and behind them "KEY=VALUE", unless value is NULL. Free with
 * g_strfreev. */
char **xr_plan_overrides(const char *const *sets, const char *key, const char *value);

/* The whole plan as a key file, every key with its effective value, in schema order; loading it
 * gives an equal plan. With comments, each key is preceded by a comment that says what it is and
 * accepts. Free with g_free. */
char *xr_plan_show(const XrPlan *plan, gboolean comments);

/* Name of domU number i: "w00" … Free with g_free. */
char *xr_plan_guest_name(guint i);
/* The figure that a run by that way to count time is known by: what compare.metric=auto stands for; static. */
const char *xr_plan_metric(XrTime time);
/* Names used in plans, e.g. "memory", "crash-guest"; static. */
const char *xr_plan_time_name(XrTime time);
const char *xr_plan_binding_name(XrBinding binding);
const char *xr_plan_backing_name(XrBacking backing);
const char *xr_plan_kind_name(XrGuestKind kind);
const char *xr_plan_mode_name(XrGuestMode mode);
const char *xr_plan_fault_name(XrFault fault);
