/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: all keys of a plan, in the order in which a plan is shown. */
#include "plan/schema.h"

/* The orders of XrAccel, XrTime, XrBinding, XrBacking, XrFault, XrGuestKind, XrGuestMode and XrOrder. */
static const char *const accels[] = {"auto", "kvm", "tcg", NULL};
static const char *const times[] = {"real", "lockstep", "count", NULL};
static const char *const bindings[] = {"default", "vcpu0", "spread", "pinned", NULL};
static const char *const backings[] = {"null", "memory", "disk", NULL};
static const char *const faults[] = {"none",       "destroy-guest", "crash-guest", "corrupt-block",
                                     "dom0-panic", "xen-panic",     "silence",     NULL};
static const char *const kinds[] = {"stream", "linux", NULL};
static const char *const modes[] = {"pv", "pvh", NULL};
static const char *const orders[] = {"stream", "random", NULL};

#define KEY(section, key, type, fallback, min, max, choices, doc)                                  \
    {                                                                                              \
#section, #key, XR_KEY_##type, G_STRUCT_OFFSET(XrPlan, section.key), fallback, min, max,   \
            choices, doc                                                                           \
    }
#define TEXT(section, key, type, fallback, min, max, doc)                                          \
    KEY(section, key, type, fallback, min, max, NULL, doc)
#define RANGE(section, key, type, fallback, min, max, doc)                                         \
    KEY(section, key, type, fallback, min, max, NULL, doc)
#define CHOICE(section, key, type, fallback, choices, doc)                                         \
    KEY(section, key, type, fallback, NULL, NULL, choices, doc)
#define SWITCH(section, key, fallback, doc) KEY(section, key, BOOL, fallback, NULL, NULL, NULL, doc)

