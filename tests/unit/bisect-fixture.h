/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bisections of real git repositories with made-up builds and runs, for the tests of bisect/. */
#pragma once

#include "base/error.h"
#include "bisect/bisect.h"
#include "bisect/git.h"
#include "record-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { COMMITS = 64 };

/* Commit number 0 is the good end; each of the others changes the file "code", but for those that change notes alone. */
typedef struct {
    guint culprit;    /* from it on, speed is … */
    double speed;     /* … this, of 1 */
    guint broken[4];  /* commits that do not build; 0 ends them */
    guint headers;    /* from it on, the toolstack is another */
    gboolean crashes; /* from the culprit on, runs end with a crash, instead of a speed */
} History;

/* A repository, and what is done to it. */
typedef struct {
    char *repo;
    char **ids; /* of commits, COMMITS + 1 */
    const History *history;
    double spread;          /* of speeds, as a factor's logarithm */
    const double *recorded; /* factors that runs are drawn from; NULL: normally distributed */
    guint recorded_count;
    guint stop_after; /* a signal comes with that run; 0: none */
    guint
        odd_run; /* that run fails otherwise than is looked for, and the rig gives up then; 0: none */
    guint runs, builds;
    guint32 seed;
    GString *notes;
    GHashTable *codes; /* builds' names and what they are made of */
} World;

static inline char *shell(const char *format, ...) G_GNUC_PRINTF(1, 2);
static inline char *shell(const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;
    g_autofree char *quoted = NULL;
    g_autofree char *line = NULL;
    g_autoptr(GError) error = NULL;
    char *out = NULL;
    int status = 0;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    quoted = g_shell_quote(text);
    line = g_strconcat("sh -ec ", quoted, NULL);
    g_spawn_command_line_sync(line, &out, NULL, &status, &error);
    g_assert_no_error(error);
    if (status != 0)
        g_error("%s: failed", text);
    return g_strchomp(out);
}

/* --- the repository --- */

static inline gboolean is_broken(const History *history, guint commit)
{
    for (guint i = 0; i < G_N_ELEMENTS(history->broken) && history->broken[i] > 0; i++) {
        if (history->broken[i] == commit)
            return TRUE;
    }
    return FALSE;
}

/* Every third commit changes notes alone; what matters is never among them. */
static inline gboolean is_harmless(const History *history, guint commit)
{
    return commit % 3 == 0 && commit > 0 && commit != history->culprit &&
           !is_broken(history, commit) && !is_broken(history, commit - 1) &&
           commit != history->headers;
}

/* So that git can take the culprit back. */
static inline gboolean changes_effect_alone(const History *history, guint commit)
{
    return commit == history->culprit && commit > 0 && !is_broken(history, commit - 1);
}

static inline void add_file(GString *stream, const char *name, const char *text)
{
    g_string_append_printf(stream, "M 100644 inline %s\ndata %zu\n%s\n", name, strlen(text), text);
}

static inline char *code_of(const History *history, guint commit)
{
    return g_strdup_printf("version=%u\nbroken=%d\nheaders=%d\n", commit,
                           is_broken(history, commit),
                           history->headers > 0 && commit >= history->headers);
}

/* What the culprit changes is in a file of its own. */
static inline char *effect_of(const History *history, guint commit)
{
    const gboolean bad = history->culprit > 0 && commit >= history->culprit;

    return g_strdup_printf("speed=%g\ncrashes=%d\n",
                           bad && !history->crashes ? history->speed : 1.0,
                           bad && history->crashes);
}

