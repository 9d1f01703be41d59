/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: a domU from a request to xl's configuration. */
#include "config.h"
#include "vbd.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void check_error(const char *domain, const char *expected)
{
    json_auto_t *value = json_loads(domain, JSON_DECODE_ANY, NULL);
    AgDomainSpec spec;

    g_assert_nonnull(value);
    char *error = ag_domain_spec_parse(value, &spec);
    g_assert_cmpstr(error, ==, expected);
    free(error);
}

static void test_config(void)
{
    json_auto_t *value =
        json_loads("{\"name\":\"w03\",\"memory\":100663296,\"vcpus\":2,"
                   "\"devices\":[\"/dev/nullb3\",\"/dev/vda\"],\"args\":\"xenrig.name=w03 a.b=1\"}",
                   0, NULL);
    AgDomainSpec spec;

    g_assert_null(ag_domain_spec_parse(value, &spec));
    char *config = ag_domain_config(&spec);
    g_assert_cmpstr(config, ==,
                    "name = \"w03\"\n"
                    "type = \"pv\"\n"
                    "kernel = \"/boot/domu-vmlinux\"\n"
                    "ramdisk = \"/boot/domu-initramfs\"\n"
                    "extra = \"console=hvc0 loglevel=5 oops=panic xenrig.name=w03 a.b=1\"\n"
                    "memory = 96\n"
                    "vcpus = 2\n"
                    "disk = [\n"
                    "  \"phy:/dev/nullb3,xvda,w\",\n"
                    "  \"phy:/dev/vda,xvdb,w\" ]\n"
                    "vif = [ ]\n"
                    "on_poweroff = \"preserve\"\n"
                    "on_reboot = \"preserve\"\n"
                    "on_crash = \"preserve\"\n"
                    "on_watchdog = \"preserve\"\n");
    free(config);
}

static void check_config(const char *members, const char *expected)
{
    g_autofree char *text = g_strdup_printf(
        "{\"name\":\"w00\",\"memory\":8388608,\"vcpus\":1,\"devices\":[\"/dev/nullb0\"],"
        "\"args\":\"xenrig.name=w00\"%s}",
        members);
    json_auto_t *value = json_loads(text, 0, NULL);
    AgDomainSpec spec;

    g_assert_null(ag_domain_spec_parse(value, &spec));
    char *config = ag_domain_config(&spec);
    g_assert_true(g_str_has_prefix(config, expected));
    g_assert_nonnull(strstr(config, "\nmemory = 8\nvcpus = 1\n"));
    free(config);
}

static void test_kinds_and_modes(void)
{
    const char *linux_lines = "kernel = \"/boot/domu-vmlinux\"\n"
                              "ramdisk = \"/boot/domu-initramfs\"\n"
                              "extra = \"console=hvc0 loglevel=5 oops=panic xenrig.name=w00\"\n";
    g_autofree char *pv = g_strconcat("name = \"w00\"\ntype = \"pv\"\n", linux_lines, NULL);
    g_autofree char *pvh = g_strconcat("name = \"w00\"\ntype = \"pvh\"\n", linux_lines,
                                       "tsc_mode = \"native\"\n", NULL);

    check_config("", pv);
    check_config(",\"kind\":\"linux\",\"mode\":\"pv\"", pv);
    check_config(",\"mode\":\"pvh\"", pvh);
    check_config(",\"kind\":\"stream\"", "name = \"w00\"\n"
                                         "type = \"pv\"\n"
                                         "kernel = \"/boot/stream-pv\"\n"
                                         "extra = \"xenrig.name=w00\"\n"
                                         "tsc_mode = \"native\"\n"
                                         "max_maptrack_frames = 4\n"
                                         "memory = 8\n");
    check_config(",\"kind\":\"stream\",\"mode\":\"pvh\"", "name = \"w00\"\n"
                                                          "type = \"pvh\"\n"
                                                          "kernel = \"/boot/stream-pvh\"\n"
                                                          "extra = \"xenrig.name=w00\"\n"
                                                          "tsc_mode = \"native\"\n"
                                                          "max_maptrack_frames = 4\n"
                                                          "memory = 8\n");
}

