/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a libvirtd of the test's own, which stands for another host.
 *
 * It has a mount name space in which libvirt's folders are empty and new, and the rig's builds cannot be seen: what it is to boot has
 * to be brought to it. It listens on a port of the loopback, and ends with the test. */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <libvirt/libvirt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct {
    char *folder, *uri;
    GPid pid;
} Libvirtd;

static const char libvirtd_script[] =
    "set -e\n"
    "for d in /etc/libvirt /var/lib/libvirt /run/libvirt /var/log/libvirt /var/cache/libvirt "
    "\"$2\"; do\n"
    "  mkdir -p \"$d\"; mount -t tmpfs -o mode=755 none \"$d\"\n"
    "done\n"
    "mkdir -p /var/lib/libvirt/images; mount -t tmpfs -o \"mode=711,size=$3\" none "
    "/var/lib/libvirt/images\n"
    "printf '%s\\n' 'user = \"+0\"' 'group = \"+0\"' 'security_driver = \"none\"' "
    "'cgroup_controllers = []' "
    "'namespaces = []' 'stdio_handler = \"file\"' >/etc/libvirt/qemu.conf\n"
    "exec libvirtd --listen --config \"$1/libvirtd.conf\" --pid-file \"$1/pid\" >\"$1/log\" 2>&1\n";

/* Why there can be none; NULL if there can. */
static inline const char *libvirtd_lacks(void)
{
    char *probe[] = {"unshare", "--mount", "true", NULL};
    g_autofree char *path = g_find_program_in_path("libvirtd");
    int status = -1;

    if (geteuid() != 0)
        return "needs root, for a libvirtd of its own";
    if (path == NULL)
        return "needs libvirtd: apt-get install libvirt-daemon";
    if (!g_spawn_sync(NULL, probe, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, &status, NULL) ||
        status != 0)
        return "needs mount name spaces of its own, which are not allowed here";
    return NULL;
}

static inline guint16 libvirtd_free_port(void)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();

    return g_socket_listener_add_any_inet_port(listener, NULL, NULL);
}

static inline void libvirtd_with_test(gpointer unused)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static inline void libvirtd_configure(const Libvirtd *l, guint16 port)
{
    g_autofree char *path = g_build_filename(l->folder, "libvirtd.conf", NULL);
    g_autofree char *text = g_strdup_printf("listen_tls = 0\nlisten_tcp = 1\ntcp_port = \"%u\"\n"
                                            "listen_addr = \"127.0.0.1\"\nauth_tcp = \"none\"\n"
                                            "unix_sock_dir = \"%s\"\n",
                                            port, l->folder);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline virConnectPtr libvirtd_connect(const Libvirtd *l)
{
    return virConnectOpen(l->uri);
}

static inline void libvirtd_spawn(Libvirtd *l, char **argv)
{
    g_autoptr(GError) error = NULL;

    g_spawn_async(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                  libvirtd_with_test, NULL, &l->pid, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 200; i++) {
        virConnectPtr conn = libvirtd_connect(l);

        if (conn != NULL) {
            virConnectClose(conn);
            return;
        }
        g_usleep(100 * 1000);
    }
    g_error("libvirtd does not answer at %s", l->uri);
}

/* size: of the file system with the images, as mount's tmpfs takes it; hidden: a folder that it is not to see. */
static inline void libvirtd_start(Libvirtd *l, const char *size, const char *hidden)
{
    g_autoptr(GError) error = NULL;
    const guint16 port = libvirtd_free_port();

    l->folder = g_dir_make_tmp("xrl-XXXXXX", &error);
    g_assert_no_error(error);
    l->uri = g_strdup_printf("qemu+tcp://127.0.0.1:%u/system", port);
    libvirtd_configure(l, port);
    char *argv[] = {
        "unshare", "--mount", "--propagation", "private",    "sh", "-c", (char *)libvirtd_script,
        "sh",      l->folder, (char *)hidden,  (char *)size, NULL};
    libvirtd_spawn(l, argv);
}

/* A session daemon, in the same folder, as the user nobody. */
static inline void libvirtd_start_session(Libvirtd *l)
{
    static const char script[] =
        "chown nobody \"$1\" && cd \"$1\" && exec env -i \"PATH=$PATH\" \"HOME=$1\" "
        "\"XDG_RUNTIME_DIR=$1/run\" \"XDG_CONFIG_HOME=$1/config\" \"XDG_CACHE_HOME=$1/cache\" "
        "setpriv --pdeathsig TERM --reuid=nobody --regid=nogroup --clear-groups libvirtd --listen "
        "--config "
        "\"$1/libvirtd.conf\" --pid-file \"$1/session.pid\" >\"$1/session.log\" 2>&1";
    const guint16 port = libvirtd_free_port();
    char *argv[] = {"sh", "-c", (char *)script, "sh", l->folder, NULL};

    g_free(l->uri);
    l->uri = g_strdup_printf("qemu+tcp://127.0.0.1:%u/session", port);
    libvirtd_configure(l, port);
    libvirtd_spawn(l, argv);
}

/* A URI by which it is reached through a script in ssh's place. Free with g_free. */
static inline char *libvirtd_ssh_uri(const Libvirtd *l)
{
    g_autofree char *path = g_build_filename(l->folder, "ssh", NULL);
    g_autofree char *text =
        g_strdup_printf("#!/bin/sh\n"
                        "while [ \"$1\" != node7 ]; do shift; done\n"
                        "shift\n"
                        "exec nsenter --mount=/proc/%d/ns/mnt sh -c "
                        "\"ln -sf %s/libvirt-sock /run/libvirt/libvirt-sock; $*\"\n",
                        (int)l->pid, l->folder);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0700), ==, 0);
    return g_strdup_printf("qemu+ssh://node7/system?command=%s", path);
}

static inline void libvirtd_kill(Libvirtd *l, int signal)
{
    if (l->pid == 0)
        return;
    kill(l->pid, signal);
    while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    l->pid = 0;
}

/* A folder as the daemon sees it. Free with g_free. */
static inline char *libvirtd_sees(const Libvirtd *l, const char *folder)
{
    return g_strdup_printf("/proc/%d/root%s", (int)l->pid, folder);
}

static inline guint libvirtd_count(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;

    while (dir != NULL && g_dir_read_name(dir) != NULL)
        count++;
    return count;
}

/* Domains, or storage pools, that are there, active or not. */
static inline int libvirtd_holds(const Libvirtd *l, gboolean pools)
{
    virConnectPtr conn = libvirtd_connect(l);
    int count;

    g_assert_nonnull(conn);
    count = pools ? virConnectListAllStoragePools(conn, NULL, 0)
                  : virConnectListAllDomains(conn, NULL, 0);
    virConnectClose(conn);
    return count;
}
