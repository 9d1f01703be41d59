/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the parts of a place on another host; private to boot/ and its tests. */
#pragma once

#include "boot/remote.h"

/* --- remote-words.c: pure --- */

/* What to do about libvirt's error of that code (virterror.h) and message; "" where nothing is known. A constant. */
const char *xr_remote_advice(int code, const char *message);
/* Where the pool's folder goes: system daemons have a place for images, others take /var/tmp. Free with g_free. */
char *xr_remote_folder(const char *uri, const char *name);
/* Documents for the storage API. Free with g_free. */
char *xr_remote_pool_xml(const char *name, const char *folder);
char *xr_remote_volume_xml(const char *name, guint64 capacity, gboolean sparse);
/* The text of the first element at path ("capabilities/host/uuid") of a document, escaped and at most 256 bytes; NULL without
 * one. Free with g_free. */
char *xr_remote_element(const char *xml, const char *path);

/* The host's <cpu> in the text of capabilities, which libvirt takes back as such; NULL without one. Free with g_free. */
char *xr_remote_cpu(const char *capabilities);

/* Sets error to "URI: doing: libvirt's last error; advice". XR_ERROR_HOST. */
void xr_remote_error(GError **error, const char *uri, const char *doing);

/* Opens a connection that notices when the other end is gone. NULL with XR_ERROR_HOST. */
virConnectPtr xr_remote_connect(const char *uri, GError **error);

/* --- remote-pool.c --- */

/* Removes the pool of that name, its volumes and folder. What is not there is no error. FALSE with libvirt's last error set. */
gboolean xr_remote_pool_remove(virConnectPtr conn, const char *name);

/* --- remote-note.c --- */

/* Writes remote's note, locks it and starts the guard. XR_ERROR_HOST. */
gboolean xr_remote_note_write(XrRemote *remote, GError **error);
/* Removes the note and lets the guard go; without removed only the latter: it then tries on its own. */
void xr_remote_note_end(XrRemote *remote, gboolean removed);
/* Removes what a note tells of, for whoever holds its lock; conn may be NULL: opened. A sentence of it, or NULL with error: the note
 * stays. Free with g_free. */
char *xr_remote_note_clear(const char *note, virConnectPtr conn, GError **error);
/* Clears the notes of uri whose rig is gone; appends to remote->removed and left. */
void xr_remote_note_sweep(XrRemote *remote);
