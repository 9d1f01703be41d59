/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run's record, a folder that tells everything that was seen.
 *
 *   plan          the effective plan (xr_plan_show)
 *   run.json      one object: "id" (run id), "started" (ISO 8601, UTC), "argv" (array), "rig"
 *                 (version), "host" (xr_host_fingerprint), "qemu" and "libvirt" (versions), "accel"
 *                 ("kvm" or "tcg"), "cpu_model", "builds": array of objects "name", "id",
 *                 "xen_version", "toolstack", "kernel_release" (dom0's), "kernels" (dom0's, then that of Linux domUs:
 *                 objects "of", "name", "release", "sha256"), "inputs" (array as in build/build.h); of a
 *                 machine on another host "connect" (URI), and "host" is that one
 *   events.jsonl  one event a line (watch/observation.h)
 *   console/      xen.log (Xen and dom0, raw), w00.log …; 64 MiB each at most, the cut is remarked
 *   qemu.log      QEMU's own output
 *   coverage.info  of a hypervisor with option coverage: how often each line of grant and event code ran, for lcov
 *   functions.folded  where instructions were counted by function: folded stacks for flame graphs (watch/functions.h)
 *   verdict.json  the report of `xenrig run --json`, written last
 */
#pragma once

#include <json-glib/json-glib.h>

typedef struct _XrRecord XrRecord;

/* Creates STATE/runs/<UTC time>-<plan>-<4 hex digits> (0700), or dir if given, which must not exist
 * or be empty. XR_ERROR_RECORD. */
XrRecord *xr_record_new(const char *dir, const char *plan_name, GError **error);
const char *xr_record_dir(const XrRecord *record);
/* Unique on this host and at most 46 of [A-Za-z0-9-]: the last path component of STATE/runs/…; for
 * a given dir, its last component (cut, odd characters as "-") and 4 hex digits. */
const char *xr_record_id(const XrRecord *record);

/* Whole files, written to a temporary name and renamed: never half there. */
gboolean xr_record_put_text(XrRecord *record, const char *name, const char *text, GError **error);
gboolean xr_record_put_json(XrRecord *record, const char *name, JsonObject *obj, GError **error);

/* Appends; one event is one write(2) of a whole line, and no half line is left behind. A full disk
 * ends the record and is remembered (xr_record_failed); it is reported by FALSE until one caller
 * has taken the error, once. A source that is not [a-z0-9-]{1,32}, or the 73rd, goes to
 * console/other.log. */
gboolean xr_record_event(XrRecord *record, JsonObject *event, GError **error);
gboolean xr_record_console(XrRecord *record, const char *source, const char *bytes, gsize len,
                           GError **error);
gboolean xr_record_failed(const XrRecord *record);
void xr_record_free(XrRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrRecord, xr_record_free)

/* Host fingerprint: CPU model, cores, memory, kernel, distribution, and an id hashed from them (no
 * host name, no serial numbers). New object. */
JsonObject *xr_host_fingerprint(void);

/* Reads events.jsonl of dir in order; a torn last line (a killed rig) is passed over and counted in
 * torn. FALSE with XR_ERROR_RECORD naming file and line of anything worse. */
typedef void (*XrEventFunc)(JsonObject *event, gpointer user_data);
gboolean xr_record_read_events(const char *dir, XrEventFunc func, gpointer user_data, guint *torn,
                               GError **error);
/* As above, for events of one kind only: the others are passed over without being parsed. */
gboolean xr_record_read_events_of(const char *dir, const char *kind, XrEventFunc func,
                                  gpointer user_data, guint *torn, GError **error);
/* New object, or NULL with XR_ERROR_RECORD naming the file. */
JsonObject *xr_record_read_json(const char *dir, const char *name, GError **error);
