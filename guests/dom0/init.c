/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0-init: process 1 of dom0. Mounts, loads modules, starts the toolstack and the agent.
 *
 * Whatever fails is said on the console and, by a pipe, to the agent, which tells the rig; the agent
 * is started in any case. When the agent or a daemon dies the machine is switched off: a dom0 that
 * cannot answer any more is better gone than silent. */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#define MODULES     "/etc/xenrig/modules"
#define CONSOLE_DIR "/run/xenrig/console"

enum { STORE_WAIT_MS = 60000, TOOL_WAIT_MS = 60000, STEP_MS = 10 };

static struct {
    const char *name;
    pid_t pid;
} daemons[] = {{"xenstored", 0}, {"xenconsoled", 0}, {"agent", 0}};
enum { XENSTORED, XENCONSOLED, AGENT, DAEMONS };

static int notes_fd = -1; /* where the agent reads */

/* --- telling --- */

static void note(char kind, const char *text)
{
    char line[600];
    int len = snprintf(line, sizeof line, "%c%s\n", kind, text);

    if (len >= (int)sizeof line)
        len = (int)sizeof line - 1;
    line[len - 1] = '\n';
    gc_log("%s", text);
    if (notes_fd >= 0 && write(notes_fd, line, (size_t)len) < 0)
        return; /* it is on the console */
}

/* Tells of a step that failed; false, for the caller to hand on. */
static bool __attribute__((format(printf, 1, 2))) failed(const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    note('!', text);
    return false;
}

static void describe_end(int status, char *buf, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(buf, size, "signal %d", WTERMSIG(status));
    else
        snprintf(buf, size, "exit status %d", WEXITSTATUS(status));
}

static void pause_ms(int ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};

    nanosleep(&time, NULL);
}

static void __attribute__((noreturn)) power_off(void)
{
    sync();
    reboot(RB_POWER_OFF);
    gc_log("the machine cannot be switched off: %s", strerror(errno));
    for (;;)
        pause();
}

/* --- children --- */

typedef enum { PRIORITY_NICE, PRIORITY_REALTIME } Priority;

/* Above blkback's threads, which starve all else under load. What a real-time process starts is not
 * real-time. */
static void set_priority(Priority priority)
{
    struct sched_param param = {.sched_priority = 1};

    setpriority(PRIO_PROCESS, 0, -20);
    if (priority == PRIORITY_REALTIME)
        sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param);
}

static pid_t spawn(Priority priority, const char *const argv[])
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    setsid();
    set_priority(priority);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    gc_log("%s cannot be started: %s", argv[0], strerror(errno));
    _exit(127);
}

/* Runs a program to its end. */
static bool run(const char *const argv[])
{
    pid_t pid = spawn(PRIORITY_NICE, argv);
    int status = 0;
    char end[64];

    for (int ms = 0; ms < TOOL_WAIT_MS; ms += STEP_MS) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return true;
        if (ended != 0) {
            describe_end(status, end, sizeof end);
            return failed("%s: %s", argv[0], ended < 0 ? strerror(errno) : end);
        }
        pause_ms(STEP_MS);
    }
    kill(pid, SIGKILL);
    return failed("%s: no end after %d s", argv[0], TOOL_WAIT_MS / 1000);
}

static void on_end(pid_t pid, int status)
{
    char end[64], text[128];

    for (int i = 0; i < DAEMONS; i++) {
        if (daemons[i].pid != pid)
            continue;
        if (i == AGENT && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            gc_log("switching off, as asked");
            power_off();
        }
        describe_end(status, end, sizeof end);
        snprintf(text, sizeof text, "%s died: %s", daemons[i].name, end);
        note(' ', text);
        if (i != AGENT)
            pause_ms(1000); /* for the agent to pass it on */
        power_off();
    }
}

/* --- steps --- */

static bool load_modules(void)
{
    char line[512];
    bool ok = true;
    FILE *file = fopen(MODULES, "re");

    if (!file)
        return failed(MODULES ": %s", strerror(errno));
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        int err = gc_load_module(line);
        if (err)
            ok = failed("module %s: %s", line, strerror(-err));
    }
    fclose(file);
    return ok;
}

