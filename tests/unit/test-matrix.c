/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A matrix: its record, the script that Slurm gets, what squeue says, and the table. */
#include "base/error.h"
#include "history-fixture.h"
#include "run/matrix.h"

static char *folder; /* of the matrix of a test */

static char **words(const char *text)
{
    return g_strsplit(text, " ", -1);
}

static XrMatrix *make(const char *builds, const char *plans, guint repeats, const char *set)
{
    g_auto(XrMatrixShape) shape = {
        .builds = words(builds), .plans = words(plans), .repeats = repeats};
    g_autoptr(GError) error = NULL;
    char *sets[] = {(char *)set, NULL};

    remove_tree(folder);
    shape.sets = g_strdupv(sets);
    XrMatrix *matrix = xr_matrix_new(folder, &shape, &error);
    g_assert_no_error(error);
    return matrix;
}

/* --- the record --- */

static void test_record(void)
{
    g_autoptr(XrMatrix) matrix = make("a b", "smoke verify", 2, "guests.count=1");
    g_autoptr(GError) error = NULL;
    const XrMatrixCell *cell = matrix->cells->pdata[5];

    /* Neighbours are of different builds, and all is there once before anything is there twice. */
    g_assert_cmpuint(matrix->cells->len, ==, 8);
    g_assert_cmpstr(cell->build, ==, "b");
    g_assert_cmpstr(cell->plan, ==, "smoke");
    g_assert_cmpuint(cell->repeat, ==, 2);
    g_assert_true(g_str_has_prefix(cell->name, "smoke-5-"));

    g_assert_true(xr_matrix_add_job(matrix, "17", &error));
    g_assert_true(xr_matrix_add_job(matrix, "18", &error));
    g_autoptr(XrMatrix) again = xr_matrix_open(folder, &error);
    g_assert_no_error(error);
    g_assert_true(xr_matrix_fits(again, &matrix->shape));
    g_assert_cmpuint(again->jobs->len, ==, 2);
    g_assert_cmpstr(again->jobs->pdata[1], ==, "18");
    g_assert_cmpstr(((XrMatrixCell *)again->cells->pdata[5])->name, ==, cell->name);
    again->shape.repeats = 1;
    g_assert_false(xr_matrix_fits(again, &matrix->shape));
}

static void assert_no_matrix(const char *text, const char *wanted)
{
    g_autoptr(GError) error = NULL;

    if (text != NULL)
        put(folder, "matrix.json", text);
    g_assert_null(xr_matrix_open(folder, &error));
    assert_says(error->message, wanted);
}

static void test_damaged(void)
{
    g_autoptr(XrMatrix) matrix = make("a", "smoke", 1, NULL);
    g_autoptr(GError) error = NULL;

    put(folder, "jobs", "12\n--force\n\n-1\n13 14\n15");
    g_autoptr(XrMatrix) again = xr_matrix_open(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->jobs->len, ==, 2);
    assert_no_matrix("{}", "no matrix that this xenrig wrote, or a damaged one");
    assert_no_matrix("{\"schema\":1,\"builds\":[\"a\"],\"plans\":[\"p\"],\"repeats\":4000000}",
                     "a damaged one");
    assert_no_matrix("{\"schema\":1,\"builds\":[1,{}],\"plans\":[\"p\"],\"repeats\":1}",
                     "a damaged one");
    assert_no_matrix("{\"schema\":1,", "matrix.json");
    remove_tree(folder);
    assert_no_matrix(NULL, "no matrix; that is the folder that `xenrig matrix` names");
}

