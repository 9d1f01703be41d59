/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: a domU as a request describes it, and xl's configuration for it; pure. */
#pragma once

#include "request.h"

#include <stdbool.h>

enum {
    AG_VBDS_MAX = 26, /* xvda … xvdz */
    AG_DOMAINS_MAX = 64,
};

#define AG_DOMU_KERNEL  "/boot/domu-vmlinux"
#define AG_DOMU_RAMDISK "/boot/domu-initramfs"
#define AG_STREAM_PV    "/boot/stream-pv"
#define AG_STREAM_PVH   "/boot/stream-pvh"

/* Strings belong to the JSON value it was read from. */
typedef struct {
    const char *name;
    const char *args;
    bool stream;               /* kind: stream, not linux */
    bool pvh;                  /* mode: pvh, not pv */
    unsigned long long memory; /* bytes */
    unsigned vcpus;
    const char *cpus; /* pCPUs it may run on, xl's words; NULL: all */
    const char *
        iomem; /* frames of device registers it may map, xl's words; NULL: none. Not in a request */
    size_t vbds;
    const char *devices[AG_VBDS_MAX];
} AgDomainSpec;

/* NULL, or what is wrong with the value, a sentence to be freed with free(). */
char *ag_domain_spec_parse(const json_t *value, AgDomainSpec *spec);

/* The text of an xl.cfg(5) file. A domU that stops is kept, whatever the cause, so that the cause can
 * be told. Free with free(). */
char *ag_domain_config(const AgDomainSpec *spec);

/* Member "names": NULL and the names (count 0: none given), or what is wrong with it. The strings
 * belong to the request. */
typedef struct {
    size_t count;
    const char *name[AG_DOMAINS_MAX];
} AgNames;
char *ag_request_names(const AgRequest *request, AgNames *names);
