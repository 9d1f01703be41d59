/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypervisors from source by the command itself: built once, by however many ask; interrupted, and broken. */
#include "base/json.h"
#include "build-rig.h"
#include "build-xen.h"
#include <signal.h>
#include <sys/wait.h>

enum { SECOND_US = 1000 * 1000, STEP_US = 20 * 1000, PATIENCE_S = 30 };

typedef struct {
    char *top;
    char *log;         /* what the fake makes were asked for */
    char *hypervisors; /* the cache's folder of them */
    char *name;        /* of a good build */
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    f->top = build_rig_new();
    f->log = g_build_filename(f->top, "log", NULL);
    f->hypervisors = g_build_filename(f->top, "cache", "hypervisors", NULL);
    f->name = g_strdup_printf("dir:%s/good,root=host,toolstack=bookworm", f->top);
    xen_put_tree(f->top, "good", "int start(void) { return 1; }\n");
    g_setenv("XENRIG_TEST_LOG", f->log, TRUE);
    g_unsetenv("XENRIG_TEST_PAUSE");
}

static void tear_down(Fixture *f, gconstpointer data)
{
    fixture_free(f->top);
    g_free(f->log);
    g_free(f->hypervisors);
    g_free(f->name);
}

static GSubprocess *start(const char *const *words)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(argv, (gpointer)XENRIG);
    g_ptr_array_add(argv, (gpointer) "build");
    for (; *words; words++)
        g_ptr_array_add(argv, (gpointer)*words);
    g_ptr_array_add(argv, NULL);
    GSubprocess *process =
        g_subprocess_newv((const char *const *)argv->pdata,
                          G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
    g_assert_no_error(error);
    return process;
}

/* Waits for its end; what it printed. */
static char *finish(GSubprocess *process, int code)
{
    g_autoptr(GError) error = NULL;
    char *out = NULL;

    g_subprocess_communicate_utf8(process, NULL, NULL, &out, NULL, &error);
    g_assert_no_error(error);
    if (!g_subprocess_get_if_exited(process) || g_subprocess_get_exit_status(process) != code)
        g_error("not exit code %d: %s", code, out);
    return out;
}

static char *run(int code, const char *a, const char *b, const char *c)
{
    const char *const words[] = {a, b, c, NULL};
    g_autoptr(GSubprocess) process = start(words);

    return finish(process, code);
}

/* Files in the cache's folder of hypervisors whose names hold part. */
static guint count_files(const Fixture *f, const char *part)
{
    g_autoptr(GDir) dir = g_dir_open(f->hypervisors, 0, NULL);
    const char *name;
    guint count = 0;

    while (dir && (name = g_dir_read_name(dir)))
        count += strstr(name, part) != NULL;
    return count;
}

/* How often word stands at the beginning of a line of the log. */
static guint count_log(const Fixture *f, const char *word)
{
    g_autofree char *text = NULL;
    guint count = 0;

    if (!g_file_get_contents(f->log, &text, NULL, NULL))
        return 0;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        count += g_str_has_prefix(lines[i], word);
    return count;
}

static GPid wait_for_pause(const Fixture *f)
{
    for (guint i = 0; i < PATIENCE_S * (SECOND_US / STEP_US); i++) {
        g_autofree char *text = NULL;
        if (g_file_get_contents(f->log, &text, NULL, NULL) && strstr(text, "pause ") &&
            strchr(strstr(text, "pause "), '\n'))
            return atoi(strstr(text, "pause ") + strlen("pause "));
        g_usleep(STEP_US);
    }
    g_error("the build did not begin");
}

static gboolean ends_soon(GPid pid)
{
    for (guint i = 0; i < PATIENCE_S * (SECOND_US / STEP_US); i++) {
        g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL) || strstr(text, ") Z "))
            return TRUE;
        g_usleep(STEP_US);
    }
    return FALSE;
}

