/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script that Slurm gets, what squeue says, gathering and the table. Where Slurm's commands are called, scripts stand for them. */
#include "base/error.h"
#include "history-fixture.h"
#include "run/matrix.h"

#include <sys/wait.h>
#include <unistd.h>

static char *folder, *programs; /* of the matrix, and of what stands for Slurm's commands */

static XrMatrix *make_of(char *const *builds, char *const *plans, char *const *sets)
{
    const XrMatrixShape shape = {
        .builds = (char **)builds, .plans = (char **)plans, .sets = (char **)sets, .repeats = 1};
    g_autoptr(GError) error = NULL;
    XrMatrix *matrix;

    remove_tree(folder);
    matrix = xr_matrix_new(folder, &shape, &error);
    g_assert_no_error(error);
    return matrix;
}

static XrMatrix *make(void)
{
    char *builds[] = {"debian:bookworm", "debian:trixie", NULL};
    char *plans[] = {"smoke", NULL}, *sets[] = {NULL};

    return make_of(builds, plans, sets);
}

static void put_program(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(programs, name, NULL);
    g_autofree char *script = g_strdup_printf("#!/bin/sh\n%s", text);

    put(programs, name, script);
    g_assert_cmpint(g_chmod(path, 0700), ==, 0);
}

/* --- the script --- */

static void test_script(void)
{
    g_autoptr(XrMatrix) matrix = make();
    char *more[] = {"--account=lab", NULL};
    const XrSlurmOptions options = {.partition = "lab", .time = "30", .options = more};
    g_autofree char *text = xr_slurm_script(matrix, matrix->cells, &options, "/bin/xenrig");

    g_assert_true(g_str_has_prefix(text, "#!/bin/sh\n"));
    assert_says(text, "\n#SBATCH --array=0-1\n");
    assert_says(text, "\n#SBATCH --partition=lab\n#SBATCH --time=30\n#SBATCH --account=lab\n");
    assert_says(text, "\n#SBATCH --signal=B:TERM@60\n");
    assert_says(text, "\n#SBATCH --exclusive\n");
}

/* Whatever they are called, builds, plans, settings and folders reach the run as they are: /bin/sh is asked. */
static void test_hostile_names(void)
{
    char *builds[] = {"dir:/a b'$(id)`id`\"\\;|&", "-x\nb", NULL};
    char *plans[] = {"/p/it's; rm -rf \"$HOME\".plan", NULL};
    char *sets[] = {"plan.description=$(id) 'q' \\ \xc3\xa9", NULL};
    g_autoptr(XrMatrix) matrix = make_of(builds, plans, sets);
    const XrMatrixCell *cell = matrix->cells->pdata[1];
    const XrSlurmOptions options = {0};
    g_autofree char *program = g_build_filename(programs, "xen rig's", NULL);
    g_autofree char *text = xr_slurm_script(matrix, matrix->cells, &options, program);
    g_autofree char *job = g_build_filename(folder, "job", NULL);
    char *argv[] = {"/bin/sh", job, NULL},
         *env[] = {"SLURM_ARRAY_TASK_ID=1", "PATH=/bin:/usr/bin", "SLURMD_NODENAME=n 1", NULL};
    g_autofree char *log = g_build_filename(cell->dir, "log", NULL);
    g_autofree char *printed = NULL;
    g_autoptr(GError) error = NULL;
    int status = -1;

    put_program("xen rig's", "for word; do printf '<%s>' \"$word\"; done; exit 7\n");
    put(folder, "job", text);
    g_assert_true(xr_matrix_cell_clear(cell, &error));
    g_assert_true(
        g_spawn_sync(NULL, argv, env, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error));
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 7);
    g_assert_true(g_file_get_contents(log, &printed, NULL, NULL));
    g_autofree char *wanted = g_strdup_printf(
        "<run><--quiet><--set><%s><--record><%s/%s><--set><hypervisor.build=%s><--><%s>", sets[0],
        cell->dir, cell->name, builds[1], plans[0]);
    g_assert_cmpstr(printed, ==, wanted);
}