static inline void make_repository(World *w, const History *history)
{
    g_autoptr(GString) stream = g_string_new(NULL);
    g_autofree char *input = NULL;
    g_autofree char *ids = NULL;

    w->history = history;
    w->repo = g_strdup_printf("%s/repo-%08x", state, g_random_int());
    for (guint i = 0; i <= COMMITS; i++) {
        g_autofree char *message = g_strdup_printf("change number %u", i);
        g_autofree char *code = code_of(history, i);
        g_autofree char *effect = effect_of(history, i);
        g_autofree char *notes = g_strdup_printf("about %u\n", i);

        g_string_append_printf(stream,
                               "commit refs/heads/master\ncommitter a <a@b> %u +0000\ndata "
                               "%zu\n%s\n",
                               1000000 + i, strlen(message), message);
        if (!changes_effect_alone(history, i))
            add_file(stream, "notes", notes);
        if (!is_harmless(history, i) && !changes_effect_alone(history, i))
            add_file(stream, "code", code);
        add_file(stream, "effect", effect);
    }
    input = g_strconcat(w->repo, ".stream", NULL);
    g_assert_true(g_file_set_contents(input, stream->str, -1, NULL));
    ids = shell("git init -q -b master %s; cd %s; git fast-import --quiet <%s; git checkout -q "
                "master; git rev-list --reverse master",
                w->repo, w->repo, input);
    w->ids = g_strsplit(ids, "\n", -1);
    g_assert_cmpuint(g_strv_length(w->ids), ==, COMMITS + 1);
    w->notes = g_string_new(NULL);
    w->codes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static inline void world_clear(World *w)
{
    g_free(w->repo);
    g_strfreev(w->ids);
    g_string_free(w->notes, TRUE);
    g_hash_table_unref(w->codes);
}

/* --- made-up builds and runs --- */

static inline char *file_at(const char *name, const char *file)
{
    const char *at = strrchr(name, '@');
    g_autofree char *repo = g_strndup(name + strlen("git:"), (gsize)(at - name) - strlen("git:"));
    g_autofree char *object = g_strdup_printf("%s:%s", at + 1, file);
    const char *const argv[] = {"show", object, NULL};
    g_autoptr(GError) error = NULL;
    char *text = xr_git_ask(repo, argv, &error);

    g_assert_no_error(error);
    return text;
}

/* What a build "git:REPO@COMMIT" is made of; git is asked once. Belongs to the world. */
static inline const char *code_at(World *w, const char *name)
{
    const char *known = g_hash_table_lookup(w->codes, name);
    g_autofree char *code = known == NULL ? file_at(name, "code") : NULL;
    g_autofree char *effect = known == NULL ? file_at(name, "effect") : NULL;

    if (known == NULL)
        g_hash_table_insert(w->codes, g_strdup(name), g_strconcat(code, "\n", effect, NULL));
    return g_hash_table_lookup(w->codes, name);
}

static inline double value_in(const char *code, const char *key)
{
    const char *at = strstr(code, key);

    g_assert_nonnull(at);
    return g_ascii_strtod(at + strlen(key), NULL);
}

static inline char *fake_build(const char *name, gpointer user_data, GError **error)
{
    World *w = user_data;
    const char *code = code_at(w, name);

    w->builds++;
    if (value_in(code, "broken=") == 0)
        return g_compute_checksum_for_string(G_CHECKSUM_SHA256, code, -1);
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                "%s does not build:\n  grant_table.c:7: error: made up\nThe whole log: fake.log",
                name);
    return NULL;
}

/* The same for the same place: gone on with, a bisection meets with the same. */
static inline double noise(const World *w, const char *dir)
{
    const char *place = strstr(dir, "bisections/");
    const guint32 seeds[] = {w->seed, g_str_hash(strchr(place + strlen("bisections/"), '/'))};
    g_autoptr(GRand) rand = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));
    double sum = 0;

    if (w->recorded != NULL)
        return w->recorded[g_rand_int_range(rand, 0, (gint)w->recorded_count)];
    for (guint i = 0; i < 12; i++)
        sum += g_rand_double(rand) - 0.5;
    return sum;
}

