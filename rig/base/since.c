/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: points in time, as options write them. */
#include "base/since.h"

#include "base/error.h"
#include <string.h>

enum { DATE_LENGTH = 10, MOST_AGO = 100000 };

static gint64 unit_seconds(char unit)
{
    switch (unit) {
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 7 * 86400;
    default:
        return 0;
    }
}

/* "7d" */
static gboolean parse_ago(const char *text, gint64 now_us, gint64 *since_us)
{
    const gsize digits = strspn(text, "0123456789");
    const gint64 unit = digits > 0 ? unit_seconds(text[digits]) : 0;
    guint64 count;

    if (unit == 0 || text[digits + 1] != '\0')
        return FALSE;
    count = g_ascii_strtoull(text, NULL, 10);
    if (count > MOST_AGO)
        return FALSE;
    *since_us = MAX(now_us - (gint64)count * unit * G_USEC_PER_SEC, 0);
    return TRUE;
}

static gboolean parse_time(const char *text, gint64 *since_us)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autofree char *day =
        strlen(text) == DATE_LENGTH ? g_strconcat(text, "T00:00:00Z", NULL) : g_strdup(text);
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(day, utc);

    if (time == NULL)
        return FALSE;
    *since_us = g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time);
    return TRUE;
}

gboolean xr_since_parse(const char *text, gint64 now_us, gint64 *since_us, GError **error)
{
    if (parse_ago(text, now_us, since_us) || parse_time(text, since_us))
        return TRUE;
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "\"%s\" is no time that I know; write how long ago, as 30m, 12h, 7d or 2w, or a day "
        "or time of UTC, as 2026-11-20 or 2026-11-20T15:00:00Z",
        text);
    return FALSE;
}
