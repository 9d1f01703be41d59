/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command run as a user runs it, with a state and a runtime folder of its own. */
#pragma once

#include "base/json.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/wait.h>

typedef struct {
    char *folder, *state, *runtime;
    int status; /* of the last command; -1: ended by a signal */
    char *out, *err;
} Command;

static inline void command_init(Command *c)
{
    g_autoptr(GError) error = NULL;

    c->folder = g_dir_make_tmp("xrt-XXXXXX", &error);
    g_assert_no_error(error);
    c->state = g_build_filename(c->folder, "state", NULL);
    c->runtime = g_build_filename(c->folder, "run", NULL);
}

static inline void command_remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) && !g_file_test(child, G_FILE_TEST_IS_SYMLINK))
            command_remove_tree(child);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

static inline void command_clear(Command *c)
{
    command_remove_tree(c->folder);
    g_free(c->out);
    g_free(c->err);
    g_free(c->folder);
    g_free(c->state);
    g_free(c->runtime);
}

/* Words after the command's path, NULL-terminated. */
static inline GSubprocess *command_start(Command *c, char **words)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(argv, (char *)XR_COMMAND);
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add(argv, words[i]);
    g_ptr_array_add(argv, NULL);
    g_subprocess_launcher_setenv(launcher, "XENRIG_STATE", c->state, TRUE);
    g_subprocess_launcher_setenv(launcher, "XENRIG_RUNTIME", c->runtime, TRUE);
    GSubprocess *process =
        g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
    g_assert_no_error(error);
    return process;
}

static inline void command_finish(Command *c, GSubprocess *process)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&c->out, g_free);
    g_clear_pointer(&c->err, g_free);
    g_subprocess_communicate_utf8(process, NULL, NULL, &c->out, &c->err, &error);
    g_assert_no_error(error);
    c->status = g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;
    g_test_message("exit code %d", c->status);
    g_test_message("%s", c->out);
    g_test_message("%s", c->err);
}

static inline void command_run(Command *c, char **words)
{
    g_autoptr(GSubprocess) process = command_start(c, words);

    command_finish(c, process);
}

/* The object that --json printed. */
static inline JsonObject *command_verdict(const Command *c)
{
    g_autofree char *line = g_strdelimit(g_strdup(c->out), "\n", ' ');
    g_autoptr(GError) error = NULL;
    JsonObject *verdict = xr_json_parse_line(line, -1, &error);

    g_assert_no_error(error);
    return verdict;
}

/* The first finding of that kind, or NULL. */
static inline JsonObject *command_find(JsonObject *verdict, const char *kind)
{
    JsonArray *findings = xr_json_array(verdict, "findings");

    for (guint i = 0; i < json_array_get_length(findings); i++) {
        JsonObject *object = xr_json_element_object(findings, i);

        if (g_str_equal(xr_json_string(object, "kind", ""), kind))
            return object;
    }
    return NULL;
}

/* The same; there has to be one. */
static inline JsonObject *command_finding(JsonObject *verdict, const char *kind)
{
    JsonObject *found = command_find(verdict, kind);

    if (found == NULL)
        g_error("no finding %s", kind);
    return found;
}

/* A process that has both texts on its command line; 0: there is none. */
static inline pid_t find_process(const char *text, const char *other)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *entry;

    while ((entry = g_dir_read_name(proc)) != NULL) {
        g_autofree char *path = g_build_filename("/proc", entry, "cmdline", NULL);
        g_autofree char *words = NULL;
        gsize len = 0;

        if (!g_ascii_isdigit(entry[0]) || !g_file_get_contents(path, &words, &len, NULL))
            continue;
        for (gsize i = 0; i < len; i++)
            words[i] = words[i] == '\0' ? ' ' : words[i];
        if (g_strstr_len(words, (gssize)len, text) != NULL &&
            g_strstr_len(words, (gssize)len, other) != NULL)
            return (pid_t)g_ascii_strtoll(entry, NULL, 10);
    }
    return 0;
}

static inline gboolean process_names(const char *text)
{
    return find_process(text, text) != 0;
}

#define assert_says(text, words)                                                                   \
    do {                                                                                           \
        g_autofree char *flat_ = g_strdelimit(g_strdup(text), "\n", ' ');                          \
        if (strstr(flat_, (words)) == NULL)                                                        \
            g_error("\"%s\" is not in: %s", (words), (text));                                      \
    } while (0)
