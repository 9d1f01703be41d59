/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: programs started on the side. */
#include "child.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_NICE = -10, ERROR_MAX = 1500 };

typedef struct {
    AgLoop *loop;
    pid_t pid;
    int pid_fd, output_fd;
    AgSource *pid_source, *output_source;
    AgTimer *timer;
    int64_t begin_ns, timeout_ns;
    bool timed_out;
    char *output;
    size_t len, keep;
    AgChildFn fn;
    void *data;
} Child;

static void keep_output(Child *child, const char *bytes, size_t len)
{
    if (len > child->keep) {
        bytes += len - child->keep;
        len = child->keep;
    }
    if (child->len + len > child->keep) {
        size_t over = child->len + len - child->keep;
        memmove(child->output, child->output + over, child->len - over);
        child->len -= over;
    }
    memcpy(child->output + child->len, bytes, len);
    child->len += len;
    child->output[child->len] = '\0';
}

static void on_output(uint32_t events, void *data)
{
    Child *child = data;
    char buf[8192];
    ssize_t got;

    while ((got = read(child->output_fd, buf, sizeof buf)) > 0)
        keep_output(child, buf, (size_t)got);
    if (got == 0 && child->output_source) {
        ag_source_remove(child->output_source);
        child->output_source = NULL;
    }
}

static char *describe_end(const Child *child, int status)
{
    if (child->timed_out)
        return ag_printf("no end after %lld s", (long long)(child->timeout_ns / 1000000000));
    if (WIFSIGNALED(status))
        return ag_printf("signal %d", WTERMSIG(status));
    return ag_printf("exit status %d", WEXITSTATUS(status));
}

static void child_free(Child *child)
{
    ag_source_remove(child->output_source);
    ag_source_remove(child->pid_source);
    ag_timer_cancel(child->timer);
    if (child->output_fd >= 0)
        close(child->output_fd);
    if (child->pid_fd >= 0)
        close(child->pid_fd);
    free(child->output);
    free(child);
}

static void on_exit_of(uint32_t events, void *data)
{
    Child *child = data;
    int status = 0;

    if (waitpid(child->pid, &status, WNOHANG) == 0)
        return;
    on_output(0, child);
    ag_autofree char *what = describe_end(child, status);
    AgChildResult result = {.ok = !child->timed_out && WIFEXITED(status) && !WEXITSTATUS(status),
                            .what = what,
                            .output = child->output,
                            .len = child->len,
                            .duration_ns = ag_now() - child->begin_ns};
    child->fn(&result, child->data);
    child_free(child);
}

static void on_timeout(void *data)
{
    Child *child = data;

    child->timer = NULL;
    child->timed_out = true;
    kill(child->pid, SIGKILL);
}

static void on_not_started(void *data)
{
    Child *child = data;
    AgChildResult result = {.what = child->output, .output = "", .len = 0};

    child->timer = NULL;
    child->fn(&result, child->data);
    child_free(child);
}

/* In the child, between fork and exec: system calls only. */
static void become(const char *const argv[], unsigned flags, int output_fd)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, STDIN_FILENO);
    dup2(output_fd, STDOUT_FILENO);
    dup2(output_fd, STDERR_FILENO);
    setpriority(PRIO_PROCESS, 0, CHILD_NICE);
    if (flags & AG_CHILD_REALTIME)
        sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
    if (flags & AG_CHILD_OWN_LOCK && unshare(CLONE_NEWNS) == 0) {
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
        mount("tmpfs", "/run/lock", "tmpfs", 0, "size=64k");
    }
    execv(argv[0], (char *const *)(uintptr_t)argv);
    dprintf(STDERR_FILENO, "%s cannot be started: %s", argv[0], strerror(errno));
    _exit(127);
}

/* Starts it; 0 or errno. */
static int start(Child *child, const char *const argv[], unsigned flags)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return errno;
    child->pid = fork();
    if (child->pid == 0)
        become(argv, flags, fds[1]);
    int err = errno;
    close(fds[1]);
    child->output_fd = fds[0];
    if (child->pid < 0)
        return err;
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    child->pid_fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pid_fd < 0) {
        err = errno;
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        return err;
    }
    fcntl(child->pid_fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

void ag_child_start(AgLoop *loop, const char *const argv[], unsigned flags, size_t keep,
                    int64_t timeout_ns, AgChildFn fn, void *data)
{
    Child *child = ag_alloc(sizeof *child);

    *child = (Child){.loop = loop,
                     .pid_fd = -1,
                     .output_fd = -1,
                     .keep = keep,
                     .fn = fn,
                     .data = data,
                     .timeout_ns = timeout_ns,
                     .begin_ns = ag_now()};
    int err = start(child, argv, flags);
    if (err) {
        child->output = ag_printf("%s cannot be started: %s", argv[0], strerror(err));
        child->timer = ag_loop_at(loop, 0, on_not_started, child);
        return;
    }
    child->output = ag_alloc(keep + 1);
    child->output_source = ag_loop_add(loop, child->output_fd, EPOLLIN, on_output, child);
    child->pid_source = ag_loop_add(loop, child->pid_fd, EPOLLIN, on_exit_of, child);
    child->timer = ag_loop_at(loop, child->begin_ns + timeout_ns, on_timeout, child);
}

char *ag_child_error(const char *program, const AgChildResult *result)
{
    ag_autofree char *lines = ag_text_last_lines(result->output, result->len, ERROR_MAX);

    return ag_printf("%s: %s%s%s", program, result->what, lines[0] ? ": " : "", lines);
}
