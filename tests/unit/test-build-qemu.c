/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which QEMU is taken: the one named, the host's, the cache's. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/build.h"
#include "build/packages.h"

static char *top;

static char *put_qemu(const char *name, const char *version)
{
    g_autofree char *text = g_strdup_printf(
        "#!/bin/sh\n[ \"$1\" = --version ] || exit 1\n"
        "echo 'QEMU emulator version %s (Debian 1:%s+ds-2)'\necho 'Copyright (c) 2003'\n",
        version, version);
    char *path = fixture_path(top, name);
    fixture_put(top, name, text);
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
    return path;
}

static void put_cached(const char *version)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *key = xr_packages_key("qemu", &error);
    g_assert_no_error(error);
    g_autofree char *name = g_strdup_printf("cache/trees/%s/wrapped/bin/qemu-system-x86_64", key);
    g_free(put_qemu(name, version));
}

static void check_found(const char *override, const char *place, const char *version)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *found = NULL;

    g_assert_true(xr_qemu_find(override, &path, &found, &error));
    g_assert_no_error(error);
    g_assert_true(g_path_is_absolute(path));
    g_assert_nonnull(strstr(path, place));
    g_assert_cmpstr(found, ==, version);
}

static void check_missing(const char *override, const char *text)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL, *version = NULL;

    g_assert_false(xr_qemu_find(override, &path, &version, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, text));
    g_assert_null(path);
    g_assert_null(version);
}

static void set_up(void)
{
    top = fixture_new();
    g_autofree char *cache = g_build_filename(top, "cache", NULL);
    g_autofree char *bin = g_build_filename(top, "bin", NULL);
    g_setenv("XENRIG_CACHE", cache, TRUE);
    g_setenv("PATH", bin, TRUE);
}

static void test_host(void)
{
    set_up();
    g_free(put_qemu("bin/qemu-system-x86_64", "9.1.0"));
    put_cached("10.0.2");
    check_found(NULL, "/bin/qemu-system-x86_64", "9.1.0");
    g_free(put_qemu("bin/qemu-system-x86_64", "10.0"));
    check_found(NULL, "/bin/qemu-system-x86_64", "10.0");
    fixture_free(top);
}

static void test_cached(void)
{
    set_up();
    put_cached("10.0.2");
    check_found(NULL, "/wrapped/bin/", "10.0.2");
    g_free(put_qemu("bin/qemu-system-x86_64", "9.0.4"));
    check_found(NULL, "/wrapped/bin/", "10.0.2");
    fixture_free(top);
}

static void test_none(void)
{
    set_up();
    check_missing(NULL,
                  "QEMU 9.1 or newer is needed, this host has none: run images/host.sh, which "
                  "puts one into the cache, or name one with --qemu");
    g_free(put_qemu("bin/qemu-system-x86_64", "7.2.22"));
    check_missing(NULL, "this host has 7.2.22: run images/host.sh");
    fixture_free(top);
}

/* Who names one gets it, old or not, but it must be a QEMU. */
static void test_override(void)
{
    set_up();
    g_autofree char *own = put_qemu("own/qemu", "8.2.0");
    g_autofree char *other = fixture_path(top, "own/other");

    check_found(own, "/own/qemu", "8.2.0");
    check_missing("/nonexistent/qemu", "/nonexistent/qemu: is no QEMU that runs here: ");
    fixture_put(top, "own/other", "#!/bin/sh\necho hello\n");
    g_assert_cmpint(g_chmod(other, 0755), ==, 0);
    check_missing(other, "/own/other: is no QEMU that runs here: hello; name another with --qemu");
    fixture_free(top);
}

/* By what a program exports, where the cache's script starts it too. */
static void test_plugins(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize size = 0;

    g_assert_true(xr_qemu_check_plugins(FAKE_QEMU, &error));
    g_assert_no_error(error);
    g_assert_false(xr_qemu_check_plugins(FAKE_OLD_QEMU, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_nonnull(strstr(error->message,
                            ": loads no plugins of the rig's, it lacks qemu_plugin_read_register; "
                            "plans with machine.time=count need a QEMU of 9.1 to 10.0"));
    g_clear_error(&error);

    set_up();
    g_assert_true(g_file_get_contents(FAKE_QEMU, &text, &size, NULL));
    g_autofree char *program = fixture_path(top, "tree/usr/bin/qemu-system-x86_64.program");
    g_autofree char *script = put_qemu("tree/wrapped/bin/qemu-system-x86_64", "10.0.2");
    fixture_put(top, "tree/usr/bin/qemu-system-x86_64.program", "");
    g_assert_true(g_file_set_contents(program, text, (gssize)size, NULL));
    g_assert_true(xr_qemu_check_plugins(script, &error));
    g_assert_no_error(error);
    fixture_put(top, "tree/usr/bin/qemu-system-x86_64.program", "no program");
    g_assert_false(xr_qemu_check_plugins(script, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_nonnull(strstr(error->message, "whether it loads plugins is not known: "));
    fixture_free(top);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/qemu/host", test_host);
    g_test_add_func("/build/qemu/cached", test_cached);
    g_test_add_func("/build/qemu/none", test_none);
    g_test_add_func("/build/qemu/override", test_override);
    g_test_add_func("/build/qemu/plugins", test_plugins);
    return g_test_run();
}
