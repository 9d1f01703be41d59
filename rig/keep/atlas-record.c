/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of an atlas. */
#include "keep/atlas-record.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/files.h"
#include "keep/folder.h"
#include "keep/record.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA    1
#define JSON_FILE "atlas.json"
enum { SLUG_MAX = 40, ID_DIGITS = 12, TAGS_MAX = 200, LOADS = 3 };

static const struct {
    const char *name, *plan, *sets[3];
    const char *option; /* of the build */
    guint vcpus;
} measures[XR_ATLAS_MEASURES] = {
    [XR_ATLAS_SMOKE_PV] = {"smoke-pv", "smoke", {"guests.mode=pv"}, "", 0},
    [XR_ATLAS_SMOKE_PVH] = {"smoke-pvh", "smoke", {"guests.mode=pvh"}, "", 0},
    [XR_ATLAS_COUNT] = {"count", "count", {NULL}, "", 0},
    [XR_ATLAS_LOCKS] = {"locks", "count", {NULL}, ",lock-profile", 0},
    [XR_ATLAS_LOCKSTEP_1] = {"lockstep-1", "lockstep", {"dom0.vcpus=1", "machine.pcpus=3"}, "", 1},
    [XR_ATLAS_LOCKSTEP_4] = {"lockstep-4", "lockstep", {"dom0.vcpus=4", "machine.pcpus=6"}, "", 4},
    [XR_ATLAS_LOCKSTEP_8] = {"lockstep-8", "lockstep", {"dom0.vcpus=8", "machine.pcpus=10"}, "", 8},
};

const char *xr_atlas_measure_name(XrAtlasMeasure measure)
{
    return measures[measure].name;
}

guint xr_atlas_measure_vcpus(XrAtlasMeasure measure)
{
    return measures[measure].vcpus;
}

gboolean xr_atlas_measure_is(XrAtlasMeasure measure, const char *name)
{
    const char *own = measures[measure].name;
    const gsize length = strlen(name);

    return strncmp(own, name, length) == 0 && (own[length] == '\0' || own[length] == '-');
}

void xr_atlas_shape_clear(XrAtlasShape *shape)
{
    g_clear_pointer(&shape->repo, g_free);
    g_clear_pointer(&shape->root, g_free);
    g_clear_pointer(&shape->tags, g_strfreev);
    g_clear_pointer(&shape->variants, g_strfreev);
    g_clear_pointer(&shape->without, g_strfreev);
    g_clear_pointer(&shape->sets, g_strfreev);
}

void xr_atlas_free(XrAtlas *atlas)
{
    if (atlas == NULL)
        return;
    xr_atlas_shape_clear(&atlas->shape);
    g_clear_pointer(&atlas->record, json_object_unref);
    g_free(atlas->dir);
    g_free(atlas);
}

/* --- writing --- */

static void add_list(JsonObject *object, const char *name, char *const *list)
{
    json_object_set_array_member(object, name, xr_json_strings((const char *const *)list));
}

static JsonArray *host_load(void)
{
    JsonArray *array = json_array_new();
    double loads[LOADS];
    const int known = getloadavg(loads, LOADS);

    for (int i = 0; i < known; i++)
        json_array_add_double_element(array, loads[i]);
    return array;
}

static JsonObject *describe(const XrAtlasShape *shape, const char *const *argv)
{
    JsonObject *object = json_object_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *asked = g_date_time_format_iso8601(now);

    json_object_set_int_member(object, "schema", SCHEMA);
    json_object_set_string_member(object, "rig", XR_VERSION);
    json_object_set_string_member(object, "asked", asked);
    json_object_set_array_member(object, "argv", xr_json_strings(argv));
    json_object_set_object_member(object, "host", xr_host_fingerprint());
    json_object_set_array_member(object, "load", host_load());
    json_object_set_string_member(object, "repo", shape->repo);
    if (shape->root != NULL)
        json_object_set_string_member(object, "root", shape->root);
    add_list(object, "tags", shape->tags);
    add_list(object, "variants", shape->variants);
    add_list(object, "without", shape->without);
    add_list(object, "sets", shape->sets);
    return object;
}

/* dir, made: a new one where it is NULL, or not there. Free with g_free. */
static char *make_folder(const char *dir, GError **error)
{
    g_autofree char *id = NULL;

    if (dir != NULL && xr_atlas_is(dir))
        return g_strdup(dir);
    return xr_folder_new("atlases", dir, "atlas", &id, error);
}

XrAtlas *xr_atlas_new(const char *dir, const XrAtlasShape *shape, const char *const *argv,
                      GError **error)
{
    g_autofree char *made = make_folder(dir, error);
    g_autoptr(JsonObject) object = NULL;

    if (made == NULL)
        return NULL;
    object = describe(shape, argv);
    if (!xr_files_put_json(made, JSON_FILE, object, error))
        return NULL;
    return xr_atlas_open(made, error);
}

/* --- reading --- */

