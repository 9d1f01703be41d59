/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds by their names: which packages each is made of, and what is shared between them. */
#include "base/error.h"
#include "base/json.h"
#include "build-fixture.h"
#include "build/build.h"
#include "build/unpack.h"
#include "plan/plan.h"
#include <elf.h>

static const char *const names[] = {"debian:bullseye", "debian:bookworm", "debian:trixie"};

/* What QEMU's multiboot loader takes; the text tells one version from another. */
static void put_xen(const char *top, const char *version)
{
    g_autofree char *path = g_strdup_printf("trees/%s/boot/xen-4-amd64.gz", version);
    guint8 bytes[256] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32};
    static const guint8 multiboot[] = {0x02, 0xb0, 0xad, 0x1b};

    memcpy(bytes + 64, multiboot, sizeof multiboot);
    g_strlcpy((char *)bytes + 128, version, sizeof bytes - 128);
    g_autoptr(GBytes) xen = g_bytes_new(bytes, sizeof bytes);
    fixture_put_bytes(top, path, xen);
}

/* A bzImage whose payload is not compressed at all: an ELF64 with one segment. */
static void put_kernel(const char *top)
{
    enum { SETUP = 2 * 512, TEXT = 256, SIZE = 512 };
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
    } elf = {{.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
              .e_type = ET_EXEC,
              .e_machine = EM_X86_64,
              .e_version = EV_CURRENT,
              .e_phoff = sizeof(Elf64_Ehdr),
              .e_ehsize = sizeof(Elf64_Ehdr),
              .e_phentsize = sizeof(Elf64_Phdr),
              .e_phnum = 1},
             {.p_type = PT_LOAD, .p_offset = TEXT, .p_filesz = SIZE - TEXT, .p_memsz = SIZE}};
    static const char magic[] = {'H', 'd', 'r', 'S'};
    guint8 image[SETUP + SIZE + 4] = {[0x1f1] = 1, [0x206] = 0x0f, [0x207] = 0x02};
    const guint32 length = SIZE + 4;

    memcpy(image + 0x202, magic, sizeof magic);
    memcpy(image + 0x24c, &length, sizeof length);
    memcpy(image + SETUP, &elf, sizeof elf);
    memset(image + SETUP + TEXT, 0x90, SIZE - TEXT);
    g_autoptr(GBytes) data = g_bytes_new(image, sizeof image);
    fixture_put_bytes(top, "trees/kernel-bookworm/boot/vmlinuz-6.1.0-1-amd64", data);
}

static void put_manifest(const char *top, const char *set, const char *package)
{
    g_autofree char *path = g_strdup_printf("trees/%s/manifest.json", set);
    g_autofree char *text = g_strdup_printf("[{\"package\":\"%s\",\"version\":\"%s\","
                                            "\"arch\":\"amd64\",\"sha256\":\"00\"}]\n",
                                            package, set);
    fixture_put(top, path, text);
}

/* Sets that a fetch.sh of ours takes from a folder, and notes that it did. */
static char *make_rig(void)
{
    char *top = fixture_new();
    g_autofree char *data = g_build_filename(top, "data", NULL);
    g_autofree char *cache = g_build_filename(top, "cache", NULL);
    g_autofree char *script = g_build_filename(top, "data/images/fetch.sh", NULL);
    g_autofree char *tool = g_build_filename(top, "bin/mmdebstrap", NULL);
    g_autofree char *path = g_strdup_printf("%s/bin:/usr/bin:/bin", top);

    fixture_put(top, "data/images/fetch.sh",
                "#!/bin/sh\ntop=${0%/data/*}\necho \"$1\" >>\"$top/fetched\"\n"
                "cp -a \"$top/trees/$1\" \"$2\"\n");
    fixture_put(top, "data/images/initramfs/domu", "module xenfs\n");
    fixture_put(top, "data/images/initramfs/dom0",
                "artefact /boot/vmlinux vmlinux\nartefact /boot/domu domu-initramfs\n");
    fixture_put(top, "bin/mmdebstrap", "#!/bin/sh\n");
    g_assert_cmpint(g_chmod(script, 0755), ==, 0);
    g_assert_cmpint(g_chmod(tool, 0755), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *set = g_strdelimit(g_strdup(names[i]), ":", '-');
        put_xen(top, set);
        put_manifest(top, set, "xen-hypervisor-4.99-amd64");
    }
    put_kernel(top);
    put_manifest(top, "kernel-bookworm", "linux-image-amd64");
    fixture_put(top, "trees/kernel-bookworm/lib/modules/6.1.0-1-amd64/modules.dep",
                "kernel/xenfs.ko:\n");
    fixture_put(top, "trees/kernel-bookworm/lib/modules/6.1.0-1-amd64/modules.builtin", "");
    fixture_put(top, "trees/kernel-bookworm/lib/modules/6.1.0-1-amd64/kernel/xenfs.ko", "module");
    g_setenv("XENRIG_DATA", data, TRUE);
    g_setenv("XENRIG_CACHE", cache, TRUE);
    g_setenv("PATH", path, TRUE);
    return top;
}

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
    char *top = make_rig();
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *fetched = g_build_filename(top, "fetched", NULL);
    g_autofree char *text = NULL;

    g_autoptr(XrBuild) first = prepare("debian:trixie", said);
    g_assert_cmpuint(said->len, ==, 3);
    g_assert_cmpstr(said->pdata[0], ==, "fetching the packages of debian:trixie (first time only)");
    g_assert_cmpstr(said->pdata[1], ==, "fetching the kernel for debian:trixie (first time only)");
    g_assert_cmpstr(said->pdata[2], ==, "building the images of debian:trixie (first time only)");
    g_autofree char *kernel_sum = hash_of(first->kernel);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        check_build(names[i], kernel_sum);

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
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_nonnull(strstr(shown, names[i]));
    g_assert_true(g_strv_contains((const char *const[]){names[0], names[1], names[2], NULL},
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
