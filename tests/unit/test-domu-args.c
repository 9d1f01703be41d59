/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the domU's words on its kernel command line, and what is said about wrong ones. */
#include "args.h"

#include <glib.h>
#include <string.h>

#define GOOD                                                                                       \
    "console=hvc0 xen_blkfront.feature_persistent=0 xenrig.name=w03 xenrig.vbds=24 "               \
    "xenrig.block=2097152 xenrig.in_flight=2 xenrig.fsync=0 xenrig.verify=1 xenrig.persistent=0 "  \
    "xenrig.segments=32"

static void test_good(void)
{
    struct xg_args args;
    char error[XG_SENTENCE_SIZE] = "";
    g_assert_true(xg_args_parse(GOOD, &args, error));
    g_assert_cmpstr(error, ==, "");
    g_assert_cmpstr(args.name, ==, "w03");
    g_assert_cmpuint(args.vbds, ==, 24);
    g_assert_cmpuint(args.block, ==, 2097152);
    g_assert_cmpuint(args.in_flight, ==, 2);
    g_assert_false(args.fsync);
    g_assert_true(args.verify);
    g_assert_false(args.persistent);
    g_assert_cmpuint(args.segments, ==, 32);
}

/* The last of two equal words counts, so a wrong one at the end makes a good line bad. */
static void test_bad(void)
{
    static const struct {
        const char *word, *error;
    } table[] = {
        {"xenrig.vbds=0", "xenrig.vbds=0: not a number from 1 to 64"},
        {"xenrig.vbds=65", "xenrig.vbds=65: not a number from 1 to 64"},
        {"xenrig.vbds=-1", "xenrig.vbds=-1: not a number from 1 to 64"},
        {"xenrig.block=2M", "xenrig.block=2M: not a number from 4096 to 67108864"},
        {"xenrig.block=5000", "xenrig.block=5000: not a multiple of 4096 bytes"},
        {"xenrig.in_flight=", "xenrig.in_flight=: not a number from 1 to 64"},
        {"xenrig.verify=yes", "xenrig.verify=yes: not a number from 0 to 1"},
        {"xenrig.segments=99999999999999999999",
         "xenrig.segments=99999999999999999999: not a number from 0 to 256"},
        {"xenrig.name=", "xenrig.name=: a domain's name here has 1 to 23 printable bytes and no "
                         "spaces"},
        {"xenrig.name=abcdefghijklmnopqrstuvwx",
         "xenrig.name=abcdefghijklmnopqrstuvwx: a domain's name here has 1 to 23 printable bytes "
         "and no spaces"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        struct xg_args args;
        char error[XG_SENTENCE_SIZE] = "";
        g_autofree char *line = g_strconcat(GOOD " ", table[i].word, NULL);
        g_assert_false(xg_args_parse(line, &args, error));
        g_assert_cmpstr(error, ==, table[i].error);
    }
}

static void test_missing(void)
{
    struct xg_args args;
    char error[XG_SENTENCE_SIZE] = "";
    g_assert_false(xg_args_parse("xenrig.name=w00 xenrig.vbds=1 quiet", &args, error));
    g_assert_cmpstr(error, ==,
                    "the kernel command line has no usable word xenrig.block=; the rig gives all "
                    "xenrig words");
}

/* A driver that does another thing than was asked is told, with the way out. */
static void test_driver_parameters(void)
{
    struct xg_args args = {.persistent = false, .segments = 32};
    char error[XG_SENTENCE_SIZE] = "";
    g_assert_true(xg_args_check_persistent(&args, "N\n", error));
    g_assert_false(xg_args_check_persistent(&args, "Y\n", error));
    g_assert_cmpstr(error, ==,
                    "xenrig.persistent=0, but xen_blkfront runs with feature_persistent=1; put "
                    "xen_blkfront.feature_persistent=0 on the kernel command line");
    args.persistent = true;
    g_assert_true(xg_args_check_persistent(&args, "Y\n", error));

    g_assert_true(xg_args_check_segments(&args, "32\n", error));
    g_assert_false(xg_args_check_segments(&args, "64\n", error));
    g_assert_cmpstr(error, ==,
                    "xenrig.segments=32, but xen_blkfront runs with max_indirect_segments=64; put "
                    "xen_blkfront.max_indirect_segments=32 on the kernel command line");
    args.segments = 0; /* the driver rounds up to what a direct request holds */
    g_assert_true(xg_args_check_segments(&args, "11\n", error));
    g_assert_false(xg_args_check_segments(&args, "32\n", error));
}

static void test_devices(void)
{
    static const struct {
        unsigned vbd;
        const char *path;
    } table[] = {{0, "/dev/xvda"},
                 {23, "/dev/xvdx"},
                 {25, "/dev/xvdz"},
                 {26, "/dev/xvdaa"},
                 {63, "/dev/xvdbl"}};
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        char path[32];
        xg_args_device(table[i].vbd, path, sizeof path);
        g_assert_cmpstr(path, ==, table[i].path);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/domu-args/good", test_good);
    g_test_add_func("/domu-args/bad", test_bad);
    g_test_add_func("/domu-args/missing", test_missing);
    g_test_add_func("/domu-args/driver-parameters", test_driver_parameters);
    g_test_add_func("/domu-args/devices", test_devices);
    return g_test_run();
}
