/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "doctor": what this host can do, what it lacks and how to get it.
 *
 * Changes nothing on the host. Each check is a function that adds one line; a missing thing without
 * which the default plan cannot run makes the exit code 77. */
#include "base/error.h"
#include "base/paths.h"
#include "base/units.h"
#include "build/build.h"
#include "build/child.h"
#include "commands.h"
#include "keep/record.h"
#include "plan/plan.h"
#include "tell/format.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GIB       ((guint64)1024 * 1024 * 1024)
#define HOST_SH   "images/host.sh gets it"
#define WIDTH     100
#define NAME      18
#define KEYRING   "/usr/share/keyrings/debian-archive-keyring.gpg"
#define COLD_NEED (2 * GIB) /* packages, unpacked trees, QEMU and images of one build, and room */
#define WARM_NEED (GIB / 2) /* records of some runs */

typedef enum { CHECK_OK, CHECK_NOTE, CHECK_MISSING } Status;
static const char *const status_names[] = {"ok", "note", "missing"};

typedef struct {
    JsonArray *checks;
    const XrPlan *plan; /* default plan */
    gboolean cached;    /* something was built here before: no packages need be fetched */
    gboolean lacking;
} Doctor;

/* remedy: what to do about it, NULL for ok. Takes detail. */
static void add(Doctor *doctor, const char *name, Status status, char *detail, const char *remedy)
{
    g_autofree char *owned = detail;
    JsonObject *check = json_object_new();
    json_object_set_string_member(check, "name", name);
    json_object_set_string_member(check, "status", status_names[status]);
    xr_tell_set(check, "detail", owned, 1000);
    if (remedy != NULL)
        json_object_set_string_member(check, "remedy", remedy);
    else
        json_object_set_null_member(check, "remedy");
    json_array_add_object_element(doctor->checks, check);
    doctor->lacking = doctor->lacking || status == CHECK_MISSING;
}

/* First line of a /proc file that begins with key, without it; NULL if there is none. */
static char *proc_line(const char *path, const char *key)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        if (g_str_has_prefix(*line, key))
            return g_strdup(*line + strlen(key));
    return NULL;
}

static void check_kvm(Doctor *doctor)
{
    g_autofree char *flags = proc_line("/proc/cpuinfo", "flags");
    g_auto(GStrv) words = g_strsplit(flags == NULL ? "" : flags, " ", -1);
    const char *flag = g_strv_contains((const char *const *)words, "vmx")   ? "VMX"
                       : g_strv_contains((const char *const *)words, "svm") ? "SVM"
                                                                            : NULL;
    int fd = g_open("/dev/kvm", O_RDWR | O_CLOEXEC, 0);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    if (flag != NULL && fd >= 0)
        add(doctor, "KVM", CHECK_OK, g_strdup_printf("/dev/kvm opens, the CPU has %s", flag), NULL);
    else if (flag == NULL)
        add(doctor, "KVM", CHECK_NOTE,
            g_strdup("the CPU shows neither VMX nor SVM, so TCG will be used: everything runs, but "
                     "slower and "
                     "with other timing"),
            "for KVM, switch virtualisation on in the firmware, or nesting in the outer "
            "hypervisor");
    else
        add(doctor, "KVM", CHECK_NOTE,
            g_strdup_printf(
                "/dev/kvm: %s; TCG will be used: everything runs, but slower and with other "
                "timing",
                g_strerror(saved)),
            saved == EACCES ? "for KVM, add this user to the group kvm and log in again"
                            : "for KVM, load the module kvm_intel or kvm_amd");
}

static void check_qemu(Doctor *doctor)
{
    g_autofree char *path = NULL;
    g_autofree char *version = NULL;
    g_autoptr(GError) error = NULL;
    if (xr_qemu_find(NULL, &path, &version, &error)) {
        gboolean plugins = xr_qemu_check_plugins(path, &error);
        add(doctor, "QEMU", CHECK_OK, g_strdup_printf("%s at %s", version, path), NULL);
        add(doctor, "QEMU plugins", plugins ? CHECK_OK : CHECK_NOTE,
            g_strdup(plugins ? "it has what machine.time=count calls" : error->message), NULL);
    } else
        add(doctor, "QEMU", CHECK_MISSING, g_strdup(error->message),
            HOST_SH ", into the cache, beside the host's own");
}