static void test_too_large(void)
{
    g_auto(XrMatrixShape) shape = {
        .builds = words("a b"), .plans = words("p q"), .sets = words(""), .repeats = 300};
    g_autoptr(GError) error = NULL;

    remove_tree(folder);
    g_assert_null(xr_matrix_new(folder, &shape, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "2 builds x 2 plans x 300 runs are more than 1000 cells: make several matrices "
                    "of it");
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

/* What a run left without a verdict is put away before the cell is run again; one with a verdict stays. */
static void test_clear(void)
{
    g_autoptr(XrMatrix) matrix = make("a b", "smoke", 1, NULL);
    const XrMatrixCell *done = matrix->cells->pdata[0], *torn = matrix->cells->pdata[1];
    g_autofree char *done_record = xr_matrix_cell_record(done);
    g_autofree char *torn_record = xr_matrix_cell_record(torn);
    static const Made made = {.id = "r"};
    g_autoptr(GError) error = NULL;

    write_record(done_record, &made);
    put(done->dir, "node", "n1\n");
    put(torn_record, "events.jsonl", "{\"t\":0");
    put(torn->dir, "node", "n2\n");
    g_assert_true(xr_matrix_cell_clear(done, &error));
    g_assert_true(xr_matrix_cell_clear(torn, &error));
    g_autofree char *node = xr_matrix_cell_node(done);
    g_autofree char *gone = xr_matrix_cell_node(torn);
    g_assert_cmpstr(node, ==, "n1");
    g_assert_null(gone);
    g_assert_false(g_file_test(torn_record, G_FILE_TEST_EXISTS));
    g_autoptr(XrHistoryRun) run = xr_matrix_cell_run(done);
    g_assert_nonnull(run);
}

/* An error is worth another run, whose record is beside the first one's; the last one counts. */
static void test_again(void)
{
    g_autoptr(XrMatrix) matrix = make("a", "smoke", 1, NULL);
    const XrMatrixCell *cell = matrix->cells->pdata[0];
    static const Made error = {.id = "e", .verdict = "error"}, pass = {.id = "p"};
    g_autofree char *first = xr_matrix_cell_next(cell);
    g_autofree char *second = NULL;
    g_autofree char *last = NULL;
    g_autoptr(GError) trouble = NULL;

    write_record(first, &error);
    g_assert_false(xr_matrix_cell_is_done(cell));
    g_assert_true(xr_matrix_cell_clear(cell, &trouble));
    g_assert_true(xr_history_is_record(first));
    second = xr_matrix_cell_next(cell);
    g_assert_true(g_str_has_prefix(second, first));
    g_assert_true(g_str_has_suffix(second, "-2"));
    write_record(second, &pass);
    last = xr_matrix_cell_record(cell);
    g_assert_cmpstr(last, ==, second);
    g_assert_true(xr_matrix_cell_is_done(cell));
}

/* A failure is none, be it cut short by an error, told as one by an older rig, or followed by a run that went well. */
static void test_failure_then_error(void)
{
    g_autoptr(XrMatrix) matrix = make("a b", "smoke", 1, NULL);
    const XrMatrixCell *cell = matrix->cells->pdata[0], *old = matrix->cells->pdata[1];
    static const Made failed = {.id = "f",
                                .verdict = "fail",
                                .reason = "w01 wrote",
                                .incomplete = "\"rig could not go on\""},
                      outranked = {.id = "o",
                                   .verdict = "error",
                                   .reason = "rig gave up",
                                   .findings = "{\"kind\":\"stall\",\"weight\":\"fail\",\"where\":"
                                               "\"w01\",\"meaning\":\"It stood.\"}"},
                      pass = {.id = "p"};
    g_autofree char *first = xr_matrix_cell_next(cell), *second = xr_matrix_cell_next(old);

    write_record(first, &failed);
    g_assert_true(xr_matrix_cell_is_done(cell));
    write_record(second, &outranked);
    g_assert_true(xr_matrix_cell_is_done(old));
    g_autofree char *third = xr_matrix_cell_next(old);
    write_record(third, &pass);
    g_autoptr(XrHistoryRun) run = xr_matrix_cell_run(old);
    g_assert_cmpstr(run->id, ==, "o");
    g_assert_cmpstr(run->verdict, ==, "fail");

    g_autoptr(GPtrArray) rows = xr_matrix_rows(matrix);
    g_autofree char *text = xr_tell_matrix(matrix, rows);
    g_autoptr(JsonObject) object = xr_tell_matrix_json(matrix, rows);
    g_autofree char *json = xr_json_line(object);
    g_assert_cmpint(xr_matrix_worst(rows), ==, XR_FAIL);
    assert_says(text, "cell 0: fail: w01 wrote; the run is incomplete: rig could not go on\n");
    assert_says(text, "cell 1: fail: w01: stall: It stood.; the run is incomplete: rig gave up\n");
    assert_says(text, "\nFAIL: 2 cells, 2 fail\n");
    assert_says(json, "\"complete\":false,\"incomplete_reason\":\"rig could not go on\"");
}

/* A cell that has no verdict does not hide one that failed. */
static void test_failure_beside_error(void)
{
    g_autoptr(XrMatrix) matrix = make("a b", "smoke", 1, NULL);
    static const Made failed = {.id = "f", .verdict = "fail"};
    g_autofree char *first = xr_matrix_cell_next(matrix->cells->pdata[0]);

    write_record(first, &failed);
    g_autoptr(GPtrArray) rows = xr_matrix_rows(matrix);
    g_assert_cmpint(xr_matrix_worst(rows), ==, XR_FAIL);
}

static void test_node_names(void)
{
    static const struct {
        const char *text, *node;
    } cases[] = {
        {"node7\n", "node7"},
        {"Node7.Lab.example\n", "node7-lab-example"},
        {"\n", "elsewhere"},
        {"../../etc\n", "------etc"},
        {"\033[2Jx\nsecond", "--2jx-second"},
        {"a-name-that-is-far-too-long-for-an-origin\n", "a-name-that-is-far-too-long-for-"},
    };
    g_autoptr(XrMatrix) matrix = make("a", "smoke", 1, NULL);
    const XrMatrixCell *cell = matrix->cells->pdata[0];

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        put(cell->dir, "node", cases[i].text);
        g_autofree char *node = xr_matrix_cell_node(cell);
        g_assert_cmpstr(node, ==, cases[i].node);
    }
}

static void test_file(void)
{
    static const struct {
        const char *text, *wanted;
    } wrong[] = {
        {"[matrix]\nbuild=a\n",
         ":2: \"build\": no such key; there are builds, plans, repeats and set"},
        {"[run]\nbuilds=a\n", ": section [run] is not known; there is [matrix]"},
        {"[matrix]\nrepeats=0\n", ":2: "},
        {"[matrix]\nrepeats=x\n", ":2: "},
    };
    g_auto(XrMatrixShape) shape = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(state, "m.ini", NULL);

    put(state, "m.ini",
        "[matrix]\nbuilds = debian:bookworm  debian:trixie\nplans=smoke\nrepeats=3\n"
        "set=guests.count=1; workload.window=4s\n");
    g_assert_true(xr_matrix_read(path, &shape, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length(shape.builds), ==, 2);
    g_assert_cmpstr(shape.builds[1], ==, "debian:trixie");
    g_assert_cmpstr(shape.sets[1], ==, "workload.window=4s");
    g_assert_cmpuint(shape.repeats, ==, 3);
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) trouble = NULL;
        put(state, "m.ini", wrong[i].text);
        g_assert_false(xr_matrix_read(path, &shape, &trouble));
        assert_says(trouble->message, wrong[i].wanted);
    }
}

