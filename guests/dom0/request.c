/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: requests as wire.h defines them, read from untrusted lines. */
#include "request.h"

#include "text.h"
#include "wire.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000LL
#define MIB    (1024 * 1024LL)
#define TIB    (MIB * MIB)

typedef struct {
    const char *name; /* NULL: end of the op's members */
    json_type type;
    int required;
    json_int_t min, max; /* of a JSON_INTEGER */
} Member;

enum { MEMBERS_MAX = 5 };

static const struct {
    const char *name;
    Member members[MEMBERS_MAX];
} ops[AG_OPS] = {
    [AG_OP_BACKING] = {"backing",
                       {{"kind", JSON_STRING, 1, 0, 0},
                        {"count", JSON_INTEGER, 1, 1, 1024},
                        {"size", JSON_INTEGER, 1, MIB, TIB},
                        {"block_size", JSON_INTEGER, 0, 512, 4096}}},
    [AG_OP_CREATE] = {"create",
                      {{"domains", JSON_ARRAY, 1, 0, 0}, {"parallel", JSON_INTEGER, 0, 1, 64}}},
    [AG_OP_RELEASE] = {"release", {{"names", JSON_ARRAY, 0, 0, 0}}},
    [AG_OP_COMMAND] = {"command",
                       {{"names", JSON_ARRAY, 0, 0, 0}, {"command", JSON_STRING, 1, 0, 0}}},
    [AG_OP_SAMPLING] = {"sampling", {{"interval", JSON_INTEGER, 1, 0, 3600 * SECOND}}},
    [AG_OP_COUNTERS] = {"counters", {{NULL, JSON_NULL, 0, 0, 0}}},
    [AG_OP_GRANT_OPS] = {"grant-ops", {{"duration", JSON_INTEGER, 1, 1, 60 * SECOND}}},
    [AG_OP_LOCKS] = {"locks", {{NULL, JSON_NULL, 0, 0, 0}}},
    [AG_OP_DESTROY] = {"destroy",
                       {{"names", JSON_ARRAY, 0, 0, 0},
                        {"timeout", JSON_INTEGER, 0, 0, 86400 * SECOND}}},
    [AG_OP_KEYS] = {"keys", {{"keys", JSON_STRING, 1, 0, 0}}},
    [AG_OP_DMESG] = {"dmesg", {{NULL, JSON_NULL, 0, 0, 0}}},
    [AG_OP_CORRUPT] = {"corrupt",
                       {{"device", JSON_INTEGER, 1, 0, 1023},
                        {"offset", JSON_INTEGER, 1, 0, TIB},
                        {"length", JSON_INTEGER, 1, 1, MIB}}},
    [AG_OP_FAULT] = {"fault", {{"kind", JSON_STRING, 1, 0, 0}}},
    [AG_OP_COVERAGE] = {"coverage", {{"action", JSON_STRING, 1, 0, 0}}},
    [AG_OP_POWEROFF] = {"poweroff", {{NULL, JSON_NULL, 0, 0, 0}}},
    [AG_OP_BIND] = {"bind", {{"vcpus", JSON_INTEGER, 1, 0, 64}}},
    [AG_OP_METRONOME] = {"metronome", {{"name", JSON_STRING, 1, 0, 0}}},
    [AG_OP_AWAIT] = {"await", {{"state", JSON_STRING, 1, 0, 0}}},
    [AG_OP_HOLD] = {"hold", {{NULL, JSON_NULL, 0, 0, 0}}},
    [AG_OP_MODULES] = {"modules", {{NULL, JSON_NULL, 0, 0, 0}}},
};

const char *ag_op_name(AgOp op)
{
    return ops[op].name;
}

int ag_name_valid(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > AG_NAME_MAX || !isalnum((unsigned char)name[0]))
        return 0;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
            return 0;
    return 1;
}

/* What somebody else wrote, short enough to stand in a sentence. */
static char *quoted(const char *text)
{
    return ag_text_clean(text, strlen(text), 40);
}

