/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: the few declarations of QEMU's plugin API that are used, as QEMU 9.1 to 10.0 have them.
 *
 * No Debian package holds QEMU's own header. What keeps this one true: QEMU compares qemu_plugin_version, which a plugin
 * exports, with what it can serve, and refuses to load one that does not fit; xr_plugin_check (boot/plugin-check.h) looks
 * for these functions, by name, in the binary that is to be used, and for its API's version before. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 3: qemu_plugin_insn_data() copies. What came since (4: memory is read, 5: registers are written) is not used. */
#define XR_PLUGIN_API_VERSION 3

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_register;

typedef struct {
    const char *target_name; /* "x86_64" */
    struct {
        int min, cur; /* API versions that this QEMU serves */
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus, max_vcpus;
    } system;
} qemu_info_t;

/* Whether a callback is given the CPU's registers: they cost time. */
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_CB_R_REGS };

/* An element of what qemu_plugin_get_registers returns. */
typedef struct {
    struct qemu_plugin_register *handle;
    const char *name, *feature;
} qemu_plugin_reg_descriptor;

typedef void (*qemu_plugin_simple_cb_t)(qemu_plugin_id_t id);
typedef void (*qemu_plugin_vcpu_simple_cb_t)(qemu_plugin_id_t id, unsigned int vcpu);
typedef void (*qemu_plugin_vcpu_udata_cb_t)(unsigned int vcpu, void *data);
typedef void (*qemu_plugin_vcpu_tb_trans_cb_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);

/* Unregisters all callbacks and throws all translated code away; cb follows, some instructions later. */
void qemu_plugin_reset(qemu_plugin_id_t id, qemu_plugin_simple_cb_t cb);

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_simple_cb_t cb);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_plugin_vcpu_udata_cb_t cb,
                                          enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            qemu_plugin_vcpu_udata_cb_t cb,
                                            enum qemu_plugin_cb_flags flags, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t size);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* To be called when a vCPU begins to exist: qemu_plugin_reg_descriptor, to be unreferenced. */
GArray *qemu_plugin_get_registers(void);
/* Appends the register's bytes. Only in callbacks with registers. */
int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *to);
