/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guests/common: words of a kernel command line; pure, also tested on the host.
 *
 * Words are separated by white space; double quotes keep white space inside a word and are left
 * out of the result, as the kernel does it. Everything after a word "--" is for init and is read
 * like the rest. Where a key is given twice the last one counts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Value of the word "key=value", e.g. key "xenrig.name". false if there is none, or if it does
 * not fit into size bytes with its NUL; buf is then the empty string. A word "key" without "="
 * gives true and an empty value. */
bool gc_cmdline_word(const char *cmdline, const char *key, char *buf, size_t size);

/* The same as a number; fallback where the word is missing or is not a plain decimal number. */
unsigned long long gc_cmdline_number(const char *cmdline, const char *key,
                                     unsigned long long fallback);

/* "/lib/modules/xen-blkback.ko" -> "xen_blkback". false if it does not fit. */
bool gc_module_name(const char *path, char *buf, size_t size);

/* Parameters for the module name among words "name.param=value", as modprobe collects them ('-'
 * and '_' are the same in name): "param=value param=value", in order, quotes put back around values
 * with white space. false if they do not fit; buf is then the empty string. */
bool gc_module_params(const char *cmdline, const char *name, char *buf, size_t size);
