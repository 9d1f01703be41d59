/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: small helpers over json-glib for reading untrusted objects, and for writing. */
#include "base/json.h"
#include "base/error.h"
#include "base/text.h"
#include <math.h>
#include <string.h>

#define MAX_NESTING 32
/* Above it a double is no longer sure to be the integer that was meant. */
#define MAX_EXACT 9007199254740992.0

/* The member if it is a plain value (string, number, boolean), else NULL. */
static JsonNode *value_member(JsonObject *obj, const char *name)
{
    JsonNode *node = obj ? json_object_get_member(obj, name) : NULL;
    return node && JSON_NODE_HOLDS_VALUE(node) ? node : NULL;
}

const char *xr_json_string(JsonObject *obj, const char *name, const char *fallback)
{
    JsonNode *node = value_member(obj, name);
    return node && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node)
                                                                   : fallback;
}

gint64 xr_json_int(JsonObject *obj, const char *name, gint64 fallback)
{
    JsonNode *node = value_member(obj, name);
    if (!node)
        return fallback;
    if (json_node_get_value_type(node) == G_TYPE_INT64)
        return json_node_get_int(node);
    if (json_node_get_value_type(node) != G_TYPE_DOUBLE)
        return fallback;
    const double value = json_node_get_double(node);
    if (!(value >= -MAX_EXACT && value <= MAX_EXACT))
        return fallback;
    return (double)(gint64)value == value ? (gint64)value : fallback;
}

double xr_json_double(JsonObject *obj, const char *name, double fallback)
{
    JsonNode *node = value_member(obj, name);
    if (!node)
        return fallback;
    if (json_node_get_value_type(node) == G_TYPE_INT64)
        return (double)json_node_get_int(node);
    return json_node_get_value_type(node) == G_TYPE_DOUBLE ? json_node_get_double(node) : fallback;
}

gboolean xr_json_bool(JsonObject *obj, const char *name, gboolean fallback)
{
    JsonNode *node = value_member(obj, name);
    return node && json_node_get_value_type(node) == G_TYPE_BOOLEAN ? json_node_get_boolean(node)
                                                                    : fallback;
}

JsonArray *xr_json_array(JsonObject *obj, const char *name)
{
    JsonNode *node = obj ? json_object_get_member(obj, name) : NULL;
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonObject *xr_json_object(JsonObject *obj, const char *name)
{
    JsonNode *node = obj ? json_object_get_member(obj, name) : NULL;
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonObject *xr_json_element_object(JsonArray *array, guint i)
{
    if (!array || i >= json_array_get_length(array))
        return NULL;
    JsonNode *node = json_array_get_element(array, i);
    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

/* Length of the string that begins at text[0] == '"', quotes included; 0 if it does not end. */
static gsize string_length(const char *text, gsize len)
{
    for (gsize i = 1; i < len; i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == '"')
            return i + 1;
    }
    return 0;
}

/* json-glib takes more than JSON (comments, assignments, several values), and recurses as deep as
 * the text asks. What a guest sends is looked through first: what is wrong with it, or NULL. */
static const char *line_fault(const char *line, gsize len)
{
    gsize depth = 0, ended = 0;

    if (!g_utf8_validate_len(line, len, NULL))
        return "is not UTF-8";
    for (gsize i = 0; i < len; i++) {
        const char c = line[i];
        if (strchr(" \t\r\n", c))
            continue;
        if (ended || (depth == 0 && c != '{'))
            return "is not one JSON object";
        if (c == '"') {
            const gsize taken = string_length(line + i, len - i);
            if (taken == 0)
                return "has a string that does not end";
            i += taken - 1;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_NESTING)
                return "is nested more than 32 deep";
        } else if (c == '}' || c == ']') {
            ended = --depth == 0;
        } else if (!g_ascii_isdigit(c) && !strchr(":,+-.Etruefalsn", c)) {
            return "is not JSON";
        }
    }
    return ended ? NULL : "is not one JSON object";
}

static JsonObject *refuse(const char *line, gsize len, const char *what, GError **error)
{
    g_autofree char *shown = xr_text_escape(line, (gssize)len, 120);
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "line %s: %s", what, shown);
    return NULL;
}

JsonObject *xr_json_parse_line(const char *line, gssize len, GError **error)
{
    const gsize size = len < 0 ? strlen(line) : (gsize)len;
    const char *fault = line_fault(line, size);
    if (fault)
        return refuse(line, size, fault, error);

    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, line, (gssize)size, NULL))
        return refuse(line, size, "is not JSON", error);
    JsonNode *root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return refuse(line, size, "is not one JSON object", error);
    return json_node_dup_object(root);
}

char *xr_json_line(JsonObject *obj)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    json_node_init_object(node, obj);
    return json_to_string(node, FALSE);
}

char *xr_json_text(JsonObject *obj)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    json_node_init_object(node, obj);
    return json_to_string(node, TRUE);
}

JsonArray *xr_json_strings(const char *const *values)
{
    JsonArray *array = json_array_new();

    for (gsize i = 0; values != NULL && values[i] != NULL; i++)
        json_array_add_string_element(array, values[i]);
    return array;
}

void xr_json_set_number(JsonObject *obj, const char *name, double value)
{
    if (isfinite(value))
        json_object_set_double_member(obj, name, value);
    else
        json_object_set_null_member(obj, name);
}
