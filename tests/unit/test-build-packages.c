/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Package sets: where they would come from, what fetching says when it fails, and builds made of
 * them. No network: mirrors are of the domain "invalid". */
#include "base/error.h"
#include "base/json.h"
#include "build-fixture.h"
#include "build/build.h"
#include "build/packages.h"

static char *host_release; /* "bookworm"; NULL where this host is no Debian */

static char *read_host_release(void)
{
    g_autofree char *id = g_get_os_info(G_OS_INFO_KEY_ID);
    g_autofree char *apt = g_find_program_in_path("apt-get");
    return apt && g_strcmp0(id, "debian") == 0 ? g_get_os_info(G_OS_INFO_KEY_VERSION_CODENAME)
                                               : NULL;
}

/* One release file as apt keeps it, and the (empty) index that goes with it. */
static void put_lists(const char *top, const char *mirror, const char *suite, const char *origin)
{
    g_autofree char *base = g_strdup_printf("lists/%s_dists_%s_", mirror, suite);
    g_autofree char *release = g_strconcat(base, "Release", NULL);
    g_autofree char *index = g_strconcat(base, "main_binary-amd64_Packages", NULL);
    g_autofree char *text = g_strdup_printf(
        "Origin: %s\nLabel: %s\nSuite: stable\nCodename: %s\nDate: Sat, 01 Jan 2022 00:00:00 UTC\n"
        "Architectures: amd64\nComponents: main\nSHA256:\n %064d 1 main/binary-amd64/Packages\n",
        origin, origin, suite, 0);

    fixture_put(top, release, text);
    fixture_put(top, index, "");
}

/* A host with a deb822 entry, a one-line entry and a repository that is not Debian's. */
static void make_apt(const char *top)
{
    g_autofree char *updates = g_strconcat(host_release, "-updates", NULL);
    g_autofree char *security = g_strconcat(host_release, "-security", NULL);
    g_autofree char *deb822 = g_strdup_printf(
        "# comment\n\nTypes: deb\nURIs: http://mirror.invalid/debian\nSuites: %s %s\n"
        "Components: main contrib\n"
        "Signed-By: /usr/share/keyrings/debian-archive-bookworm-stable.gpg\n\n"
        "Types: deb\nURIs: http://third.invalid/apt\nSuites: %s\nComponents: main\n",
        host_release, updates, host_release);
    g_autofree char *one_line = g_strdup_printf(
        "# comment\ndeb [arch=amd64 signed-by=/etc/keys/own.asc] http://safe.invalid/security %s "
        "main\n",
        security);
    g_autofree char *conf =
        g_strdup_printf("Dir::Etc::sourcelist \"/dev/null\";\n"
                        "Dir::Etc::sourceparts \"%s/parts\";\nDir::State::lists \"%s/lists\";\n"
                        "APT::Architecture \"amd64\";\nAcquire::Retries \"0\";\n",
                        top, top);
    g_autofree char *partial = fixture_path(top, "lists/partial/x");

    fixture_put(top, "parts/debian.sources", deb822);
    fixture_put(top, "parts/security.list", one_line);
    fixture_put(top, "conf", conf);
    put_lists(top, "mirror.invalid_debian", host_release, "Debian");
    put_lists(top, "mirror.invalid_debian", updates, "Debian");
    put_lists(top, "safe.invalid_security", security, "Debian");
    put_lists(top, "third.invalid_apt", host_release, "Third");
}

/* Runs images/fetch.sh; output is both streams. */
static int run_fetch(const char *apt_config, const char *option, const char *set, char **output)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);

    if (apt_config)
        g_subprocess_launcher_setenv(launcher, "APT_CONFIG", apt_config, TRUE);
    g_autoptr(GSubprocess) process = g_subprocess_launcher_spawn(
        launcher, &error, XR_SOURCE_DIR "/images/fetch.sh", option, set, NULL);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, output, NULL, &error));
    return g_subprocess_get_exit_status(process);
}

static gboolean no_debian(void)
{
    if (!host_release)
        g_test_skip("this host is no Debian");
    return !host_release;
}

