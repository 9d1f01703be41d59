/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a list to an initramfs: what is in it, that it comes out the same twice, and errors. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/cpio.h"
#include "build/image.h"
#include "build/unpack.h"
#include <archive.h>
#include <archive_entry.h>

typedef struct {
    char *top;
    XrImageInputs inputs;
    char *dest;
} Fixture;

static GBytes *xz(const char *text)
{
    gsize used = 0, room = 65536;
    guint8 *result = g_malloc0(room);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_set_bytes_per_block(archive, 0);
    archive_write_add_filter_xz(archive);
    archive_write_set_format_raw(archive);
    archive_write_open_memory(archive, result, room, &used);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(archive, entry);
    g_assert_cmpint(archive_write_data(archive, text, strlen(text)), ==, (gssize)strlen(text));
    g_assert_cmpint(archive_write_close(archive), ==, ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(archive);
    return g_bytes_new_take(result, used);
}

static void set_up(Fixture *fixture, gconstpointer unused)
{
    static const char modules[] = "linux/lib/modules/6.1.0-1-amd64/";
    g_autofree char *program =
        g_test_build_filename(G_TEST_BUILT, "build-fixtures/xrfixture", NULL);
    g_autofree char *one =
        g_test_build_filename(G_TEST_BUILT, "build-fixtures/libxrfixture-one.so", NULL);
    g_autofree char *two =
        g_test_build_filename(G_TEST_BUILT, "build-fixtures/libxrfixture-two.so", NULL);
    g_autofree char *dep = g_strconcat(modules, "modules.dep", NULL);
    g_autofree char *builtin = g_strconcat(modules, "modules.builtin", NULL);
    g_autofree char *plain = g_strconcat(modules, "kernel/configfs.ko", NULL);
    g_autofree char *packed = g_strconcat(modules, "kernel/null_blk.ko.xz", NULL);
    g_autoptr(GBytes) compressed = xz("a module that was packed");

    fixture->top = fixture_new();
    fixture_copy(fixture->top, "tree/usr/lib/xen-4.17/bin/xl", program);
    fixture_copy(fixture->top, "tree/lib/libxrfixture-one.so", one);
    fixture_copy(fixture->top, "tree/lib/libxrfixture-two.so", two);
    fixture_copy(fixture->top, "tree/lib/libc.so.6", two);
    fixture_copy(fixture->top, "tree/lib64/ld-linux-x86-64.so.2", two);
    fixture_put(fixture->top, dep,
                "kernel/configfs.ko:\nkernel/null_blk.ko.xz: kernel/configfs.ko\n");
    fixture_put(fixture->top, builtin, "kernel/hvc_xen.ko\n");
    fixture_put(fixture->top, plain, "a module");
    fixture_put_bytes(fixture->top, packed, compressed);
    fixture_put(fixture->top, "data/guests/init", "our program");
    g_autofree char *data = g_build_filename(fixture->top, "data", NULL);
    g_setenv("XENRIG_DATA", data, TRUE);

    fixture->inputs.tree = g_build_filename(fixture->top, "tree", NULL);
    g_autofree char *folder = g_build_filename(fixture->top, modules, NULL);
    fixture->inputs.modules = xr_modules_load(folder, NULL);
    g_assert_nonnull(fixture->inputs.modules);
    fixture->inputs.artefacts =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_bytes_unref);
    g_hash_table_insert(fixture->inputs.artefacts, (gpointer) "vmlinux",
                        g_bytes_new_static("kernel", 6));
    fixture->dest = g_build_filename(fixture->top, "initramfs", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    g_unsetenv("XENRIG_DATA");
    g_free((char *)fixture->inputs.tree);
    xr_modules_free((XrModules *)fixture->inputs.modules);
    g_hash_table_unref(fixture->inputs.artefacts);
    g_free(fixture->dest);
    fixture_free(fixture->top);
}

static gboolean write_image(Fixture *fixture, const char *list, GError **error)
{
    g_autofree char *path = g_build_filename(fixture->top, "list", NULL);
    fixture_put(fixture->top, "list", list);
    return xr_image_write(path, &fixture->inputs, fixture->dest, error);
}

/* "mode uid gid mtime path [-> target] [= text]" a line; text of small files only. */
static char *contents(const char *path)
{
    g_autoptr(GString) result = g_string_new(NULL);
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;

    archive_read_support_format_cpio(archive);
    g_assert_cmpint(archive_read_open_filename(archive, path, 65536), ==, ARCHIVE_OK);
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
        char text[512] = "";
        g_string_append_printf(result, "%o %d %d %d %s", archive_entry_mode(entry),
                               (int)archive_entry_uid(entry), (int)archive_entry_gid(entry),
                               (int)archive_entry_mtime(entry), archive_entry_pathname(entry));
        if (archive_entry_symlink(entry))
            g_string_append_printf(result, " -> %s", archive_entry_symlink(entry));
        else if (archive_entry_size(entry) > 0 && archive_entry_size(entry) < 500) {
            g_assert_cmpint(archive_read_data(archive, text, sizeof text - 1), >, 0);
            g_string_append_printf(result, " = %s", g_strdelimit(text, "\n", '|'));
        }
        g_string_append_c(result, '\n');
    }
    archive_read_free(archive);
    return g_string_free(g_steal_pointer(&result), FALSE);
}

