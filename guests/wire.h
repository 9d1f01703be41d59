/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what guests, dom0's agent and the rig say to one another.
 *
 * AGENT PORT: virtio-serial port XR_WIRE_PORT, JSON lines both ways, each at most XR_WIRE_LINE_MAX
 * bytes long.
 *   Request   {"id": N, "op": "...", ...}      N a positive integer chosen by the rig
 *   Reply     {"id": N, "ok": true, ...}  or  {"id": N, "ok": false, "error": "a sentence"}
 * A line that is no JSON object, has no id, or is over-long is answered with id 0 and ok false.
 * Replies may come out of order; long work does not keep short requests waiting.
 * Unasked   {"event": "...", ...}. The guest clock "guest_ns" is CLOCK_MONOTONIC of dom0.
 *
 *   hello      wire: 1, kernel: "6.1…", xen: "4.17.5", guest_ns      once, the toolstack is ready
 *   boot-error error                                  instead of hello: what did not start
 *   domain     name, domid, what: created|exited|destroyed|zombie, seconds, reason
 *   guest      name, state, bytes, errors, mismatches, passes, text: […]      on every change
 *   sample     guest_ns, vbds: [{domain, vbd, bytes, requests, blkback_bytes, blkback_requests}]
 *   console    domain: "w00", line     a line of a domU's console; bounded in length and rate:
 *   console-dropped  domain, lines
 *   log        text                    the agent's own words, for the record
 *
 * Requests (all sizes bytes, times nanoseconds):
 *   backing   kind: null|memory|disk; count; size; block_size     → devices: ["/dev/nullb0", …]
 *             null, memory: null_blk through configfs (memory: data kept and read back).
 *             disk: virtio disks with serials "vbd00"… put there by the rig; the agent finds them
 *             by serial and checks their size.
 *   create    domains: [{name, memory, vcpus, devices: ["/dev/nullb0"…], args: "…"}]; parallel
 *             All are created paused, an event "domain" (created) for each; the reply comes when
 *             all are done, failing with xl's own last lines if one cannot be created.
 *   release   names: […]: unpauses them; empty or missing: all
 *   command   names: […]; command: start|stop|crash, written to each domU's xenstore (below);
 *             empty or missing names: all
 *   sampling  interval; 0 stops. Samples are of the backing devices' and blkback's statistics in
 *             sysfs.
 *   counters  → free_bytes, total_bytes, domains: [{name, domid, cpu_ns, state}]     (runs xl)
 *   destroy   names: […] or all; timeout → gone: […], left: […]; an event "domain" each
 *             (destroyed or zombie)
 *   keys      keys: "qg": Xen debug keys; their output comes on Xen's console
 *   dmesg     → text: the last 256 KiB of `xl dmesg`
 *   corrupt   device: index among the backings, from 0; offset; length → writes bytes other than
 *             those there, past the page cache (O_DIRECT)
 *   fault     kind: dom0-panic|silence. dom0-panic: sysrq c; silence: the agent stops its output
 *             for good.
 *   poweroff  → reply, then Xen is shut down in order
 *   An unknown op or a wrong member is answered with ok false, naming the op, the member and what
 *   is known.
 *
 * DOMU CONTROL: xenstore, below the domU's own home, folder XR_WIRE_NODE (relative "data/xenrig"):
 *   command     written by the agent: "start", "stop" or "crash"; the domU watches it
 *   status      written by the domU on every change of state, key=value words:
 *               v=1 state=ready|streaming|draining|done|failed bytes=N errors=N mismatches=N
 *               passes=N
 *   mismatch/K  K = 0..7: the first mismatches, a sentence each:
 *               "domain w03 vbd 0 offset 4194304 pass 2: expected … found …"
 *   error       last error, a sentence
 * The domU boots, opens its VBDs, says ready, waits for start, streams; on stop it drains (verify:
 * reads back the pass under way as far as it was written), says done, closes the VBDs and powers
 * off. On crash it panics its kernel.
 *
 * DOMU ARGUMENTS: words of its kernel command line, all given by the rig:
 *   xenrig.name=w03 xenrig.vbds=1 xenrig.block=2097152 xenrig.in_flight=2 xenrig.fsync=0
 *   xenrig.verify=0 xenrig.persistent=0 xenrig.segments=32
 */
#pragma once

#define XR_WIRE_VERSION  1
#define XR_WIRE_PORT     "org.xenrig.agent"
#define XR_WIRE_LINE_MAX (1024 * 1024)
#define XR_WIRE_NODE     "data/xenrig"