static void assert_refused(const char *build, const char *plan, const char *set, const char *wanted)
{
    g_auto(XrMatrixShape) shape = {
        .builds = words(build), .plans = words(plan), .sets = words(set), .repeats = 1};
    g_autoptr(GError) error = NULL;

    g_assert_false(xr_matrix_check(&shape, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    assert_says(error->message, wanted);
}

static void test_check(void)
{
    assert_refused("", "", "guests.count=1", "");
    assert_refused("debian:sarge", "smoke", "guests.count=1", "sarge");
    assert_refused("debian:bookworm", "smok", "guests.count=1", "did you mean \"smoke\"?");
    assert_refused("debian:bookworm", "smoke", "guests.cnt=1", "guests.cnt");
    assert_refused("debian:bookworm", "bof", "guests.count=1", "a series, and a cell is a run");
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("xenrig-matrix-XXXXXX", NULL);
    g_test_add_func("/matrix/record", test_record);
    g_test_add_func("/matrix/damaged", test_damaged);
    g_test_add_func("/matrix/too-large", test_too_large);
    g_test_add_func("/matrix/clear", test_clear);
    g_test_add_func("/matrix/again", test_again);
    g_test_add_func("/matrix/failure-then-error", test_failure_then_error);
    g_test_add_func("/matrix/failure-beside-error", test_failure_beside_error);
    g_test_add_func("/matrix/nodes", test_node_names);
    g_test_add_func("/matrix/file", test_file);
    g_test_add_func("/matrix/check", test_check);
    result = run_with_state();
    remove_tree(folder);
    g_free(folder);
    return result;
}
