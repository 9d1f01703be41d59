/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a bzImage to the vmlinux inside, and what QEMU's multiboot loader takes. */
#include "base/error.h"
#include "build/bzimage.h"
#include "build/elf.h"
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <string.h>

enum { TEXT = 0x1000, TEXT_SIZE = 0x800, DATA = 0x2000, DATA_SIZE = 0x3000, DATA_USED = 0x100 };

/* A kernel with a text segment, a data segment that is mostly zeros, a note within the text, and
 * section headers behind all. */
static GBytes *make_vmlinux(void)
{
    gsize size = DATA + DATA_SIZE + sizeof(Elf64_Shdr);
    guint8 *bytes = g_malloc0(size);
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof header,
        .e_shoff = DATA + DATA_SIZE,
        .e_ehsize = sizeof header,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 3,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = 1};
    Elf64_Phdr segments[] = {
        {.p_type = PT_LOAD, .p_offset = TEXT, .p_filesz = TEXT_SIZE, .p_memsz = TEXT_SIZE},
        {.p_type = PT_LOAD, .p_offset = DATA, .p_filesz = DATA_SIZE, .p_memsz = 2 * DATA_SIZE},
        {.p_type = PT_NOTE, .p_offset = TEXT + 16, .p_filesz = 32, .p_memsz = 32},
    };

    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, segments, sizeof segments);
    memset(bytes + TEXT, 0x90, TEXT_SIZE);
    memset(bytes + DATA, 0x55, DATA_USED);
    return g_bytes_new_take(bytes, size);
}

static GBytes *compress(GBytes *data, int filter)
{
    gsize size, used = 0, room = 1024 * 1024;
    const void *bytes = g_bytes_get_data(data, &size);
    guint8 *result = g_malloc0(room);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_set_bytes_per_block(archive, 0);
    g_assert_cmpint(archive_write_add_filter(archive, filter), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_write_set_format_raw(archive), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_write_open_memory(archive, result, room, &used), ==, ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    g_assert_cmpint(archive_write_header(archive, entry), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_write_data(archive, bytes, size), ==, (gssize)size);
    g_assert_cmpint(archive_write_close(archive), ==, ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(archive);
    return g_bytes_new_take(result, used);
}

static void put_word(GByteArray *image, gsize offset, guint32 value)
{
    for (gsize i = 0; i < 4; i++)
        image->data[offset + i] = (guint8)(value >> (8 * i));
}

/* 3 setup sectors, 100 bytes of unpacking code, the payload, the size word if any, then more code.
 */
static GByteArray *make_bzimage(GBytes *payload, gboolean size_word)
{
    static const guint8 zeros[4 * 512 + 100];
    static const guint8 code[] = {0xff, 0x00, 0xa5, 0x5a};
    GByteArray *image = g_byte_array_new();
    gsize size;
    const guint8 *bytes = g_bytes_get_data(payload, &size);

    g_byte_array_append(image, zeros, sizeof zeros);
    g_byte_array_append(image, bytes, (guint)size);
    if (size_word)
        g_byte_array_append(image, code, 4);
    image->data[0x1f1] = 3;
    memcpy(image->data + 0x202, "HdrS", 4);
    image->data[0x206] = 0x0f;
    image->data[0x207] = 0x02;
    put_word(image, 0x248, 100);
    put_word(image, 0x24c, (guint32)size + (size_word ? 4 : 0));
    g_byte_array_append(image, code, sizeof code);
    return image;
}

static void check_kernel(GBytes *kernel)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(kernel, &size);
    Elf64_Ehdr header;
    Elf64_Phdr segments[3];

    /* Ends with the last byte that is not zero; a loader fills the rest up to p_memsz. */
    g_assert_cmpuint(size, ==, DATA + DATA_USED);
    memcpy(&header, bytes, sizeof header);
    memcpy(segments, bytes + header.e_phoff, sizeof segments);
    g_assert_cmpuint(header.e_shoff, ==, 0);
    g_assert_cmpuint(header.e_shnum, ==, 0);
    g_assert_cmpuint(header.e_phnum, ==, 3);
    g_assert_cmpuint(segments[0].p_filesz, ==, TEXT_SIZE);
    g_assert_cmpuint(segments[1].p_filesz, ==, DATA_USED);
    g_assert_cmpuint(segments[1].p_memsz, ==, 2 * DATA_SIZE);
    g_assert_cmpuint(segments[2].p_filesz, ==, 32);
    g_assert_cmphex(bytes[TEXT + TEXT_SIZE - 1], ==, 0x90);
    g_assert_cmphex(bytes[DATA + DATA_USED - 1], ==, 0x55);
}

static void test_compressions(void)
{
    static const int filters[] = {ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD,
                                  ARCHIVE_FILTER_LZ4};
    g_autoptr(GBytes) vmlinux = make_vmlinux();

    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) payload = compress(vmlinux, filters[i]);
        GByteArray *parts = make_bzimage(payload, filters[i] != ARCHIVE_FILTER_GZIP);
        g_autoptr(GBytes) image = g_byte_array_free_to_bytes(parts);
        g_autoptr(GBytes) kernel = xr_bzimage_vmlinux(image, "vmlinuz", &error);
        g_assert_no_error(error);
        check_kernel(kernel);
    }
}