static void assert_indices(const char *taken, const char *wanted)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new();
    XrMatrixCell all[10] = {0};

    for (; *taken != '\0'; taken++) {
        XrMatrixCell *cell = &all[*taken - '0'];

        cell->index = (guint)(*taken - '0');
        g_ptr_array_add(cells, cell);
    }
    g_autofree char *text = xr_slurm_indices(cells);
    g_assert_cmpstr(text, ==, wanted);
}

static void test_indices(void)
{
    assert_indices("", "");
    assert_indices("4", "4");
    assert_indices("012345", "0-5");
    assert_indices("02468", "0,2,4,6,8");
    assert_indices("0125679", "0-2,5-7,9");
}

static void test_options(void)
{
    static const struct {
        const char *partition, *time, *option, *wanted;
    } cases[] = {
        {"a b", NULL, NULL, "--partition \"a b\": sbatch takes none of that form"},
        {"", NULL, NULL, "--partition \"\": sbatch takes none of that form"},
        {"a\n#SBATCH --x", NULL, NULL, "--partition \"a\\x0a#SBATCH --x\""},
        {NULL, "an hour", NULL, "--time \"an hour\""},
        {NULL, NULL, "account=x", "--sbatch \"account=x\": write one option"},
        {NULL, NULL, "--a\nrm -rf /", "--sbatch \"--a\\x0arm -rf /\""},
    };
    char *good[] = {"--account=lab", "--constraint=[a|b]", NULL};
    const XrSlurmOptions fine = {.partition = "lab,gpu", .time = "1-12:00:00", .options = good};

    g_assert_true(xr_slurm_check(&fine, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *more[] = {(char *)cases[i].option, NULL};
        const XrSlurmOptions options = {
            .partition = cases[i].partition, .time = cases[i].time, .options = more};
        g_autoptr(GError) error = NULL;

        g_assert_false(xr_slurm_check(&options, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
        assert_says(error->message, cases[i].wanted);
    }
}

/* --- squeue --- */

static void test_squeue(void)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"", ""},
        {"0|RUNNING|n1|None\n1|PENDING||Resources\n", "0 running n1 None;1 pending  Resources;"},
        {" 12 | TIMEOUT |n1| TimeLimit ", "12 timeout n1 TimeLimit;"},
        {"0|RUNNING|n1|a|b\n", "0 running n1 a|b;"},
        {"N/A|RUNNING|n1|None\n", ""},
        {"-1|RUNNING|n1|None\n4294967296|RUNNING|n1|None\n1x|RUNNING|n1|x\n", ""},
        {"0|RUNNING|n1\n0||n1|x\n|||\n|\nslurm_load_jobs error: no\n", ""},
        {"3|RUNNING|\033[2J|\xff\n", "3 running \\x1b[2J \\xff;"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) tasks = xr_slurm_parse(cases[i].text);
        g_autoptr(GString) found = g_string_new(NULL);

        for (guint k = 0; k < tasks->len; k++) {
            const XrSlurmTask *task = tasks->pdata[k];
            g_string_append_printf(found, "%u %s %s %s;", task->index, task->state, task->node,
                                   task->reason);
        }
        g_assert_cmpstr(found->str, ==, cases[i].wanted);
    }
}

/* Any bytes: no task without a state, none with words that are too long or not safe. */
static void test_squeue_noise(void)
{
    static const char bytes[] = "0129|||||\n\n\nRUNNING pending \xc3\x28\033\x01,-";
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    guint tasks_seen = 0;

    for (guint round = 0; round < 3000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (gint i = g_rand_int_range(rand, 0, 200); i > 0; i--)
            g_string_append_c(text, bytes[g_rand_int_range(rand, 0, sizeof bytes - 1)]);
        g_autoptr(GPtrArray) tasks = xr_slurm_parse(text->str);
        for (guint k = 0; k < tasks->len; k++) {
            const XrSlurmTask *task = tasks->pdata[k];
            g_assert_cmpuint(strlen(task->state), >, 0);
            g_assert_cmpuint(strlen(task->reason), <=, 64);
            g_assert_true(g_utf8_validate(task->reason, -1, NULL));
            g_assert_null(strchr(task->node, '\033'));
        }
        tasks_seen += tasks->len;
    }
    g_assert_cmpuint(tasks_seen, >, 100);
}

