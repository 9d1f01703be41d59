/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a Slurm of the test's own, on the loopback: controller and one node that is this host, with a munge of their own. No
 * cgroups, no accounting. All three end with the test. */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct {
    char *folder;
    GPid munged, controller, node;
} Slurm;

/* Why there can be none; NULL if there can. */
static inline const char *slurm_lacks(void)
{
    static const char *const programs[] = {"munged", "slurmctld", "slurmd", "sbatch", "squeue"};
    g_autofree char *path = g_strconcat(g_getenv("PATH"), ":/usr/sbin:/sbin", NULL);

    g_setenv("PATH", path, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *found = g_find_program_in_path(programs[i]);

        if (found == NULL)
            return "needs Slurm: apt-get install slurmctld slurmd slurm-client munge";
    }
    return NULL;
}

static inline guint16 slurm_free_port(void)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();

    return g_socket_listener_add_any_inet_port(listener, NULL, NULL);
}

static inline char *slurm_node_name(void)
{
    const char *name = g_get_host_name();

    return g_strndup(name, strcspn(name, "."));
}

static inline void slurm_with_test(gpointer unused)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static inline GPid slurm_spawn(char **argv)
{
    g_autoptr(GError) error = NULL;
    GPid pid = 0;

    g_spawn_async(NULL, argv, NULL,
                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                      G_SPAWN_STDERR_TO_DEV_NULL,
                  slurm_with_test, NULL, &pid, &error);
    g_assert_no_error(error);
    return pid;
}

static inline char *slurm_path(const Slurm *s, const char *name)
{
    return g_build_filename(s->folder, name, NULL);
}

static inline void slurm_configure(const Slurm *s, const char *file)
{
    g_autofree char *node = slurm_node_name();
    const char *f = s->folder, *user = g_get_user_name();
    g_autofree char *text = g_strdup_printf(
        "ClusterName=xenrig\nSlurmctldHost=%s(127.0.0.1)\nSlurmctldPort=%u\nSlurmdPort=%u\n"
        "AuthType=auth/munge\nAuthInfo=socket=%s/munge/socket\nCredType=cred/munge\n"
        "SlurmUser=%s\nSlurmdUser=%s\nStateSaveLocation=%s/state\nSlurmdSpoolDir=%s/spool\n"
        "SlurmctldPidFile=%s/ctl.pid\nSlurmdPidFile=%s/d.pid\n"
        "SlurmctldLogFile=%s/ctl.log\nSlurmdLogFile=%s/d.log\n"
        "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n"
        "SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\n"
        "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n"
        "SlurmdParameters=config_overrides\nReturnToService=2\nSchedulerParameters=sched_interval="
        "1\n"
        "NodeName=%s NodeAddr=127.0.0.1 CPUs=%u State=UNKNOWN\n"
        "PartitionName=lab Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n",
        node, slurm_free_port(), slurm_free_port(), f, user, user, f, f, f, f, f, f, node,
        g_get_num_processors());

    g_assert_true(g_file_set_contents(file, text, -1, NULL));
}

static inline void slurm_start_munge(Slurm *s)
{
    g_autofree char *folder = slurm_path(s, "munge");
    g_autofree char *key = g_strdup_printf("--key-file=%s/key", folder);
    g_autofree char *socket = g_strdup_printf("--socket=%s/socket", folder);
    g_autofree char *pid = g_strdup_printf("--pid-file=%s/pid", folder);
    g_autofree char *log = g_strdup_printf("--log-file=%s/log", folder);
    g_autofree char *seed = g_strdup_printf("--seed-file=%s/seed", folder);
    g_autofree char *key_path = g_build_filename(folder, "key", NULL);
    g_autofree char *socket_path = g_build_filename(folder, "socket", NULL);
    char *argv[] = {"munged", "--foreground", key, socket, pid, log, seed, NULL};
    guint32 words[64];

    /* Whoever asks must reach the socket. */
    g_assert_cmpint(g_chmod(s->folder, 0755), ==, 0);
    g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        words[i] = g_random_int();
    g_assert_true(g_file_set_contents_full(key_path, (const char *)words, sizeof words,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    s->munged = slurm_spawn(argv);
    for (guint i = 0; i < 100 && !g_file_test(socket_path, G_FILE_TEST_EXISTS); i++)
        g_usleep(100 * 1000);
}

static inline gboolean slurm_node_is_idle(void)
{
    char *argv[] = {"sinfo", "--noheader", "--format=%T", NULL};
    g_autofree char *out = NULL;

    return g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                        NULL, &out, NULL, NULL, NULL) &&
           g_str_has_prefix(out, "idle");
}

/* Sets SLURM_CONF, by which Slurm's commands find it. */
static inline void slurm_start(Slurm *s)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *config = NULL;
    g_autofree char *state = NULL;
    g_autofree char *spool = NULL;

    s->folder = g_dir_make_tmp("xrs-XXXXXX", &error);
    g_assert_no_error(error);
    config = slurm_path(s, "slurm.conf");
    state = slurm_path(s, "state");
    spool = slurm_path(s, "spool");
    g_assert_cmpint(g_mkdir(state, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(spool, 0755), ==, 0);
    slurm_configure(s, config);
    g_setenv("SLURM_CONF", config, TRUE);
    slurm_start_munge(s);
    char *controller[] = {"slurmctld", "-D", "-f", config, NULL};
    char *node[] = {"slurmd", "-D", "-f", config, NULL};
    s->controller = slurm_spawn(controller);
    s->node = slurm_spawn(node);
    for (guint i = 0; i < 300; i++) {
        if (slurm_node_is_idle())
            return;
        g_usleep(200 * 1000);
    }
    g_error("the node is not idle; %s has the logs", s->folder);
}

static inline void slurm_end(GPid *pid)
{
    if (*pid == 0)
        return;
    kill(*pid, SIGTERM);
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    *pid = 0;
}

static inline void slurm_stop(Slurm *s)
{
    slurm_end(&s->node);
    slurm_end(&s->controller);
    slurm_end(&s->munged);
}