static void test_sources(void)
{
    if (no_debian())
        return;
    char *top = fixture_new();
    g_autofree char *conf = g_build_filename(top, "conf", NULL);
    g_autofree char *output = NULL;

    make_apt(top);
    g_assert_cmpint(run_fetch(conf, "--sources", "qemu", &output), ==, 0);
    /* One release's own key file would not do for another release. */
    g_assert_cmpstr(output, ==,
                    "Types: deb\nURIs: http://mirror.invalid/debian/\n"
                    "Suites: bookworm bookworm-backports\nComponents: main\n"
                    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
                    "Types: deb\nURIs: http://mirror.invalid/debian/\n"
                    "Suites: bookworm-updates\nComponents: main\n"
                    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
                    "Types: deb\nURIs: http://safe.invalid/security/\n"
                    "Suites: bookworm-security\nComponents: main\n"
                    "Signed-By: /etc/keys/own.asc\n\n");
    fixture_free(top);
}

/* Another release than the host's: its own release's entries say where, until there are better. */
static void test_sources_of_other_release(void)
{
    if (no_debian())
        return;
    char *top = fixture_new();
    g_autofree char *conf = g_build_filename(top, "conf", NULL);
    g_autofree char *borrowed = NULL;
    g_autofree char *own = NULL;

    make_apt(top);
    g_assert_cmpint(run_fetch(conf, "--sources", "debian-bullseye", &borrowed), ==, 0);
    g_assert_cmpstr(borrowed, ==,
                    "Types: deb\nURIs: http://mirror.invalid/debian/\n"
                    "Suites: bullseye\nComponents: main\n"
                    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
                    "Types: deb\nURIs: http://mirror.invalid/debian/\n"
                    "Suites: bullseye-updates\nComponents: main\n"
                    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
                    "Types: deb\nURIs: http://safe.invalid/security/\n"
                    "Suites: bullseye-security\nComponents: main\n"
                    "Signed-By: /etc/keys/own.asc\n\n");

    fixture_put(top, "parts/old.list", "deb http://old.invalid/debian bullseye main\n");
    put_lists(top, "old.invalid_debian", "bullseye", "Debian");
    g_assert_cmpint(run_fetch(conf, "--sources", "debian-bullseye", &own), ==, 0);
    g_assert_cmpstr(own, ==,
                    "Types: deb\nURIs: http://old.invalid/debian/\nSuites: bullseye\n"
                    "Components: main\n\n");
    fixture_free(top);
}

static void test_no_mirror(void)
{
    if (no_debian())
        return;
    char *top = fixture_new();
    g_autofree char *conf = g_build_filename(top, "conf", NULL);
    g_autofree char *lists = g_build_filename(top, "lists", NULL);
    g_autofree char *output = NULL;

    make_apt(top);
    xr_cache_remove(lists);
    g_autofree char *partial = fixture_path(top, "lists/partial/x");
    fixture_put(top, "parts/debian.sources", "");
    fixture_put(top, "parts/security.list", "");
    g_assert_cmpint(run_fetch(conf, "--sources", "qemu", &output), ==, 1);
    g_assert_nonnull(strstr(output, "images/fetch.sh: no Debian mirror in this host's apt "
                                    "configuration that apt-get update can reach"));
    fixture_free(top);
}

/* The script and the rig call an entry the same, or host.sh would fetch what the rig never finds.
 */
static void test_keys_agree(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *output = NULL;
    g_autofree char *key = xr_packages_key("qemu", &error);

    g_assert_no_error(error);
    g_assert_cmpint(run_fetch(NULL, "--key", "qemu", &output), ==, 0);
    g_autofree char *expected = g_strconcat("qemu-", g_strstrip(output), NULL);
    g_assert_cmpstr(key, ==, expected);
    g_assert_cmpuint(strlen(key), ==, strlen("qemu-") + 16);
}

static void test_unknown_set(void)
{
    g_autofree char *output = NULL;

    g_assert_cmpint(run_fetch(NULL, "--key", "debian-nowhere", &output), ==, 1);
    g_assert_nonnull(strstr(output, "images/fetch.sh: no package set \"debian-nowhere\""));
}

/* A data folder with a fetch.sh of ours, a cache and a PATH in which mmdebstrap exists. */
static char *make_rig(const char *fetch)
{
    char *top = fixture_new();
    g_autofree char *data = g_build_filename(top, "data", NULL);
    g_autofree char *cache = g_build_filename(top, "cache", NULL);
    g_autofree char *script = g_build_filename(top, "data/images/fetch.sh", NULL);
    g_autofree char *tool = g_build_filename(top, "bin/mmdebstrap", NULL);
    g_autofree char *path = g_strdup_printf("%s/bin:/usr/bin:/bin", top);

    fixture_put(top, "data/images/fetch.sh", fetch);
    fixture_put(top, "bin/mmdebstrap", "#!/bin/sh\n");
    g_assert_cmpint(g_chmod(script, 0755), ==, 0);
    g_assert_cmpint(g_chmod(tool, 0755), ==, 0);
    g_setenv("XENRIG_DATA", data, TRUE);
    g_setenv("XENRIG_CACHE", cache, TRUE);
    g_setenv("PATH", path, TRUE);
    return top;
}