static void test_cpus(void)
{
    check_config(",\"cpus\":\"8-15\"",
                 "name = \"w00\"\n"
                 "type = \"pv\"\n"
                 "kernel = \"/boot/domu-vmlinux\"\n"
                 "ramdisk = \"/boot/domu-initramfs\"\n"
                 "extra = \"console=hvc0 loglevel=5 oops=panic xenrig.name=w00\"\n"
                 "memory = 8\n"
                 "vcpus = 1\n"
                 "cpus = \"8-15\"\n");
    check_error("{\"name\":\"w\",\"memory\":8388608,\"vcpus\":1,\"args\":\"\",\"devices\":[],"
                "\"cpus\":\"all\"}",
                "domain w: \"cpus\" must be pCPUs like \"8\" or \"8-15\"");
}

static void test_wrong_members(void)
{
    check_error("5", "a domain must be an object");
    check_error("{}", "a domain's \"name\" must be 1 to 31 letters, digits, \"-\", \"_\", \".\"");
    check_error("{\"name\":\"../x\"}",
                "a domain's \"name\" must be 1 to 31 letters, digits, \"-\", \"_\", \".\"");
    check_error("{\"name\":\"w\",\"vcpu\":1}",
                "domain w: member \"vcpu\" is not known; known: "
                "name, kind, mode, memory, vcpus, devices, args, cpus");
    check_error("{\"name\":\"w\",\"kind\":\"bsd\"}",
                "domain w: \"kind\" is \"bsd\"; known: linux, stream");
    check_error("{\"name\":\"w\",\"kind\":5}", "domain w: \"kind\" is \"\"; known: linux, stream");
    check_error("{\"name\":\"w\",\"mode\":\"hvm\"}",
                "domain w: \"mode\" is \"hvm\"; known: pv, pvh");
    check_error("{\"name\":\"w\",\"memory\":4194303}",
                "domain w: \"memory\" must be bytes, from 4 MiB on");
    check_error("{\"name\":\"w\"}", "domain w: \"memory\" must be bytes, from 4 MiB on");
    check_error("{\"name\":\"w\",\"memory\":96}",
                "domain w: \"memory\" must be bytes, from 4 MiB on");
    check_error("{\"name\":\"w\",\"memory\":100663296,\"vcpus\":0}",
                "domain w: \"vcpus\" must be from 1 to 64");
}

static void test_wrong_devices(void)
{
    const char *base = "{\"name\":\"w\",\"memory\":100663296,\"vcpus\":1";
    const char *const bad[] = {"\"nullb0\"",        "\"/dev/\"",       "\"/dev/../etc/passwd\"",
                               "\"/dev/a,xvdb,w\"", "\"/dev/a\\\"b\"", "7"};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text =
            g_strdup_printf("%s,\"devices\":[\"/dev/nullb0\",%s]}", base, bad[i]);
        check_error(text, "domain w: device 1 is no path like \"/dev/nullb0\"");
    }
    g_autofree char *none = g_strdup_printf("%s}", base);
    check_error(none, "domain w: \"devices\" must be a list of at most 26 paths");

    g_autoptr(GString) many = g_string_new(base);
    g_string_append(many, ",\"devices\":[\"/dev/a\"");
    for (int i = 0; i < AG_VBDS_MAX; i++)
        g_string_append(many, ",\"/dev/a\"");
    g_string_append(many, "]}");
    check_error(many->str, "domain w: \"devices\" must be a list of at most 26 paths");
}

/* Nothing in args may end the quoted text in xl's configuration. */
static void test_wrong_args(void)
{
    const char *const bad[] = {"a\\\"b", "a\\nb", "a'b", "a\\\\b", "\\u00e9", "\\t"};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = g_strdup_printf(
            "{\"name\":\"w\",\"memory\":100663296,\"vcpus\":1,\"devices\":[],\"args\":\"%s\"}",
            bad[i]);
        check_error(text, "domain w: \"args\" must be printable ASCII without quotes and "
                          "backslashes, at most 1500 bytes");
    }
}

