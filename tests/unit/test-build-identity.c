/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bytes of a hypervisor make it another one. */
#include "base/error.h"
#include "build/identity.h"
#include <elf.h>
#include <string.h>

enum { START = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr), SIZE = 512 };

/* One segment: code, a note with a build id, and strings that begin at byte 64. */
static GBytes *make(const char *id, const char *text, guint8 code)
{
    guint8 bytes[START + SIZE] = {0};
    const Elf32_Phdr segment = {.p_type = PT_LOAD,
                                .p_offset = START,
                                .p_vaddr = 0x200000,
                                .p_filesz = SIZE,
                                .p_memsz = SIZE};
    Elf32_Ehdr header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32},
                         .e_phoff = sizeof header,
                         .e_phnum = 1};
    const guint32 note[] = {4, 8, NT_GNU_BUILD_ID};
    guint8 *at = bytes + START;

    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, &segment, sizeof segment);
    memset(at, code, 16);
    memcpy(at + 16, note, sizeof note);
    memcpy(at + 16 + sizeof note, "GNU", 4);
    memcpy(at + 16 + sizeof note + 4, id, 8);
    memcpy(at + 64, text, strlen(text) + 1);
    return g_bytes_new(bytes, sizeof bytes);
}

static char *identity(const char *id, const char *text, guint8 code)
{
    g_autoptr(GBytes) data = make(id, text, code);
    g_autoptr(GError) error = NULL;
    char *sum = xr_identity_of(data, "it", &error);

    g_assert_no_error(error);
    g_assert_cmpuint(strlen(sum), ==, 64);
    return sum;
}

static const struct {
    const char *a, *b;
    gboolean same;
} texts[] = {
    /* When. */
    {"Thu Jan  1 00:00:00 UTC 1970", "Wed Nov 24 18:42:01 UTC 2026", TRUE},
    {"Tue 24 Nov 18:42:01 CET 2026", "Wed  4 Nov 16:52:28 CET 2026", TRUE},
    {"00:00:00", "16:52:28", TRUE},
    /* Who, and of what. */
    {"pkg-xen-devel@lists.example", "pkg-xen-trial@lists.example", TRUE},
    {"Mon Aug 5 15:00:00 2024 +0200 git:0123456789", "Tue Aug 6 11:12:13 2024 +0100 git:abcdef0123",
     TRUE},
    /* The greeting: block letters of the same size. */
    {" __  __            _  _    _ _____ \n \\ \\/ /___ _ __   | || |  / |___  |",
     " __  __            _  _    _ _   _ \n \\ \\/ /___ _ __   | || |  / |___| |", TRUE},
    /* All else is what the hypervisor does. */
    {"d%d: grant table has %u frames", "d%d: grant table has %x frames", FALSE},
    {"took 00:00:00 to boot", "took 16:52:28 to boot", FALSE},
    {"xen/common/grant_table.c", "xen/common/event_channel", FALSE},
};

static void test_texts(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *a = identity("AAAAAAAA", texts[i].a, 0x90);
        g_autofree char *b = identity("AAAAAAAA", texts[i].b, 0x90);

        if ((strcmp(a, b) == 0) != texts[i].same)
            g_error("\"%s\" and \"%s\" make two hypervisors %s", texts[i].a, texts[i].b,
                    texts[i].same ? "different" : "the same");
    }
}

static void test_build_id_and_code(void)
{
    g_autofree char *one = identity("AAAAAAAA", "text", 0x90);
    g_autofree char *other_id = identity("BBBBBBBB", "text", 0x90);
    g_autofree char *other_code = identity("AAAAAAAA", "text", 0xcc);

    g_assert_cmpstr(one, ==, other_id);
    g_assert_cmpstr(one, !=, other_code);
}

/* The place where a segment is loaded is part of what is loaded. */
static void test_address(void)
{
    g_autoptr(GBytes) data = make("AAAAAAAA", "text", 0x90);
    g_autofree char *here = xr_identity_of(data, "it", NULL);
    gsize size;
    g_autofree guint8 *bytes = g_bytes_unref_to_data(g_steal_pointer(&data), &size);

    bytes[sizeof(Elf32_Ehdr) + offsetof(Elf32_Phdr, p_vaddr) + 2]++;
    g_autoptr(GBytes) moved = g_bytes_new(bytes, size);
    g_autofree char *there = xr_identity_of(moved, "it", NULL);
    g_assert_cmpstr(here, !=, there);
}

static void test_damaged(void)
{
    g_autoptr(GBytes) whole = make("AAAAAAAA", "text", 0x90);
    g_autoptr(GBytes) text =
        g_bytes_new_static("no ELF at all, but long enough to be one by its size", 52);

    for (gsize size = 0; size < START + SIZE; size += 7) {
        g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, size);
        g_autoptr(GError) error = NULL;

        g_assert_null(xr_identity_of(cut, "/boot/xen", &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
        g_assert_cmpstr(error->message, ==,
                        "/boot/xen: is no whole ELF32 file, so it cannot be compared with others");
    }
    g_assert_null(xr_identity_of(text, "it", NULL));
}

static void test_compiler(void)
{
    g_autoptr(GBytes) data =
        make("AAAAAAAA", "x86_64-linux-gnu-gcc (Debian 12.2.0-14+deb12u1) 12.2.0", 0x90);
    g_autoptr(GBytes) none = make("AAAAAAAA", "text", 0x90);
    g_autofree char *compiler = xr_identity_compiler(data);

    g_assert_cmpstr(compiler, ==, "gcc (Debian 12.2.0-14+deb12u1) 12.2.0");
    g_assert_null(xr_identity_compiler(none));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/identity/texts", test_texts);
    g_test_add_func("/build/identity/build-id-and-code", test_build_id_and_code);
    g_test_add_func("/build/identity/address", test_address);
    g_test_add_func("/build/identity/damaged", test_damaged);
    g_test_add_func("/build/identity/compiler", test_compiler);
    return g_test_run();
}
