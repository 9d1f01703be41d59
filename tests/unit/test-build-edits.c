/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Insertions into source trees: where they go, and what is said where an anchor is missing or twice. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/edits.h"

static const char table[] = "struct table {\n"
                            "    spinlock_t     list_lock;\n"
                            "};\n"
                            "\n"
                            "void use(struct table *t);\n"
                            "\n"
                            "static int\n"
                            "use_first(\n"
                            "    struct table *t)\n"
                            "{\n"
                            "    lock(t);\n"
                            "    return 1;\n"
                            "}\n"
                            "\n"
                            "void use(struct table *t)\n"
                            "{\n"
                            "    lock(t);\n"
                            "    use_first(t);\n"
                            "}\n";

static gboolean apply(const char *text, const char *edits, char **result, GError **error)
{
    g_autofree char *tree = fixture_new();
    g_autofree char *list = g_build_filename(tree, "some.edits", NULL);
    g_autofree char *file = g_build_filename(tree, "xen/table.c", NULL);

    fixture_put(tree, "xen/table.c", text);
    fixture_put(tree, "xen/include/xen/keep", "");
    fixture_put(tree, "own.h", "int own;\n");
    fixture_put(tree, "some.edits", edits);
    gboolean done = xr_edits_apply(list, tree, tree, error);
    if (done)
        g_assert_true(g_file_get_contents(file, result, NULL, NULL));
    if (error && *error) {
        g_auto(GStrv) parts = g_strsplit((*error)->message, tree, -1);
        g_free((*error)->message);
        (*error)->message = g_strjoinv("TREE", parts);
    }
    fixture_free(g_steal_pointer(&tree));
    return done;
}

static void assert_result(const char *edits, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *result = NULL;

    apply(table, edits, &result, &error);
    g_assert_no_error(error);
    g_assert_nonnull(result);
    if (!strstr(result, wanted))
        g_error("not in the result: %s\n%s", wanted, result);
}

static void test_places(void)
{
    assert_result("file xen/table.c\nafter spinlock_t list_lock;\n+    int a;\n+    int b;\n",
                  "    spinlock_t     list_lock;\n    int a;\n    int b;\n};\n");
    assert_result("# why\n\nfile xen/table.c\nbefore struct table {\n+int a;\n",
                  "int a;\nstruct table {\n");
}

/* The same line stands in both functions, and a declaration and a call are no definitions. */
static void test_functions(void)
{
    assert_result("file xen/table.c\nfunction use\nafter lock(t);\n+    more(t);\n",
                  "{\n    lock(t);\n    more(t);\n    use_first(t);\n}\n");
    assert_result("file xen/table.c\nfunction use_first\nreplace lock(t); -> lock_both(t, t);\n",
                  "{\n    lock_both(t, t);\n    return 1;\n}\n");
    assert_result("file xen/table.c\nfunction use\nfunction\nbefore struct table {\n+int a;\n",
                  "int a;\nstruct table {\n");
}

static void test_copy_and_has(void)
{
    g_autofree char *tree = fixture_new();
    g_autofree char *list = g_build_filename(tree, "some.edits", NULL);
    g_autofree char *has = g_build_filename(tree, "xen/include/xen/xenrig-has.h", NULL);
    g_autofree char *copy = g_build_filename(tree, "xen/copy.h", NULL);
    g_autofree char *text = NULL;
    g_autofree char *copied = NULL;
    g_autoptr(GError) error = NULL;

    fixture_put(tree, "xen/table.c", table);
    fixture_put(tree, "xen/include/xen/keep", "");
    fixture_put(tree, "own.h", "int own;\n");
    fixture_put(tree, "some.edits",
                "copy own.h xen/copy.h\nfile xen/table.c\nhas HAS_LIST spinlock_t list_lock;\n"
                "has HAS_TREE rwlock_t\n");
    xr_edits_apply(list, tree, tree, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(has, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "#define HAS_LIST\n/* no HAS_TREE */\n");
    g_assert_true(g_file_get_contents(copy, &copied, NULL, NULL));
    g_assert_cmpstr(copied, ==, "int own;\n");
    fixture_free(g_steal_pointer(&tree));
}

static const struct {
    const char *edits, *message;
    int code;
} bad[] = {
    {"file xen/table.c\nafter spinlock_t other_lock;\n+x\n",
     "TREE/some.edits:2: xen/table.c: \"spinlock_t other_lock;\" stands 0 times, not once: the "
     "edits "
     "were not made for this release",
     XR_ERROR_BUILD},
    {"file xen/table.c\nbefore lock(t);\n+x\n",
     "TREE/some.edits:2: xen/table.c: \"lock(t);\" stands 2 times on lines 11, 17, not once: the "
     "edits were not made for this release",
     XR_ERROR_BUILD},
    {"file xen/table.c\nfunction use\nafter return 1;\n",
     "TREE/some.edits:3: xen/table.c: \"return 1;\" stands 0 times in use(), not once: the edits "
     "were "
     "not made for this release",
     XR_ERROR_BUILD},
    {"file xen/table.c\nfunction gone\nafter lock(t);\n",
     "TREE/some.edits:3: xen/table.c defines gone() 0 times, not once: the edits were not made for "
     "this release",
     XR_ERROR_BUILD},
    {"file xen/gone.c\n", "TREE/some.edits:1: the source tree has no file xen/gone.c",
     XR_ERROR_BUILD},
    {"file xen/table.c\n+x\n", "TREE/some.edits:2: \"+\" follows neither after nor before",
     XR_ERROR_INPUT},
    {"after x\n", "TREE/some.edits:1: \"after\" lacks a \"file\" before it", XR_ERROR_INPUT},
    {"file xen/table.c\nafter\n", "TREE/some.edits:2: \"after\" lacks an argument", XR_ERROR_INPUT},
    {"append x\n",
     "TREE/some.edits:1: no such word: \"append\"; known: after, before, copy, file, function, "
     "has, "
     "replace",
     XR_ERROR_INPUT},
    {"file xen/table.c\nreplace lock(t);\n", "TREE/some.edits:2: \"replace\" wants OLD -> NEW",
     XR_ERROR_INPUT},
};

static void test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *result = NULL;

        g_assert_false(apply(table, bad[i].edits, &result, &error));
        g_assert_error(error, XR_ERROR, bad[i].code);
        g_assert_cmpstr(error->message, ==, bad[i].message);
    }
}

static void test_function_twice(void)
{
    g_auto(GStrv) lines = g_strsplit("int f(void)\n{\n}\nint f(void)\n{\n}\n", "\n", -1);
    guint first, end, count;

    g_assert_false(xr_edits_find_function(lines, "f", &first, &end, &count));
    g_assert_cmpuint(count, ==, 2);
    g_assert_false(xr_edits_find_function(lines, "of", &first, &end, &count));
    g_assert_cmpuint(count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/edits/places", test_places);
    g_test_add_func("/build/edits/functions", test_functions);
    g_test_add_func("/build/edits/copy-and-has", test_copy_and_has);
    g_test_add_func("/build/edits/bad", test_bad);
    g_test_add_func("/build/edits/function-twice", test_function_twice);
    return g_test_run();
}
