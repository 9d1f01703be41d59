/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up files, and libraries a program needs, in a tree that is not this host's. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/tree.h"

static char *tree;

/* The fixture program, its libraries in the places where Debian or their RUNPATH says, and an
 * interpreter behind an absolute link, which means a place in the tree. */
static void make_tree(void)
{
    static const char lib[] = "lib/x86_64-linux-gnu";
    static const char loader[] = "ld-linux-x86-64.so.2";
    g_autofree char *program =
        g_test_build_filename(G_TEST_BUILT, "build-fixtures/xrfixture", NULL);
    g_autofree char *one =
        g_test_build_filename(G_TEST_BUILT, "build-fixtures/libxrfixture-one.so", NULL);
    g_autofree char *two =
        g_test_build_filename(G_TEST_BUILT, "build-fixtures/libxrfixture-two.so", NULL);

    tree = fixture_new();
    fixture_copy(tree, "usr/lib/xen-4.17/bin/xl", program);
    fixture_copy(tree, "usr/lib/x86_64-linux-gnu/libxrfixture-one.so.1", one);
    fixture_link(tree, "usr/lib/x86_64-linux-gnu/libxrfixture-one.so", "libxrfixture-one.so.1");
    fixture_copy(tree, "opt/xenrig/libxrfixture-two.so", two);
    /* Any library without further needs will do for libc. */
    g_autofree char *libc = g_build_filename(lib, "libc.so.6", NULL);
    g_autofree char *ld = g_build_filename(lib, loader, NULL);
    fixture_copy(tree, libc, two);
    fixture_copy(tree, ld, two);
    fixture_link(tree, "lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
}

static GPtrArray *new_libraries(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)xr_library_free);
}

static const XrLibrary *find(GPtrArray *libraries, const char *path)
{
    for (guint i = 0; i < libraries->len; i++) {
        const XrLibrary *library = libraries->pdata[i];
        if (strcmp(library->path, path) == 0)
            return library;
    }
    g_test_message("%s is not among the libraries", path);
    g_test_fail();
    return NULL;
}

static void test_libraries_of_a_program(void)
{
    g_autoptr(GPtrArray) libraries = new_libraries();
    g_autoptr(GError) error = NULL;
    g_autofree char *source = xr_tree_resolve(tree, "/usr/lib/xen-4.17/bin/xl", &error);

    g_assert_no_error(error);
    g_assert_true(xr_tree_add_needed(tree, "/usr/sbin/xl", source, libraries, &error));
    g_assert_no_error(error);
    const XrLibrary *one = find(libraries, "/usr/lib/x86_64-linux-gnu/libxrfixture-one.so");
    g_assert_true(g_str_has_suffix(one->source, "/libxrfixture-one.so.1"));
    find(libraries, "/opt/xenrig/libxrfixture-two.so");
    find(libraries, "/lib/x86_64-linux-gnu/libc.so.6");
    const XrLibrary *loader = find(libraries, "/lib64/ld-linux-x86-64.so.2");
    g_assert_true(g_str_has_prefix(loader->source, tree));
    g_assert_cmpuint(libraries->len, ==, 4);

    /* A second program with the same needs adds nothing. */
    g_assert_true(xr_tree_add_needed(tree, "/usr/sbin/other", source, libraries, &error));
    g_assert_cmpuint(libraries->len, ==, 4);
}

static void test_missing_library(void)
{
    g_autoptr(GPtrArray) libraries = new_libraries();
    g_autoptr(GError) error = NULL;
    g_autofree char *source = xr_tree_resolve(tree, "usr/lib/xen-4.17/bin/xl", NULL);
    g_autofree char *two = fixture_path(tree, "opt/xenrig/libxrfixture-two.so");
    g_autofree char *aside = fixture_path(tree, "opt/aside");

    g_assert_cmpint(g_rename(two, aside), ==, 0);
    gboolean found = xr_tree_add_needed(tree, "/usr/sbin/xl", source, libraries, &error);
    g_assert_cmpint(g_rename(aside, two), ==, 0);
    g_assert_false(found);
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_autofree char *expected = g_strdup_printf(
        "library libxrfixture-two.so, needed by /usr/lib/x86_64-linux-gnu/libxrfixture-one.so, is "
        "not in the tree %s: the package set must name its package",
        tree);
    g_assert_cmpstr(error->message, ==, expected);
}

