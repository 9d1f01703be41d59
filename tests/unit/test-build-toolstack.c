/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which toolstack a hypervisor gets: what is read from its source, what is chosen, what is refused in which words. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/toolstack.h"

#define MAKEFILE(minor, extra)                                                                     \
    "export XEN_VERSION       = 4\nexport XEN_SUBVERSION    = " minor                              \
    "\nexport XEN_EXTRAVERSION ?= " extra "$(XEN_VENDORVERSION)\n"

/* A tree with the public headers that matter, and some that do not. */
static char *make_tree(void)
{
    char *tree = fixture_new();

    fixture_put(tree, "xen/Makefile", MAKEFILE("17", ".5"));
    /* As newer releases have it: the name stands in a comment before. */
    fixture_put(tree, "xen/include/public/domctl.h",
                "/* Stable ops are NOT covered by XEN_DOMCTL_INTERFACE_VERSION! */\n"
                "#define XEN_DOMCTL_INTERFACE_VERSION 0x00000015\n");
    fixture_put(tree, "xen/include/public/sysctl.h",
                "#define XEN_SYSCTL_INTERFACE_VERSION 0x00000015\n");
    fixture_put(tree, "xen/include/public/hvm/params.h", "params");
    fixture_put(tree, "xen/include/public/arch-x86/xen.h", "x86");
    fixture_put(tree, "xen/include/public/arch-arm.h", "arm");
    fixture_put(tree, "xen/include/public/arch-arm/hvm/save.h", "arm");
    fixture_put(tree, "xen/include/public/io/blkif.h", "blkif");
    fixture_put(tree, "xen/common/grant_table.c", "code");
    return tree;
}

static void test_read(void)
{
    char *tree = make_tree();
    g_autoptr(GError) error = NULL;
    g_autofree char *sysctl = g_build_filename(tree, "xen/include/public/sysctl.h", NULL);
    XrInterfaces interfaces = {0};

    g_assert_true(xr_toolstack_read(tree, &interfaces, &error));
    g_assert_cmpuint(interfaces.domctl, ==, 0x15);
    g_assert_cmpuint(interfaces.sysctl, ==, 0x15);
    g_assert_cmpstr(interfaces.version, ==, "4.17.5");
    g_assert_cmpuint(strlen(interfaces.headers), ==, XR_HASH_DIGITS);
    g_assert_cmpint(g_unlink(sysctl), ==, 0);
    g_assert_false(xr_toolstack_read(tree, &interfaces, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_BUILD);
    g_assert_nonnull(strstr(error->message, "public/sysctl.h: does not define "
                                            "XEN_SYSCTL_INTERFACE_VERSION: is this a Xen source"));
    fixture_free(tree);
}

/* What a toolstack and a hypervisor must agree on changes the hash, and nothing else does. */
static const struct {
    const char *file, *text;
    gboolean counts;
} changes[] = {
    {"xen/include/public/domctl.h", "#define XEN_DOMCTL_INTERFACE_VERSION 0x00000016\n", TRUE},
    {"xen/include/public/hvm/params.h", "other params", TRUE},
    {"xen/include/public/arch-x86/xen.h", "other x86", TRUE},
    {"xen/include/public/new.h", "", TRUE},
    {"xen/include/public/arch-arm.h", "other arm", FALSE},
    {"xen/include/public/arch-arm/hvm/save.h", "other arm", FALSE},
    {"xen/include/public/arch-riscv.h", "riscv", FALSE},
    {"xen/include/public/io/blkif.h", "other blkif", FALSE},
    {"xen/include/public/COPYING", "text", FALSE},
    {"xen/common/grant_table.c", "other code", FALSE},
    {"xen/Makefile", MAKEFILE("18", "-unstable"), FALSE},
};

static void test_headers(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        char *tree = make_tree();
        g_autoptr(GError) error = NULL;
        g_autofree char *before = xr_toolstack_hash_headers(tree, &error);

        g_assert_no_error(error);
        fixture_put(tree, changes[i].file, changes[i].text);
        g_autofree char *after = xr_toolstack_hash_headers(tree, &error);
        g_assert_no_error(error);
        g_test_message("%s", changes[i].file);
        g_assert_cmpint(strcmp(before, after) != 0, ==, changes[i].counts);
        fixture_free(tree);
    }
}

static void test_no_headers(void)
{
    char *tree = fixture_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_toolstack_hash_headers(tree, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_BUILD);
    g_assert_true(g_str_has_suffix(
        error->message, "xen/include/public: there are no headers: is this a Xen source tree?"));
    fixture_free(tree);
}

/* Debian's own sources get Debian's toolstack where that fits; all else is tested as a whole. */
static const struct {
    XrSourceKind kind;
    guint domctl, sysctl;
    const char *version, *named, *chosen;
} choices[] = {
    {XR_FROM_DEBSRC, 0x12, 0x13, "4.14.6", NULL, "bullseye"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "4.17.5", NULL, "bookworm"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "4.17.0", NULL, "bookworm"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "4.17.6-pre", NULL, "bookworm"},
    {XR_FROM_DEBSRC, 0x17, 0x15, "4.20.1", NULL, "trixie"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "4.17-unstable", NULL, "source"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "4.17.0-rc3", NULL, "source"},
    {XR_FROM_DEBSRC, 0x17, 0x15, "4.19.2", NULL, "source"},
    {XR_FROM_DEBSRC, 0x99, 0x15, "4.17.5", NULL, "source"},
    {XR_FROM_DEBSRC, 0x15, 0x16, "4.17.5", NULL, "source"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "", NULL, "source"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "4.17.5", "source", "source"},
    {XR_FROM_DEBSRC, 0x17, 0x15, "4.19.2", "trixie", "trixie"},
    {XR_FROM_DEBSRC, 0x15, 0x15, "4.17.5", "bookworm", "bookworm"},
    {XR_FROM_GIT, 0x15, 0x15, "4.17.5", NULL, "source"},
    {XR_FROM_DIR, 0x15, 0x15, "4.17.5", NULL, "source"},
    {XR_FROM_GIT, 0x15, 0x15, "4.17.5", "bookworm", "bookworm"},
};

