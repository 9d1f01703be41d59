/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Toolstacks from source: who shares one, who gets one of its own, and what is said of it. The scripts that build are
 * made up: they copy. */
#include "base/error.h"
#include "base/json.h"
#include "build-rig.h"
#include "build/build.h"

/* images/xen/build.sh in small: a tree's "xen" is its hypervisor. */
static const char build_script[] = "#!/bin/sh\nset -e\ncase $1 in\n"
                                   "export) mkdir -p \"$4\" && cp -a \"$3/.\" \"$4\" ;;\n"
                                   "compile) mkdir -p \"$3\" && cp \"$2/xen/image\" \"$3/xen\" ;;\n"
                                   "esac\n";
/* images/xen/toolstack.sh: each call is noted. What is said to be compiled of xen/ is one file. */
static const char toolstack_script[] =
    "#!/bin/sh\nset -e\n[ \"$1\" != --left-out ] || { echo tests; exit; }\ntop=${0%/data/*}\n"
    "echo \"$1\" >>\"$top/built\"\n[ -d \"$1/tools\" ]\n"
    "mkdir -p \"$2/usr\" && cp \"$1/tools/xl\" \"$2/usr/xl\"\n"
    "echo xen/common/libelf.c >\"$2/sources\"\n";
/* bwrap: only the paths inside are turned back into those outside. */
static const char bwrap_script[] =
    "#!/bin/sh\nset -e\nwhile :; do case $1 in\n"
    "--bind | --ro-bind) case $3 in /xen) xen=$2 ;; /result) result=$2 ;; /rig) rig=$2 ;; esac; "
    "shift 3 ;;\n"
    "--setenv) shift 3 ;;\n--cap-drop | --proc | --dev | --tmpfs) shift 2 ;;\n--*) shift ;;\n"
    "*) break ;;\nesac; done\nfor word; do shift; case $word in\n"
    "/xen*) word=$xen${word#/xen} ;; /result*) word=$result${word#/result} ;;\n"
    "/rig/*) word=$rig${word#/rig} ;;\nesac; set -- \"$@\" \"$word\"; done\nexec \"$@\"\n";

/* One for all tests: the environment is not to change once threads run. Headers tell the tests' toolstacks apart. */
static char *top;

static void put_script(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(top, name, NULL);

    fixture_put(top, name, text);
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

static void make_rig(void)
{
    static const char *const tools[] = {"gcc", "ld"};
    top = build_rig_new();

    for (gsize i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_autofree char *name = g_strconcat("bin/", tools[i], NULL);
        put_script(name, "#!/bin/sh\necho made up 1.0\n");
    }
    build_rig_put_manifest(top, "root-bookworm", "libc6-dev");
    build_rig_put_manifest(top, "root-trixie", "libc6-dev");
    put_script("bin/bwrap", bwrap_script);
    put_script("data/images/xen/build.sh", build_script);
    put_script("data/images/xen/toolstack.sh", toolstack_script);
    fixture_put(top, "data/images/xen/common.sh", "");
    fixture_put(top, "data/images/xen/base.config", "");
    fixture_put(top, "data/images/xen/variants/stock.edits", "");
    fixture_put(top, "data/images/xen/options/debug.config", "CONFIG_DEBUG=y\n");
}

/* A source tree: code of the hypervisor, of xl, and a header that they share. */
static void put_source(const char *name, const char *code, const char *xl, const char *header)
{
    g_autofree char *folder = g_build_filename(top, name, NULL);

    fixture_put(folder, "Config.mk", "");
    fixture_put(folder, "config/x86_64.mk", "");
    fixture_put(folder, "tools/xl", xl);
    fixture_put(folder, "tools/tests/test", code);
    fixture_put(folder, "xen/common/libelf.c", "libelf");
    fixture_put(folder, "xen/common/grant_table.c", code);
    fixture_put(folder, "xen/Makefile",
                "XEN_VERSION = 4\nXEN_SUBVERSION = 17\nXEN_EXTRAVERSION ?= .5\n");
    fixture_put(folder, "xen/include/public/domctl.h",
                "#define XEN_DOMCTL_INTERFACE_VERSION 0x99\n");
    fixture_put(folder, "xen/include/public/sysctl.h",
                "#define XEN_SYSCTL_INTERFACE_VERSION 0x15\n");
    fixture_put(folder, "xen/include/public/memory.h", header);
    build_rig_put_xen(folder, "xen/image", code);
}

static void note(const char *sentence, gpointer said)
{
    g_ptr_array_add(said, g_strdup(sentence));
}

static XrBuild *prepare(const char *name, GPtrArray *said)
{
    g_autofree char *source = g_strdup_printf("dir:%s/%s", top, name);
    g_autoptr(GError) error = NULL;

    g_ptr_array_set_size(said, 0);
    XrBuild *build = xr_build_prepare(source, note, said, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(build->name, ==, source);
    return build;
}

static guint count_built(void)
{
    g_autofree char *path = g_build_filename(top, "built", NULL);
    g_autofree char *text = NULL;
    guint count = 0;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    for (const char *c = text; *c; c++)
        count += *c == '\n';
    return count;
}

static gboolean has_said(const GPtrArray *said, const char *part)
{
    for (guint i = 0; i < said->len; i++)
        if (strstr(said->pdata[i], part))
            return TRUE;
    return FALSE;
}

/* Neither the hypervisor's code nor tests of tools/ are in a toolstack. */
static void test_share(void)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);

    put_source("one", "one", "xl", "header");
    put_source("two", "two", "xl", "header");
    g_autoptr(XrBuild) one = prepare("one", said);
    g_assert_true(has_said(said, "/one (once for all commits that compile the same of tools/"));
    g_assert_true(g_str_has_suffix(one->toolstack, ", from source"));
    g_assert_cmpuint(count_built(), ==, 1);
    g_autoptr(XrBuild) two = prepare("two", said);
    g_assert_false(has_said(said, "building the toolstack"));
    g_assert_cmpstr(two->toolstack, ==, one->toolstack);
    g_assert_cmpstr(two->xen, !=, one->xen);
    g_assert_cmpstr(two->initramfs, ==, one->initramfs);
    g_assert_cmpuint(count_built(), ==, 1);
    g_autoptr(XrBuild) again = prepare("one", said);
    g_assert_cmpuint(said->len, ==, 0);
    g_assert_cmpstr(again->id, ==, one->id);
}

