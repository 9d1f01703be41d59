/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "history": its words and their options. */
#include "cmd-history.h"

#include "base/error.h"
#include "commands.h"
#include <stdio.h>
#include <string.h>

static void options_clear(HistoryOptions *o)
{
    g_free(o->plan);
    g_free(o->build);
    g_free(o->host);
    g_free(o->since);
    g_free(o->metric);
    g_free(o->origin);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HistoryOptions, options_clear)

enum {
    FILTER = 1 << 0, /* --plan, --build, --host, --since */
    LIMIT = 1 << 1,
    METRIC = 1 << 2,
    FORMAT = 1 << 3,
    ORIGIN = 1 << 4,
};

typedef struct {
    const char *name;
    guint least, most; /* arguments */
    const char *usage;
    guint options;
    gboolean (*main)(const HistoryOptions *options, char **args, GError **error);
} Word;

static const Word words[] = {
    {"list", 0, 0, "list", FILTER | LIMIT, cmd_history_list},
    {"show", 1, 1, "show ID", 0, cmd_history_show},
    {"compare", 2, 2, "compare ID ID", 0, cmd_history_compare},
    {"trend", 0, 0, "trend --plan PLAN --build BUILD", FILTER | METRIC | FORMAT, cmd_history_trend},
    {"export", 0, 0, "export --json|--csv", FILTER | LIMIT | FORMAT, cmd_history_export},
    {"rm", 1, G_MAXUINT, "rm ID…", 0, cmd_history_rm},
    {"import", 1, 1, "import DIR", ORIGIN, cmd_history_import},
    {"rebuild", 0, G_MAXUINT, "rebuild [DIR…]", 0, cmd_history_rebuild},
};

static const char summary[] =
    "All runs that were made here, and those imported from other hosts.\n\n"
    "list           the newest runs (the same without a word)\n"
    "show ID        one run; ID: its id, a unique beginning of it, or its record's folder\n"
    "compare ID ID  figures of two runs side by side, and what else differs\n"
    "trend          a figure (--metric) over the runs of --plan and --build on one host\n"
    "               (--host, else this one), with its fence and change points\n"
    "export         runs with all figures, as --json or --csv\n"
    "rm ID…         removes runs and their records\n"
    "import DIR     copies the records below DIR in, as another host's (--from NAME)\n"
    "rebuild        reads all records again; more of them below each DIR";

static gboolean parse(HistoryOptions *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"plan", 'p', 0, G_OPTION_ARG_STRING, &o->plan, "Runs of the plan of that name", "PLAN"},
        {"build", 'b', 0, G_OPTION_ARG_STRING, &o->build, "Runs of that build: its name or id",
         "BUILD"},
        {"host", 0, 0, G_OPTION_ARG_STRING, &o->host,
         "Runs of that host: its id, a unique beginning of it, or \"this\"", "HOST"},
        {"since", 0, 0, G_OPTION_ARG_STRING, &o->since,
         "Runs started then or later: 12h, 7d, 2026-11-20", "TIME"},
        {"limit", 'n', 0, G_OPTION_ARG_INT, &o->limit,
         "So many of the newest (list: 30; export: all)", "N"},
        {"metric", 'm', 0, G_OPTION_ARG_STRING, &o->metric,
         "For trend: the figure (default: the one that the list shows)", "NAME"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "For export and trend: one JSON object", NULL},
        {"csv", 0, 0, G_OPTION_ARG_NONE, &o->csv, "For export: CSV, a line a figure", NULL},
        {"from", 0, 0, G_OPTION_ARG_STRING, &o->origin,
         "For import: what the other host is called (default: elsewhere)", "NAME"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "[WORD ARGUMENT…]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    o->limit = -1;
    if (!cmd_parse(entries, summary, argc, argv, error))
        return FALSE;
    if (o->limit == -1 || o->limit > 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--limit %d: write 1 or more", o->limit);
    return FALSE;
}

static guint given(const HistoryOptions *o)
{
    const gboolean filter =
        o->plan != NULL || o->build != NULL || o->host != NULL || o->since != NULL;

    return (filter ? FILTER : 0) | (o->limit != -1 ? LIMIT : 0) | (o->metric != NULL ? METRIC : 0) |
           (o->json || o->csv ? FORMAT : 0) | (o->origin != NULL ? ORIGIN : 0);
}

static gboolean check(const Word *word, const HistoryOptions *o, guint args, GError **error)
{
    static const char *const names[] = {"--plan, --build, --host and --since", "--limit",
                                        "--metric", "--json and --csv", "--from"};
    const guint odd = given(o) & ~word->options;

    if (args < word->least || args > word->most) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "say `xenrig history %s`", word->usage);
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if ((odd & (1u << i)) == 0)
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s: not for \"%s\"; `xenrig history --help` tells what is", names[i],
                    word->name);
        return FALSE;
    }
    return TRUE;
}

static const Word *find_word(const HistoryOptions *o, GError **error)
{
    if (o->rest == NULL)
        return &words[0];
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(o->rest[0], words[i].name))
            return &words[i];
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\" is none of list, show, compare, trend, export, rm, import, rebuild",
                o->rest[0]);
    return NULL;
}

static gboolean run(const HistoryOptions *o, GError **error)
{
    static char *nothing[] = {NULL};
    const Word *word = find_word(o, error);
    char **args = o->rest != NULL ? o->rest + 1 : nothing;

    return word != NULL && check(word, o, g_strv_length(args), error) && word->main(o, args, error);
}

int cmd_history(int argc, char **argv)
{
    g_auto(HistoryOptions) o = {0};
    GError *error = NULL;

    if (!parse(&o, &argc, &argv, &error) || !run(&o, &error))
        return cmd_fail("history", error);
    return 0;
}