const XrSchemaKey xr_schema[] = {
    TEXT(plan, name, NAME, "default", "1", "64", "the plan's name in records and reports"),
    TEXT(plan, description, STRING, "", "0", "1000", "what the plan is for"),

    CHOICE(machine, accel, ENUM, "auto", accels, "auto is kvm where it works, else tcg"),
    TEXT(machine, cpu, STRING, "auto", "1", "200",
         "QEMU's CPU model; auto is host-passthrough with kvm, else max,-smap,-smep,-xsave"),
    RANGE(machine, pcpus, UINT, "2", "1", "64", "CPUs of the machine that runs Xen"),
    RANGE(machine, memory, BYTES, "6G", "512M", "1T", "memory of the machine that runs Xen"),
    CHOICE(
        machine, time, ENUM, "real", times,
        "what time is counted by: real is the host's clock; lockstep a metronome's ticks while all "
        "pCPUs go forward together, repeatable; count is none, the instructions of each MiB are "
        "counted, repeatable to the last digit"),

    RANGE(lockstep, slice, UINT, "100", "12", "100000",
          "instructions that a pCPU runs before it is the next one's turn"),
    RANGE(lockstep, lengths, UINT, "2", "1", "4",
          "slice lengths measured, each twice the one before; figures are extrapolated to zero"),
    RANGE(lockstep, seeds, UINT, "5", "1", "1000",
          "runs with each length from one snapshot, each disturbed a little by its seed"),
    SWITCH(lockstep, check, "yes",
           "measure the first window once more in the end, and tell how far apart the two are"),
    SWITCH(
        lockstep, layers, "no",
        "measure it once more and count whose its instructions are: Xen's, waiting in it, dom0's, "
        "domUs'"),
    RANGE(lockstep, warmup, COUNT, "5000000", "0", "100000000000",
          "ticks of the metronome before the window"),
    RANGE(lockstep, window, COUNT, "20000000", "1000", "100000000000",
          "length of the window, in ticks of the metronome"),
    RANGE(lockstep, disk_rate, BYTES, "0", "0", "10G",
          "bytes in 10^9 ticks that each VBD is held to, as a disk would; 0 is no limit"),

    RANGE(count, warmup, BYTES, "64M", "0", "1T",
          "bytes that all domUs move in sum before instructions are counted"),
    RANGE(count, window, BYTES, "256M", "1M", "1T", "bytes that they move while they are counted"),
    SWITCH(
        count, functions, "yes",
        "tell instructions of Xen and of dom0's kernel by function, too; the counts are the same "
        "without"),

    CHOICE(
        evtchn, binding, ENUM, "default", bindings,
        "event channels of the VBDs in dom0: as its kernel does it, all to vCPU 0 (as Linux did it "
        "in 2013), spread over its vCPUs, or spread and each vCPU pinned to a pCPU"),

    TEXT(hypervisor, build, STRING, "debian:bookworm", "1", "1000",
         "the hypervisor to boot, with its toolstack: debian:bullseye is Xen 4.14, debian:bookworm "
         "4.17, debian:trixie 4.20; `xenrig build --help` tells what is built from source"),
    TEXT(hypervisor, cmdline, STRING, "", "0", "1000", "added to Xen's command line"),

    RANGE(dom0, vcpus, UINT, "2", "1", "64", "vCPUs of dom0, at most machine.pcpus"),
    RANGE(dom0, memory, BYTES, "1280M", "256M", "1T",
          "memory of dom0; backing memory keeps all VBDs in it"),
    CHOICE(dom0, mode, ENUM, "pv", modes,
           "how dom0 runs on Xen; pvh with machine.time real and TCG only, and Xen 4.20"),
    TEXT(dom0, kernel, STRING, "debian:bookworm", "1", "500",
         "dom0's kernel: debian:bookworm is Linux 6.1, debian:trixie 6.12, "
         "file:VMLINUZ[,modules=DIR] "
         "a bzImage with modules that are installed, dir:BUILDTREE a Linux tree that was built; "
         "kernel= in hypervisor.build goes before"),
    RANGE(dom0, create_parallel, UINT, "4", "1", "64", "domUs created at once"),
    TEXT(dom0, cmdline, STRING, "", "0", "1000", "added to dom0's kernel command line"),

    CHOICE(guests, kind, ENUM, "stream", kinds,
           "what runs in the domUs: stream is a frontend and nothing else, linux a whole kernel"),
    CHOICE(guests, mode, ENUM, "pv", modes, "how the domUs run on Xen"),
    TEXT(guests, kernel, STRING, "debian:bookworm", "1", "500",
         "the kernel of domUs of kind linux, named as dom0.kernel"),
    RANGE(guests, count, UINT, "24", "1", "64", "number of domUs"),
    RANGE(guests, vbds, UINT, "1", "1", "24", "VBDs of each domU"),
    RANGE(guests, vcpus, UINT, "1", "1", "16", "vCPUs of each domU; one for kind stream"),
    RANGE(guests, memory, BYTES, "0", "0", "128G",
          "memory of each domU; 0 is what its kind and the workload need"),

    CHOICE(workload, backing, ENUM, "null", backings,
           "what is behind a VBD: null forgets what is written, memory keeps it in dom0, disk on "
           "the host"),
    RANGE(workload, vbd_size, BYTES, "1G", "4K", "1T",
          "size of each VBD, a whole number of blocks; each pass writes all of it"),
    RANGE(workload, block_size, BYTES, "2M", "4K", "64M", "size of one write, a multiple of 4K"),
    RANGE(workload, in_flight, UINT, "2", "1", "64", "writes in flight on each VBD"),
    SWITCH(workload, fsync, "no", "fsync after each pass over a VBD"),
    SWITCH(workload, verify, "no", "write a pattern and read it back after each pass"),
    SWITCH(workload, persistent_grants, "no", "let blkfront and blkback keep their grants"),
    RANGE(workload, indirect_segments, UINT, "32", "0", "256",
          "segments of a request that blkfront asks for; 0 is direct requests of 11"),
    RANGE(workload, ring_pages, UINT, "1", "1", "16",
          "pages of each ring that the frontend asks for, a power of two"),
    RANGE(workload, queues, UINT, "1", "1", "16", "rings of each VBD that the frontend asks for"),
    RANGE(workload, read_share, RATIO, "0", "0", "100%",
          "blocks read instead of written; kind stream only"),
    CHOICE(workload, order, ENUM, "stream", orders,
           "order of a pass over a VBD; random for kind stream only"),
    RANGE(workload, flush_every, COUNT, "0", "0", "1000000",
          "blocks between two flushes, 0 is none; kind stream only"),
    RANGE(workload, discard_every, UINT, "0", "0", "1000000",
          "each n-th block is discarded instead of written, 0 is none; kind stream only"),
    SWITCH(workload, paranoid, "no",
           "read each block back right after it is written, and check that its pages were left "
           "alone meanwhile; kind stream only"),
    RANGE(workload, seed, UINT, "1", "0", "4294967295",
          "of all that is random in the workload; kind stream only"),
    RANGE(workload, disk_bytes_per_s, BYTES, "0", "0", "1T",
          "rate limit of each disk of backing disk; 0 is no limit"),
    RANGE(workload, disk_requests_per_s, COUNT, "0", "0", "10000000",
          "request limit of each disk of backing disk; 0 is no limit"),
    RANGE(workload, warmup_max, DURATION, "60s", "0", "24h",
          "longest wait for a steady rate before the first window"),
    RANGE(workload, windows, UINT, "3", "1", "1000", "measured windows"),
    RANGE(workload, window, DURATION, "5s", "100ms", "24h",
          "length of a window, on the guests' clock"),
    RANGE(workload, sample_interval, DURATION, "500ms", "20ms", "1m", "time between samples"),
    RANGE(workload, figures_interval, DURATION, "1s", "0", "1h",
          "time between two figures of a VBD, from 100ms on; 0 is only at the end; kind stream "
          "only"),
    RANGE(workload, count_grants, DURATION, "0", "0", "60s",
          "length of one more window in which grant operations are counted by Xen's trace, in "
          "whole seconds; 0 is none"),

    RANGE(limits, boot, DURATION, "180s", "1s", "24h",
          "from start until dom0's toolstack is up; in lockstep and count five times as long"),
    RANGE(limits, create, DURATION, "600s", "1s", "24h",
          "from the first creation until all domUs are ready to stream"),
    RANGE(limits, silence, DURATION, "60s", "1s", "24h",
          "with nothing heard from dom0's agent; in lockstep five times as long"),
    RANGE(limits, stop, DURATION, "120s", "1s", "24h", "from stop until all domUs are gone"),
    RANGE(limits, steady_cov, RATIO, "15%", "0.1%", "100%",
          "coefficient of variation at which a rate counts as steady"),
    RANGE(limits, stall, DURATION, "10s", "10ms", "24h", "longest standstill of one VBD"),
    RANGE(limits, fairness, RATIO, "10%", "0", "100%",
          "the slowest VBD's bytes over the median VBD's, at least"),
    RANGE(limits, host_wait, RATIO, "25%", "0", "100%",
          "time that the host may let the machine wait for CPUs; beyond it slowness is unsure, no "
          "failure"),
    RANGE(limits, throughput, BYTES, "0", "0", "1T",
          "bytes per second of all VBDs together, at least; 0 is no limit"),
    RANGE(limits, memory_leak, BYTES, "8M", "0", "1T",
          "Xen's free memory lost from before the first domU until after the last"),
    RANGE(limits, grant_leak, UINT, "0", "0", "1000000",
          "grants still active after the last domU is gone"),

    TEXT(compare, metric, STRING, "auto", "1", "64",
         "the figure of a run that builds are compared by, any that a report has; auto is "
         "throughput, in lockstep tick_throughput, in count instructions"),
    RANGE(compare, smallest_effect, RATIO, "5%", "0.01%", "100%",
          "the smallest difference that matters"),
    RANGE(compare, false_different, RATIO, "0.1%", "0.01%", "20%",
          "how often builds that do not differ may be called different"),
    RANGE(compare, false_same, RATIO, "5%", "0.01%", "20%",
          "how often builds that differ by compare.smallest_effect may be called the same"),
    RANGE(compare, runs_min, UINT, "5", "2", "100", "runs of each build before the first look"),
    RANGE(compare, runs_max, UINT, "20", "4", "100", "runs of each build, at most"),
    RANGE(compare, repeats, UINT, "5", "0", "1000",
          "runs in all that may be repeated because they gave no figure"),
    RANGE(compare, budget, DURATION, "0", "0", "240h",
          "time that all runs of a comparison may take; 0 is no limit"),
    RANGE(compare, machines, UINT, "2", "1", "64",
          "builds in lockstep that run side by side, each on one core of the host"),
    RANGE(compare, snapshots, UINT, "2", "1", "100",
          "times that each build in lockstep boots and is saved; runs go on from these in turn"),

    CHOICE(fault, kind, ENUM, "none", faults, "what to break on purpose, to test the verdict"),
    RANGE(fault, guest, UINT, "0", "0", "63", "index of the domU to break"),
    RANGE(fault, vbd, UINT, "0", "0", "23", "index of its VBD to break"),
    RANGE(fault, after, DURATION, "5s", "0", "24h", "time from the first window's begin"),

    TEXT(series, builds, STRING, "", "0", "1000",
         "hypervisors that a series of lockstep runs spans, spaces between; none: the plan is one "
         "run"),
    TEXT(series, tuned, STRING, "", "0", "1000",
         "the same with event channels pinned, whatever evtchn.binding says"),
    TEXT(series, vcpus, STRING, "1 2 4 8 16", "1", "100",
         "numbers of dom0's vCPUs that a series spans; pCPUs change with them"),
    RANGE(
        series, disk_rate, BYTES, "0", "0", "10G",
        "bytes in 10^9 ticks that each VBD is held to in a second set of points; 0 is no such set"),
    RANGE(series, instructions, COUNT, "1000000000", "1000", "1000000000000",
          "instructions that a CPU is taken to run in a second, where a series tells MB/s"),
    RANGE(series, machines, UINT, "2", "1", "64",
          "machines of a series that run at once, each on one core of the host"),
};
const gsize xr_schema_len = G_N_ELEMENTS(xr_schema);

const char *xr_plan_time_name(XrTime time)
{
    return times[time];
}

const char *xr_plan_binding_name(XrBinding binding)
{
    return bindings[binding];
}

const char *xr_plan_backing_name(XrBacking backing)
{
    return backings[backing];
}

const char *xr_plan_kind_name(XrGuestKind kind)
{
    return kinds[kind];
}

const char *xr_plan_mode_name(XrGuestMode mode)
{
    return modes[mode];
}

const char *xr_plan_fault_name(XrFault fault)
{
    return faults[fault];
}