/* What is there already is replaced. */
static bool make_link(const char *target, const char *path)
{
    unlink(path);
    if (symlink(target, path) == 0 || errno == EEXIST || errno == EISDIR)
        return true;
    return failed("link %s: %s", path, strerror(errno));
}

static bool make_places(void)
{
    static const char *const dirs[] = {"/run/lock",          "/run/xen",     "/run/xenstored",
                                       "/var/lib/xenstored", "/var/lib/xen", "/var/log/xen",
                                       "/etc/xen/scripts",   CONSOLE_DIR,    "/var/lib/xen/dump"};

    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        int err = gc_make_dirs(dirs[i]);
        if (err)
            return failed("%s: %s", dirs[i], strerror(-err));
    }
    /* The toolstack looks for its sockets and locks below /var, and libxl has block devices made
     * ready by a script. */
    if (!make_link("/run", "/var/run") || !make_link("/run/lock", "/var/lock") ||
        !make_link("/sbin/dom0-agent", "/etc/xen/scripts/block"))
        return false;
    int err = gc_mount("xenfs", "/proc/xen", NULL);
    return err ? failed("/proc/xen: %s", strerror(-err)) : true;
}

static bool store_answers(void)
{
    unsigned len;

    /* Where there is no socket xs_open tries the kernel's device, which waits for ever. */
    if (access("/run/xenstored/socket", F_OK) < 0)
        return false;
    struct xs_handle *store = xs_open(0);
    if (!store)
        return false;
    void *value = xs_read(store, XBT_NULL, "/tool", &len);
    bool answers = value || errno == ENOENT;
    free(value);
    xs_close(store);
    return answers;
}

static bool start_store(void)
{
    static const char *const argv[] = {"/usr/sbin/xenstored", "--no-fork", NULL};
    int status;
    char end[64];

    daemons[XENSTORED].pid = spawn(PRIORITY_NICE, argv);
    for (int ms = 0; ms < STORE_WAIT_MS; ms += STEP_MS) {
        if (store_answers())
            return true;
        if (waitpid(daemons[XENSTORED].pid, &status, WNOHANG) != 0) {
            daemons[XENSTORED].pid = 0;
            describe_end(status, end, sizeof end);
            return failed("xenstored did not start: %s", end);
        }
        pause_ms(STEP_MS);
    }
    return failed("xenstored does not answer after %d s", STORE_WAIT_MS / 1000);
}

static bool start_toolstack(void)
{
    static const char *const init_argv[] = {"/usr/sbin/xen-init-dom0", NULL};
    static const char *const console_argv[] = {"/usr/sbin/xenconsoled", "--interactive",
                                               "--log=guest", "--log-dir=" CONSOLE_DIR, NULL};

    if (!start_store() || !run(init_argv))
        return false;
    daemons[XENCONSOLED].pid = spawn(PRIORITY_NICE, console_argv);
    return true;
}

static void start_agent(int agent_fd)
{
    char number[16];
    const char *const argv[] = {"/sbin/dom0-agent", number, NULL};

    snprintf(number, sizeof number, "%d", agent_fd);
    daemons[AGENT].pid = spawn(PRIORITY_REALTIME, argv);
    close(agent_fd);
}

int main(void)
{
    const char *place = "";
    int fds[2] = {-1, -1}, status;
    int err = gc_mount_basics(GC_MOUNT_DEVPTS | GC_MOUNT_TMPFS, &place);

    gc_open_console();
    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    if (pipe(fds) == 0) {
        notes_fd = fds[1];
        fcntl(notes_fd, F_SETFD, FD_CLOEXEC);
        fcntl(notes_fd, F_SETFL, O_NONBLOCK);
        fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    }
    bool ok = err ? failed("%s: %s", place, strerror(-err)) : true;
    if (ok && load_modules() && make_places())
        start_toolstack();
    fcntl(fds[0], F_SETFD, 0);
    start_agent(fds[0]);
    for (;;) {
        pid_t pid = wait(&status);
        if (pid > 0)
            on_end(pid, status);
        else if (errno != EINTR)
            pause_ms(1000);
    }
}