static void check_memory(Doctor *doctor)
{
    g_autofree char *line = proc_line("/proc/meminfo", "MemAvailable:");
    guint64 available = line == NULL ? 0 : g_ascii_strtoull(g_strstrip(line), NULL, 10) * 1024;
    guint64 wanted = doctor->plan->machine.memory;
    g_autofree char *have = xr_tell_bytes((gint64)available);
    g_autofree char *want = xr_tell_bytes((gint64)wanted);
    gboolean enough = available >= wanted;
    add(doctor, "memory", enough ? CHECK_OK : CHECK_MISSING,
        g_strdup_printf("%s available, the default plan's machine has %s", have, want),
        enough ? NULL
               : "free some memory, or run fewer domUs: --set guests.count=8 --set "
                 "machine.memory=3G");
}

static void check_cores(Doctor *doctor)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    guint pcpus = doctor->plan->machine.pcpus;
    gboolean enough = cores >= (long)pcpus;
    add(doctor, "cores", enough ? CHECK_OK : CHECK_NOTE,
        g_strdup_printf("%ld online, the default plan's machine has %u pCPUs", cores, pcpus),
        enough ? NULL : "pCPUs will take turns: it runs, but more slowly");
}

/* Free bytes for this user where path is or will be. */
static gboolean free_bytes(const char *path, guint64 *bytes)
{
    g_autofree char *at = g_strdup(path);
    struct statvfs fs;
    while (statvfs(at, &fs) != 0) {
        if (errno != ENOENT || g_str_equal(at, "/"))
            return FALSE;
        char *parent = g_path_get_dirname(at);
        g_free(at);
        at = parent;
    }
    *bytes = (guint64)fs.f_bavail * fs.f_frsize;
    return TRUE;
}

static void check_space(Doctor *doctor, const char *name, const char *path, guint64 needed,
                        const char *variable)
{
    guint64 bytes = 0;
    g_autofree char *remedy =
        g_strdup_printf("free some space, or name another place in %s", variable);
    if (!free_bytes(path, &bytes)) {
        add(doctor, name, CHECK_MISSING, g_strdup_printf("%s: %s", path, g_strerror(errno)),
            remedy);
        return;
    }
    g_autofree char *have = xr_tell_bytes((gint64)bytes);
    g_autofree char *want = xr_tell_bytes((gint64)needed);
    add(doctor, name, bytes >= needed ? CHECK_OK : CHECK_MISSING,
        g_strdup_printf("%s free for %s, %s wanted", have, path, want),
        bytes >= needed ? NULL : remedy);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    return remove(path);
}

static void silent(void *user_data, virErrorPtr error)
{
}

/* Opens the embedded driver under a private root, as a run does; starts nothing. */
static void check_embedded(Doctor *doctor)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *root = g_dir_make_tmp("xenrig-XXXXXX", &error);
    if (root == NULL) {
        add(doctor, "libvirt driver", CHECK_MISSING, g_strdup(error->message),
            "make the folder for temporary files writable, or set TMPDIR");
        return;
    }
    g_autofree char *uri = g_strconcat("qemu:///embed?root=", root, NULL);
    virSetErrorFunc(NULL, silent);
    virEventRegisterDefaultImpl();
    virConnectPtr connection = virConnectOpen(uri);
    if (connection != NULL) {
        virConnectClose(connection);
        add(doctor, "libvirt driver", CHECK_OK, g_strdup("the embedded QEMU driver opens"), NULL);
    } else {
        add(doctor, "libvirt driver", CHECK_MISSING,
            g_strdup_printf("the embedded QEMU driver does not open: %s", virGetLastErrorMessage()),
            HOST_SH " (Debian's package libvirt-daemon-driver-qemu and, for root, the user "
                    "libvirt-qemu); or give --connect URI");
    }
    nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static void check_libvirt(Doctor *doctor)
{
    unsigned long v = 0;
    virGetVersion(&v, NULL, NULL);
    add(doctor, "libvirt", v >= 9000000 ? CHECK_OK : CHECK_MISSING,
        g_strdup_printf("%lu.%lu.%lu", v / 1000000, v / 1000 % 1000, v % 1000),
        v >= 9000000 ? NULL : "9.0 or newer is needed: Debian 12 or 13");
    check_embedded(doctor);
}