static void count(gpointer counter)
{
    ++*(guint *)counter;
}

static void test_fetched_once(void)
{
    char *top = make_rig("#!/bin/sh\necho \"fetching $1\" >\"$3\"\nmkdir \"$2\"\n"
                         "echo '[{\"package\":\"xen-hypervisor-4.17-amd64\",\"version\":\"4.17.5\","
                         "\"arch\":\"amd64\",\"sha256\":\"00\"},{\"package\":\"z\"}]' "
                         ">\"$2/manifest.json\"\n");
    g_autoptr(GError) error = NULL;
    guint fetches = 0;

    g_autofree char *first = xr_packages_tree("debian-bookworm", count, &fetches, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *second = xr_packages_tree("debian-bookworm", count, &fetches, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(first, ==, second);
    g_assert_cmpuint(fetches, ==, 1);

    g_autoptr(JsonArray) manifest = xr_packages_manifest(first, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(json_array_get_length(manifest), ==, 2);
    g_assert_cmpstr(xr_packages_version(manifest, "xen-hypervisor-4"), ==, "4.17.5");
    g_assert_null(xr_packages_version(manifest, "linux-image"));
    fixture_free(top);
}

static void test_fetch_fails(void)
{
    char *top =
        make_rig("#!/bin/sh\nmkdir \"$2\"\nfor i in 1 2 3 4 5 6 7 8 9; do echo \"line $i\"; "
                 "done >\"$3\"\nexit 1\n");
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_build_prepare("debian:bookworm", NULL, NULL, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_assert_true(g_str_has_prefix(error->message,
                                   "package set debian-bookworm could not be fetched; the log /"));
    g_assert_true(g_str_has_suffix(error->message, "ends with:\n  line 2\n  line 3\n  line 4\n  "
                                                   "line 5\n  line 6\n  line 7\n  line 8\n  "
                                                   "line 9"));
    g_autofree char *trees = g_build_filename(top, "cache/trees", NULL);
    g_autoptr(GDir) dir = g_dir_open(trees, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));)
        g_assert_true(g_str_has_suffix(name, ".log") || g_str_has_suffix(name, ".lock"));
    fixture_free(top);
}

typedef struct {
    char *log;
    GCancellable *cancellable;
} Canceller;

static gpointer cancel_when_started(gpointer data)
{
    const Canceller *canceller = data;
    while (!g_file_test(canceller->log, G_FILE_TEST_EXISTS))
        g_usleep(10 * 1000);
    g_cancellable_cancel(canceller->cancellable);
    return NULL;
}

/* The fetching is told to stop, and is waited for: it says goodbye before the call returns. */
static void test_stopped(void)
{
    char *top = make_rig("#!/bin/sh\ntrap 'kill $!; echo goodbye >\"$3\"; exit 130' TERM\n"
                         "sleep 60 >/dev/null 2>&1 &\necho started >\"$3\"\nwait $!\n");
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *key = xr_packages_key("qemu", NULL);
    g_autofree char *log = g_strdup_printf("%s/cache/trees/%s.log", top, key);
    g_autofree char *text = NULL;
    Canceller canceller = {.log = log, .cancellable = cancellable};
    GThread *thread = g_thread_new("canceller", cancel_when_started, &canceller);

    g_assert_null(xr_packages_tree("qemu", NULL, NULL, cancellable, &error));
    g_thread_join(thread);
    g_assert_error(error, XR_ERROR, XR_ERROR_STOPPED);
    g_assert_cmpstr(error->message, ==, "stopped while fetching packages");
    g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "goodbye\n");
    fixture_free(top);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    host_release = read_host_release();
    g_test_add_func("/build/packages/sources", test_sources);
    g_test_add_func("/build/packages/other-release", test_sources_of_other_release);
    g_test_add_func("/build/packages/no-mirror", test_no_mirror);
    g_test_add_func("/build/packages/keys", test_keys_agree);
    g_test_add_func("/build/packages/unknown-set", test_unknown_set);
    g_test_add_func("/build/packages/once", test_fetched_once);
    g_test_add_func("/build/packages/fails", test_fetch_fails);
    g_test_add_func("/build/packages/stopped", test_stopped);
    int status = g_test_run();
    g_free(host_release);
    return status;
}
