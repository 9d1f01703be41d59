/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the commands; each parses its own options, makes one library call and returns the exit code.
 *
 * argv[0] is the command's name. Exit codes: 0 pass, 77 skip, 2 unsure, 1 fail, 99 error (also
 * for wrong words on the command line). */
#pragma once

#include "run/series.h"
#include "tell/tell.h"
#include <glib.h>

enum { XR_EXIT_ERROR = 99 };

int cmd_run(int argc, char **argv);
int cmd_build(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_compare(int argc, char **argv); /* 0 same, 1 different, 2 unsure, 99 error */
int cmd_nightly(int argc,
                char **argv); /* 0 same, improved, 1 regressed, failed, 2 unsure, 99 error */
int cmd_calibrate(int argc, char **argv);
int cmd_bisect(int argc, char **argv); /* 0 found, 1 ends alike, 2 range or unsure, 99 error */
int cmd_check(int argc, char **argv); /* 0 good, 1 bad, 125 skip, 128 error: for `git bisect run` */
int cmd_judge(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_atlas(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_lockcheck(int argc, char **argv);
int cmd_guard(int argc, char **argv); /* hidden: boot/guard.h */

/* Prints "xenrig COMMAND: message" and frees the error. Returns XR_EXIT_ERROR. */
int cmd_fail(const char *command, GError *error);

/* Parses a command's options; what is left of argv is its words. summary: what --help tells first. FALSE with an error. */
gboolean cmd_parse(const GOptionEntry *entries, const char *summary, int *argc, char ***argv,
                   GError **error);
/* Sets error, of wrong words on the command line. Returns FALSE. */
gboolean cmd_refuse(GError **error, const char *text);
/* Prints the object on standard output, indented, and frees it. */
void cmd_print_json(JsonObject *object);
/* Prints the verdict on standard output, in one of the three ways; returns its exit code. */
int cmd_print_verdict(const XrReport *report, gboolean json, gboolean tap);
/* A plan that is a series, which it takes: runs what is missing, and prints. Returns the exit code. */
int cmd_run_series(XrPlan *plan, const XrSeriesOptions *options, gboolean json);
/* A series' record printed again. Returns the exit code. */
int cmd_judge_series(const char *dir, const char *const *sets, gboolean json);
/* The error of --json and --tap given at once; FALSE if so. */
gboolean cmd_check_format(gboolean json, gboolean tap, GError **error);