static void check_program(Doctor *doctor, const char *name, const char *purpose)
{
    g_autofree char *path = g_find_program_in_path(name);
    g_autofree char *remedy = g_strdup_printf("apt-get install %s; " HOST_SH, name);
    Status lacking = doctor->cached ? CHECK_NOTE : CHECK_MISSING;
    add(doctor, name, path != NULL ? CHECK_OK : lacking,
        path != NULL ? g_strdup(path) : g_strdup_printf("not in PATH; it %s", purpose),
        path != NULL ? NULL : remedy);
}

/* Only builds from source need them. */
static void check_build_roots(Doctor *doctor)
{
    static const char *const argv[] = {"bwrap", "--unshare-all", "--ro-bind", "/",
                                       "/",     "true",          NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *said = xr_child_ask(argv, &error);
    add(doctor, "build roots", said != NULL ? CHECK_OK : CHECK_NOTE,
        g_strdup(said != NULL ? "can be entered" : error->message),
        said != NULL ? NULL : "bubblewrap and user namespaces; or name builds with root=host");
}

static void check_keyring(Doctor *doctor)
{
    gboolean there = g_access(KEYRING, R_OK) == 0;
    Status lacking = doctor->cached ? CHECK_NOTE : CHECK_MISSING;
    add(doctor, "Debian keyring", there ? CHECK_OK : lacking,
        g_strdup_printf(there ? "%s" : "%s cannot be read: packages cannot be verified", KEYRING),
        there ? NULL : "apt-get install debian-archive-keyring; " HOST_SH);
}

/* The same script that fetches says which of the host's sources it would use. */
static gboolean apt_sources(const char *build, guint *entries, GError **error)
{
    g_autofree char *set = g_strdelimit(g_strdup(build), ":", '-');
    g_autofree char *script = xr_paths_data("images/fetch.sh", error);
    if (script == NULL)
        return FALSE;
    g_autoptr(GSubprocess) child =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error,
                         "sh", script, "--sources", set, NULL);
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    if (child == NULL || !g_subprocess_communicate_utf8(child, NULL, NULL, &out, &err, error))
        return FALSE;
    if (!g_subprocess_get_successful(child)) {
        g_strstrip(err);
        const char *last = strrchr(err, '\n');
        g_set_error_literal(error, XR_ERROR, XR_ERROR_HOST, last == NULL ? err : last + 1);
        return FALSE;
    }
    g_auto(GStrv) parts = g_strsplit(out, "URIs:", -1);
    *entries = g_strv_length(parts) - 1;
    return TRUE;
}

static void check_apt(Doctor *doctor)
{
    guint entries = 0;
    g_autoptr(GError) error = NULL;
    const char *build = doctor->plan->hypervisor.build;
    Status lacking = doctor->cached ? CHECK_NOTE : CHECK_MISSING;
    if (apt_sources(build, &entries, &error) && entries > 0)
        add(doctor, "apt sources", CHECK_OK,
            g_strdup_printf("%u Debian entries to fetch %s from", entries, build), NULL);
    else
        add(doctor, "apt sources", lacking,
            error != NULL ? g_strdup(error->message)
                          : g_strdup("apt is configured for no Debian mirror"),
            "add Debian's sources for this release to /etc/apt, then apt-get update");
}

