/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: what xl prints, and the status lines domUs write. */
#include "status.h"
#include "xl-output.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Printed by xl of Xen 4.17; that of 4.14 and 4.20 prints the same columns, tabs and letters. */
static const char list[] =
    "Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
    "Domain-0                                     0   768     2     r-----      58.2\n"
    "w00                                          1    96     1     -b----       9.2\n"
    "w01                                          2    96     1     ---s--       0.4\n"
    "w02                                          3    96     1     ---sc-       0.5\n"
    "(null)                                       4     0     1     --ps-d      11.0\n";

static void test_list(void)
{
    AgXlDomain domains[8];

    g_assert_cmpuint(ag_xl_list_parse(list, domains, 8), ==, 5);
    g_assert_cmpstr(domains[0].name, ==, "Domain-0");
    g_assert_cmpuint(domains[0].domid, ==, 0);
    g_assert_cmpuint(domains[0].cpu_ns, ==, 58200000000);
    g_assert_cmpstr(domains[0].state, ==, "r-----");
    g_assert_false(domains[1].shutdown);
    g_assert_true(domains[2].shutdown);
    g_assert_cmpint(domains[2].reason, ==, '-');
    g_assert_true(domains[3].shutdown);
    g_assert_cmpint(domains[3].reason, ==, 'c');
    g_assert_false(domains[3].dying);
    g_assert_cmpstr(domains[4].name, ==, "(null)");
    g_assert_true(domains[4].dying);
}

static void test_list_bounds(void)
{
    AgXlDomain domains[2];

    g_assert_cmpuint(ag_xl_list_parse(list, domains, 2), ==, 2);
    g_assert_cmpuint(ag_xl_list_parse(list, domains, 0), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("", domains, 2), ==, 0);
}

static void test_list_odd(void)
{
    AgXlDomain domains[2];
    g_autofree char *name = g_strnfill(200, 'n');
    g_autofree char *longer = g_strnfill(2000, 'n');
    g_autofree char *line = g_strdup_printf("%s 7 96 1 r----- 1.5\n", name);
    g_autofree char *flood = g_strdup_printf("%s 7 96 1 r----- 1.5\n", longer);

    g_assert_cmpuint(ag_xl_list_parse("two words 5 96 1 r----- 1.5", domains, 2), ==, 1);
    g_assert_cmpstr(domains[0].name, ==, "two words");
    g_assert_cmpuint(ag_xl_list_parse(line, domains, 2), ==, 1);
    g_assert_cmpuint(strlen(domains[0].name), ==, 63);
    g_assert_cmpuint(ag_xl_list_parse(flood, domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("w00 x 96 1 r----- 1.5\n", domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("w00 -1 96 1 r----- 1.5\n", domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("w00 99999 96 1 r----- 1.5\n", domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("w00 1 96 1 r---- 1.5\n", domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("w00 1 96 1 r----- inf\n", domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("w00 1 96 1 r----- 1e300\n", domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("1 96 1 r----- 1.5\n", domains, 2), ==, 0);
    g_assert_cmpuint(ag_xl_list_parse("\n \n\t\n", domains, 2), ==, 0);
}

static void test_info(void)
{
    const char *info = "host                   : (none)\n"
                       "total_memory           : 2047\n"
                       "free_memory            : 1256\n"
                       "sharing_freed_memory   : 0\n"
                       "empty                  :\n"
                       "xen_extra              : .7\n"
                       "last                   : ";
    unsigned long long number = 5;

    g_assert_true(ag_xl_info_number(info, "free_memory", &number));
    g_assert_cmpuint(number, ==, 1256);
    g_assert_true(ag_xl_info_number(info, "total_memory", &number));
    g_assert_cmpuint(number, ==, 2047);
    g_assert_false(ag_xl_info_number(info, "free", &number));
    g_assert_false(ag_xl_info_number(info, "memory", &number));
    g_assert_false(ag_xl_info_number(info, "empty", &number));
    g_assert_false(ag_xl_info_number(info, "host", &number));
    g_assert_false(ag_xl_info_number(info, "last", &number));
    g_assert_false(ag_xl_info_number("", "free_memory", &number));
    g_assert_cmpuint(number, ==, 2047);
}

/* --- status lines --- */

static void test_status(void)
{
    const char *text = "v=1 state=streaming bytes=4194304 errors=1 mismatches=2 passes=3";
    AgStatus status;

    g_assert_null(ag_status_parse(text, strlen(text), &status));
    g_assert_cmpstr(status.state, ==, "streaming");
    g_assert_cmpuint(status.bytes, ==, 4194304);
    g_assert_cmpuint(status.errors, ==, 1);
    g_assert_cmpuint(status.mismatches, ==, 2);
    g_assert_cmpuint(status.passes, ==, 3);
    /* A later version of the domU may say more. */
    g_assert_null(ag_status_parse("v=1 state=done new=word", 23, &status));
    g_assert_cmpuint(status.bytes, ==, 0);
}

static void check_status(const char *text, const char *expected)
{
    AgStatus status;

    g_assert_cmpstr(ag_status_parse(text, strlen(text), &status), ==, expected);
}

static void test_status_wrong(void)
{
    g_autofree char *flood = g_strnfill(4096, 'v');
    AgStatus status;

    check_status("", "it has no version");
    check_status("state=done", "it has no version");
    check_status("v=1", "it has no state");
    check_status("v=2 state=done", "its version is not 1");
    check_status("v=1 state=asleep", "its state is not known");
    check_status("v=1 state=", "its state is not known");
    check_status("v=1 state=done bytes=-1", "a number in it is none");
    check_status("v=1 state=done bytes=", "a number in it is none");
    check_status("v=1 state=done bytes=1e9", "a number in it is none");
    check_status("v=1 state=done bytes=9223372036854775808", "a number in it is none");
    check_status("v=1 state=done passes=99999999999999999999", "a number in it is none");
    check_status(flood, "it is too long");
    g_assert_cmpstr(ag_status_parse("v=1\0state=done", 14, &status), ==, "it holds a NUL");
}

/* Whatever the bytes, only memory of the caller is touched (the sanitizers look). */
static void test_noise(void)
{
    for (int i = 0; i < 20000; i++) {
        gsize len = (gsize)g_test_rand_int_range(0, 300);
        g_autofree char *text = g_malloc(len + 1);
        AgXlDomain domains[4];
        AgStatus status;
        unsigned long long number;

        for (gsize k = 0; k < len; k++)
            text[k] = "v=1 state\n0:r-.\tx\xff"[g_test_rand_int_range(0, 18)];
        text[len] = '\0';
        g_assert_cmpuint(ag_xl_list_parse(text, domains, 4), <=, 4);
        ag_xl_info_number(text, "v", &number);
        ag_status_parse(text, len, &status);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/xl/list", test_list);
    g_test_add_func("/agent/xl/list-bounds", test_list_bounds);
    g_test_add_func("/agent/xl/list-odd", test_list_odd);
    g_test_add_func("/agent/xl/info", test_info);
    g_test_add_func("/agent/status/good", test_status);
    g_test_add_func("/agent/status/wrong", test_status_wrong);
    g_test_add_func("/agent/status/noise", test_noise);
    return g_test_run();
}
