/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a hypervisor's making is told, and where two differ in it. */
#include "base/json.h"
#include "build/pins.h"

static const char plain[] =
    "CONFIG_X86=y\n# CONFIG_DEBUG is not set\nCONFIG_FUNCTION_ALIGNMENT=16\n"
    "CONFIG_SCHED_DEFAULT=\"credit2\"\nCONFIG_NR_CPUS=256\n";

static char *differ(JsonObject *a, JsonObject *b)
{
    g_autoptr(GPtrArray) lines = xr_pins_differ(a, b);

    g_ptr_array_add(lines, NULL);
    return g_strjoinv("; ", (char **)lines->pdata);
}

static void test_read(void)
{
    g_autoptr(JsonObject) pins = xr_pins_of(plain, "-falign-functions=64", "gcc 12", NULL);

    g_assert_cmpstr(xr_json_string(pins, "debug", ""), ==, "n");
    g_assert_cmpstr(xr_json_string(pins, "function alignment", ""), ==, "64");
    g_assert_cmpstr(xr_json_string(pins, "scheduler", ""), ==, "credit2");
    g_assert_cmpstr(xr_json_string(pins, "speculative hardening of locks", ""), ==, "n");
    g_assert_cmpstr(xr_json_string(pins, "flags", ""), ==, "-falign-functions=64");
    g_assert_cmpstr(xr_json_string(pins, "compiler", ""), ==, "gcc 12");
    g_assert_cmpstr(xr_json_string(pins, "linker", ""), ==, "?");
}

static void test_last_word_counts(void)
{
    g_autoptr(JsonObject) pins =
        xr_pins_of("CONFIG_NR_CPUS=1\nCONFIG_NR_CPUS=64\n", NULL, NULL, NULL);

    g_assert_cmpstr(xr_json_string(pins, "most CPUs", ""), ==, "64");
}

static void test_differ(void)
{
    g_autoptr(JsonObject) a = xr_pins_of(plain, NULL, "gcc 12", NULL);
    g_autofree char *text =
        g_strconcat(plain, "CONFIG_DEBUG=y\nCONFIG_SPECULATIVE_HARDEN_LOCK=y\n", NULL);
    g_autoptr(JsonObject) b = xr_pins_of(text, NULL, "gcc 14", NULL);
    g_autofree char *differences = differ(a, b);
    g_autofree char *none = differ(a, a);

    g_assert_cmpstr(
        differences, ==,
        "debug: n / y; speculative hardening of locks: n / y; compiler: gcc 12 / gcc 14");
    g_assert_cmpstr(none, ==, "");
}

static void test_alignment(void)
{
    g_autoptr(JsonObject) config = xr_pins_of(plain, NULL, NULL, NULL);
    g_autoptr(JsonObject) none = xr_pins_of("", NULL, NULL, NULL);

    g_assert_cmpstr(xr_json_string(config, "function alignment", ""), ==, "16");
    g_assert_cmpstr(xr_json_string(none, "function alignment", ""), ==, "n");
}

/* A hypervisor that somebody else built may tell nothing of itself. */
static void test_unknown(void)
{
    g_autoptr(JsonObject) a = xr_pins_of("CONFIG_DEBUG=y\n", "-O2", "gcc 12", "ld 2");
    g_autoptr(JsonObject) b = xr_pins_of(NULL, "-O2", "gcc 12", "ld 2");
    g_autoptr(JsonObject) empty = json_object_new();
    g_autofree char *one = differ(a, b);
    g_autofree char *both = differ(b, b);
    g_autofree char *old = differ(empty, empty);

    g_assert_true(g_str_has_prefix(one, "debug: y / ?; lock checking: n / ?; "));
    g_assert_cmpstr(both, ==, "");
    g_assert_cmpstr(old, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/pins/read", test_read);
    g_test_add_func("/build/pins/last-word", test_last_word_counts);
    g_test_add_func("/build/pins/differ", test_differ);
    g_test_add_func("/build/pins/alignment", test_alignment);
    g_test_add_func("/build/pins/unknown", test_unknown);
    return g_test_run();
}