static guint count_entries(const char *cache, const char *name)
{
    g_autofree char *path = g_build_filename(cache, name, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint n = 0;
    for (const char *entry; dir != NULL && (entry = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *full = g_build_filename(path, entry, NULL);
        n += strchr(entry, '.') == NULL && g_file_test(full, G_FILE_TEST_IS_DIR);
    }
    return n;
}

static void check_cache(Doctor *doctor, const char *cache)
{
    guint builds = count_entries(cache, "builds");
    guint trees = count_entries(cache, "trees");
    doctor->cached = builds > 0;
    add(doctor, "cached builds", builds > 0 ? CHECK_OK : CHECK_NOTE,
        g_strdup_printf("%u build%s and %u package tree%s in %s", builds, builds == 1 ? "" : "s",
                        trees, trees == 1 ? "" : "s", cache),
        builds > 0 ? NULL : "the first run fetches what it needs");
}

static void print_checks(const Doctor *doctor)
{
    for (guint i = 0; i < json_array_get_length(doctor->checks); i++) {
        JsonObject *check = json_array_get_object_element(doctor->checks, i);
        const char *detail = json_object_get_string_member(check, "detail");
        g_autofree char *head =
            g_strdup_printf("%-8s %-*s", json_object_get_string_member(check, "status"), NAME - 1,
                            json_object_get_string_member(check, "name"));
        g_autofree char *text =
            json_object_get_null_member(check, "remedy") || strstr(detail, "images/host.sh") != NULL
                ? g_strdup(detail)
                : g_strdup_printf("%s; %s", detail, json_object_get_string_member(check, "remedy"));
        g_autofree char *indent = g_strnfill(strlen(head) + 1, ' ');
        g_autoptr(GString) folded = g_string_new(NULL);
        xr_tell_fold(folded, text, indent, WIDTH);
        printf("%s%s", head, folded->str + strlen(head));
    }
    puts(doctor->lacking ? "\nnot ready: what is missing above is needed for `xenrig run`"
                         : "\nready: `xenrig run` boots the default plan");
}

static void print_json(const Doctor *doctor)
{
    JsonObject *report = json_object_new();
    json_object_set_int_member(report, "schema", 1);
    json_object_set_boolean_member(report, "ready", !doctor->lacking);
    json_object_set_object_member(report, "host", xr_host_fingerprint());
    json_object_set_array_member(report, "checks", json_array_ref(doctor->checks));
    cmd_print_json(report);
}

static void run_checks(Doctor *doctor)
{
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *state = xr_paths_state();
    check_kvm(doctor);
    check_qemu(doctor);
    check_memory(doctor);
    check_cores(doctor);
    check_libvirt(doctor);
    check_cache(doctor, cache);
    check_space(doctor, "space, cache", cache, doctor->cached ? WARM_NEED : COLD_NEED,
                "XENRIG_CACHE");
    check_space(doctor, "space, records", state, WARM_NEED, "XENRIG_STATE");
    check_program(doctor, "mmdebstrap", "fetches the packages of builds");
    check_build_roots(doctor);
    check_keyring(doctor);
    check_apt(doctor);
}

static const char summary[] = "Tells what this host can do, what it lacks and how to "
                              "get it. Changes nothing.\nExit code 0 if the default "
                              "plan can run, 77 if something needed is missing.";

int cmd_doctor(int argc, char **argv)
{
    gboolean json = FALSE;
    GError *error = NULL;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one JSON object", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    if (!cmd_parse(entries, summary, &argc, &argv, &error))
        return cmd_fail("doctor", error);
    if (argc > 1) {
        fprintf(stderr, "xenrig doctor: takes no \"%s\"; say `xenrig doctor [--json]`\n", argv[1]);
        return XR_EXIT_ERROR;
    }
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, NULL, &error);
    if (plan == NULL)
        return cmd_fail("doctor", error);
    g_autoptr(JsonArray) checks = json_array_new();
    Doctor doctor = {.checks = checks, .plan = plan};
    run_checks(&doctor);
    if (json)
        print_json(&doctor);
    else
        print_checks(&doctor);
    return doctor.lacking ? xr_verdict_exit_code(XR_SKIP) : 0;
}