static void test_choose(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(choices); i++) {
        XrInterfaces interfaces = {choices[i].domctl, choices[i].sysctl, "", ""};
        XrSource source = {.kind = choices[i].kind,
                           .where = (char *)"/xen",
                           .name = (char *)"git:/xen@HEAD",
                           .toolstack = (char *)choices[i].named};
        g_autoptr(GError) error = NULL;

        g_strlcpy(interfaces.version, choices[i].version, sizeof interfaces.version);
        g_assert_cmpstr(xr_toolstack_choose(&source, &interfaces, &error), ==, choices[i].chosen);
        g_assert_no_error(error);
    }
}

static const struct {
    XrSourceKind kind;
    const char *where, *named;
    XrErrorCode code;
    const char *message;
} refused[] = {
    {XR_FROM_GIT, "/xen", "bookworm", XR_ERROR_BUILD,
     "the toolstack of bookworm speaks domctl 0x15, sysctl 0x15, this hypervisor domctl 0x99, "
     "sysctl 0x15: they would not understand one another; toolstack=source has one built from the "
     "hypervisor's source"},
    {XR_FROM_DIR, "/xen", "sarge", XR_ERROR_INPUT,
     "no toolstack \"sarge\"; known: bullseye (Xen 4.14), bookworm (4.17), trixie (4.20), and "
     "source: built from the hypervisor's source"},
    {XR_FROM_FILE, "/boot/xen-4.17.gz", "source", XR_ERROR_INPUT,
     "it: a file has no source that a toolstack could be built from: name a release, bullseye (Xen "
     "4.14), bookworm (4.17) or trixie (4.20)"},
    {XR_FROM_FILE, "/4.17/xen.gz", NULL, XR_ERROR_INPUT,
     "file:/4.17/xen.gz: its name tells no version of Xen that there is a toolstack for: name one "
     "by ,toolstack=bullseye (4.14), bookworm (4.17) or trixie (4.20)"},
};

static void test_refused(void)
{
    const XrInterfaces odd = {0x99, 0x15, "4.17.5", ""};

    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        XrSource source = {.kind = refused[i].kind,
                           .where = (char *)refused[i].where,
                           .name = (char *)"it",
                           .toolstack = (char *)refused[i].named};
        g_autoptr(GError) error = NULL;

        g_assert_null(xr_toolstack_choose(&source, &odd, &error));
        g_assert_error(error, XR_ERROR, (gint)refused[i].code);
        g_assert_cmpstr(error->message, ==, refused[i].message);
    }
}

static void test_file_names(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(xr_toolstack_find_for_file("/boot/xen-4.17-amd64.gz", &error), ==, "bookworm");
    g_assert_cmpstr(xr_toolstack_find_for_file("/4.17/xen-4.20.gz", &error), ==, "trixie");
    g_assert_null(xr_toolstack_find_for_file("/4.17/xen-4.170.gz", &error));
}

static const struct {
    const char *release, *line, *misfit;
} first_lines[] = {
    {"bookworm", "(XEN) Xen version 4.17.7 (Debian) debug=n", NULL},
    {"bookworm", "(XEN) Xen version 4.17-unstable (me@here)", NULL},
    {"bookworm", "(XEN) Bootloader: unknown", NULL},
    {"bookworm", "[    1.0] Xen version: 4.20.1 (preserve-AD)", NULL},
    {"source", "(XEN) Xen version 4.20.1", NULL},
    {"bookworm", "(XEN) Xen version 4.20.1 (Debian)",
     "the hypervisor is Xen 4.20.1, and the toolstack of bookworm is for Xen 4.17: they would not "
     "understand one another; name one that fits by ,toolstack=bullseye (4.14), bookworm (4.17) or "
     "trixie (4.20)"},
    {"bookworm", "(XEN) Xen version 4.170",
     "the hypervisor is Xen 4.170, and the toolstack of bookworm is for Xen 4.17: they would not "
     "understand one another; name one that fits by ,toolstack=bullseye (4.14), bookworm (4.17) or "
     "trixie (4.20)"},
};

static void test_misfit(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(first_lines); i++) {
        g_autofree char *misfit = xr_toolstack_misfit(first_lines[i].release, first_lines[i].line);
        g_assert_cmpstr(misfit, ==, first_lines[i].misfit);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/toolstack/read", test_read);
    g_test_add_func("/build/toolstack/headers", test_headers);
    g_test_add_func("/build/toolstack/no-headers", test_no_headers);
    g_test_add_func("/build/toolstack/choose", test_choose);
    g_test_add_func("/build/toolstack/refused", test_refused);
    g_test_add_func("/build/toolstack/file-names", test_file_names);
    g_test_add_func("/build/toolstack/misfit", test_misfit);
    return g_test_run();
}
