/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hypervisor's build asks of its surroundings: error lines, hashes of trees. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/child.h"
#include "build/origin.h"

static void test_error_lines(void)
{
    g_autofree char *compiler =
        xr_child_error_lines("  CC a.o\na.c:3:1: error: no such thing\n  CC b.o\n"
                             "make[1]: *** [Rules.mk:1: a.o] Error 1\n"
                             "make[1]: *** Waiting for unfinished jobs....\n"
                             "make: *** [Makefile:2: all] Error 2\nbye\n",
                             5);
    g_autofree char *first = xr_child_error_lines("1: error: a\n2: error: b\n", 1);
    g_autofree char *quoted =
        xr_child_error_lines("a.c: In function 'f':\na.c:3:1: error: what?\n    3 | f(;\n"
                             "      |   ^\nmake: *** [Makefile:2: a.o] Error 1\n",
                             12);
    g_autofree char *none = xr_child_error_lines("a\nb\nc\n", 2);

    g_assert_cmpstr(compiler, ==,
                    "\n  a.c:3:1: error: no such thing\n  make: *** [Makefile:2: all] Error 2");
    g_assert_cmpstr(first, ==, "\n  1: error: a");
    g_assert_cmpstr(quoted, ==,
                    "\n  a.c: In function 'f':\n  a.c:3:1: error: what?\n      3 | f(;\n"
                    "        |   ^\n  make: *** [Makefile:2: a.o] Error 1");
    g_assert_cmpstr(none, ==, "\n  b\n  c");
}

/* Neither is what was built to blame. */
static void test_blames_host(void)
{
    g_assert_true(xr_child_blames_host("a.c:1: error\n/tmp/a.s: No space left on device\n"));
    g_assert_true(xr_child_blames_host("gcc: fatal error: Killed signal terminated program cc1\n"));
    g_assert_false(xr_child_blames_host("a.c:1: error: no\nmake: *** [a] Error 1\n"));
}

/* What a build leaves behind changes nothing; a byte or a name of the source does. */
static void test_tree_hash(void)
{
    g_autofree char *tree = fixture_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_origin_hash_tree(tree, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_clear_error(&error);
    fixture_put(tree, "Config.mk", "a");
    fixture_put(tree, "config/x86_64.mk", "");
    fixture_put(tree, "xen/Makefile", "b");
    fixture_put(tree, "docs/page", "c");
    g_autofree char *first = xr_origin_hash_tree(tree, &error);
    g_assert_no_error(error);
    fixture_put(tree, "xen/common/kernel.o", "object");
    fixture_put(tree, "xen/.config", "CONFIG_X=y");
    fixture_put(tree, "docs/page", "d");
    g_autofree char *built = xr_origin_hash_tree(tree, &error);
    fixture_put(tree, "xen/Makefile", "B");
    g_autofree char *changed = xr_origin_hash_tree(tree, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(changed, !=, built);
    fixture_free(g_steal_pointer(&tree));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/hypervisor/error-lines", test_error_lines);
    g_test_add_func("/build/hypervisor/blames-host", test_blames_host);
    g_test_add_func("/build/hypervisor/tree-hash", test_tree_hash);
    return g_test_run();
}
