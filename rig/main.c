/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command table. */
#include "base/error.h"
#include "commands.h"
#include <locale.h>
#include <stdio.h>

typedef struct {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *summary; /* NULL: hidden */
} Command;

static const Command commands[] = {
    {"run", cmd_run, "boot Xen, dom0 and domUs, stream, and judge"},
    {"build", cmd_build, "fetch or build hypervisors; list, show and remove what was built"},
    {"plan", cmd_plan, "show a plan with all its values, or list the plans"},
    {"compare", cmd_compare, "run builds in turn until their figures tell them apart, or not"},
    {"nightly", cmd_nightly, "run plans over builds, and tell what regressed"},
    {"matrix", cmd_matrix, "run plans with builds, spread over hosts by Slurm"},
    {"atlas", cmd_atlas, "measure releases of Xen, and make one page of them"},
    {"bisect", cmd_bisect, "find the commit that made it worse"},
    {"check", cmd_check, "tell good from bad for `git bisect run`"},
    {"calibrate", cmd_calibrate, "try out, on stored runs, how often comparisons are right"},
    {"judge", cmd_judge, "judge a stored run again"},
    {"history", cmd_history, "list, compare, export, import and remove stored runs; trends"},
    {"report", cmd_report, "make pages of HTML of stored records"},
    {"doctor", cmd_doctor, "tell what this host can do and what it lacks"},
    {"lockcheck", cmd_lockcheck, "measure how far lockstep is from CPUs in parallel"},
    {"guard", cmd_guard, NULL},
};

static void print_usage(FILE *out)
{
    fputs("Usage: xenrig COMMAND [OPTION…]\n\n"
          "Boots nested Xen in QEMU with a Linux dom0 and domUs that stream writes to their VBDs,\n"
          "and tells whether the hypervisor held up.\n\n",
          out);
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].summary != NULL)
            fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\n`xenrig COMMAND --help` tells its options. Exit codes: 0 pass, 1 fail, 2 unsure,\n"
          "77 skip, 99 error.\n",
          out);
}

int cmd_fail(const char *command, GError *error)
{
    fprintf(stderr, "xenrig %s: %s\n", command, error->message);
    g_error_free(error);
    return XR_EXIT_ERROR;
}

int main(int argc, char **argv)
{
    /* Not LC_NUMERIC: figures look the same everywhere, to people and programs. */
    setlocale(LC_CTYPE, "");
    setlocale(LC_MESSAGES, "");
    if (argc < 2) {
        print_usage(stderr);
        return XR_EXIT_ERROR;
    }
    if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h")) {
        print_usage(stdout);
        return 0;
    }
    if (g_str_equal(argv[1], "--version")) {
        puts("xenrig " XR_VERSION);
        return 0;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(argv[1], commands[i].name))
            return commands[i].main(argc - 1, argv + 1);
    }
    fprintf(stderr, "xenrig: \"%s\" is no command; `xenrig --help` lists them\n", argv[1]);
    return XR_EXIT_ERROR;
}
