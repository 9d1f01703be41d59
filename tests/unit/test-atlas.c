/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An atlas: its record, what is run of it, and what is told of made-up runs as text, page and JSON. */
#include "base/error.h"
#include "history-fixture.h"
#include "page-checks.h"
#include "run/atlas.h"
#include "schema-check.h"
#include "tell/atlas.h"

#define HOSTILE "<script>alert(1)</script>\\u001b[2J"

static char *folder; /* of the atlas of a test */

static char **words(const char *text)
{
    return g_strsplit(text, " ", -1); /* of "": none */
}

static XrAtlas *make(const char *tags, const char *variants, const char *without, const char *set)
{
    static const char *const argv[] = {"atlas", "--repo", "/src/xen.git", NULL};
    g_auto(XrAtlasShape) shape = {.repo = g_strdup("/src/xen.git"),
                                  .tags = words(tags),
                                  .variants = words(variants),
                                  .without = without != NULL ? words(without) : words(""),
                                  .sets = set != NULL ? words(set) : words("")};
    g_autoptr(GError) error = NULL;
    XrAtlas *atlas = xr_atlas_new(folder, &shape, argv, &error);

    g_assert_no_error(error);
    return atlas;
}

static void begin_folder(void)
{
    remove_tree(folder);
}

/* A run of a cell; version: of Xen. */
static void put_run(const XrAtlas *atlas, const char *tag, XrAtlasMeasure measure,
                    const char *version, const Made *made)
{
    g_auto(XrMatrixShape) shape = {0};
    g_autofree char *dir = xr_atlas_cell_dir(atlas, tag, "stock", measure);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    xr_atlas_cell_shape(atlas, tag, "stock", measure, &shape);
    g_autoptr(XrMatrix) matrix = xr_matrix_new(dir, &shape, &error);
    g_assert_no_error(error);
    g_autofree char *record = xr_matrix_cell_next(matrix->cells->pdata[0]);
    g_autofree char *path = g_build_filename(record, "verdict.json", NULL);
    write_record(record, made);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(text, "\"4.17.5\"", -1);
    g_autofree char *quoted = g_strdup_printf("\"%s\"", version);
    g_autofree char *changed = g_strjoinv(quoted, parts);
    g_assert_true(g_file_set_contents(path, changed, -1, NULL));
}

#define BOOTED ",\"boot_time\":{\"value\":3e10,\"unit\":\"ns\",\"samples\":[3e10]}"

/* 100 MiB were counted; map: instructions a MiB of a function of that name, of 900 and these in all. */
static void put_count(const XrAtlas *atlas, const char *tag, const char *version,
                      const char *function, guint map)
{
    g_autofree char *more = g_strdup_printf(
        BOOTED ",\"instructions\":{\"value\":%u,\"unit\":\"/MiB\",\"samples\":[%u]},"
               "\"counted_bytes\":{\"value\":104857600,\"unit\":\"B\"}",
        900 + map, 900 + map);
    g_autofree char *functions = g_strdup_printf(
        "],\"functions\":{\"symbols\":{\"xen\":\"xen-syms\",\"dom0_kernel\":\"t\"},\"list\":["
        "{\"layer\":\"xen\",\"name\":\"%s\",\"module\":\"\",\"instructions\":%u,"
        "\"callers\":{\"do_op\":100}},"
        "{\"layer\":\"xen\",\"name\":\"do_op\",\"module\":\"\",\"instructions\":90000,"
        "\"callers\":{}}]},\"and\":[",
        function, map * 100);
    const Made made = {.more = more, .findings = functions, .time = "count"};

    put_run(atlas, tag, XR_ATLAS_COUNT, version, &made);
}

static void put_ticks(const XrAtlas *atlas, const char *tag, XrAtlasMeasure measure,
                      const char *version, const char *value)
{
    g_autofree char *more = g_strdup_printf(
        BOOTED ",\"tick_throughput\":{\"value\":%s,\"unit\":\"B/tick\",\"samples\":[%s]}", value,
        value);
    const Made made = {.more = more, .time = "lockstep"};

    put_run(atlas, tag, measure, version, &made);
}

/* A release of which all is known. */
static void put_whole(const XrAtlas *atlas, const char *tag, const char *version, guint map)
{
    static const Made smoke = {.more = BOOTED WAIT("0.25")};
    static const Made locks = {
        .more = BOOTED ",\"lock_per_pair.dom0/freelist\":{\"value\":2,\"samples\":[2]}"
                       ",\"lock_per_pair.dom0/channel\":{\"value\":9,\"samples\":[9]}"
                       ",\"lock_per_pair.domUs/grant_read\":{\"value\":3,\"samples\":[3]}"
                       ",\"lock_per_pair.domUs/active_entry\":{\"value\":3,\"samples\":[3]}"};

    put_run(atlas, tag, XR_ATLAS_SMOKE_PV, version, &smoke);
    put_run(atlas, tag, XR_ATLAS_SMOKE_PVH, version, &smoke);
    put_count(atlas, tag, version, "map_grant_ref", map);
    put_run(atlas, tag, XR_ATLAS_LOCKS, version, &locks);
    put_ticks(atlas, tag, XR_ATLAS_LOCKSTEP_1, version, "1.25");
    put_ticks(atlas, tag, XR_ATLAS_LOCKSTEP_4, version, "4.5");
    put_ticks(atlas, tag, XR_ATLAS_LOCKSTEP_8, version, "8.83");
}

