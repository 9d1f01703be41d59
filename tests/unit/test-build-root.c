/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Build roots: which Xen is built in which, how a range is kept in one, how one is entered, what is said where none can
 * be. */
#include "base/error.h"
#include "build-rig.h"
#include "build/build-root.h"

static const struct {
    const char *version, *release;
} ages[] = {
    {"4.6.6", "bullseye"},  {"4.13.5", "bullseye"},        {"4.16.7", "bullseye"},
    {"4.17.5", "bookworm"}, {"4.17-unstable", "bookworm"}, {"4.19.0-rc2", "bookworm"},
    {"4.20.4", "trixie"},   {"4.23-unstable", "trixie"},   {"5.0.1", "trixie"},
    {"", "trixie"},         {"not a number", "trixie"},
};

static void test_age(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ages); i++)
        g_assert_cmpstr(xr_build_root_for(ages[i].version), ==, ages[i].release);
}

static void test_older(void)
{
    g_assert_cmpstr(xr_build_root_older("trixie", "bullseye"), ==, "bullseye");
    g_assert_cmpstr(xr_build_root_older("bullseye", "trixie"), ==, "bullseye");
    g_assert_cmpstr(xr_build_root_older("bookworm", "bookworm"), ==, "bookworm");
}

static void git(const char *repo, const char *command)
{
    g_autofree char *line =
        g_strdup_printf("git -C '%s' -c user.name=a -c user.email=a@b %s", repo, command);
    g_autoptr(GError) error = NULL;
    int status = 1;

    g_assert_true(g_spawn_command_line_sync(line, NULL, NULL, &status, &error));
    g_assert_cmpint(status, ==, 0);
}

/* A commit that opens a release moves its Xen into the next root: a bisection must not blame it. */
static void test_pin(void)
{
    char *repo = fixture_new();

    git(repo, "init -q");
    for (guint minor = 18; minor <= 20; minor++) {
        g_autofree char *text = g_strdup_printf("export XEN_VERSION = 4\nexport XEN_SUBVERSION = "
                                                "%u\nexport XEN_EXTRAVERSION ?= .0\n",
                                                minor);
        g_autofree char *tag = g_strdup_printf("tag v%u", minor);
        fixture_put(repo, "xen/Makefile", text);
        git(repo, "add .");
        git(repo, "commit -q -m c");
        git(repo, tag);
    }
    g_autofree char *alike = xr_build_root_pin(repo, "v18", "v19", "+split-lock");
    g_autofree char *across = xr_build_root_pin(repo, "v18", "v20", "+split-lock,debug");
    g_autofree char *backwards = xr_build_root_pin(repo, "v20", "v19", NULL);
    g_autofree char *named = xr_build_root_pin(repo, "v18", "v20", ",root=trixie");
    g_assert_cmpstr(alike, ==, "+split-lock");
    g_assert_cmpstr(across, ==, "+split-lock,debug,root=bookworm");
    g_assert_cmpstr(backwards, ==, ",root=bookworm");
    g_assert_cmpstr(named, ==, ",root=trixie");
    fixture_free(repo);
}

static char *entered(const XrBuildRoot *root, const XrRootFolder *folders, gsize count)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    xr_build_root_enter(root, folders, count, words);
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

static void test_enter(void)
{
    char *tree = fixture_new();
    const XrBuildRoot root = {.release = (char *)"bookworm", .tree = tree};
    const XrBuildRoot host = {.release = (char *)"host"};
    const XrRootFolder folders[] = {{"/a", "/xen", FALSE}, {"/b", "/rig", TRUE}};

    fixture_put(tree, "usr/bin/gcc", "");
    g_autofree char *inside = entered(&root, folders, G_N_ELEMENTS(folders));
    g_autofree char *outside = entered(&host, folders, G_N_ELEMENTS(folders));
    g_autofree char *usr = g_strdup_printf(" --ro-bind %s/usr /usr ", tree);
    g_assert_true(g_str_has_prefix(inside, "bwrap --unshare-all "));
    g_assert_nonnull(strstr(inside, " --clearenv "));
    g_assert_nonnull(strstr(inside, usr));
    g_assert_null(strstr(inside, "/lib64 "));
    g_assert_true(g_str_has_suffix(inside, " --bind /a /xen --ro-bind /b /rig"));
    g_assert_cmpstr(outside, ==, "");
    fixture_free(tree);
}

static void test_cannot_enter(void)
{
    char *top = build_rig_new();
    g_autofree char *script = g_build_filename(top, "bin/bwrap", NULL);
    g_autoptr(GError) error = NULL;

    build_rig_put_manifest(top, "root-bookworm", "gcc");
    fixture_put(top, "bin/bwrap", "#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n");
    g_assert_cmpint(g_chmod(script, 0755), ==, 0);
    g_assert_null(xr_build_root_prepare("bookworm", NULL, NULL, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_true(g_str_has_prefix(error->message,
                                   "the build root bookworm cannot be entered (user "
                                   "namespaces may be switched off on this host"));
    g_assert_nonnull(strstr(error->message, "root=host builds with this host's compiler"));
    g_assert_true(g_str_has_suffix(error->message, "bwrap: No permissions"));
    g_clear_error(&error);
    g_assert_null(xr_build_root_prepare("sarge", NULL, NULL, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "no build root \"sarge\"; known: bullseye"));
    fixture_free(top);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build-root/age", test_age);
    g_test_add_func("/build-root/older", test_older);
    g_test_add_func("/build-root/pin", test_pin);
    g_test_add_func("/build-root/enter", test_enter);
    g_test_add_func("/build-root/cannot-enter", test_cannot_enter);
    return g_test_run();
}