/* "a, b, c": the members of an op, or all ops. */
static char *list_known(const AgOp *op)
{
    char *list = ag_strndup("", 0);
    size_t count = op ? MEMBERS_MAX : AG_OPS;

    for (size_t i = 0; i < count; i++) {
        const char *name = op ? ops[*op].members[i].name : ops[i].name;
        if (!name)
            break;
        char *longer = ag_printf("%s%s%s", list, i ? ", " : "", name);
        free(list);
        list = longer;
    }
    if (list[0])
        return list;
    free(list);
    return ag_strndup("none", 4);
}

static char *no_such_op(const char *name)
{
    ag_autofree char *known = list_known(NULL), *shown = quoted(name);

    return ag_printf("no such op: \"%s\"; known: %s", shown, known);
}

static char *wrong_member(AgOp op, const char *member, const char *what)
{
    ag_autofree char *known = list_known(&op), *shown = quoted(member);

    return ag_printf("%s: member \"%s\" %s; known: id, op, %s", ops[op].name, shown, what, known);
}

static const Member *find_member(AgOp op, const char *name)
{
    for (size_t i = 0; i < MEMBERS_MAX && ops[op].members[i].name; i++)
        if (strcmp(ops[op].members[i].name, name) == 0)
            return &ops[op].members[i];
    return NULL;
}

static char *check_value(AgOp op, const Member *member, const json_t *value)
{
    if (member->type == JSON_INTEGER) {
        ag_autofree char *what = ag_printf("must be a whole number from %" JSON_INTEGER_FORMAT
                                           " to %" JSON_INTEGER_FORMAT,
                                           member->min, member->max);
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < member->min || number > member->max)
            return wrong_member(op, member->name, what);
    }
    if (member->type == JSON_STRING && !json_is_string(value))
        return wrong_member(op, member->name, "must be a string");
    if (member->type == JSON_ARRAY && !json_is_array(value))
        return wrong_member(op, member->name, "must be a list");
    return NULL;
}

static char *check_members(AgOp op, json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "id") == 0 || strcmp(name, "op") == 0)
            continue;
        const Member *member = find_member(op, name);
        char *error =
            member ? check_value(op, member, value) : wrong_member(op, name, "is not known");
        if (error)
            return error;
    }
    for (size_t i = 0; i < MEMBERS_MAX && ops[op].members[i].name; i++) {
        const Member *member = &ops[op].members[i];
        if (member->required && !json_object_get(object, member->name))
            return wrong_member(op, member->name, "is missing");
    }
    return NULL;
}

static char *check_object(json_t *object, AgRequest *request)
{
    const json_t *id = json_object_get(object, "id");
    const char *name = json_string_value(json_object_get(object, "op"));

    if (!json_is_integer(id) || json_integer_value(id) < 1)
        return ag_printf("the request has no \"id\", a positive whole number");
    request->id = json_integer_value(id);
    if (!name)
        return ag_printf("the request has no \"op\", a string");
    for (request->op = 0; request->op < AG_OPS; request->op++)
        if (strcmp(name, ops[request->op].name) == 0)
            return check_members(request->op, object);
    return no_such_op(name);
}

char *ag_request_parse(const char *line, size_t len, AgRequest *request)
{
    json_error_t why;
    json_auto_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);

    memset(request, 0, sizeof *request);
    if (!object) {
        ag_autofree char *text = ag_text_clean(why.text, strlen(why.text), 200);
        return ag_printf("the line is no JSON: %s (at byte %d)", text, why.position);
    }
    if (!json_is_object(object))
        return ag_printf("the line is JSON but no object");
    char *error = check_object(object, request);
    if (!error)
        request->members = json_incref(object);
    return error;
}

void ag_request_clear(AgRequest *request)
{
    json_decref(request->members);
    request->members = NULL;
}

json_int_t ag_request_int(const AgRequest *request, const char *name, json_int_t fallback)
{
    const json_t *value = json_object_get(request->members, name);

    return value ? json_integer_value(value) : fallback;
}

const char *ag_request_string(const AgRequest *request, const char *name, const char *fallback)
{
    const json_t *value = json_object_get(request->members, name);

    return value ? json_string_value(value) : fallback;
}