/* What a toolstack is made of, one after the other: a program, a header, a file of xen/. */
static void test_own(void)
{
    static const char *const names[] = {"xl", "header", "libelf"};
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);

    put_source("base", "code", "xl", "header");
    g_autoptr(XrBuild) base = prepare("base", said);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        guint before = count_built();
        put_source(names[i], "code", i == 0 ? "another xl" : "xl",
                   i == 1 ? "another header" : "header");
        if (i == 2)
            fixture_put(top, "libelf/xen/common/libelf.c", "another libelf");
        g_autoptr(XrBuild) build = prepare(names[i], said);
        g_test_message("%s", names[i]);
        g_assert_true(has_said(said, "building the toolstack of dir:"));
        g_assert_cmpuint(count_built(), ==, before + 1);
        g_assert_cmpstr(build->toolstack, !=, base->toolstack);
        g_assert_cmpstr(build->initramfs, !=, base->initramfs);
        /* The same programs, byte by byte, are the same toolstack, whatever they were made from. */
        if (i == 0)
            g_assert_cmpstr(build->toolstack_identity, !=, base->toolstack_identity);
        else
            g_assert_cmpstr(build->toolstack_identity, ==, base->toolstack_identity);
        g_assert_cmpstr(build->identity, ==, base->identity);
    }
}

/* Another compiler: another hypervisor and another toolstack. */
static void test_root(void)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *name = g_strdup_printf("dir:%s/rooted,root=trixie", top);
    g_autoptr(GError) error = NULL;

    put_source("rooted", "code", "xl", "header");
    g_autoptr(XrBuild) bookworm = prepare("rooted", said);
    g_autoptr(XrBuild) trixie = xr_build_prepare(name, note, said, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(
        has_said(said, "fetching the build root trixie: compiler and libraries (first time only)"));
    g_assert_cmpstr(trixie->xen, !=, bookworm->xen);
    g_assert_cmpstr(trixie->toolstack, !=, bookworm->toolstack);
}

/* Each record says of which source the toolstack is, and which packages are in it. */
static void test_inputs(void)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    gboolean has_toolstack = FALSE, has_package = FALSE;

    put_source("told", "told", "xl", "header of test inputs");
    g_autoptr(XrBuild) build = prepare("told", said);
    for (guint i = 0; i < json_array_get_length(build->inputs); i++) {
        JsonObject *object = xr_json_element_object(build->inputs, i);
        const char *toolstack = xr_json_string(object, "toolstack", NULL);
        has_package |= g_str_equal(xr_json_string(object, "package", ""), "libc6-dev");
        if (!toolstack)
            continue;
        has_toolstack = TRUE;
        g_assert_true(g_str_has_prefix(build->toolstack, toolstack));
        g_assert_true(g_str_has_prefix(xr_json_string(object, "version", ""), "4.17.5, tree "));
        g_assert_cmpuint(strlen(xr_json_string(object, "headers", "")), ==, 64);
    }
    g_assert_true(has_toolstack);
    g_assert_true(has_package);
}

/* Where Debian's would not fit, that is said before anything is compiled, let alone booted. */
static void test_mismatch(void)
{
    g_autofree char *name = g_strdup_printf("dir:%s/odd,toolstack=bookworm", top);
    g_autoptr(GError) error = NULL;

    put_source("odd", "odd", "xl", "header of test mismatch");
    g_assert_null(xr_build_prepare(name, NULL, NULL, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_BUILD);
    g_assert_cmpstr(error->message, ==,
                    "the toolstack of bookworm speaks domctl 0x15, sysctl 0x15, this hypervisor "
                    "domctl 0x99, sysctl 0x15: they would not understand one another; "
                    "toolstack=source has one built from the hypervisor's source");
}

/* A toolstack that does not compile ends with the compiler's words and the log. */
static void test_failure(void)
{
    g_autofree char *name = g_strdup_printf("dir:%s/broken", top);
    g_autoptr(GError) error = NULL;

    put_source("broken", "broken", "xl", "header of test failure");
    put_script("data/images/xen/toolstack.sh",
               "#!/bin/sh\n[ \"$1\" != --left-out ] || exit 0\n"
               "echo 'libxl.c:3:1: error: no such thing'\nexit 1\n");
    g_assert_null(xr_build_prepare(name, NULL, NULL, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_BUILD);
    g_assert_nonnull(strstr(error->message, "the toolstack of dir:"));
    g_assert_nonnull(strstr(error->message,
                            " does not build:\n  libxl.c:3:1: error: no such thing\n"
                            "The whole log: "));
    g_assert_nonnull(strstr(error->message, "/toolstack-firsts/toolstack-"));
    put_script("data/images/xen/toolstack.sh", toolstack_script);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_rig();
    g_test_add_func("/build/share/share", test_share);
    g_test_add_func("/build/share/own", test_own);
    g_test_add_func("/build/share/root", test_root);
    g_test_add_func("/build/share/inputs", test_inputs);
    g_test_add_func("/build/share/mismatch", test_mismatch);
    g_test_add_func("/build/share/failure", test_failure);
    int result = g_test_run();
    fixture_free(top);
    return result;
}