static void test_names(void)
{
    const char *good = "{\"id\":1,\"op\":\"release\",\"names\":[\"w00\",\"w01\"]}";
    const char *bad = "{\"id\":1,\"op\":\"release\",\"names\":[\"w00\",5]}";
    AgRequest request;
    AgNames names;

    g_assert_null(ag_request_parse(good, strlen(good), &request));
    g_assert_null(ag_request_names(&request, &names));
    g_assert_cmpuint(names.count, ==, 2);
    g_assert_cmpstr(names.name[1], ==, "w01");
    ag_request_clear(&request);

    g_assert_null(ag_request_parse(bad, strlen(bad), &request));
    char *error = ag_request_names(&request, &names);
    g_assert_cmpstr(error, ==, "release: \"names\" must be a list of domain names");
    free(error);
    ag_request_clear(&request);
}

static void test_vbds(void)
{
    char name[AG_VBD_NAME_SIZE];

    ag_vbd_name(0, name);
    g_assert_cmpstr(name, ==, "xvda");
    ag_vbd_name(23, name);
    g_assert_cmpstr(name, ==, "xvdx");
    g_assert_cmpuint(ag_vbd_number(0), ==, 51712);
    g_assert_cmpuint(ag_vbd_number(1), ==, 51728);
    g_assert_cmpuint(ag_vbd_number(15), ==, 51952);
    g_assert_cmpuint(ag_vbd_number(16), ==, 268439552);
    g_assert_cmpuint(ag_vbd_number(23), ==, 268441344);
}

static void check_path(const char *path, unsigned expected_domid, int expected_vbd)
{
    unsigned domid = 0;
    int vbd = 99;

    g_assert_true(ag_guest_path(path, &domid, &vbd));
    g_assert_cmpuint(domid, ==, expected_domid);
    g_assert_cmpint(vbd, ==, expected_vbd);
}

static void test_guest_paths(void)
{
    static const char *const others[] = {
        "/local/domain/3/data/xenrig/command",
        "/local/domain/3/data/xenrig/figures",
        "/local/domain/3/data/xenrig/figures/",
        "/local/domain/3/data/xenrig/figures/x",
        "/local/domain/3/data/xenrig/figures/-1",
        "/local/domain/3/data/xenrig/figures/1/a",
        "/local/domain/3/data/xenrig/figures/99999999999",
        "/local/domain/3/data/xenrigs",
        "/local/domain/3/data",
        "/local/domain//data/xenrig",
        "/local/domain/-1/data/xenrig",
        "/local/domain/99999999999999999999/data/xenrig",
        "@releaseDomain",
        "",
    };
    unsigned domid;
    int vbd;

    check_path("/local/domain/12/data/xenrig/status", 12, -1);
    check_path("/local/domain/3/data/xenrig", 3, -1);
    check_path("/local/domain/3/data/xenrig/mismatch/0", 3, -1);
    check_path("/local/domain/3/data/xenrig/figures/0", 3, 0);
    check_path("/local/domain/3/data/xenrig/figures/23", 3, 23);
    check_path("/local/domain/3/data/xenrig/figures/2147483647", 3, 2147483647);
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(ag_guest_path(others[i], &domid, &vbd));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/config/text", test_config);
    g_test_add_func("/agent/config/kinds-and-modes", test_kinds_and_modes);
    g_test_add_func("/agent/config/wrong-members", test_wrong_members);
    g_test_add_func("/agent/config/cpus", test_cpus);
    g_test_add_func("/agent/config/wrong-devices", test_wrong_devices);
    g_test_add_func("/agent/config/wrong-args", test_wrong_args);
    g_test_add_func("/agent/config/names", test_names);
    g_test_add_func("/agent/vbd/numbers", test_vbds);
    g_test_add_func("/agent/vbd/guest-paths", test_guest_paths);
    return g_test_run();
}
