/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of code by address: the tables in images, symbols of ELF files and modules, and garbage in the place of them. */
#include "base/error.h"
#include "build/cpio.h"
#include "build/symbols.h"
#include "build/unpack.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define XEN   G_GUINT64_CONSTANT(0xffff82d040000000)
#define LINUX G_GUINT64_CONSTANT(0xffffffff81000000)

enum { NAMES = 300 };

/* How a table says addresses. */
typedef enum { XEN_OFFSETS, LINUX_BEFORE, LINUX_BEHIND } Shape;

static void put(GByteArray *image, guint64 value, guint bytes)
{
    value = GUINT64_TO_LE(value);
    g_byte_array_append(image, (const guint8 *)&value, bytes);
}

static void pad(GByteArray *image, guint to)
{
    while (image->len % to != 0)
        put(image, 0, 1);
}

/* Names as they are told of function number i, which begins at 0x1000 * i. */
static char *name_of(guint i)
{
    if (i == 0)
        return g_strdup("A__per_cpu_start");
    if (i == 7)
        return g_strdup("tcommon/grant_table.c#map_grant_ref");
    return g_strdup_printf("%c%sfunction_%u", i % 2 ? 'T' : 't', i == 8 ? "__" : "", i);
}

static void put_offsets(GByteArray *image, Shape shape)
{
    for (guint i = 0; i < NAMES; i++)
        put(image, shape == XEN_OFFSETS ? 0x1000 * i : i == 0 ? 0 : ~(0x1000 * i), 4);
    if (shape == XEN_OFFSETS)
        return;
    pad(image, 8);
    put(image, LINUX, 8);
}

/* Each letter is a token of its own; code 0 is one of several. */
static void put_tokens(GByteArray *image)
{
    g_autoptr(GArray) index = g_array_new(FALSE, FALSE, sizeof(guint16));
    const guint start = image->len;

    for (guint code = 0; code < 256; code++) {
        const guint16 at = (guint16)(image->len - start);
        const char letter = (char)code;

        g_array_append_val(index, at);
        if (code == 0)
            g_byte_array_append(image, (const guint8 *)"function_", 9);
        else if (code < 128)
            g_byte_array_append(image, (const guint8 *)&letter, 1);
        put(image, 0, 1);
    }
    pad(image, 2);
    for (guint i = 0; i < index->len; i++)
        put(image, g_array_index(index, guint16, i), 2);
}

static GBytes *make_image(Shape shape)
{
    GByteArray *image = g_byte_array_new();
    guint32 marks[2] = {0};

    for (guint i = 0; i < 5000; i++)
        put(image, i * 2654435761U, 4);
    if (shape != LINUX_BEHIND)
        put_offsets(image, shape);
    put(image, NAMES, shape == XEN_OFFSETS ? 4 : 8);
    const guint names = image->len;
    for (guint i = 0; i < NAMES; i++) {
        g_autofree char *name = name_of(i);

        marks[i / 256] = i % 256 == 0 ? image->len - names : marks[i / 256];
        put(image, strlen(name), 1);
        g_byte_array_append(image, (const guint8 *)name, (guint)strlen(name));
    }
    pad(image, 8);
    put(image, marks[0], 4);
    put(image, marks[1], 4);
    put_tokens(image);
    if (shape == LINUX_BEHIND) {
        pad(image, 8);
        put_offsets(image, shape);
    }
    put(image, 0, 64 / 8);
    return g_byte_array_free_to_bytes(image);
}

static void assert_name(XrSymbols *symbols, guint64 address, const char *name)
{
    const XrSymbol *symbol = xr_symbols_find(symbols, address);

    g_assert_cmpstr(symbol != NULL ? symbol->name : NULL, ==, name);
}

static void test_tables(void)
{
    for (Shape shape = XEN_OFFSETS; shape <= LINUX_BEHIND; shape++) {
        const guint64 base = shape == XEN_OFFSETS ? XEN : LINUX;
        g_autoptr(XrSymbols) symbols = xr_symbols_new();
        g_autoptr(GBytes) image = make_image(shape);
        g_autoptr(GError) error = NULL;

        xr_symbols_add_table(symbols, image, XEN, "xen", &error);
        g_assert_no_error(error);
        g_assert_cmpuint(xr_symbols_count(symbols), ==, NAMES - 1);
        assert_name(symbols, base + 0x7000, "map_grant_ref");
        assert_name(symbols, base + 0x7fff, "map_grant_ref");
        assert_name(symbols, base + 0x8000, "__function_8");
        assert_name(symbols, base + 0xfff, NULL);
        assert_name(symbols, base + 0x1000 * (NAMES - 1) + 0x20000, NULL);
    }
}

