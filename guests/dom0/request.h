/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: requests as wire.h defines them, read from untrusted lines; pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

typedef enum {
    AG_OP_BACKING,
    AG_OP_CREATE,
    AG_OP_RELEASE,
    AG_OP_COMMAND,
    AG_OP_SAMPLING,
    AG_OP_COUNTERS,
    AG_OP_GRANT_OPS,
    AG_OP_LOCKS,
    AG_OP_DESTROY,
    AG_OP_KEYS,
    AG_OP_DMESG,
    AG_OP_CORRUPT,
    AG_OP_FAULT,
    AG_OP_COVERAGE,
    AG_OP_POWEROFF,
    AG_OP_BIND,
    AG_OP_METRONOME,
    AG_OP_HOLD,
    AG_OP_AWAIT,
    AG_OP_MODULES,
    AG_OPS
} AgOp;

/* members holds the whole object; every member in it is known to the op and of the right type and
 * range, every required one is there. Strings and lists are still to be checked by the op. */
typedef struct {
    json_int_t id; /* 0 where the line had none */
    AgOp op;
    json_t *members;
} AgRequest;

const char *ag_op_name(AgOp op);

/* NULL and a request to be cleared with ag_request_clear; or what is wrong with the line, a
 * sentence to be freed with free(): then only request->id is set. */
char *ag_request_parse(const char *line, size_t len, AgRequest *request);
void ag_request_clear(AgRequest *request);

/* A member that may be missing. Strings belong to the request. */
json_int_t ag_request_int(const AgRequest *request, const char *name, json_int_t fallback);
const char *ag_request_string(const AgRequest *request, const char *name, const char *fallback);

/* Names of domUs are used in paths and in xl's configuration: letters, digits, '-', '_', '.'; they
 * begin with a letter or digit and have at most AG_NAME_MAX bytes. */
enum { AG_NAME_MAX = 31 };
int ag_name_valid(const char *name);
