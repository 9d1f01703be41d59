/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the pages that records are told as.
 * A whole page is compared with tests/golden/report (golden.h), its style left out. */
#include "golden.h"
#include "report-fixture.h"
#include "tell/html.h"

#include <locale.h>

/* --- a whole page --- */

/* Without what differs from one place and version to the next, and without its style. */
static char *normalised(const char *page, const char *record)
{
    const char *begin = strstr(page, "<style>"), *end = strstr(page, "</style>");
    g_autofree char *text = g_strdup_printf("%.*s%s", (int)(begin - page), page, end);
    g_autoptr(GRegex) version = g_regex_new("xenrig [0-9]+\\.[0-9]+\\.[0-9]+", 0, 0, NULL);
    g_autofree char *plain =
        g_regex_replace_literal(version, text, -1, 0, "xenrig VERSION", 0, NULL);
    g_autoptr(GString) all = g_string_new(plain);

    g_string_replace(all, record, "RECORD", 0);
    return g_strdup(all->str);
}

static void test_golden(Fixture *f, gconstpointer data)
{
    RecordShape shape = small;

    shape.crash = TRUE;
    g_autofree char *page = page_of_shape(f, shape);
    g_autofree char *text = normalised(page, f->record);
    assert_golden(text, "report", "crash.html");
}

static void test_pass(Fixture *f, gconstpointer data)
{
    g_autofree char *page = page_of_shape(f, small);

    assert_has(page, "<span class=\"badge pass\">PASS</span> 2 of 2 domUs streamed");
    assert_has(page, "None: nothing complained");
    assert_has(page, "<svg role=\"img\" aria-label=\"A strip for each VBD over time");
    assert_lacks(page, "<title>no</title>");
    assert_has(page, "<td>w01/vbd0</td>");
    assert_has(page, "<pre class=\"wrap\">xenrig run &apos;small plan&apos; &apos;&apos;</pre>");
    assert_has(page, "<td>dom0-initramfs</td>");
    assert_has(page, "prefers-color-scheme:dark");
    assert_lacks(page, "When it was run");
    assert_harmless(page);
    assert_fetches_nothing(page);
}

static void test_locks(Fixture *f, gconstpointer data)
{
    RecordShape shape = small;

    shape.locks = TRUE;
    g_autofree char *page = page_of_shape(f, shape);
    assert_has(page, "<a href=\"#locks\">locks</a>");
    assert_has(
        page,
        "<tr><td>gt-&gt;lock</td><td>dom0</td><td class=\"n\">1000</td><td class=\"n\">-</td>"
        "<td class=\"n\">25.00 %</td><td class=\"n\">10.00 %</td><td class=\"n\">1.00 %</td></tr>");
    assert_has(page, "<tr><td>heap_lock</td><td>xen</td><td class=\"n\">100</td>");
    assert_harmless(page);
}

/* A run that counts instructions has no throughput to tell. */
static void test_instructions(Fixture *f, gconstpointer data)
{
    record_write(f->record, &small);
    record_put(
        f->record, "plan",
        "[plan]\nname=small\n[machine]\ntime=count\npcpus=1\n[dom0]\nvcpus=1\n[guests]\ncount=2\n");
    record_put(
        f->record, "events.jsonl",
        "{\"t\":1,\"kind\":\"count\",\"xen\":4000000,\"dom0_kernel\":2000000,\"dom0_user\":1000,"
        "\"others\":0,\"pause_xen\":6,\"maps\":1056,\"unmaps\":1052,\"copies\":0,\"unsettled\":0,"
        "\"guests\":[30000,50000],\"bytes\":[1048576,3145728],\"dom0_hypercalls\":{},"
        "\"guest_hypercalls\":{}}\n");
    g_autofree char *page = page_of(f);
    assert_has(page, "<a href=\"#instructions\">instructions</a>");
    assert_has(page, "<pre>instructions for each MiB, of 4.00 MiB moved\n  Xen ");
    assert_lacks(page, "<section id=\"throughput\">");
    assert_harmless(page);
}

/* The record's own verdict is told where judging it anew comes to another. */
static void test_judged_otherwise(Fixture *f, gconstpointer data)
{
    record_write(f->record, &small);
    record_put(f->record, "verdict.json", "{\"verdict\":\"unsure\"}\n");
    g_autofree char *page = page_of(f);
    assert_has(page, "When it was run, the verdict was <strong>unsure</strong>");
}

static void test_excerpt(Fixture *f, gconstpointer data)
{
    RecordShape shape = small;

    shape.crash = TRUE;
    g_autofree char *page = page_of_shape(f, shape);
    assert_has(page, "<span class=\"badge fail\">FAIL</span>");
    assert_has(page, "<summary>console of w01 around it");
    assert_has(page, "</span>the line before\n");
    assert_has(page, "<mark>Kernel panic - not syncing: ordered by the rig </mark>\n");
    assert_has(page, "</span>the line after\n");
    assert_has(page, "<td>fault ordered</td>");
    /* What one excerpt shows is not shown again for the finding beside it. */
    g_assert_null(strstr(strstr(page, "the line after") + 1, "the line after"));
}

/* --- what guests say --- */

static void test_hostile(Fixture *f, gconstpointer data)
{
    RecordShape shape = small;

    shape.crash = TRUE;
    shape.hostile = HOSTILE;
    record_write(f->record, &shape);
    record_put(f->record, "verdict.json", "{\"verdict\":\"<script>\"}\n");
    g_autofree char *page = page_of(f);
    assert_has(page, "&lt;script&gt;document.title=&apos;pwned&apos;&lt;/script&gt;");
    assert_has(page, "&amp;lt;b&amp;gt; \\u{202e}diap \\x1b[31m \\u{009b}1m end");
    assert_harmless(page);
}

/* At the joint: each sign alone, bytes that are no text, and a bound that cuts no entity. */
static void test_text(void)
{
    static const struct {
        const char *text;
        gsize max;
        const char *told;
    } cases[] = {
        {"<&>\"'", 100, "&lt;&amp;&gt;&quot;&apos;"},
        {"\xff\xfe\xc3", 100, "\\xff\\xfe\\xc3"},
        {"a\x07\x1b\x7f\r\n\tb", 100, "a\\x07\\x1b\\x7f\\x0d\\x0a\\x09b"},
        {"\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b", 100, "\\u{202e}\\u{2066}\\u{200b}"},
        {"\xe2\x80\xa8", 100, "\\u{2028}"},
        {"<<<<<<<<<<", 7, "&lt;&lt;&lt;&lt;…"},
        {"", 10, ""},
        {NULL, 10, ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        xr_html_text(out, cases[i].text, cases[i].max);
        g_assert_cmpstr(out->str, ==, cases[i].told);
    }
}

/* A console that is all noise makes no page that cannot be opened. */
static void test_bounded(Fixture *f, gconstpointer data)
{
    g_autofree char *noise = g_strnfill(100000, '<');
    RecordShape shape = {
        .id = "big", .domus = 24, .windows = 12, .window_s = 10, .crash = TRUE, .hostile = noise};

    g_autofree char *page = page_of_shape(f, shape);
    g_assert_cmpuint(strlen(page), <, 200 * 1024);
    assert_only_our_markup(page);
}

#define ADD(name, function) g_test_add("/report/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/text", test_text);
    ADD("golden", test_golden);
    ADD("pass", test_pass);
    ADD("locks", test_locks);
    ADD("instructions", test_instructions);
    ADD("judged-otherwise", test_judged_otherwise);
    ADD("excerpt", test_excerpt);
    ADD("hostile", test_hostile);
    ADD("bounded", test_bounded);
    return g_test_run();
}
