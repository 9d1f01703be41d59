/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: words of the kernel command line as our inits read them. */
#include "cmdline.h"

#include <glib.h>

static void check_word(const char *cmdline, const char *key, const char *expected)
{
    char buf[16];
    gboolean found = gc_cmdline_word(cmdline, key, buf, sizeof buf);

    g_assert_cmpint(found, ==, expected != NULL);
    g_assert_cmpstr(buf, ==, expected ? expected : "");
}

static void test_word(void)
{
    check_word("console=hvc0 xenrig.name=w03 quiet", "xenrig.name", "w03");
    check_word("xenrig.name=w03", "xenrig.name", "w03");
    check_word("  xenrig.name=w03\t", "xenrig.name", "w03");
    check_word("quiet", "quiet", "");
    check_word("name=a name=b", "name", "b");
    check_word("note=\"two words\" x=1", "note", "two words");
    check_word("\"note=two words\" x=1", "note", "two words");
    check_word("note=\"never closed", "note", "never closed");
    check_word("a=b=c", "a", "b=c");
    check_word("a=", "a", "");
}

static void test_word_missing(void)
{
    check_word("", "a", NULL);
    check_word("   ", "a", NULL);
    check_word("xenrig.names=w03", "xenrig.name", NULL);
    check_word("axenrig.name=w03", "xenrig.name", NULL);
    check_word("xenrig.nam", "xenrig.name", NULL);
    check_word("note=\"xenrig.name=w03 \"", "xenrig.name", NULL);
    /* One byte too long for the buffer, and one that just fits. */
    check_word("a=0123456789abcdef", "a", NULL);
    check_word("a=0123456789abcde", "a", "0123456789abcde");
}

static void test_number(void)
{
    g_assert_cmpuint(gc_cmdline_number("block=2097152", "block", 7), ==, 2097152);
    g_assert_cmpuint(gc_cmdline_number("block=0", "block", 7), ==, 0);
    g_assert_cmpuint(gc_cmdline_number("", "block", 7), ==, 7);
    g_assert_cmpuint(gc_cmdline_number("block=", "block", 7), ==, 7);
    g_assert_cmpuint(gc_cmdline_number("block=2M", "block", 7), ==, 7);
    g_assert_cmpuint(gc_cmdline_number("block=-1", "block", 7), ==, 7);
    g_assert_cmpuint(gc_cmdline_number("block= 1", "block", 7), ==, 7);
    g_assert_cmpuint(gc_cmdline_number("block=99999999999999999999", "block", 7), ==, 7);
}

static void check_params(const char *cmdline, const char *path, const char *expected)
{
    char name[32], params[40];

    g_assert_true(gc_module_name(path, name, sizeof name));
    g_assert_true(gc_module_params(cmdline, name, params, sizeof params));
    g_assert_cmpstr(params, ==, expected);
}

static void test_module_params(void)
{
    check_params("xen_blkback.max_ring_page_order=2 quiet xen-blkback.log_stats=1",
                 "/lib/modules/xen-blkback.ko", "max_ring_page_order=2 log_stats=1");
    check_params("xen-blkback.flag", "xen_blkback.ko.xz", "flag");
    check_params("null_blk.nr_devices=0", "/lib/modules/xen-blkback.ko", "");
    check_params("xen_blkback=1 xen_blkbackx.y=1", "/lib/modules/xen-blkback.ko", "");
    check_params("m.text=\"a b\"", "m.ko", "text=\"a b\"");
    check_params("\"m.text=a b\"", "m.ko", "\"text=a b\"");
    check_params("", "m.ko", "");
}

static void test_module_params_too_long(void)
{
    char params[8] = "junk", name[4] = "jun";

    g_assert_false(gc_module_params("m.a=1234567", "m", params, sizeof params));
    g_assert_cmpstr(params, ==, "");
    g_assert_false(gc_module_name("/lib/modules/long.ko", name, sizeof name));
    g_assert_cmpstr(name, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/cmdline/word", test_word);
    g_test_add_func("/agent/cmdline/word-missing", test_word_missing);
    g_test_add_func("/agent/cmdline/number", test_number);
    g_test_add_func("/agent/cmdline/module-params", test_module_params);
    g_test_add_func("/agent/cmdline/module-params-too-long", test_module_params_too_long);
    return g_test_run();
}
