/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether a QEMU can load the rig's plugin. */
#include "base/error.h"
#include "build/build.h"
#include "build/elf.h"
#include <string.h>

/* All that rig/plugin/qemu-api.h declares. */
static const char *const needed[] = {"qemu_plugin_reset",
                                     "qemu_plugin_register_vcpu_init_cb",
                                     "qemu_plugin_register_vcpu_tb_trans_cb",
                                     "qemu_plugin_register_vcpu_tb_exec_cb",
                                     "qemu_plugin_register_vcpu_insn_exec_cb",
                                     "qemu_plugin_tb_n_insns",
                                     "qemu_plugin_tb_get_insn",
                                     "qemu_plugin_insn_data",
                                     "qemu_plugin_insn_vaddr",
                                     "qemu_plugin_get_registers",
                                     "qemu_plugin_read_register",
                                     NULL};

/* The cache's QEMU is started by a script in TREE/wrapped/bin (build/tree.c); the program is beside it. */
static char *program_of(const char *path)
{
    static const char wrapped[] = "/wrapped/bin/";
    const char *at = strstr(path, wrapped);

    if (at == NULL)
        return g_strdup(path);
    return g_strdup_printf("%.*s/usr/bin/%s.program", (int)(at - path), path, at + strlen(wrapped));
}

gboolean xr_qemu_check_plugins(const char *path, GError **error)
{
    g_autofree char *program = program_of(path);
    g_autoptr(GError) reason = NULL;
    g_autoptr(GPtrArray) missing = xr_elf_not_exported(program, needed, &reason);

    if (missing != NULL && missing->len == 0)
        return TRUE;
    if (missing == NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "whether it loads plugins is not known: %s; plans with machine.time=count need "
                    "that, name another QEMU with --qemu",
                    reason->message);
        return FALSE;
    }
    g_ptr_array_add(missing, NULL);
    g_autofree char *names = g_strjoinv(", ", (char **)missing->pdata);
    g_set_error(
        error, XR_ERROR, XR_ERROR_HOST,
        "%s: loads no plugins of the rig's, it lacks %s; plans with machine.time=count need a "
        "QEMU of 9.1 to 10.0 with plugins, as Debian's is: name one with --qemu",
        program, names);
    return FALSE;
}
