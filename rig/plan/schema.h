/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the table of all keys a plan can hold. Private to rig/plan. */
#pragma once

#include "plan/plan.h"

typedef enum {
    XR_KEY_NAME,     /* char *: part of a file name */
    XR_KEY_STRING,   /* char *: any printable text */
    XR_KEY_ENUM,     /* enum: index into choices */
    XR_KEY_BOOL,     /* gboolean */
    XR_KEY_UINT,     /* guint */
    XR_KEY_COUNT,    /* guint64 */
    XR_KEY_BYTES,    /* guint64 */
    XR_KEY_DURATION, /* guint64, nanoseconds */
    XR_KEY_RATIO,    /* double */
} XrKeyType;

/* min and max are written as in a plan; for strings they are lengths in bytes. */
typedef struct {
    const char *section, *key;
    XrKeyType type;
    gsize offset; /* of the value in XrPlan */
    const char *fallback;
    const char *min, *max;
    const char *const *choices; /* NULL-terminated */
    const char *doc;            /* one line */
} XrSchemaKey;

extern const XrSchemaKey xr_schema[];
extern const gsize xr_schema_len;

/* Index of the key, or -1. */
int xr_schema_find(const char *section, const char *key);
gboolean xr_schema_has_section(const char *section);

/* Parses text and stores it in the plan, freeing what was there. On failure, XR_ERROR_INPUT, the
 * plan is as before; the message quotes the text and says what is accepted, and lacks the place. */
gboolean xr_schema_set(XrPlan *plan, const XrSchemaKey *key, const char *text, GError **error);
/* The value as a plan writes it. Free with g_free. */
char *xr_schema_get(const XrPlan *plan, const XrSchemaKey *key);
/* "a whole number from 1 to 64". Free with g_free. */
char *xr_schema_accepts(const XrSchemaKey *key);
void xr_schema_clear(XrPlan *plan);

/* "no such key in [guests]; did you mean …? known: …", section known or not. Free with g_free. */
char *xr_schema_unknown(const char *section, const char *key);
/* " did you mean \"count\"?", or "" if no name is near. Free with g_free. */
char *xr_schema_suggest(const char *name, const char *const *names);