static const char whole_list[] = "# a comment\n"
                                 "\n"
                                 "guest /init guests/init\n"
                                 "program /usr/sbin/xl usr/lib/xen-*/bin/xl\n"
                                 "module null_blk nr_devices=0 gb=1\n"
                                 "module hvc_xen\n"
                                 "text /etc/xen/xl.conf autoballoon=\"off\"\n"
                                 "text /etc/xen/xl.conf run_hotplug_scripts=0\n"
                                 "directory /proc\n"
                                 "link /var/run ../run\n"
                                 "artefact /boot/domu-vmlinux vmlinux\n";

static void test_contents(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(write_image(fixture, whole_list, &error));
    g_assert_no_error(error);
    g_autofree char *text = contents(fixture->dest);
    g_assert_cmpstr(text, ==,
                    "40755 0 0 0 boot\n"
                    "100644 0 0 0 boot/domu-vmlinux = kernel\n"
                    "40755 0 0 0 etc\n"
                    "40755 0 0 0 etc/xen\n"
                    "100644 0 0 0 etc/xen/xl.conf = autoballoon=\"off\"|run_hotplug_scripts=0|\n"
                    "40755 0 0 0 etc/xenrig\n"
                    "100644 0 0 0 etc/xenrig/modules = /lib/modules/configfs.ko|"
                    "/lib/modules/null_blk.ko nr_devices=0 gb=1|\n"
                    "100755 0 0 0 init = our program\n"
                    "40755 0 0 0 lib\n"
                    "100755 0 0 0 lib/libc.so.6\n"
                    "100755 0 0 0 lib/libxrfixture-one.so\n"
                    "100755 0 0 0 lib/libxrfixture-two.so\n"
                    "40755 0 0 0 lib/modules\n"
                    "100644 0 0 0 lib/modules/configfs.ko = a module\n"
                    "100644 0 0 0 lib/modules/null_blk.ko = a module that was packed\n"
                    "40755 0 0 0 lib64\n"
                    "100755 0 0 0 lib64/ld-linux-x86-64.so.2\n"
                    "40755 0 0 0 proc\n"
                    "40755 0 0 0 usr\n"
                    "40755 0 0 0 usr/sbin\n"
                    "100755 0 0 0 usr/sbin/xl\n"
                    "40755 0 0 0 var\n"
                    "120777 0 0 0 var/run -> ../run\n");
}

static char *hash_of(Fixture *fixture, const char *list)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(write_image(fixture, list, &error));
    g_assert_no_error(error);
    char *sum = xr_hash_file(fixture->dest, &error);
    g_assert_no_error(error);
    return sum;
}

/* Two trees made at different times in different places, the second one's files written in another
 * order and with other modes; the list's words in another order too. */
static void test_reproducible(Fixture *fixture, gconstpointer unused)
{
    static const char shuffled[] = "artefact /boot/domu-vmlinux vmlinux\n"
                                   "link /var/run ../run\n"
                                   "directory /proc\n"
                                   "text /etc/xen/xl.conf autoballoon=\"off\"\n"
                                   "module null_blk nr_devices=0 gb=1\n"
                                   "text /etc/xen/xl.conf run_hotplug_scripts=0\n"
                                   "program /usr/sbin/xl usr/lib/xen-*/bin/xl\n"
                                   "guest /init guests/init\n";
    g_autofree char *first = hash_of(fixture, whole_list);
    Fixture other = {0};

    g_assert_cmpuint(strlen(first), ==, 64);
    set_up(&other, NULL);
    g_autofree char *init = fixture_path(other.top, "data/guests/init");
    g_assert_cmpint(g_chmod(init, 0700), ==, 0);
    g_autofree char *second = hash_of(&other, shuffled);
    g_assert_cmpstr(first, ==, second);

    fixture_put(other.top, "data/guests/init", "our program, changed");
    g_autofree char *changed = hash_of(&other, shuffled);
    g_assert_cmpstr(first, !=, changed);
    tear_down(&other, NULL);
}

