/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a matrix as a job array of a real Slurm, whose node is this host.
 *
 * What must not be: that a cell is lost or counted twice, that its record is taken for one made here, or that a machine outlives
 * its job. */
#include "command.h"
#include "slurm.h"

typedef struct {
    Command c;
    Slurm s;
    char *matrix;
    const char *lacks;
} Fixture;

static void up(Fixture *f, gconstpointer unused)
{
    command_init(&f->c);
    f->matrix = g_build_filename(f->c.folder, "a matrix", NULL);
    f->lacks = slurm_lacks();
    if (f->lacks == NULL)
        slurm_start(&f->s);
}

static void down(Fixture *f, gconstpointer unused)
{
    slurm_stop(&f->s);
    command_clear(&f->c);
    if (f->s.folder != NULL)
        command_remove_tree(f->s.folder);
    g_free(f->s.folder);
    g_free(f->matrix);
}

static gboolean skip(const Fixture *f)
{
    if (f->lacks != NULL)
        g_test_skip(f->lacks);
    return f->lacks != NULL;
}

static guint count_lines(const char *text)
{
    guint lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static guint count_jobs(const Fixture *f)
{
    g_autofree char *path = g_build_filename(f->matrix, "jobs", NULL);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? count_lines(text) : 0;
}

/* Runs of the history, which are all of the node's. */
static guint count_gathered(Fixture *f)
{
    char *words[] = {"history", NULL};
    g_autofree char *node = slurm_node_name();
    g_autofree char *lower = g_ascii_strdown(node, -1);
    g_autofree char *origin = g_strconcat("@", lower, NULL);
    guint runs = 0;

    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, ==, 0);
    for (const char *at = f->c.out; (at = strstr(at, origin)) != NULL; at++)
        runs++;
    return runs;
}

/* Two cells that pass; gathered again nothing changes, and asked for again nothing is run. */
static void test_two_cells(Fixture *f, gconstpointer unused)
{
    char *words[] = {"matrix", "--slurm",   "--build", "debian:bookworm", "--plan",
                     "smoke",  "--repeats", "2",       "--partition",     "lab",
                     "-o",     f->matrix,   NULL};
    char *gather[] = {"matrix", "--gather", f->matrix, NULL};

    if (skip(f))
        return;
    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, ==, 0);
    assert_says(f->c.out, "PASS: 2 cells, 2 pass");
    g_assert_cmpuint(count_gathered(f), ==, 2);
    command_run(&f->c, gather);
    g_assert_cmpint(f->c.status, ==, 0);
    assert_says(f->c.out, "PASS: 2 cells, 2 pass");
    g_assert_cmpuint(count_gathered(f), ==, 2);
    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, ==, 0);
    g_assert_cmpuint(count_jobs(f), ==, 1);
}

static void await_process(const char *text, gboolean there)
{
    for (guint i = 0; i < 900 && process_names(text) != there; i++)
        g_usleep(100 * 1000);
    g_assert_true(process_names(text) == there);
}

/* scancel ends the machine, and the record is kept. */
static void test_cancelled(Fixture *f, gconstpointer unused)
{
    char *words[] = {"matrix", "--slurm", "--build", "debian:bookworm", "--plan", "smoke",
                     "-o",     f->matrix, NULL};
    char *cancel[] = {"scancel", "--name=xenrig-matrix", NULL};
    g_autoptr(GSubprocess) process = NULL;

    if (skip(f))
        return;
    process = command_start(&f->c, words);
    await_process(f->c.runtime, TRUE);
    g_usleep(3 * 1000 * 1000);
    g_assert_true(
        g_spawn_sync(NULL, cancel, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    command_finish(&f->c, process);
    g_assert_cmpint(f->c.status, ==, 99);
    assert_says(f->c.out, "cell 0: error: ");
    assert_says(f->c.out, "interrupted");
    await_process(f->c.runtime, FALSE);
}

/* A cell that cannot run says why, and the other one is none the worse. */
static void test_broken_cell(Fixture *f, gconstpointer unused)
{
    g_autofree char *plan = g_build_filename(f->c.folder, "it's.plan", NULL);
    char *words[] = {"matrix",  "--slurm", "--build", "file:/nowhere/xen", "--plan", plan, "-o",
                     f->matrix, "--json",  NULL};

    if (skip(f))
        return;
    g_assert_true(g_file_set_contents(plan, "[guests]\ncount=1\n", -1, NULL));
    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, !=, 0);
    assert_says(f->c.out, "/nowhere/xen");
    assert_says(f->c.out, "\"verdict\"");
    g_assert_null(strstr(f->c.out, "\"missing\""));
}

static void test_refused(Fixture *f, gconstpointer unused)
{
    char *words[] = {"matrix", "--slurm", "--build",     "debian:bookworm", "--plan", "smoke",
                     "-o",     f->matrix, "--partition", "nowhere",         NULL};

    if (skip(f))
        return;
    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, ==, 99);
    assert_says(f->c.err, "job.sbatch: sbatch refused it: ");
    assert_says(f->c.err, "invalid partition specified: nowhere");
    g_assert_cmpuint(count_jobs(f), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/slurm/refused", Fixture, NULL, up, test_refused, down);
    g_test_add("/slurm/broken-cell", Fixture, NULL, up, test_broken_cell, down);
    g_test_add("/slurm/two-cells", Fixture, NULL, up, test_two_cells, down);
    g_test_add("/slurm/cancelled", Fixture, NULL, up, test_cancelled, down);
    return g_test_run();
}