/* --- the record --- */

static void test_record(void)
{
    begin_folder();
    g_autoptr(XrAtlas) one = make("4.17 4.18", "stock", NULL, NULL);
    g_autofree char *cell = xr_atlas_cell_dir(one, "4.17", "stock", XR_ATLAS_COUNT);
    g_autofree char *locks = xr_atlas_build(one, "4.17", "split-lock", XR_ATLAS_LOCKS);
    g_assert_cmpstr(locks, ==, "git:/src/xen.git@4.17+split-lock,lock-profile");

    /* More tags: what is there stays where it is. Other settings: other cells, of the plans that they are for. */
    g_autoptr(XrAtlas) more = make("4.17 4.18 4.19", "stock split-lock", NULL, NULL);
    g_autofree char *same = xr_atlas_cell_dir(more, "4.17", "stock", XR_ATLAS_COUNT);
    g_assert_cmpstr(same, ==, cell);
    g_autoptr(XrAtlas) set = make("4.17", "stock", NULL, "lockstep.window=1000000");
    g_autofree char *count = xr_atlas_cell_dir(set, "4.17", "stock", XR_ATLAS_COUNT);
    g_autofree char *ticks = xr_atlas_cell_dir(set, "4.17", "stock", XR_ATLAS_LOCKSTEP_4);
    g_autofree char *usual = xr_atlas_cell_dir(one, "4.17", "stock", XR_ATLAS_LOCKSTEP_4);
    g_assert_cmpstr(count, ==, cell);
    g_assert_cmpstr(ticks, !=, usual);

    /* What was asked for last, and by which command. */
    g_autofree char *path = g_build_filename(folder, "atlas.json", NULL);
    g_autofree char *json = contents(path);
    assert_has(json, "lockstep.window=1000000");
    assert_has(json, "--repo");

    /* A tag is no way out of the folder. */
    g_autofree char *out = xr_atlas_cell_dir(one, "../../etc", "stock", XR_ATLAS_COUNT);
    g_autofree char *below = g_strconcat(folder, "/cells/-.-..-etc+stock/count-", NULL);
    g_assert_true(g_str_has_prefix(out, below));
}

static void test_root(void)
{
    begin_folder();
    g_autoptr(XrAtlas) atlas = make("a+b 4.17", "stock", NULL, NULL);

    atlas->shape.root = g_strdup("bookworm");
    g_autofree char *plain = xr_atlas_build(atlas, "4.17", "stock", XR_ATLAS_COUNT);
    g_autofree char *plus = xr_atlas_build(atlas, "a+b", "stock", XR_ATLAS_COUNT);
    g_assert_cmpstr(plain, ==, "git:/src/xen.git@4.17,root=bookworm");
    g_assert_cmpstr(plus, ==, "git:/src/xen.git@a+b+stock,root=bookworm");
}

static void test_damaged(void)
{
    g_autoptr(GError) error = NULL;

    begin_folder();
    g_assert_null(xr_atlas_open(folder, &error));
    assert_says(error->message, "no atlas; that is the folder that `xenrig atlas` names");
    g_clear_error(&error);
    put(folder, "atlas.json", "{\"schema\":1,\"tags\":[7],\"variants\":[\"stock\"]}");
    g_assert_null(xr_atlas_open(folder, &error));
    assert_says(error->message, "a damaged one");
}