static void test_once(Fixture *f, gconstpointer data)
{
    g_autofree char *first = run(0, f->name, NULL, NULL);
    gint64 before_us = g_get_monotonic_time();
    g_autofree char *again = run(0, f->name, NULL, NULL);

    g_assert_nonnull(strstr(first, "building the hypervisor dir:"));
    g_assert_nonnull(strstr(first, "good,root=host,toolstack=bookworm: Xen 4.17.5, tree "));
    g_assert_null(strstr(again, "building"));
    g_assert_cmpint(g_get_monotonic_time() - before_us, <, 10 * SECOND_US);
    g_assert_cmpuint(count_log(f, "make "), ==, 1);
    g_assert_cmpuint(count_files(f, ".tmp"), ==, 0);
}

static void test_two_of_one_name(Fixture *f, gconstpointer data)
{
    const char *const words[] = {f->name, NULL};

    g_setenv("XENRIG_TEST_PAUSE", "1", TRUE);
    g_autoptr(GSubprocess) a = start(words);
    g_autoptr(GSubprocess) b = start(words);
    g_autofree char *told_a = finish(a, 0);
    g_autofree char *told_b = finish(b, 0);
    g_assert_cmpuint(count_log(f, "make "), ==, 1);
    g_assert_nonnull(strstr(told_a, "good,root=host,toolstack=bookworm: Xen 4.17.5"));
    g_assert_nonnull(strstr(told_b, "good,root=host,toolstack=bookworm: Xen 4.17.5"));
    g_assert_cmpuint(count_files(f, ".tmp"), ==, 0);
}

/* Neither waits for the other, nor sweeps away what the other is making. */
static void test_two_names(Fixture *f, gconstpointer data)
{
    g_autofree char *other = g_strdup_printf("dir:%s/other,root=host,toolstack=bookworm", f->top);
    const char *const words_a[] = {f->name, NULL}, *const words_b[] = {other, NULL};

    xen_put_tree(f->top, "other", "int start(void) { return 2; }\n");
    g_setenv("XENRIG_TEST_PAUSE", "2", TRUE);
    g_autoptr(GSubprocess) a = start(words_a);
    wait_for_pause(f);
    g_autoptr(GSubprocess) b = start(words_b);
    g_autofree char *told_a = finish(a, 0);
    g_autofree char *told_b = finish(b, 0);
    g_assert_cmpuint(count_log(f, "make "), ==, 2);
    g_assert_null(strstr(told_b, "identical"));
}

static void test_signal(Fixture *f, gconstpointer data)
{
    const char *const words[] = {f->name, NULL};

    g_setenv("XENRIG_TEST_PAUSE", "60", TRUE);
    g_autoptr(GSubprocess) process = start(words);
    GPid pause = wait_for_pause(f);
    g_subprocess_send_signal(process, GPOINTER_TO_INT(data));
    g_autofree char *told = finish(process, 99);
    g_assert_nonnull(strstr(told, "xenrig build: stopped while building "));
    g_assert_true(ends_soon(pause));
    g_assert_cmpuint(count_files(f, ".tmp"), ==, 0);
    /* A lock and a log, no entry. */
    g_assert_cmpuint(count_files(f, ""), ==, 2);
}

/* The kernel ends what a killed rig had started; the next build, of whatever name, clears up. */
static void test_killed(Fixture *f, gconstpointer data)
{
    g_autofree char *other = g_strdup_printf("dir:%s/other,root=host,toolstack=bookworm", f->top);
    const char *const words[] = {f->name, NULL};

    xen_put_tree(f->top, "other", "int start(void) { return 2; }\n");
    g_setenv("XENRIG_TEST_PAUSE", "60", TRUE);
    g_autoptr(GSubprocess) process = start(words);
    GPid pause = wait_for_pause(f);
    g_subprocess_force_exit(process);
    g_subprocess_wait(process, NULL, NULL);
    g_assert_true(ends_soon(pause));
    g_assert_cmpuint(count_files(f, ".tmp"), >, 0);
    g_unsetenv("XENRIG_TEST_PAUSE");
    g_autofree char *told = run(0, other, NULL, NULL);
    g_assert_cmpuint(count_files(f, ".tmp"), ==, 0);
    g_autofree char *anew = run(0, f->name, NULL, NULL);
    g_assert_nonnull(strstr(anew, "building the hypervisor"));
}