static void check_refused(GByteArray *parts, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) image = g_byte_array_free_to_bytes(parts);

    g_assert_null(xr_bzimage_vmlinux(image, "boot/vmlinuz-1", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, text));
}

static void test_damaged(void)
{
    g_autoptr(GBytes) vmlinux = make_vmlinux();
    g_autoptr(GBytes) payload = compress(vmlinux, ARCHIVE_FILTER_XZ);

    GByteArray *parts = make_bzimage(payload, TRUE);
    parts->data[0x202] = 'h';
    check_refused(parts, "boot/vmlinuz-1: is no Linux bzImage");

    parts = make_bzimage(payload, TRUE);
    parts->data[0x206] = 0x07;
    check_refused(parts, "boot/vmlinuz-1: its boot protocol 2.07 does not say where the kernel is");

    parts = make_bzimage(payload, TRUE);
    g_byte_array_set_size(parts, parts->len - 100);
    check_refused(parts, "boot/vmlinuz-1: is cut short: its kernel would end at byte ");

    parts = make_bzimage(payload, TRUE);
    put_word(parts, 0x248, 0xfffffff0);
    check_refused(parts, "boot/vmlinuz-1: is cut short");

    parts = make_bzimage(payload, TRUE);
    memset(parts->data + 4 * 512 + 100 + 40, 0, 60);
    check_refused(parts, "boot/vmlinuz-1: cannot be decompressed: ");

    g_autoptr(GBytes) noise = g_bytes_new_static("no kernel at all", 16);
    check_refused(make_bzimage(noise, TRUE), "boot/vmlinuz-1: is no ELF64 file for x86-64");
}

static void test_segments_outside(void)
{
    g_autoptr(GBytes) vmlinux = make_vmlinux();
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(vmlinux, 0, DATA + 16);
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_elf64_trim(cut, "vmlinux", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_assert_true(g_str_has_prefix(error->message, "vmlinux: is no whole executable"));
}

static void test_multiboot(void)
{
    guint8 xen[9000] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32};
    static const guint8 magic[] = {0x02, 0xb0, 0xad, 0x1b};
    g_autoptr(GError) error = NULL;

    memcpy(xen + 8192 - 4, magic, 4);
    g_autoptr(GBytes) good = g_bytes_new(xen, sizeof xen);
    g_assert_true(xr_elf32_check_multiboot(good, "xen", &error));
    g_assert_no_error(error);

    memset(xen + 8192 - 4, 0, 4);
    memcpy(xen + 8192, magic, 4);
    g_autoptr(GBytes) late = g_bytes_new(xen, sizeof xen);
    g_assert_false(xr_elf32_check_multiboot(late, "xen", &error));
    g_assert_cmpstr(error->message, ==, "xen: has no multiboot header in its first 8192 bytes");
    g_clear_error(&error);

    xen[EI_CLASS] = ELFCLASS64;
    g_autoptr(GBytes) wide = g_bytes_new(xen, sizeof xen);
    g_assert_false(xr_elf32_check_multiboot(wide, "xen-syms", &error));
    g_assert_cmpstr(error->message, ==,
                    "xen-syms: is no ELF32 file, so QEMU's multiboot loader would refuse it");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/kernel/compressions", test_compressions);
    g_test_add_func("/build/kernel/damaged", test_damaged);
    g_test_add_func("/build/kernel/segments-outside", test_segments_outside);
    g_test_add_func("/build/kernel/multiboot", test_multiboot);
    return g_test_run();
}
