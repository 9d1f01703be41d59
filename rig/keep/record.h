/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run's record, a folder that tells everything that was seen.
 *
 *   plan          the effective plan (xr_plan_show)
 *   run.json      run id, start time, command line, rig version, host fingerprint, QEMU and libvirt
 *                 versions, accelerator, CPU model, build with its inputs
 *   events.jsonl  one event a line (watch/observation.h)
 *   console/      xen.log (Xen and dom0, raw), w00.log …
 *   qemu.log      QEMU's own output
 *   verdict.json  the report of `xenrig run --json`, written last
 */
#pragma once

#include <json-glib/json-glib.h>

typedef struct _XrRecord XrRecord;

/* Creates STATE/runs/<UTC time>-<plan>-<4 hex digits> (0700), or dir if given, which must not exist
 * or be empty. XR_ERROR_RECORD. */
XrRecord *xr_record_new(const char *dir, const char *plan_name, GError **error);
const char *xr_record_dir(const XrRecord *record);
/* Last path component; unique on this host. */
const char *xr_record_id(const XrRecord *record);

/* Whole files, written to a temporary name and renamed: never half there. */
gboolean xr_record_put_text(XrRecord *record, const char *name, const char *text, GError **error);
gboolean xr_record_put_json(XrRecord *record, const char *name, JsonObject *obj, GError **error);

/* Appends; one event is one write(2) of a whole line. A full disk is reported once by the return
 * value and remembered: xr_record_failed. */
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
JsonObject *xr_record_read_json(const char *dir, const char *name, GError **error);
