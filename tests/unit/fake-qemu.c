/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that exports what plugins of the rig's call of QEMU, for those who look for it. */
#define EXPORT(name)                                                                               \
    void name(void);                                                                               \
    void name(void)                                                                                \
    {                                                                                              \
    }

EXPORT(qemu_plugin_reset)
EXPORT(qemu_plugin_register_vcpu_init_cb)
EXPORT(qemu_plugin_register_vcpu_tb_trans_cb)
EXPORT(qemu_plugin_register_vcpu_tb_exec_cb)
EXPORT(qemu_plugin_register_vcpu_insn_exec_cb)
EXPORT(qemu_plugin_tb_n_insns)
EXPORT(qemu_plugin_tb_get_insn)
EXPORT(qemu_plugin_insn_data)
EXPORT(qemu_plugin_insn_vaddr)
EXPORT(qemu_plugin_get_registers)
#ifndef LACKS_ONE
EXPORT(qemu_plugin_read_register)
#endif