/* An image without a table, one that ends anywhere, and one with bytes changed: nothing, or a table; never a crash. */
static void test_garbage(void)
{
    g_autoptr(GBytes) image = make_image(LINUX_BEFORE);
    g_autoptr(GBytes) none = g_bytes_new_static("no table here", 13);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    gsize size;
    const guint8 *bytes = g_bytes_get_data(image, &size);
    g_autoptr(GError) error = NULL;
    g_autoptr(XrSymbols) symbols = xr_symbols_new();

    g_assert_false(xr_symbols_add_table(symbols, none, XEN, "xen.gz", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_assert_cmpstr(error->message, ==, "xen.gz: has no symbol table in it");
    for (guint i = 0; i < 300; i++) {
        const gsize length = (gsize)g_rand_int_range(rand, 1, (gint)size);
        g_autofree guint8 *copy = g_memdup2(bytes, length);
        g_autoptr(GBytes) broken = NULL;

        for (guint k = 0; k < i % 8; k++)
            copy[g_rand_int_range(rand, 0, (gint)length)] = (guint8)g_rand_int(rand);
        broken = g_bytes_new_take(g_steal_pointer(&copy), length);
        xr_symbols_add_table(symbols, broken, XEN, "broken", NULL);
    }
}

/* A count that is wrong: the markers do not fit it. */
static void test_layout(void)
{
    g_autoptr(GBytes) image = make_image(XEN_OFFSETS);
    g_autoptr(XrSymbols) symbols = xr_symbols_new();
    g_autoptr(GError) error = NULL;
    gsize size;
    guint8 *bytes = g_bytes_unref_to_data(g_steal_pointer(&image), &size);

    bytes[5000 * 4 + NAMES * 4] = 0xff;
    image = g_bytes_new_take(bytes, size);
    g_assert_false(xr_symbols_add_table(symbols, image, XEN, "xen", &error));
    g_assert_cmpstr(error->message, ==, "xen: has a symbol table in it whose layout is not known");
}

/* Of two names at one address always the same; what is no name is left out; sizes end functions. */
static void test_find(void)
{
    g_autoptr(XrSymbols) symbols = xr_symbols_new();

    xr_symbols_add(symbols, 0x100, 0x10, "__memcpy", 8, NULL);
    xr_symbols_add(symbols, 0x100, 0x10, "memcpy", 6, NULL);
    xr_symbols_add(symbols, 0x200, 0, "bad\nname", 8, NULL);
    xr_symbols_add(symbols, 0x200, 0, "x86/entry.S#", 12, NULL);
    assert_name(symbols, 0x10f, "memcpy");
    assert_name(symbols, 0x110, NULL);
    assert_name(symbols, 0x200, NULL);
    assert_name(symbols, 0xff, NULL);
}

/* This program stands for xen-syms, and for a module that was loaded somewhere. */
static void test_elf(void)
{
    g_autoptr(GBytes) self = xr_read_file("/proc/self/exe", NULL);
    g_autoptr(GBytes) text = g_bytes_new_static("text", 4);
    g_autoptr(XrSymbols) symbols = xr_symbols_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(xr_symbols_add_executable(symbols, self, "self", &error));
    g_assert_cmpuint(xr_symbols_count(symbols), >, 5);
    g_assert_false(xr_symbols_add_executable(symbols, text, "xen-syms", &error));
    g_assert_cmpstr(error->message, ==, "xen-syms: is no ELF64 file for x86-64");
}

static void test_modules(void)
{
    g_autoptr(GBytes) self = xr_read_file("/proc/self/exe", NULL);
    g_autoptr(GBytes) text = g_bytes_new_static("no module", 9);
    g_autoptr(XrCpio) cpio = xr_cpio_new();
    g_autoptr(XrSymbols) symbols = xr_symbols_new();
    g_autoptr(GHashTable) modules = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) sections = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) wrong = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *dir = g_dir_make_tmp("xenrig-symbols-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "initramfs", NULL);

    xr_cpio_add_file(cpio, "/lib/modules/xen_blkback.ko", self, FALSE);
    xr_cpio_add_file(cpio, "/lib/modules/null_blk.ko", self, FALSE);
    xr_cpio_add_file(cpio, "/lib/modules/broken.ko", text, FALSE);
    xr_cpio_add_file(cpio, "/lib/modules/other.ko", self, FALSE);
    g_assert_true(xr_cpio_write(cpio, path, NULL));
    g_hash_table_insert(sections, (gpointer) ".text", (gpointer) "0xffffffffc0100000");
    g_hash_table_insert(wrong, (gpointer) ".text", (gpointer) "(null)");
    g_hash_table_insert(modules, (gpointer) "xen_blkback", sections);
    g_hash_table_insert(modules, (gpointer) "null_blk", wrong);
    g_hash_table_insert(modules, (gpointer) "broken", sections);
    g_assert_cmpuint(xr_symbols_add_modules(symbols, path, modules), ==, 1);
    g_assert_cmpuint(xr_symbols_count(symbols), >, 5);
    g_assert_cmpuint(xr_symbols_add_modules(symbols, dir, modules), ==, 0);
    g_unlink(path);
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build-symbols/tables", test_tables);
    g_test_add_func("/build-symbols/garbage", test_garbage);
    g_test_add_func("/build-symbols/layout", test_layout);
    g_test_add_func("/build-symbols/find", test_find);
    g_test_add_func("/build-symbols/elf", test_elf);
    g_test_add_func("/build-symbols/modules", test_modules);
    return g_test_run();
}
