/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: QEMU's own log, which libvirt keeps. */
#include "base/paths.h"
#include "boot/machine-private.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define TAIL_LINES 8

static char *log_path(const char *root, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".log", NULL);
    return g_build_filename(root, "log", "qemu", file, NULL);
}

void xr_machine_log_link(const char *root, const char *name, const char *run_dir)
{
    g_autofree char *path = log_path(root, name);
    g_autofree char *kept = g_build_filename(run_dir, "qemu.log", NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    /* Libvirt opens its log for appending and follows the link, so the log is in the record while
     * it is written, whatever becomes of the rig. */
    g_mkdir_with_parents(folder, 0700);
    g_unlink(path);
    if (symlink(kept, path) != 0)
        g_debug("%s: %s", path, g_strerror(errno));
}

void xr_machine_log_keep(const XrMachine *machine)
{
    g_autofree char *file = g_strconcat(machine->name, ".log", NULL);
    g_autofree char *kept = g_build_filename(machine->run_dir, "qemu.log", NULL);
    g_autofree char *session =
        g_build_filename(g_get_user_cache_dir(), "libvirt", "qemu", "log", file, NULL);
    g_autofree char *system = g_build_filename("/var/log/libvirt/qemu", file, NULL);
    const char *candidates[] = {session, system};

    if (machine->root != NULL) {
        g_autofree char *link = log_path(machine->root, machine->name);
        g_unlink(link);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
        g_autofree char *text = NULL;
        gsize len = 0;
        if (!g_file_get_contents(candidates[i], &text, &len, NULL))
            continue;
        g_file_set_contents(kept, text, (gssize)len, NULL);
        return;
    }
}

/* Libvirt writes into the same file: the command line it starts (many lines that end in "\"), and
 * sentences with a stamp of its own. */
static gboolean is_libvirts(const char *line)
{
    static const char *const sentences[] = {
        ": starting up libvirt",
        ": shutting down, reason=", "libvirt:  error :", " is tainted: ", "char device redirected"};

    if (g_str_has_suffix(line, " \\"))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(sentences); i++) {
        if (strstr(line, sentences[i]) != NULL)
            return TRUE;
    }
    return FALSE;
}

char *xr_machine_log_pick(const char *text, const char *known)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) picked = g_ptr_array_new();
    gboolean command = FALSE;

    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strchomp(lines[i]);
        gboolean continues = g_str_has_suffix(line, " \\");
        /* The command's last line has no backslash. */
        gboolean skip = command || is_libvirts(line) || *line == '\0';
        command = continues;
        if (!skip && (known == NULL || strstr(known, line) == NULL))
            g_ptr_array_add(picked, line);
    }
    if (picked->len == 0)
        return NULL;
    guint first = picked->len > TAIL_LINES ? picked->len - TAIL_LINES : 0;
    g_autoptr(GString) tail = g_string_new(NULL);
    for (guint i = first; i < picked->len; i++)
        g_string_append_printf(tail, "%s%s", tail->len > 0 ? "\n" : "",
                               (const char *)picked->pdata[i]);
    return g_string_free(g_steal_pointer(&tail), FALSE);
}

char *xr_machine_log_tail(const char *run_dir, gsize offset, const char *known)
{
    g_autofree char *path = g_build_filename(run_dir, "qemu.log", NULL);
    g_autofree char *text = NULL;
    gsize len = 0;

    if (!g_file_get_contents(path, &text, &len, NULL) || len <= offset)
        return NULL;
    g_autofree char *valid = g_utf8_make_valid(text + offset, (gssize)(len - offset));
    return xr_machine_log_pick(valid, known);
}
