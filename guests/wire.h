/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what guests, dom0's agent and the rig say to one another. */
#pragma once

/* clang-format off: tables in comments. */
/* AGENT PORT: virtio-serial port XR_WIRE_PORT, JSON lines both ways, at most XR_WIRE_LINE_MAX bytes each.
 *
 *   Request   {"id": N, "op": "...", ...}      N a positive integer chosen by the rig
 *   Reply     {"id": N, "ok": true, ...}  or  {"id": N, "ok": false, "error": "a sentence"}
 *   Unasked   {"event": "...", ...}
 *
 * A line that is no JSON object, has no id, or is over-long is answered with id 0 and ok false. Replies may
 * come out of order; long work does not keep short requests waiting. An unknown op, an unknown or missing
 * member or a wrong value is answered with ok false, naming the op, the member and what is known. Sizes are
 * bytes, times nanoseconds; "guest_ns" is CLOCK_MONOTONIC of dom0.
 *
 * EVENTS
 *   {"event":"hello","wire":1,"kernel":"6.1…","xen":"4.17.5","guest_ns":N}
 *       once, when the toolstack is ready
 *   {"event":"boot-error","error":"…"}
 *       instead of hello, one for each thing that did not start; poweroff, fault, keys and dmesg may still work
 *   {"event":"domain","name","domid","what","seconds","reason","detail"}
 *       what: created (seconds: xl create took), exited (reason: shutdown|crash|gone; detail, a sentence, may
 *       say more), destroyed, zombie (Xen destroys it, but it is not gone) or left (xl did not come so far as to
 *       tell Xen) (seconds: since the request)
 *   {"event":"guest","name","state","bytes","errors","mismatches","passes","text":[…]}
 *       on every change of a domU's status, but no more than some 20 a second
 *   {"event":"figures","name","vbd","guest_ns","writes","write_bytes","reads","read_bytes","flushes","discards",
 *             "errors","gap_ns","latency":[[bucket,requests],…]}
 *       what a domU counted of one VBD, on every change of its node figures/V (below); guest_ns is the domU's clock
 *   {"event":"sample","guest_ns","vbds":[{"domain","vbd","bytes","requests","read_bytes","read_requests",
 *             "blkback_bytes","blkback_requests"}]}
 *       vbd: index; bytes and requests: writes completed by the backing device since it was made;
 *       blkback_…: the same as blkback counts them. Destroyed domUs are left out
 *   {"event":"tally","seed":N,"domains":[{"name","ordered","begin","ticks","bytes":[N,…]}]}
 *       what each domU's VBDs moved in a window of so many ticks of the metronome (below, HOLDING)
 *   {"event":"console","domain":"w00","line":"…"}        a line of a domU's console; bounded in length, and in rate:
 *   {"event":"console-dropped","domain","lines":N}
 *   {"event":"log","text":"…"}                           the agent's own words, for the record
 *   While the rig does not read, samples and console lines are dropped, and a log event says how many;
 *   figures wait for their next change.
 *
 * REQUESTS
 *   backing   kind: null|memory|disk; count; size; block_size (512 to 4096, the devices' logical block size,
 *             default 4096)                              → devices: ["/dev/nullb0", …]
 *             null, memory: null_blk through configfs (memory: data kept and read back). disk: virtio disks
 *             with serials "vbd00"… put there by the rig; the agent finds them by serial and checks their
 *             size. Once in a machine's life
 *   create    domains: [{name, kind: linux|stream, mode: pv|pvh, memory, vcpus, devices: ["/dev/nullb0"…],
 *             args: "xenrig.block=… …", cpus: "8"}], parallel
 *             kind is linux and mode pv where not said. All are created paused; an event "domain" (created) for each; reply when all are done, failing
 *             with xl's own last lines if one cannot be created
 *   release   names: […] — unpauses; empty or missing: all
 *   command   names: […]; command: start|stop|crash — written to each domU's xenstore (below); empty or missing
 *             names: all that have not exited
 *   sampling  interval — at least 10 ms; 0 stops
 *   counters                                             → free_bytes, total_bytes (whole MiB),
 *             domains: [{name, domid, cpu_ns (of 0.1 s), state}]           (runs xl; some 100 ms)
 *   grant-ops duration (up to 60 s)                      → maps, unmaps, bytes, duration_ns: grant references that
 *             dom0 mapped and unmapped meanwhile (Xen's trace of them, by xentrace), and bytes that the backing
 *             devices wrote and read. One at a time; costs throughput. Whole seconds, rounded up; duration_ns is
 *             what it was. Lost trace records: ok false. Xen must have been started with tbuf_size
 *   locks                                                → guest_ns; domains: [{name, locks: {NAME: [acquired,
 *             contended, hold_ns, wait_ns], …}}, …]: Xen's lock profile (xenlockprof; some 20 ms), of a Xen that
 *             was built with it; cumulative. name: dom0, a domU's, or xen for locks of no
 *             domain; other domains are left out, and locks that were not taken. NAME is Xen's; contended: of those
 *             acquired, that had to wait
 *   destroy   names: […], timeout                        → gone: […], left: […]; an event "domain" each
 *   keys      keys: "qg" — Xen debug keys; their output comes on Xen's console
 *   dmesg                                                → text: the last 256 KiB of `xl dmesg`
 *   corrupt   device (index, from 0, into the devices of backing's reply); offset; length (up to 1 MiB)
 *             turns over all bits of those bytes, past the page cache (O_DIRECT)
 *   coverage  action: reset|read                         → data (read): what the lines of a Xen built to count them
 *             have counted since it began or was reset (xencov), as xencov writes it, in base64
 *   fault     kind: dom0-panic|silence — dom0-panic: sysrq c. silence: the agent stops its output for good
 *   poweroff                                             → reply, then Xen is shut down in order
 *   bind      vcpus: N: event channels of block backends to the first N of dom0's vCPUs in turn → vcpus: [N, …],
 *             the vCPU of each, -1 not known; 0: only tells
 *   metronome name — the domain of that name shares its count with all domUs that have VBDs, and begins to count
 *   await     state — answered when all domUs are in that state (held: have nothing in flight while they hold), or one
 *             never will be (ok false)
 *   modules                                              → modules: {NAME: {SECTION: "0xffffffffc0012000", …}, …}:
 *             where the code of dom0's kernel modules is (sections .text… and .noinstr.text in /sys/module)
 *   hold      Last of all: see HOLDING
 *
 * HOLDING: on "hold" all domUs are told to begin nothing more; the reply comes when they have nothing in flight. From
 * then on the agent looks every 4 ms at QEMU's fw_cfg file XR_WIRE_ORDER_FILE, XR_WIRE_ORDER_LEN bytes, filled up with
 * '.'. While it says "hold" nothing happens: the machine can be saved, and go on from there as often as one likes, with
 * other words in that file. "reach=N measure SEED WARMUP WINDOW RATE" makes slices short (reach: of the machine's timers, 30 ns
 * each, see rig/boot/lockstep.h) and is passed on to all domUs, who measure one window (below); event "tally" follows. Numbers
 * are filled up with zeros to the same width each time: what the agent does must not hang on them. Nothing may be sent to
 * the agent meanwhile.
 *
 * SCRIPT: where QEMU's fw_cfg has a file XR_WIRE_SCRIPT_FILE, the agent makes the requests that it holds, one a line, as if
 * they had come on the port, each when the one before has been answered; after one that is answered with ok false it
 * makes no more. Nothing that the host decides comes in, so that a machine whose clock is its instructions does the same
 * each time.
 *
 * MARKS: a domU of kind stream that was given xenrig.mark=N tells what it has moved by executing CPUID while EAX is
 * XR_WIRE_MARK, RCX is N (from 1) and RBX is the bytes of all its VBDs since it began to stream; each time that these have become
 * more. When it is told to measure in lockstep it makes three marks instead: as its warm-up begins, and its window, and as that
 * ends. For the CPU that is a leaf of no meaning; a plugin of QEMU's sees it (rig/plugin/count.c).
 *
 * DOM0'S CONSOLE: dom0-init and the agent speak there in lines "xenrig: …". When the agent or a daemon of the
 * toolstack dies, "xenrig: agent died: signal 11" (xenstored, xenconsoled), and the machine is switched off.
 *
 * DOMU CONTROL: xenstore, below the domU's own home, folder XR_WIRE_NODE (relative "data/xenrig"):
 *   command     written by the agent: "start", "stop" or "crash"; "hold"; "measure SEED WARMUP WINDOW RATE": one
 *               window of WINDOW ticks after WARMUP, each VBD held to RATE bytes in 10^9 ticks (at most 10 GiB; 0:
 *               not held)
 *   metronome   written by the agent before "start", where there is one: "DOMID REFERENCE", whose count is to be read
 *   held        written by the domU when it was told to hold and nothing is in flight: "1"
 *   tally       written by the domU when its window has ended, bytes for each VBD:
 *               "v=2 ordered=N begin=N ticks=N bytes=N,N"; ordered, begin: the ticks at which it was told to
 *               measure and at which the window began
 *   status      written by the domU on every change of state, key=value words:
 *               "v=1 state=ready|streaming|draining|done|failed bytes=N errors=N mismatches=N passes=N"
 *   mismatch/K  K = 0..7: the first mismatches, a sentence each:
 *               "domain w03 vbd 0 offset 4194304 pass 2: expected … found …"
 *   error       last error, a sentence
 *   figures/V   what was counted of VBD V since start, key=value words, written every xenrig.figures ms while
 *               streaming and once more before done; not by Linux domUs:
 *               "v=1 t=N writes=N write_bytes=N reads=N read_bytes=N flushes=N discards=N errors=N gap=N
 *                latency=17:5,18:20"
 *               All but latency must be there; unknown words are passed over. writes and reads are block requests
 *               on the ring. t: the domU's clock, gap: the longest time without
 *               a reply while requests were in flight, ns. latency: from a request's place on the ring to its
 *               reply; B:N is N requests of 2^B to 2^(B+1) - 1 ns
 *   Of a metronome (argument xenrig.metronome=N: a loop of N ticks, guests/stream/metronome.h): nodes readers, "DOMID …", and timers, "FRAME FRAME FRAME", the machine
 *   frames of the timers that it pushes on, written by the agent before "start"; shares,
 *   "REFERENCE …" in the same order, written by it: grants of the page that begins with the count of its loops
 *   and the ticks of a loop, 64 bits each
 *   The agent looks when status changes: mismatch/K and error are written before the status that counts them.
 *   The domU boots, opens its VBDs, says ready, waits for start, streams, on stop drains (verify: reads back the
 *   pass under way as far as it was written), says done, closes the VBDs (kind stream: the other way round, so
 *   that what goes wrong then is told, too) and powers off. On crash it panics its
 *   kernel.
 *
 * DOMU ARGUMENTS: words of its kernel command line, all given by the rig:
 *   xenrig.name=w03 xenrig.vbds=1 xenrig.block=2097152 xenrig.in_flight=2 xenrig.fsync=0 xenrig.verify=0
 *   xenrig.persistent=0 xenrig.segments=32
 *   and, for kind stream only:
 *   xenrig.ring_pages=1 xenrig.queues=1   as many as the backend offers, if it offers fewer
 *   xenrig.reads=0                        blocks read instead of written, of a thousand
 *   xenrig.random=0                       1: blocks in random order
 *   xenrig.flush_every=0                  blocks between two flushes; 0 none
 *   xenrig.discard_every=0                every n-th block is discarded instead of written; 0 none
 *   xenrig.paranoid=0                     1: each block read back once written, its pages checked and changed meanwhile
 *   xenrig.figures=1000                   ms between figures; 0: only at the end
 *   xenrig.seed=1                         of all that is random
 *   xenrig.mark=1                         optional: it makes marks (above), and this is its number
 *   xenrig.hold=0                         bytes; when it has moved as many it begins nothing more (HOLDING); 0: never
 */
/* clang-format on */

#define XR_WIRE_VERSION  1
#define XR_WIRE_PORT     "org.xenrig.agent"
#define XR_WIRE_LINE_MAX (1024 * 1024)
#define XR_WIRE_NODE     "data/xenrig"
/* The metronome's name, and bytes of memory. */
#define XR_WIRE_METRONOME        "metronome"
#define XR_WIRE_METRONOME_MEMORY (8 * 1024 * 1024)
/* QEMU's fw_cfg file in which dom0's agent finds its order while it holds (above). */
#define XR_WIRE_ORDER_FILE "opt/org.xenrig/order"
#define XR_WIRE_ORDER_LEN  128
/* QEMU's fw_cfg file with the requests that the agent makes by itself (above), and what marks begin with ("mark"). */
#define XR_WIRE_SCRIPT_FILE "opt/org.xenrig/script"
#define XR_WIRE_MARK        0x6d61726b
