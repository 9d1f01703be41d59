/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: init of the Linux domU: modules, VBDs, then the writer until it is told to stop.
 *
 * Runs as PID 1 of an initramfs that holds nothing else than modules, and never exits: the end is
 * power-off, and what cannot be reported waits to be destroyed. Files it wants:
 *   /etc/xenrig/modules   a module's path a line, in load order; empty lines and # lines are none;
 *                         no such file: no modules
 *   /dev/console          where its lines go, as well as the kernel's */
#include "args.h"
#include "boot.h"
#include "control.h"
#include "disks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#define MODULES_FILE   "/etc/xenrig/modules"
#define PARAMETERS     "/sys/module/xen_blkfront/parameters/"
#define VBDS_WAIT_S    300
#define CMDLINE_SIZE   4096
#define PARAMETER_SIZE 64

static struct xg_control control;
static struct xg_writer writer;
static struct xg_disks disks;
static struct xg_args args;

static void outlet_node(void *self, const char *name, const char *text)
{
    xg_control_write(self, name, text);
}

static void outlet_log(void *self, const char *sentence)
{
    gc_log("%s", sentence);
}

static void outlet_crash(void *self)
{
    gc_write_file("/proc/sys/kernel/sysrq", "1");
    gc_write_file("/proc/sysrq-trigger", "c");
}

static bool load_modules(char error[XG_SENTENCE_SIZE])
{
    char list[4096], *rest = NULL;
    ssize_t length = gc_read_file(MODULES_FILE, list, sizeof(list));
    if (length == -ENOENT)
        return true; /* all that is needed is built in */
    if (length < 0) {
        snprintf(error, XG_SENTENCE_SIZE, "cannot read " MODULES_FILE ": %s",
                 strerror((int)-length));
        return false;
    }
    for (char *line = strtok_r(list, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        int result = line[0] == '#' ? 0 : gc_load_module(line);
        if (result < 0) {
            snprintf(error, XG_SENTENCE_SIZE, "cannot load %.256s: %s", line, strerror(-result));
            return false;
        }
    }
    return true;
}

/* What the rig asked for and what the driver does must be one, or the run measures another thing.
 * A kernel that does not know the parameter is left to its own. */
static bool check_parameters(char error[XG_SENTENCE_SIZE])
{
    char value[PARAMETER_SIZE];
    if (gc_read_file(PARAMETERS "feature_persistent", value, sizeof(value)) > 0 &&
        !xg_args_check_persistent(&args, value, error))
        return false;
    if (gc_read_file(PARAMETERS "max_indirect_segments", value, sizeof(value)) > 0 &&
        !xg_args_check_segments(&args, value, error))
        return false;
    return true;
}

static bool wait_for_vbds(char error[XG_SENTENCE_SIZE])
{
    char missing[32], frontends[XG_SENTENCE_SIZE / 2];
    unsigned found = xg_disks_wait(&args, VBDS_WAIT_S, missing, sizeof(missing));
    if (found == args.vbds)
        return true;
    xg_control_frontends(&control, frontends, sizeof(frontends));
    snprintf(error, XG_SENTENCE_SIZE,
             "%s is not there after %d s (%u of %u VBDs are); frontends in xenstore: %s", missing,
             VBDS_WAIT_S, found, args.vbds, frontends);
    return false;
}

/* All that must be before ready. */
static bool prepare(char error[XG_SENTENCE_SIZE])
{
    char cmdline[CMDLINE_SIZE];
    int result = gc_read_cmdline(cmdline, sizeof(cmdline));
    if (result < 0) {
        snprintf(error, XG_SENTENCE_SIZE, "cannot read /proc/cmdline: %s", strerror(-result));
        return false;
    }
    struct xg_engine_events events = xg_writer_events(&writer);
    if (!xg_args_parse(cmdline, &args, error) || !check_parameters(error) ||
        !wait_for_vbds(error) || !xg_disks_open(&disks, &args, &events, error))
        return false;
    xg_writer_attach(&writer, disks.engines, disks.count);
    return true;
}

static void wait_for_ever(void)
{
    while (true)
        pause();
}

/* Mounts, console, modules, xenstore. Without xenstore there is nobody to report to but the
 * console. */
static void boot(char error[XG_SENTENCE_SIZE])
{
    const char *failed = "";
    char problem[XG_SENTENCE_SIZE];
    int result = gc_mount_basics(0, &failed);
    gc_open_console();
    if (result < 0)
        snprintf(error, XG_SENTENCE_SIZE, "cannot mount %s: %s", failed, strerror(-result));
    else
        load_modules(error);
    if (xg_control_open(&control, problem))
        return;
    if (error[0] != '\0')
        gc_log("%s", error);
    gc_log("%s", problem);
    wait_for_ever();
}

int main(void)
{
    const struct xg_outlet outlet = {
        .self = &control, .node = outlet_node, .log = outlet_log, .crash = outlet_crash};
    char error[XG_SENTENCE_SIZE] = "";

    boot(error);
    xg_writer_init(&writer, &outlet);
    if (error[0] != '\0' || !prepare(error))
        xg_writer_problem(&writer, error, true);
    if (!xg_control_listen(&control, &writer, error))
        xg_writer_problem(&writer, error, true);
    xg_writer_run(&writer);
    if (disks.count > 0)
        xg_disks_close(&disks);
    reboot(RB_POWER_OFF);
    gc_log("power-off failed: %s", strerror(errno));
    wait_for_ever();
}
