/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds by their names: which packages each is made of, and what is shared between them. */
#include "base/error.h"
#include "base/json.h"
#include "build-rig.h"
#include "build/build.h"
#include "build/unpack.h"
#include "plan/plan.h"

static void note(const char *sentence, gpointer said)
{
    g_ptr_array_add(said, g_strdup(sentence));
}

static XrBuild *prepare(const char *name, GPtrArray *said)
{
    g_autoptr(GError) error = NULL;
    XrBuild *build = xr_build_prepare(name, note, said, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(build->name, ==, name);
    return build;
}

static char *hash_of(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *sum = xr_hash_file(path, &error);
    g_assert_no_error(error);
    return sum;
}

/* Each release's own hypervisor, one kernel; which set a package is of stands beside it. */
static void check_build(const char *name, const char *kernel_sum)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(XrBuild) build = prepare(name, said);
    g_autofree char *set = g_strdelimit(g_strdup(name), ":", '-');
    g_autofree char *sum = hash_of(build->kernel);
    JsonObject *xen = xr_json_element_object(build->inputs, 0);
    JsonObject *kernel = xr_json_element_object(build->inputs, 1);

    g_assert_cmpstr(build->xen_version, ==, set);
    g_assert_cmpstr(build->kernel_release, ==, "6.1.0-1-amd64");
    g_assert_cmpstr(sum, ==, kernel_sum);
    g_assert_cmpstr(xr_json_string(xen, "set", ""), ==, set);
    g_assert_cmpstr(xr_json_string(kernel, "package", ""), ==, "linux-image-amd64");
    g_assert_cmpstr(xr_json_string(kernel, "set", ""), ==, "kernel-bookworm");
    g_autoptr(GBytes) bytes = xr_read_file(build->xen, NULL);
    g_assert_cmpmem((const char *)g_bytes_get_data(bytes, NULL) + 128, strlen(set), set,
                    strlen(set));
}

static void test_releases(void)
{
    char *top = build_rig_new();
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *fetched = g_build_filename(top, "fetched", NULL);
    g_autofree char *text = NULL;

    g_autoptr(XrBuild) first = prepare("debian:trixie", said);
    g_assert_cmpuint(said->len, ==, 3);
    g_assert_cmpstr(said->pdata[0], ==, "fetching the packages of debian:trixie (first time only)");
    g_assert_cmpstr(said->pdata[1], ==, "fetching the kernel for debian:trixie (first time only)");
    g_assert_cmpstr(said->pdata[2], ==, "building the images of debian:trixie (first time only)");
    g_autofree char *kernel_sum = hash_of(first->kernel);
    for (gsize i = 0; i < G_N_ELEMENTS(build_rig_names); i++)
        check_build(build_rig_names[i], kernel_sum);

    g_assert_true(g_file_get_contents(fetched, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "debian-trixie\nkernel-bookworm\ndebian-bullseye\ndebian-bookworm\n");
    g_ptr_array_set_size(said, 0);
    g_autoptr(XrBuild) again = prepare("debian:trixie", said);
    g_assert_cmpuint(said->len, ==, 0);
    g_assert_cmpstr(again->id, ==, first->id);
    g_assert_cmpstr(again->xen, ==, first->xen);
    fixture_free(top);
}

static void test_unknown(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_build_prepare("debian:sarge", NULL, NULL, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "hypervisor.build: no build \"debian:sarge\"; known: debian:bullseye, "
                    "debian:bookworm, debian:trixie");
}

/* What a plan says of the key names them all, and its default is one. */
static void test_plan_knows_them(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, NULL, &error);

    g_assert_no_error(error);
    g_autofree char *shown = xr_plan_show(plan, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(build_rig_names); i++)
        g_assert_nonnull(strstr(shown, build_rig_names[i]));
    g_assert_true(g_strv_contains(
        (const char *const[]){build_rig_names[0], build_rig_names[1], build_rig_names[2], NULL},
        plan->hypervisor.build));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/prepare/plan", test_plan_knows_them);
    g_test_add_func("/build/prepare/releases", test_releases);
    g_test_add_func("/build/prepare/unknown", test_unknown);
    return g_test_run();
}
