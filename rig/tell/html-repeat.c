/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how to repeat a run exactly, as a page tells it: command lines, versions, inputs and plan. */
#include "base/json.h"
#include "tell/facts.h"
#include "tell/format.h"
#include "tell/pages.h"

enum {
    ARGUMENTS_MAX = 200,
    INPUTS_MAX = 400,
    COMMAND_MAX = 8192,
    LINES_MAX = 2000,
    LINE_BYTES_MAX = 500,
    LINES_BYTES_MAX = 65536
};

static void add_command(XrPage *page, const char *what, const char *command)
{
    g_string_append(page->out, "<p>");
    xr_html_text(page->out, what, COMMAND_MAX);
    g_string_append(page->out, "</p>\n<pre class=\"wrap\">");
    xr_html_text(page->out, command, COMMAND_MAX);
    g_string_append(page->out, "</pre>\n");
}

void xr_page_command(XrPage *page, const char *what, JsonArray *argv)
{
    const guint n = argv != NULL ? MIN(json_array_get_length(argv), ARGUMENTS_MAX) : 0;
    g_autoptr(GString) command = g_string_new("xenrig");

    for (guint i = 0; i < n; i++) {
        JsonNode *node = json_array_get_element(argv, i);

        if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING) {
            g_autofree char *word = xr_tell_shell_word(json_node_get_string(node));

            g_string_append_printf(command, " %s", word);
        }
    }
    if (n > 0)
        add_command(page, what, command->str);
}

void xr_page_lines(XrPage *page, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", LINES_MAX);
    gsize left = LINES_BYTES_MAX;

    g_string_append(page->out, "<pre>");
    for (char **line = lines; *line != NULL && left > 0; line++) {
        const gsize before = page->out->len;

        xr_html_text(page->out, *line, LINE_BYTES_MAX);
        g_string_append_c(page->out, '\n');
        left -= MIN(left, page->out->len - before);
    }
    g_string_append(page->out, "</pre>");
}

void xr_page_plan(XrPage *page, const char *plan_text)
{
    g_string_append(page->out, "<details><summary>The plan, all keys that took effect</summary>\n");
    xr_page_lines(page, plan_text);
    g_string_append(page->out, "</details>\n");
}

static void add_text(GPtrArray *facts, const char *label, JsonObject *object, const char *member)
{
    const char *text = xr_json_string(object, member, NULL);

    if (text != NULL)
        xr_facts_add(facts, label, "%s", text);
}

static void add_versions(XrPage *page, JsonObject *run)
{
    static const struct {
        const char *label, *member;
    } members[] = {{"run", "id"},
                   {"started", "started"},
                   {"xenrig", "rig"},
                   {"QEMU", "qemu"},
                   {"libvirt", "libvirt"},
                   {"accelerator", "accel"},
                   {"CPU model", "cpu_model"}};
    JsonObject *host = xr_json_object(run, "host");
    g_autoptr(GPtrArray) facts = xr_facts_new();

    for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
        add_text(facts, members[i].label, run, members[i].member);
    if (host != NULL) {
        add_text(facts, "host", host, "cpu");
        xr_facts_add(facts, "", "%" G_GINT64_FORMAT " cores, %s", xr_json_int(host, "cores", 0),
                     xr_json_string(host, "distribution", "?"));
        xr_facts_add(facts, "host's kernel", "%s", xr_json_string(host, "kernel", "?"));
        xr_facts_add(facts, "host's id", "%s", xr_json_string(host, "id", "?"));
    }
    xr_page_facts(page, facts);
}

static void add_input(GString *out, JsonObject *input)
{
    const char *file = xr_json_string(input, "file", NULL);

    g_string_append(out, "<tr>");
    xr_html_element(out, "td", NULL, file != NULL ? file : xr_json_string(input, "package", "?"));
    xr_html_element(out, "td", NULL, xr_json_string(input, "version", ""));
    xr_html_element(out, "td", NULL, xr_json_string(input, "arch", ""));
    xr_html_element(out, "td", "hash", xr_json_string(input, "sha256", ""));
    g_string_append(out, "</tr>\n");
}

static void add_build(XrPage *page, JsonObject *build)
{
    static const char *const columns[] = {"file or package", "version", "architecture", "SHA-256",
                                          NULL};
    JsonArray *inputs = xr_json_array(build, "inputs");
    const guint n = inputs != NULL ? json_array_get_length(inputs) : 0;

    if (n == 0)
        return;
    g_string_append(page->out, "<details><summary>");
    xr_html_text(page->out, xr_json_string(build, "name", "?"), 200);
    g_string_append_printf(page->out, ": %u inputs with their hashes</summary>\n", n);
    xr_page_table(page, "All that the machine was made of", columns);
    /* What was booted comes last in a record, and matters most. */
    for (guint i = n; i > n - MIN(n, INPUTS_MAX); i--)
        add_input(page->out, xr_json_element_object(inputs, i - 1));
    xr_page_table_end(page);
    g_string_append(page->out, "</details>\n");
}

void xr_page_repeat_run(XrPage *page, const XrReport *report)
{
    JsonArray *builds = xr_json_array(report->run, "builds");
    g_autofree char *plan_text = xr_plan_show(report->plan, FALSE);
    g_autofree char *plan_path = g_build_filename(report->record_dir, "plan", NULL);
    g_autofree char *plan_word = xr_tell_shell_word(plan_path);
    g_autofree char *record = xr_tell_shell_word(report->record_dir);
    g_autofree char *exactly = g_strdup_printf("xenrig run %s", plan_word);
    g_autofree char *again = g_strdup_printf("xenrig judge %s", record);

    xr_page_section(page, "repeat", "How to repeat it");
    xr_page_command(page, "It was called so:", xr_json_array(report->run, "argv"));
    add_command(page,
                "The same with each key of the plan as it took effect, seeds included:", exactly);
    add_command(page, "Judge the record again, booting nothing:", again);
    add_versions(page, report->run);
    for (guint i = 0; builds != NULL && i < MIN(json_array_get_length(builds), 8); i++)
        add_build(page, xr_json_element_object(builds, i));
    xr_page_plan(page, plan_text);
}
