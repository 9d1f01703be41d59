/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that ran: what xencov writes, taken apart; what gcov says of it; the lcov file. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/coverage.h"

static void put_word(GString *data, guint32 word)
{
    g_string_append_len(data, (const char *)&word, sizeof word);
}

static void put_unit(GString *data, const char *path, const char *bytes, gsize size)
{
    g_string_append_len(data, path, (gssize)strlen(path) + 1);
    put_word(data, (guint32)size);
    g_string_append_len(data, bytes, (gssize)size);
}

static void test_split(void)
{
    g_autoptr(GString) data = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    put_word(data, 0x58434f56);
    put_unit(data, "/scratch/xen/common/.event_2l.o.gcda", "\0\1", 2);
    put_unit(data, "grant_table.gcda", "", 0);
    g_autoptr(GBytes) bytes = g_bytes_new(data->str, data->len);
    g_autoptr(GPtrArray) units = xr_coverage_split(bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(units->len, ==, 2);
    const XrCoverageUnit *first = units->pdata[0], *second = units->pdata[1];
    g_assert_cmpstr(first->name, ==, ".event_2l.o");
    g_assert_cmpmem(g_bytes_get_data(first->bytes, NULL), g_bytes_get_size(first->bytes), "\0\1",
                    2);
    g_assert_cmpstr(second->name, ==, "grant_table");
    g_assert_cmpuint(g_bytes_get_size(second->bytes), ==, 0);
}

/* Xen is what is tested: it may write anything. */
static const struct {
    const char *bytes;
    gsize size;
    const char *message;
} broken[] = {
    {"", 0, "it does not begin with XCOV"},
    {"VOC", 3, "it does not begin with XCOV"},
    {"XCOV", 4, "it does not begin with XCOV"},
    {"VOCXa", 5, "it ends in the middle of a unit"},
    {"VOCXa\0", 6, "it ends in the middle of a unit"},
    {"VOCXa\0\1\0\0", 9, "it ends in the middle of a unit"},
    {"VOCXa\0\1\0\0\0", 10, "it ends in the middle of a unit"},
    {"VOCXa\0\377\377\377\377b", 11, "it ends in the middle of a unit"},
};

static void test_broken(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(GBytes) bytes = g_bytes_new(broken[i].bytes, broken[i].size);
        g_autoptr(GError) error = NULL;

        g_assert_null(xr_coverage_split(bytes, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_AGENT);
        g_assert_true(g_str_has_suffix(error->message, broken[i].message));
    }
}

static const char gcov_says[] =
    "{\"files\":[{\"file\":\"common/grant_table.c\",\"functions\":["
    "{\"name\":\"map\",\"start_line\":3,\"execution_count\":2},"
    "{\"name\":\"never\",\"start_line\":9,\"execution_count\":0}],"
    "\"lines\":[{\"line_number\":10,\"count\":0},{\"line_number\":4,\"count\":2},"
    "{\"line_number\":4,\"count\":40}]},"
    "{\"file\":\"include/xen/spinlock.h\",\"functions\":[],\"lines\":"
    "[{\"line_number\":1,\"count\":1}]}]}";

/* Lines in their order, a line's functions added up; files that are not ours are left out. */
static void test_info(void)
{
    char *folder = fixture_new();
    g_autoptr(GPtrArray) files = xr_coverage_new();
    g_autoptr(GError) error = NULL;

    fixture_put(folder, "xen/common/grant_table.c", "");
    g_assert_true(xr_coverage_add(files, gcov_says, folder, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(files->len, ==, 1);
    g_assert_cmpuint(xr_coverage_hit(files->pdata[0]), ==, 1);
    g_autofree char *info = xr_coverage_info(files);
    g_assert_cmpstr(info, ==,
                    "TN:xenrig\nSF:xen/common/grant_table.c\n"
                    "FN:3,map\nFNDA:2,map\nFN:9,never\nFNDA:0,never\nFNF:2\nFNH:1\n"
                    "DA:4,42\nDA:10,0\nLF:2\nLH:1\nend_of_record\n");
    fixture_free(folder);
}

static void test_no_gcov(void)
{
    static const char *const texts[] = {"", "{", "[]", "{}", "{\"files\":1}"};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) files = xr_coverage_new();
        g_autoptr(GError) error = NULL;

        g_assert_false(xr_coverage_add(files, texts[i], "/", &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
        g_assert_cmpstr(error->message, ==,
                        "gcov says no \"files\": is it of the compiler that built the hypervisor?");
    }
}

static gboolean run_in(const char *folder, const char *command)
{
    g_autofree char *line = g_strdup_printf("cd %s && %s", folder, command);
    const char *const argv[] = {"sh", "-c", line, NULL};
    gint status;

    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                        &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

/* With this host's own compiler and gcov: a program's counts in the place of a hypervisor's. */
static void test_whole(void)
{
    char *folder = fixture_new();
    g_autoptr(GString) data = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *counts = g_build_filename(folder, "grant_table.gcda", NULL);
    g_autofree char *text = NULL;
    gsize size;

    fixture_put(folder, "xen/common/grant_table.c",
                "int main(int argc, char **argv)\n{\n    if (argc > 1)\n        return 3;\n"
                "    return 0;\n}\n");
    if (!run_in(folder, "gcc --coverage -c -o grant_table.o xen/common/grant_table.c && "
                        "gcc --coverage -o program grant_table.o && ./program && "
                        "gcov --version >version")) {
        fixture_free(folder);
        g_test_skip("no gcc with gcov here");
        return;
    }
    g_assert_true(g_file_get_contents(counts, &text, &size, &error));
    put_word(data, 0x58434f56);
    put_unit(data, "/elsewhere/unknown.gcda", "nothing", 7);
    put_unit(data, "/elsewhere/grant_table.gcda", text, size);
    g_autoptr(GBytes) bytes = g_bytes_new(data->str, data->len);
    g_autoptr(GPtrArray) files = xr_coverage_read(bytes, folder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(files->len, ==, 1);
    const XrCoverageFile *file = files->pdata[0];
    g_assert_cmpstr(file->name, ==, "xen/common/grant_table.c");
    g_assert_cmpint(g_tree_nnodes(file->lines) - (gint)xr_coverage_hit(file), ==, 1);
    fixture_free(folder);
}

static void test_other_build(void)
{
    char *folder = fixture_new();
    g_autoptr(GString) data = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    put_word(data, 0x58434f56);
    put_unit(data, "/elsewhere/unknown.gcda", "nothing", 7);
    g_autoptr(GBytes) bytes = g_bytes_new(data->str, data->len);
    g_assert_null(xr_coverage_read(bytes, folder, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_AGENT);
    g_assert_true(g_str_has_suffix(error->message, "is one that the build kept the notes of"));
    fixture_free(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/coverage/split", test_split);
    g_test_add_func("/build/coverage/broken", test_broken);
    g_test_add_func("/build/coverage/info", test_info);
    g_test_add_func("/build/coverage/no-gcov", test_no_gcov);
    g_test_add_func("/build/coverage/whole", test_whole);
    g_test_add_func("/build/coverage/other-build", test_other_build);
    return g_test_run();
}