static char *fingerprint_with(Fixture *fixture, const XrModules *modules)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GError) error = NULL;
    g_autofree char *list = g_build_filename(fixture->top, "list", NULL);

    g_assert_true(xr_image_hash_inputs(list, modules, checksum, &error));
    g_assert_no_error(error);
    return g_strdup(g_checksum_get_string(checksum));
}

static char *fingerprint(Fixture *fixture)
{
    return fingerprint_with(fixture, NULL);
}

/* What names a cache entry changes with the list and with our own programs. */
static void test_hash_of_inputs(Fixture *fixture, gconstpointer unused)
{
    fixture_put(fixture->top, "list", "guest /init guests/init\n");
    g_autofree char *first = fingerprint(fixture);
    fixture_put(fixture->top, "data/guests/init", "another program");
    g_autofree char *program_changed = fingerprint(fixture);
    fixture_put(fixture->top, "list", "guest /init guests/init\ndirectory /proc\n");
    g_autofree char *list_changed = fingerprint(fixture);

    g_assert_cmpstr(first, !=, program_changed);
    g_assert_cmpstr(program_changed, !=, list_changed);
}

/* Of a kernel of no package the modules that the list names count, and those that these need. */
static void test_hash_of_modules(Fixture *fixture, gconstpointer unused)
{
    const XrModules *modules = fixture->inputs.modules;
    static const char other[] = "linux/lib/modules/6.1.0-1-amd64/kernel/configfs.ko";

    fixture_put(fixture->top, "list", "module null_blk nr_devices=0\n");
    g_autofree char *none = fingerprint(fixture);
    g_autofree char *first = fingerprint_with(fixture, modules);
    fixture_put(fixture->top, other, "a module, built anew");
    g_autofree char *module_changed = fingerprint_with(fixture, modules);

    g_assert_cmpstr(none, !=, first);
    g_assert_cmpstr(first, !=, module_changed);
}

static void check_error(Fixture *fixture, const char *list, int code, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(write_image(fixture, list, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, XR_ERROR, code);
    g_autofree char *expected = g_strdup_printf("%s/list:%s", fixture->top, text);
    g_assert_true(g_str_has_prefix(error->message, expected));
    g_assert_false(g_file_test(fixture->dest, G_FILE_TEST_EXISTS));
}

static void test_errors(Fixture *fixture, gconstpointer unused)
{
    check_error(fixture, "\n# x\ndirectry /proc\n", XR_ERROR_INPUT,
                "3: no such word: \"directry\"; known: artefact, directory, guest, library, link, "
                "module, program, text");
    check_error(fixture, "link /var/run\n", XR_ERROR_INPUT, "1: \"link\" lacks an argument");
    check_error(fixture, "directory\n", XR_ERROR_INPUT, "1: \"directory\" lacks an argument");
    check_error(fixture, "link /init x\nguest /init guests/init\n", XR_ERROR_INPUT,
                "2: /init is in the image already");
    check_error(fixture, "link /init x\ntext /init y\n", XR_ERROR_INPUT,
                "2: /init is in the image already");
    check_error(fixture, "text /init x\nguest /init guests/init\n", XR_ERROR_INPUT,
                "2: /init is in the image already");
    check_error(fixture, "artefact /boot/x bzImage\n", XR_ERROR_INPUT,
                "1: no artefact \"bzImage\" is made for this image");
    check_error(fixture, "guest /init guests/missing\n", XR_ERROR_HOST,
                "1: guests/missing is missing; looked for ");
    check_error(fixture, "module xenfs\n", XR_ERROR_BUILD, "1: kernel module xenfs is neither in ");
    check_error(fixture, "program /usr/sbin/xl usr/bin/xl\n", XR_ERROR_FETCH,
                "1: usr/bin/xl: matches 0 files in the tree ");
    check_error(fixture, "library libgcc_s.so.1\n", XR_ERROR_FETCH, "1: library libgcc_s.so.1, ");
}

static void test_no_folder(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrCpio) cpio = xr_cpio_new();

    xr_cpio_add_directory(cpio, "/proc");
    g_assert_false(xr_cpio_write(cpio, "/nonexistent/initramfs", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_true(g_str_has_prefix(error->message, "/nonexistent/initramfs: cannot be written: "));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(Fixture *, gconstpointer);
    } tests[] = {
        {"/build/image/contents", test_contents},
        {"/build/image/reproducible", test_reproducible},
        {"/build/image/modules", test_hash_of_modules},
        {"/build/image/inputs", test_hash_of_inputs},
        {"/build/image/errors", test_errors},
        {"/build/image/no-folder", test_no_folder},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