static void test_broken(Fixture *f, gconstpointer data)
{
    g_autofree char *name = g_strdup_printf("dir:%s/broken,root=host,toolstack=bookworm", f->top);

    xen_put_tree(f->top, "broken", "int start(void)\n{\n    return no_such_thing;\n}\n");
    g_autofree char *told = run(77, name, NULL, NULL);
    g_autofree char *head = g_strdup_printf("xenrig build: %s does not build:\n", name);
    g_assert_nonnull(strstr(told, head));
    g_assert_nonnull(strstr(told, "\n  xen.c:4:12: error: "));
    g_assert_nonnull(strstr(told, "no_such_thing"));
    g_assert_nonnull(strstr(told, "\n      4 |     return no_such_thing;\n"));
    g_assert_nonnull(strstr(told, "\nThe whole log: "));
    char *path = strstr(told, "\nThe whole log: ") + strlen("\nThe whole log: ");
    g_assert_true(g_file_test(g_strchomp(path), G_FILE_TEST_IS_REGULAR));
    g_assert_cmpuint(count_files(f, ".tmp"), ==, 0);
}

static void test_full_disk(Fixture *f, gconstpointer data)
{
    g_autofree char *name = g_strdup_printf("dir:%s/full,root=host,toolstack=bookworm", f->top);

    xen_put_tree(f->top, "full", "#error No space left on device\n");
    g_autofree char *told = run(99, name, NULL, NULL);
    g_assert_nonnull(strstr(
        told, "full,root=host,toolstack=bookworm was not built, for lack of disk or memory:\n"));
}

/* A comment is another tree, and no other code. */
static void test_identical(Fixture *f, gconstpointer data)
{
    g_autofree char *same = g_strdup_printf("dir:%s/same,root=host,toolstack=bookworm", f->top);
    g_autofree char *debug = g_strconcat(same, ",debug", NULL);

    xen_put_tree(f->top, "same", "int start(void) { return 1; } /* sic */\n");
    g_autofree char *first = run(0, f->name, NULL, NULL);
    g_autofree char *second = run(0, same, NULL, NULL);
    g_autofree char *remark = g_strdup_printf(
        "  identical to %s: a comparison of the two would measure the same code twice\n", f->name);
    g_assert_null(strstr(first, "identical"));
    g_assert_nonnull(strstr(second, "building"));
    g_assert_nonnull(strstr(second, remark));
    g_autofree char *diff = run(0, "diff", f->name, debug);
    g_assert_nonnull(strstr(diff, "hypervisor: the same code\ntoolstack: the same\n"));
    g_assert_nonnull(strstr(diff, "\ndebug: n / y\n"));
    g_autofree char *shown = run(0, "show", same, NULL);
    g_assert_nonnull(strstr(shown, "\n  the same code as: dir:"));
    g_assert_nonnull(strstr(shown, "\n    most CPUs                                16\n"));
}

int main(int argc, char **argv)
{
    static const char *const tools[] = {"gcc", "ld", "make", "bison", "flex", "python3"};

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_autofree char *path = g_find_program_in_path(tools[i]);
        if (!path)
            return 77;
    }
#define ADD(name, data, func)                                                                      \
    g_test_add("/build/store/" name, Fixture, GINT_TO_POINTER(data), set_up, func, tear_down)
    ADD("once", 0, test_once);
    ADD("two-of-one-name", 0, test_two_of_one_name);
    ADD("two-names", 0, test_two_names);
    ADD("sigint", SIGINT, test_signal);
    ADD("sigterm", SIGTERM, test_signal);
    ADD("killed", 0, test_killed);
    ADD("broken", 0, test_broken);
    ADD("full-disk", 0, test_full_disk);
    ADD("identical", 0, test_identical);
    return g_test_run();
}
