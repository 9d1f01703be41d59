/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: libvirt made quiet, and its words made GErrors.
 *
 * The embedded driver logs to the stderr of whoever embeds it. That is the terminal the progress is
 * drawn on, and yet some reasons are told there only, so the log is kept: in an anonymous file, as
 * libvirt can be told to log into a path, but not into a function. */
#include "boot/libvirt-init.h"
#include "base/error.h"
#include <libvirt-glib/libvirt-glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_QUOTED_MAX (64 * 1024)

static int log_fd = -1;

static void ignore_error(void *user_data, virErrorPtr error)
{
}

static gpointer init_once(gpointer unused)
{
    /* Whoever debugs libvirt by its own variables keeps what he asked for. */
    gboolean ours = g_getenv("LIBVIRT_LOG_OUTPUTS") == NULL && g_getenv("LIBVIRT_DEBUG") == NULL;

    if (ours)
        log_fd = memfd_create("libvirt-log", MFD_CLOEXEC);
    if (log_fd >= 0) {
        g_autofree char *outputs = g_strdup_printf("3:file:/proc/self/fd/%d", log_fd);
        g_setenv("LIBVIRT_LOG_OUTPUTS", outputs, TRUE);
    }
    gvir_event_register();
    virInitialize();
    if (log_fd >= 0)
        g_unsetenv("LIBVIRT_LOG_OUTPUTS");
    virSetErrorFunc(NULL, ignore_error);
    return NULL;
}

void xr_libvirt_init(void)
{
    static GOnce once = G_ONCE_INIT;
    g_once(&once, init_once, NULL);
}

goffset xr_libvirt_log_mark(void)
{
    struct stat info;
    return log_fd >= 0 && fstat(log_fd, &info) == 0 ? info.st_size : 0;
}

/* "2026-11-22 11:19:00.9+0000: 21: warning : virFunction:57 : words" -> "words" */
static const char *skip_stamp(const char *line)
{
    const char *level = strstr(line, " : ");
    const char *words = level != NULL ? strstr(level + 3, " : ") : NULL;
    return words != NULL ? words + 3 : NULL;
}

char *xr_libvirt_log_since(goffset mark)
{
    goffset end = xr_libvirt_log_mark();
    if (end <= mark)
        return NULL;
    gsize wanted = (gsize)MIN(end - mark, LOG_QUOTED_MAX);
    g_autofree char *text = g_malloc0(wanted + 1);
    if (pread(log_fd, text, wanted, mark) <= 0)
        return NULL;

    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) found = g_string_new(NULL);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *words = skip_stamp(lines[i]);
        /* Both come with every start, and only say what the rig chose. */
        if (words == NULL || strstr(words, "security driver \"none\"") || strstr(words, "tainted:"))
            continue;
        if (found->len > 0)
            g_string_append_c(found, '\n');
        g_string_append(found, words);
    }
    return found->len > 0 ? g_string_free(g_steal_pointer(&found), FALSE) : NULL;
}

void xr_libvirt_error(GError **error, int code, goffset mark, const char *prefix)
{
    virErrorPtr last = virGetLastError();
    g_autofree char *log = xr_libvirt_log_since(mark);
    const char *words = last != NULL && last->message != NULL ? last->message : NULL;

    if (words == NULL)
        words = log != NULL ? log : "libvirt gave no reason";
    g_autofree char *trimmed = g_strchomp(g_strdup(words));
    g_set_error(error, XR_ERROR, code, "%s: %s", prefix, trimmed);
}