static void assert_refused(const char *tags, const char *variants, const char *without,
                           const char *wanted)
{
    g_auto(XrAtlasShape) shape = {.repo = g_strdup(folder),
                                  .tags = words(tags),
                                  .variants = words(variants),
                                  .without = words(without)};
    g_autoptr(GError) error = NULL;

    g_assert_false(xr_atlas_check(&shape, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    assert_says(error->message, wanted);
}

/* A repository with a tag v1. */
static void make_repo(void)
{
    g_autofree char *quoted = g_shell_quote(folder);
    g_autofree char *command = g_strdup_printf(
        "mkdir -p %1$s && cd %1$s && git init -q && git -c user.name=a -c user.email=a@example "
        "commit -q --allow-empty -m one && git tag v1",
        quoted);

    g_assert_cmpint(system(command), ==, 0);
}

static void test_check(void)
{
    assert_refused("", "", "", "an atlas is made of tags of a repository of Xen");
    assert_refused("4.17 4.18 4.17", "stock", "", "4.17: is given twice");
    assert_refused("4.17", "stock", "", "4.17: no commit of ");
    make_repo();
    assert_refused("v1 v2", "stock", "", "v2: no commit of ");
    assert_refused("v1", "stock", "lockstop", "lockstop: no measure; there are smoke-pv, ");
    assert_refused("v1", "stok", "", "stok");
    g_auto(XrAtlasShape) right = {.repo = g_strdup(folder), .tags = words("v1")};
    g_autoptr(GError) error = NULL;
    g_assert_true(xr_atlas_check(&right, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(right.variants[0], ==, "stock");
}

/* --- what is run --- */

static void count_note(const char *text, gpointer user_data)
{
    ++*(guint *)user_data;
}

/* What is done is not run again, and of what was skipped first nothing else is run. */
static void test_run(void)
{
    static const Made unbuilt = {.verdict = "skip", .reason = "has no hypervisor: error: x.c:1"};
    static const Made smoke = {.more = BOOTED};
    guint notes = 0;
    g_autoptr(GError) error = NULL;

    begin_folder();
    g_autoptr(XrAtlas) atlas = make("good bad", "stock", "smoke-pvh locks lockstep", NULL);
    put_run(atlas, "good", XR_ATLAS_SMOKE_PV, "4.19.6", &smoke);
    put_count(atlas, "good", "4.19.6", "map_grant_ref", 100);
    put_run(atlas, "bad", XR_ATLAS_SMOKE_PV, "", &unbuilt);
    g_assert_true(xr_atlas_run(atlas, count_note, &notes, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(notes, ==, 0);
    g_autoptr(XrAtlasTable) table = xr_atlas_table(atlas);
    g_assert_cmpint(xr_atlas_worst(table), ==, XR_SKIP);
    g_autofree char *text = xr_tell_atlas(table);
    assert_says(text,
                "good             yes   pass    -       1000.00     -           -     -     -\n"
                "bad              ?     skip    -       -           -           -     -     -\n");
    assert_says(text, "bad+stock, smoke-pv: skip: has no hypervisor: error: x.c:1\n");
    assert_says(text, "bad+stock, count: missing: not run, for smoke-pv was skipped: has no\n");
    assert_says(text, "left out by --without: smoke-pvh, locks, lockstep-1, lockstep-4, "
                      "lockstep-8\n\nSKIP: 2 releases\n");
}

/* --- what is told --- */

static XrAtlas *made_up(void)
{
    static const Made crashed = {.verdict = "fail", .reason = "Xen panicked in stage boot"};
    XrAtlas *atlas;

    begin_folder();
    atlas =
        make("RELEASE-4.18.6 RELEASE-4.19.0 RELEASE-4.19.6 RELEASE-4.20.4", "stock", NULL, NULL);
    put_whole(atlas, "RELEASE-4.18.6", "4.18.6", 100);
    put_run(atlas, "RELEASE-4.19.0", XR_ATLAS_SMOKE_PV, "4.19.0", &crashed);
    put_whole(atlas, "RELEASE-4.19.6", "4.19.6", 190);
    put_whole(atlas, "RELEASE-4.20.4", "4.20.4", 95);
    return atlas;
}

static void test_text(void)
{
    g_autoptr(XrAtlas) atlas = made_up();
    g_autoptr(XrAtlasTable) table = xr_atlas_table(atlas);
    g_autofree char *text = xr_tell_atlas(table);

    assert_says(text,
                "release          boots PV      PVH     MiB         a pair      1vCPU 4vCPU 8vCPU\n"
                "RELEASE-4.18.6   yes   pass    pass    1000.00     2.00 / 6.00 1.25  4.50  8.83\n"
                "RELEASE-4.19.0   no    fail    missing -           -           -     -     -\n");
    assert_says(text, "RELEASE-4.19.0+stock, smoke-pv: fail: Xen panicked in stage boot\n");
    assert_says(text, "RELEASE-4.19.0+stock, count: missing: not run yet\n");
    /* Over the release that has no count, with the function that it is by; one root, so nothing is said of compilers. */
    assert_says(text, "\nRELEASE-4.18.6 to RELEASE-4.19.6, variant stock\n"
                      "  instructions a MiB 1000.00 to 1090.00: +90.00, +9.00 %\n\n");
    assert_says(text, "  Xen map_grant_ref                      100.00      190.00      +90.00  "
                      "100.00 %\n");
    assert_says(text,
                "\nRELEASE-4.19.6 to RELEASE-4.20.4, variant stock\n"
                "  instructions a MiB 1090.00 to 995.00: -95.00, -8.72 %\n"
                "  They were built by compilers of different Debian releases (bookworm, trixie):\n"
                "  a change may be the compiler's. `--root RELEASE` builds all in one.\n");
    assert_says(text, "\nERROR: 4 releases\natlas: ");
    g_assert_cmpuint(table->changes->len, ==, 2);
}

/* A function that was renamed is no change. */
static void test_moved(void)
{
    begin_folder();
    g_autoptr(XrAtlas) atlas = make("a b", "stock", NULL, NULL);
    put_count(atlas, "a", "4.19.0", "map_grant_ref", 100);
    put_count(atlas, "b", "4.19.1", "map_grant_refs", 100);
    g_autoptr(XrAtlasTable) table = xr_atlas_table(atlas);
    g_autofree char *text = xr_tell_atlas(table);
    assert_says(text, "  none: each function has the same count, 1000.00 in all\n");
}

static void test_page(void)
{
    g_autoptr(XrAtlas) atlas = made_up();
    g_autoptr(XrAtlasTable) table = xr_atlas_table(atlas);
    g_autofree char *hint = NULL;
    g_autofree char *page = xr_tell_html_atlas(table, &hint);

    assert_lacks(page, "url(");
    assert_lacks(page, " src=");
    assert_has(page, "<td class=\"name\">RELEASE-4.18.6</td><td>stock</td><td>4.18.6</td>"
                     "<td>bookworm</td><td>yes</td>");
    assert_has(page, "<td class=\"n\">2.00 / 6.00</td><td class=\"n\">1.25</td>");
    assert_has(page, "<h3>RELEASE-4.18.6 to RELEASE-4.19.6, variant stock</h3>");
    assert_has(page, "<td class=\"why\">Xen panicked in stage boot</td>");
    assert_has(page, "<p>most of it: Xen map_grant_ref +90.00</p>");
    assert_has(page, "different Debian releases (bookworm, trixie)");
    assert_has(page, "xenrig atlas --repo /src/xen.git");
    assert_has(page, "A CPU of 2026, 2 cores");
    assert_has(page, "smoke runs waited for a CPU in 25 to 25 % of the time");
}

static void test_hostile(void)
{
    begin_folder();
    g_autoptr(XrAtlas) atlas = make("<b>one</b>\033[2J two", "stock", NULL, NULL);
    static const Made failed = {.verdict = "fail", .reason = HOSTILE};
    put_count(atlas, "<b>one</b>\033[2J", "4.19.0", HOSTILE, 100);
    put_count(atlas, "two", "4.19.1", "map_grant_ref", 700);
    put_run(atlas, "two", XR_ATLAS_SMOKE_PV, HOSTILE, &failed);
    g_autoptr(XrAtlasTable) table = xr_atlas_table(atlas);
    g_autofree char *hint = NULL;
    g_autofree char *page = xr_tell_html_atlas(table, &hint);
    g_autofree char *text = xr_tell_atlas(table);
    assert_lacks(page, "<script");
    assert_lacks(page, "<b>");
    assert_has(page, "&lt;script&gt;");
    g_assert_null(strchr(page, '\033'));
    g_assert_null(strchr(text, '\033'));
    assert_says(text, "\\x1b[2J");
}

static void test_schema(void)
{
    g_autoptr(XrAtlas) atlas = made_up();
    g_autoptr(XrAtlasTable) table = xr_atlas_table(atlas);
    g_autoptr(JsonObject) object = xr_tell_atlas_json(table);
    g_autofree char *path = g_build_filename(state, "atlas-told.json", NULL);
    g_autofree char *line = xr_json_line(object);
    const char *const files[] = {path, NULL};
    JsonObject *change = xr_json_element_object(xr_json_array(object, "changes"), 1);

    g_assert_cmpstr(xr_json_string(object, "verdict", ""), ==, "error");
    g_assert_true(xr_json_bool(change, "other_root", FALSE));
    g_assert_nonnull(xr_json_object(change, "functions"));
    if (!have_validator())
        return;
    g_assert_true(g_file_set_contents(path, line, -1, NULL));
    assert_valid(files, XR_SOURCE_DIR "/rig/tell/atlas.schema.json");
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("xenrig-atlas-XXXXXX", NULL);
    g_test_add_func("/atlas/record", test_record);
    g_test_add_func("/atlas/root", test_root);
    g_test_add_func("/atlas/damaged", test_damaged);
    g_test_add_func("/atlas/check", test_check);
    g_test_add_func("/atlas/run", test_run);
    g_test_add_func("/atlas/text", test_text);
    g_test_add_func("/atlas/moved", test_moved);
    g_test_add_func("/atlas/page", test_page);
    g_test_add_func("/atlas/hostile", test_hostile);
    g_test_add_func("/atlas/schema", test_schema);
    result = run_with_state();
    remove_tree(folder);
    g_free(folder);
    return result;
}