static void test_over(void)
{
    static const char text[] = "0|COMPLETED|n|x\n1|TIMEOUT|n|x\n2|CANCELLED|n|x\n3|NODE_FAIL|n|x\n"
                               "4|RUNNING|n|x\n5|PENDING|n|x\n6|COMPLETING|n|x\n7|REQUEUED|n|x\n";
    g_autoptr(GPtrArray) tasks = xr_slurm_parse(text);

    g_assert_cmpuint(tasks->len, ==, 8);
    for (guint i = 0; i < tasks->len; i++)
        g_assert_cmpint(xr_slurm_is_over(tasks->pdata[i]), ==, i < 4);
}

/* --- submitting and gathering --- */

static void note(const char *text, gpointer user_data)
{
    g_string_append_printf(user_data, "%s\n", text);
}

/* Only what has no verdict and is not at work is submitted; that again is nothing. */
static void test_submit(void)
{
    g_autoptr(XrMatrix) matrix = make();
    g_autofree char *record = xr_matrix_cell_record(matrix->cells->pdata[0]);
    static const Made made = {.id = "r"};
    const XrSlurmOptions options = {0};
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "job.sbatch", NULL);
    g_autofree char *script = NULL;

    write_record(record, &made);
    put_program("sbatch", "[ \"$1\" = --parsable ] && [ -f \"$2\" ] && echo '7;cluster'\n");
    put_program("squeue", "echo '1|PENDING||Priority'\n");
    g_assert_true(xr_matrix_submit(matrix, &options, note, told, &error));
    g_assert_no_error(error);
    assert_says(told->str, "job 7: 1 cell, by ");
    g_assert_true(g_file_get_contents(path, &script, NULL, NULL));
    assert_says(script, "#SBATCH --array=1\n");
    g_string_truncate(told, 0);
    g_assert_true(xr_matrix_submit(matrix, &options, note, told, &error));
    g_assert_cmpstr(told->str, ==, "");
    g_assert_cmpuint(matrix->jobs->len, ==, 1);
}

static void test_refused(void)
{
    g_autoptr(XrMatrix) matrix = make();
    const XrSlurmOptions options = {0};
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(GError) refused = NULL;
    g_autoptr(GError) missing = NULL;
    g_autofree char *sbatch = g_build_filename(programs, "sbatch", NULL);

    put_program("sbatch", "echo 'sbatch: error: no\033[2J' >&2; exit 1\n");
    g_assert_false(xr_matrix_submit(matrix, &options, note, told, &refused));
    assert_says(refused->message, "/job.sbatch: sbatch refused it: sbatch: error: no\\x1b[2J");
    g_unlink(sbatch);
    g_assert_false(xr_matrix_submit(matrix, &options, note, told, &missing));
    assert_says(missing->message,
                "/job.sbatch is written, but not submitted: sbatch is not on PATH: "
                "on Debian, apt-get install slurm-client");
    g_assert_cmpuint(matrix->jobs->len, ==, 0);
}

/* A wait ends when Slurm knows of nothing that is at work; that it forgets a job is an end, too. */
static void test_wait(void)
{
    g_autoptr(XrMatrix) matrix = make();
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(xr_matrix_add_job(matrix, "7", &error));
    put_program("squeue", "printf '0|COMPLETED|n1|None\\n1|TIMEOUT|n2|TimeLimit\\n'\n");
    g_assert_true(xr_matrix_wait(matrix, note, told, &error));
    g_assert_cmpstr(told->str, ==, "2 over\n");
    put_program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1\n");
    g_assert_true(xr_matrix_wait(matrix, note, told, &error));
    g_assert_cmpstr(told->str, ==, "2 over\n2 over\n");
}