/* What a run that counted a MiB leaves: a function that has twice the instructions where the code is slow. */
static inline void leave_functions(const char *dir, gboolean is_slow)
{
    g_autofree char *path = g_build_filename(dir, "verdict.json", NULL);
    g_autofree char *text = g_strdup_printf(
        "{\"metrics\":{\"counted_bytes\":{\"value\":1048576}},\"functions\":{\"symbols\":{\"xen\":"
        "\"xen-syms\",\"dom0_kernel\":\"t\"},\"list\":[{\"layer\":\"xen\",\"name\":"
        "\"map_grant_ref\",\"instructions\":%u},{\"layer\":\"xen\",\"name\":\"get_page\","
        "\"instructions\":500}]}}",
        is_slow ? 2000 : 1000);

    g_mkdir_with_parents(dir, 0700);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline XrRunFigure *fake_run(const XrPlan *plan, const char *dir, gpointer user_data,
                                    GError **error)
{
    World *w = user_data;
    const char *build = plan->hypervisor.build;
    const char *code = code_at(w, build);
    const gboolean by_kind = g_str_has_prefix(plan->compare.metric, "verdict:");
    const double figure = by_kind ? value_in(code, "crashes=")
                                  : 4e8 * value_in(code, "speed=") * exp(w->spread * noise(w, dir));
    const gboolean hit = w->stop_after > 0 && w->runs + 1 >= w->stop_after;
    const gboolean odd = w->odd_run > 0 && w->runs + 1 == w->odd_run;
    const gboolean fails = odd || (by_kind && figure > 0);
    g_autofree char *value = odd ? g_strdup("null") : g_strdup_printf("%.17g", figure);
    g_autofree char *text = g_strdup_printf(
        "{\"run\":\"r\",\"plan\":\"default\",\"build\":\"%s\",\"verdict\":\"%s\",\"reason\":\"it "
        "was so\",\"complete\":%s,\"incomplete_reason\":\"%s\",\"metric\":\"%s\",\"unit\":\"B/s\","
        "\"value\":%s,\"samples\":[]}",
        build,
        hit     ? "error"
        : fails ? "fail"
                : "pass",
        hit || fails ? "false" : "true", fails ? "rig could not go on" : "", plan->compare.metric,
        value);
    g_autoptr(JsonObject) object = xr_json_parse_line(text, -1, error);

    if (g_str_equal(plan->compare.metric, "instructions"))
        leave_functions(dir, value_in(code, "speed=") < 1);
    w->runs++;
    return xr_run_figure_parse(object, error);
}

static inline int fake_command(const char *command, const char *dir, const char *name,
                               gpointer user_data, GError **error)
{
    World *w = user_data;
    g_autofree char *code = shell("cat %s/code %s/effect", dir, dir);

    w->runs++;
    if (g_str_equal(command, "abort"))
        return 130;
    if (value_in(code, "broken=") > 0)
        return 125;
    return value_in(code, "speed=") < 1 ? 7 : 0;
}

static inline gboolean fake_stopped(gpointer user_data)
{
    const World *w = user_data;

    return w->stop_after > 0 && w->runs >= w->stop_after;
}

static inline void fake_note(const char *text, gpointer user_data)
{
    g_string_append_printf(((World *)user_data)->notes, "%s\n", text);
}

static const XrBisectFuncs fakes = {
    fake_build, fake_command, {.run = fake_run, .stopped = fake_stopped, .note = fake_note}};

/* --- bisections --- */

typedef struct {
    const char *const *overrides;
    const char *command;
    gboolean noisy;
    guint from, to; /* numbers of commits; to 0: the last */
} Wish;

static inline XrBisectState *begin(World *w, const Wish *wish)
{
    g_autoptr(GError) error = NULL;
    XrPlan *plan = xr_plan_load("default", wish->overrides, &error);
    XrBisectTask task = {0};
    XrBisectState *made;

    g_assert_no_error(error);
    task.repo = g_strdup(w->repo);
    task.good = g_strdup(w->ids[wish->from]);
    task.bad = g_strdup(w->ids[wish->to > 0 ? wish->to : COMMITS]);
    task.good_name = g_strdup("v1");
    task.bad_name = g_strdup("master");
    task.with = g_strdup("");
    task.command = g_strdup(wish->command);
    task.noisy = wish->noisy;
    task.confidence = 0.99;
    task.seed = w->seed;
    made = xr_bisect_state_new(NULL, &task, plan, NULL, &error);
    g_assert_no_error(error);
    return made;
}

static inline XrBisectResult *bisect(World *w, const Wish *wish)
{
    g_autoptr(XrBisectState) own = begin(w, wish);
    g_autoptr(GError) error = NULL;
    XrBisectResult *result = xr_bisect(own, &fakes, w, &error);

    g_assert_no_error(error);
    return result;
}

static inline void assert_found(const World *w, const XrBisectResult *result)
{
    g_assert_cmpstr(xr_bisect_outcome_name(result->outcome), ==, "found");
    g_assert_cmpuint(result->suspects->len, ==, 1);
    g_assert_cmpstr(result->suspects->pdata[0], ==, w->ids[w->history->culprit]);
    g_assert_cmpstr(result->parent, ==, w->ids[w->history->culprit - 1]);
}

static inline void assert_has(const char *text, const char *wanted)
{
    if (text == NULL || strstr(text, wanted) == NULL)
        g_error("not said: %s\n%s", wanted, text);
}
