/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which share of the hypervisor's lines was seen to run. */
#include "watch/observation-priv.h"

#include "base/json.h"

enum { FILES_MAX = 64 };

void xr_covered_free(XrCovered *covered)
{
    g_free(covered->file);
    g_free(covered);
}

static gboolean take_file(XrPriv *priv, JsonObject *object)
{
    const char *file = object != NULL ? xr_json_string(object, "file", NULL) : NULL;
    const gint64 lines = object != NULL ? xr_json_int(object, "lines", -1) : -1;
    const gint64 hit = object != NULL ? xr_json_int(object, "hit", -1) : -1;

    if (file == NULL || hit < 0 || lines < hit || priv->coverage->len >= FILES_MAX)
        return FALSE;
    XrCovered *covered = g_new0(XrCovered, 1);
    covered->file = g_strndup(file, XR_WHERE_MAX);
    covered->lines = lines;
    covered->hit = hit;
    g_ptr_array_add(priv->coverage, covered);
    return TRUE;
}

void xr_told_coverage(XrObservation *obs, JsonObject *event)
{
    JsonArray *files = xr_json_array(event, "files");

    g_ptr_array_set_size(xr_priv(obs)->coverage, 0);
    for (guint i = 0; files != NULL && i < json_array_get_length(files); i++) {
        if (take_file(xr_priv(obs), xr_json_element_object(files, i)))
            continue;
        xr_findings_bad_event(obs, "coverage",
                              "a file has no name, no lines or more hit than it has");
        return;
    }
}