static void test_library_nobody_lists(void)
{
    g_autoptr(GPtrArray) libraries = new_libraries();
    g_autoptr(GError) error = NULL;

    g_assert_true(xr_tree_add_library(tree, "libxrfixture-one.so", libraries, &error));
    g_assert_no_error(error);
    find(libraries, "/opt/xenrig/libxrfixture-two.so");
    g_assert_false(xr_tree_add_library(tree, "libgcc_s.so.1", libraries, &error));
    g_assert_nonnull(strstr(error->message, "library libgcc_s.so.1, needed by the image's list"));
}

static void test_not_a_program(void)
{
    g_autoptr(GPtrArray) libraries = new_libraries();
    g_autoptr(GError) error = NULL;
    g_autofree char *script = fixture_path(tree, "usr/sbin/script");

    fixture_put(tree, "usr/sbin/script", "#!/bin/sh\n");
    g_assert_false(xr_tree_add_needed(tree, "/usr/sbin/xl", script, libraries, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_assert_nonnull(strstr(error->message, "usr/sbin/script: is no ELF64 file for x86-64"));
}

/* No link leads out of the tree, however many steps up it goes. */
static void test_links_stay_inside(void)
{
    g_autoptr(GError) error = NULL;

    fixture_link(tree, "etc/absolute", "/etc/passwd");
    fixture_link(tree, "etc/upwards", "../../../../../../../../etc/passwd");
    fixture_link(tree, "etc/loop", "loop");
    g_assert_null(xr_tree_resolve(tree, "etc/absolute", NULL));
    g_assert_null(xr_tree_resolve(tree, "etc/upwards", NULL));
    fixture_put(tree, "etc/passwd", "ours");
    g_autofree char *absolute = xr_tree_resolve(tree, "etc/absolute", &error);
    g_autofree char *upwards = xr_tree_resolve(tree, "etc/upwards", &error);
    g_autofree char *expected = fixture_path(tree, "etc/passwd");
    g_assert_cmpstr(absolute, ==, expected);
    g_assert_cmpstr(upwards, ==, expected);
    g_assert_null(xr_tree_resolve(tree, "etc/loop", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_assert_nonnull(strstr(error->message, "etc/loop: is not in the tree"));
}

static void test_match(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *one = xr_tree_match(tree, "usr/lib/xen-*/bin/xl", &error);

    g_assert_no_error(error);
    g_assert_cmpstr(one, ==, "/usr/lib/xen-4.17/bin/xl");
    g_assert_null(xr_tree_match(tree, "usr/lib/xen-*/bin/nothing", &error));
    g_assert_nonnull(strstr(error->message, "usr/lib/xen-*/bin/nothing: matches 0 files"));
    g_clear_error(&error);
    fixture_put(tree, "usr/lib/xen-4.20/bin/xl", "");
    g_assert_null(xr_tree_match(tree, "/usr/lib/xen-*/bin/xl", &error));
    g_assert_nonnull(strstr(error->message, "matches 2 files"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_tree();
    g_test_add_func("/build/tree/libraries", test_libraries_of_a_program);
    g_test_add_func("/build/tree/missing-library", test_missing_library);
    g_test_add_func("/build/tree/unlisted-library", test_library_nobody_lists);
    g_test_add_func("/build/tree/no-program", test_not_a_program);
    g_test_add_func("/build/tree/links", test_links_stay_inside);
    g_test_add_func("/build/tree/match", test_match);
    int status = g_test_run();
    fixture_free(tree);
    return status;
}