/* A node's record comes into the history once, as another host's; what is missing is told, and is an error. */
static void test_gather(void)
{
    g_autoptr(XrMatrix) matrix = make();
    const XrMatrixCell *cell = matrix->cells->pdata[0];
    g_autofree char *record = xr_matrix_cell_record(cell);
    static const Made made = {.id = "r", .value = 312e6};
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    begin();
    write_record(record, &made);
    put(cell->dir, "node", "node7\n");
    g_assert_true(xr_matrix_add_job(matrix, "7", &error));
    put_program("squeue", "printf '0|COMPLETED|node7|None\\n1|NODE_FAIL|node8|None\\n'\n");
    for (guint i = 0; i < 2; i++) {
        g_autoptr(GPtrArray) rows = xr_matrix_gather(matrix, note, told, &error);
        g_assert_no_error(error);
        g_autofree char *text = xr_tell_matrix(matrix, rows);
        g_assert_true(g_str_has_prefix(
            text,
            "cell  build                           plan        verdict    figure       node\n"
            "0     debian:bookworm                 smoke       pass       312.0 MB/s   node7\n"
            "1     debian:trixie                   smoke       node_fail  -            -\n"
            "\ncell 1: node_fail: it printed nothing: is"));
        assert_says(text, "\n\nERROR: 2 cells, 1 pass, 1 without a verdict\nmatrix: ");
        g_assert_cmpint(xr_matrix_worst(rows), ==, XR_ERROR_VERDICT);
        g_assert_cmpuint(count_runs(), ==, 1);
    }
    g_assert_cmpstr(told->str, ==, "");
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "r", &error);
    g_assert_cmpstr(run->host->id, ==, HOST_A "@node7");
}

/* What a run that was made here came to is in the history already, as one of this host's: it is not taken in again. */
static void test_gather_own(void)
{
    g_autoptr(XrMatrix) matrix = make();
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    static const Made pass = {.id = "r"};
    static const Made fail = {.id = "s", .verdict = "fail", .reason = "w00 \\u001b[2J broke"};

    begin();
    for (guint i = 0; i < 2; i++) {
        g_autofree char *record = xr_matrix_cell_record(matrix->cells->pdata[i]);
        write_record(record, i == 0 ? &pass : &fail);
    }
    g_autoptr(GPtrArray) rows = xr_matrix_gather(matrix, note, told, &error);
    g_assert_no_error(error);
    g_autofree char *text = xr_tell_matrix(matrix, rows);
    assert_says(text, "cell 1: fail: w00 \\x1b[2J broke\n  record: ");
    assert_says(text, "\nFAIL: 2 cells, 1 pass, 1 fail\n");
    g_assert_cmpint(xr_matrix_worst(rows), ==, XR_FAIL);
    g_assert_cmpuint(count_runs(), ==, 0);
    g_autoptr(JsonObject) json = xr_tell_matrix_json(matrix, rows);
    g_assert_cmpstr(json_object_get_string_member(json, "verdict"), ==, "fail");
}

int main(int argc, char **argv)
{
    g_autofree char *rm = NULL;
    int result;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("xenrig-matrix-XXXXXX", NULL);
    programs = g_dir_make_tmp("xenrig-slurm-XXXXXX", NULL);
    g_setenv("PATH", programs, TRUE);
    rm = g_build_filename(programs, "rm", NULL);
    g_assert_cmpint(symlink("/bin/rm", rm), ==, 0);
    g_test_add_func("/matrix/slurm/script", test_script);
    g_test_add_func("/matrix/slurm/hostile-names", test_hostile_names);
    g_test_add_func("/matrix/slurm/indices", test_indices);
    g_test_add_func("/matrix/slurm/options", test_options);
    g_test_add_func("/matrix/slurm/squeue", test_squeue);
    g_test_add_func("/matrix/slurm/squeue-noise", test_squeue_noise);
    g_test_add_func("/matrix/slurm/over", test_over);
    g_test_add_func("/matrix/slurm/submit", test_submit);
    g_test_add_func("/matrix/slurm/refused", test_refused);
    g_test_add_func("/matrix/slurm/wait", test_wait);
    g_test_add_func("/matrix/gather", test_gather);
    g_test_add_func("/matrix/gather-own", test_gather_own);
    result = run_with_state();
    remove_tree(folder);
    remove_tree(programs);
    g_free(folder);
    g_free(programs);
    return result;
}