gboolean xr_atlas_is(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, JSON_FILE, NULL);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static char **read_list(JsonObject *object, const char *name)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    JsonArray *array = xr_json_array(object, name);
    const guint length = array != NULL ? json_array_get_length(array) : 0;

    for (guint i = 0; i < MIN(length, TAGS_MAX); i++) {
        JsonNode *node = json_array_get_element(array, i);

        if (json_node_get_value_type(node) == G_TYPE_STRING)
            g_strv_builder_add(words, json_node_get_string(node));
    }
    return g_strv_builder_end(words);
}

XrAtlas *xr_atlas_open(const char *dir, GError **error)
{
    g_autoptr(XrAtlas) atlas = g_new0(XrAtlas, 1);
    XrAtlasShape *shape = &atlas->shape;

    if (!xr_atlas_is(dir)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s: no atlas; that is the folder that `xenrig atlas` names", dir);
        return NULL;
    }
    atlas->dir = g_canonicalize_filename(dir, NULL);
    atlas->record = xr_record_read_json(dir, JSON_FILE, error);
    if (atlas->record == NULL)
        return NULL;
    shape->repo = g_strdup(xr_json_string(atlas->record, "repo", ""));
    shape->root = g_strdup(xr_json_string(atlas->record, "root", NULL));
    shape->tags = read_list(atlas->record, "tags");
    shape->variants = read_list(atlas->record, "variants");
    shape->without = read_list(atlas->record, "without");
    shape->sets = read_list(atlas->record, "sets");
    if (xr_json_int(atlas->record, "schema", 0) == SCHEMA && shape->tags[0] != NULL &&
        shape->variants[0] != NULL)
        return g_steal_pointer(&atlas);
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s/" JSON_FILE ": no atlas that this xenrig wrote, or a damaged one", dir);
    return NULL;
}

/* --- cells --- */

char *xr_atlas_build(const XrAtlas *atlas, const char *tag, const char *variant,
                     XrAtlasMeasure measure)
{
    const char *root = atlas->shape.root;
    /* "+stock" also where it says nothing: a tag may hold a "+". */
    const gboolean plain = g_str_equal(variant, "stock") && strchr(tag, '+') == NULL;

    return g_strconcat("git:", atlas->shape.repo, "@", tag, plain ? "" : "+", plain ? "" : variant,
                       measures[measure].option, root != NULL ? ",root=" : "",
                       root != NULL ? root : "", NULL);
}

gboolean xr_atlas_leaves_out(const XrAtlas *atlas, XrAtlasMeasure measure)
{
    for (char **name = atlas->shape.without; *name != NULL; name++) {
        if (xr_atlas_measure_is(measure, *name))
            return TRUE;
    }
    return FALSE;
}

/* Whether a setting that the user gave is for the measure. */
static gboolean is_for(const char *set, XrAtlasMeasure measure)
{
    const char *plan = measures[measure].plan;

    if (g_str_has_prefix(set, "count."))
        return g_str_equal(plan, "count");
    if (g_str_has_prefix(set, "lockstep."))
        return g_str_equal(plan, "lockstep");
    return TRUE;
}

void xr_atlas_cell_shape(const XrAtlas *atlas, const char *tag, const char *variant,
                         XrAtlasMeasure measure, XrMatrixShape *shape)
{
    g_autoptr(GStrvBuilder) sets = g_strv_builder_new();
    g_autofree char *build = xr_atlas_build(atlas, tag, variant, measure);
    const char *const builds[] = {build, NULL}, *plans[] = {measures[measure].plan, NULL};

    for (char **set = atlas->shape.sets; *set != NULL; set++) {
        if (is_for(*set, measure))
            g_strv_builder_add(sets, *set);
    }
    for (guint i = 0; measures[measure].sets[i] != NULL; i++)
        g_strv_builder_add(sets, measures[measure].sets[i]);
    shape->builds = g_strdupv((char **)builds);
    shape->plans = g_strdupv((char **)plans);
    shape->sets = g_strv_builder_end(sets);
    shape->repeats = 1;
}

char *xr_atlas_cell_dir(const XrAtlas *atlas, const char *tag, const char *variant,
                        XrAtlasMeasure measure)
{
    g_auto(XrMatrixShape) shape = {0};
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *both = g_strdup_printf("%.*s+%s", SLUG_MAX, tag, variant);

    xr_atlas_cell_shape(atlas, tag, variant, measure, &shape);
    g_strcanon(both, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".+-", '-');
    if (both[0] == '.')
        both[0] = '-';
    g_checksum_update(sum, (const guchar *)shape.builds[0], (gssize)strlen(shape.builds[0]) + 1);
    for (char **set = shape.sets; *set != NULL; set++)
        g_checksum_update(sum, (const guchar *)*set, (gssize)strlen(*set) + 1);
    return g_strdup_printf("%s/cells/%s/%s-%.*s", atlas->dir, both, measures[measure].name,
                           ID_DIGITS, g_checksum_get_string(sum));
}
