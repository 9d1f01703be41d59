/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the rig reads in ELF files. */
#include "build/elf.h"
#include "base/error.h"
#include "build/unpack.h"
#include <gelf.h>
#include <string.h>

/* Of xen/include/public/elfnote.h. */
enum { NOTE_ENTRY = 1, NOTE_PHYS32_ENTRY = 18 };

typedef Elf XrElf;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrElf, elf_end)

void xr_elf_needs_free(XrElfNeeds *needs)
{
    if (!needs)
        return;
    g_free(needs->interpreter);
    g_clear_pointer(&needs->needed, g_ptr_array_unref);
    g_free(needs->runpath);
    g_free(needs);
}

/* libelf over bytes that the caller keeps; NULL with XR_ERROR_FETCH if they are not an ELF64 for
 * x86-64. */
static XrElf *open_elf64(GBytes *data, const char *what, GError **error)
{
    gsize size;
    /* libelf takes a non-const pointer but writes nothing unless asked to. */
    char *bytes = (char *)g_bytes_get_data(data, &size);
    GElf_Ehdr header;

    elf_version(EV_CURRENT);
    g_autoptr(XrElf) elf = size > 0 ? elf_memory(bytes, size) : NULL;
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) {
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "%s: is no ELF64 file for x86-64", what);
        return NULL;
    }
    return g_steal_pointer(&elf);
}

static void read_interpreter(XrElf *elf, GBytes *data, XrElfNeeds *needs)
{
    gsize size, count = 0;
    const char *bytes = g_bytes_get_data(data, &size);
    GElf_Phdr segment;

    elf_getphdrnum(elf, &count);
    for (gsize i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_INTERP)
            continue;
        if (segment.p_offset < size && segment.p_filesz <= size - segment.p_offset)
            needs->interpreter = g_strndup(bytes + segment.p_offset, segment.p_filesz);
        return;
    }
}

static void read_dynamic(XrElf *elf, Elf_Scn *section, gsize strings, XrElfNeeds *needs)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Dyn entry;

    for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
        if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_RUNPATH && entry.d_tag != DT_RPATH)
            continue;
        const char *text = elf_strptr(elf, strings, entry.d_un.d_val);
        if (text && entry.d_tag == DT_NEEDED) {
            g_ptr_array_add(needs->needed, g_strdup(text));
        } else if (text) {
            g_free(needs->runpath);
            needs->runpath = g_strdup(text);
        }
    }
}

XrElfNeeds *xr_elf_needs(const char *path, GError **error)
{
    g_autoptr(GBytes) data = xr_read_file(path, error);
    g_autoptr(XrElf) elf = data ? open_elf64(data, path, error) : NULL;
    if (!elf)
        return NULL;

    g_autoptr(XrElfNeeds) needs = g_new0(XrElfNeeds, 1);
    needs->needed = g_ptr_array_new_with_free_func(g_free);
    read_interpreter(elf, data, needs);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNAMIC)
            read_dynamic(elf, section, header.sh_link, needs);
    }
    return g_steal_pointer(&needs);
}

static void read_exports(XrElf *elf, Elf_Scn *section, gsize strings, GHashTable *exports)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;

    for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
        const char *name = elf_strptr(elf, strings, symbol.st_name);
        if (name && symbol.st_shndx != SHN_UNDEF)
            g_hash_table_add(exports, g_strdup(name));
    }
}

GPtrArray *xr_elf_not_exported(const char *path, const char *const *names, GError **error)
{
    g_autoptr(GBytes) data = xr_read_file(path, error);
    g_autoptr(XrElf) elf = data ? open_elf64(data, path, error) : NULL;
    g_autoptr(GHashTable) exports = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!elf)
        return NULL;

    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM)
            read_exports(elf, section, header.sh_link, exports);
    }
    GPtrArray *missing = g_ptr_array_new();
    for (gsize i = 0; names[i]; i++)
        if (!g_hash_table_contains(exports, names[i]))
            g_ptr_array_add(missing, (gpointer)names[i]);
    return missing;
}

static const char *section_name(XrElf *elf, gsize index)
{
    GElf_Shdr header;
    gsize strings;
    Elf_Scn *section = elf_getscn(elf, index);

    if (!section || !gelf_getshdr(section, &header) || elf_getshdrstrndx(elf, &strings) != 0)
        return NULL;
    return elf_strptr(elf, strings, header.sh_name);
}

static void read_symbols(XrElf *elf, Elf_Scn *section, gsize strings, XrElfSymbolFunc func,
                         gpointer user_data)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;

    for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
        const int type = GELF_ST_TYPE(symbol.st_info);
        const gboolean placed = symbol.st_shndx > SHN_UNDEF && symbol.st_shndx < SHN_LORESERVE;
        const XrElfSymbol found = {.name = elf_strptr(elf, strings, symbol.st_name),
                                   .section = placed ? section_name(elf, symbol.st_shndx) : NULL,
                                   .value = symbol.st_value,
                                   .size = symbol.st_size};

        if ((type == STT_FUNC || type == STT_NOTYPE) && found.name && found.section)
            func(&found, user_data);
    }
}

gboolean xr_elf_symbols(GBytes *data, const char *what, XrElfSymbolFunc func, gpointer user_data,
                        GError **error)
{
    g_autoptr(XrElf) elf = open_elf64(data, what, error);

    if (!elf)
        return FALSE;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
            read_symbols(elf, section, header.sh_link, func, user_data);
    }
    return TRUE;
}

/* NAME=VALUE, one behind the other, a zero after each. */
static char *find_modinfo(const Elf_Data *data, const char *name)
{
    const char *bytes = data->d_buf;
    const gsize length = strlen(name);

    for (gsize at = 0; bytes && at < data->d_size;) {
        const gsize room = data->d_size - at, size = strnlen(bytes + at, room);
        if (size > length && strncmp(bytes + at, name, length) == 0 && bytes[at + length] == '=')
            return g_strndup(bytes + at + length + 1, size - length - 1);
        at += size + 1;
    }
    return NULL;
}

char *xr_elf_modinfo(const char *path, const char *name, GError **error)
{
    g_autoptr(GBytes) data = xr_unpack_file(path, error);
    g_autoptr(XrElf) elf = data ? open_elf64(data, path, error) : NULL;
    size_t names;

    if (!elf)
        return NULL;
    for (Elf_Scn *section = NULL;
         elf_getshdrstrndx(elf, &names) == 0 && (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        const char *its =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        Elf_Data *strings = its && strcmp(its, ".modinfo") == 0 ? elf_getdata(section, NULL) : NULL;
        char *value = strings ? find_modinfo(strings, name) : NULL;
        if (value)
            return value;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD, "%s: is no kernel module: it does not say \"%s\"",
                path, name);
    return NULL;
}

static void read_notes(Elf_Data *data, XrElfXen *found)
{
    GElf_Nhdr note;
    size_t name, text;

    for (size_t at = 0, next; data && (next = gelf_getnote(data, at, &note, &name, &text)) > 0;
         at = next) {
        if (note.n_namesz != sizeof "Xen" || memcmp((char *)data->d_buf + name, "Xen", 4) != 0)
            continue;
        found->pv |= note.n_type == NOTE_ENTRY;
        found->pvh |= note.n_type == NOTE_PHYS32_ENTRY;
    }
}

gboolean xr_elf64_xen_notes(GBytes *vmlinux, const char *what, XrElfXen *found, GError **error)
{
    const gsize size = g_bytes_get_size(vmlinux);
    g_autoptr(XrElf) elf = open_elf64(vmlinux, what, error);
    gsize count = 0;
    GElf_Phdr segment;

    *found = (XrElfXen){FALSE, FALSE};
    if (!elf)
        return FALSE;
    elf_getphdrnum(elf, &count);
    for (gsize i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_NOTE ||
            segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
            continue;
        read_notes(elf_getdata_rawchunk(elf, (gint64)segment.p_offset, segment.p_filesz,
                                        segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR),
                   found);
    }
    return TRUE;
}

gboolean xr_elf32_check_multiboot(GBytes *data, const char *what, GError **error)
{
    static const guint8 magic[] = {0x02, 0xb0, 0xad, 0x1b}; /* 0x1BADB002 */
    gsize size;
    const guint8 *bytes = g_bytes_get_data(data, &size);

    if (size < sizeof(Elf32_Ehdr) || memcmp(bytes, ELFMAG, SELFMAG) != 0 ||
        bytes[EI_CLASS] != ELFCLASS32) {
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                    "%s: is no ELF32 file, so QEMU's multiboot loader would refuse it", what);
        return FALSE;
    }
    for (gsize i = 0; i + sizeof magic <= MIN(size, 8192); i += 4)
        if (memcmp(bytes + i, magic, sizeof magic) == 0)
            return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                "%s: has no multiboot header in its first 8192 bytes", what);
    return FALSE;
}

/* The segment that ends last in the file, by index; its zeros at the end are not counted. */
static gboolean last_segment(XrElf *elf, const guint8 *bytes, gsize size, gsize *index, gsize *end)
{
    gsize count = 0;
    GElf_Phdr segment;

    *end = 0;
    elf_getphdrnum(elf, &count);
    for (gsize i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_offset > size ||
            segment.p_filesz > size - segment.p_offset)
            return FALSE;
        if (segment.p_offset + segment.p_filesz > *end) {
            *end = segment.p_offset + segment.p_filesz;
            *index = i;
        }
    }
    if (*end == 0 || !gelf_getphdr(elf, (int)*index, &segment) || segment.p_type != PT_LOAD)
        return *end != 0;
    while (*end > segment.p_offset && bytes[*end - 1] == 0)
        (*end)--;
    return TRUE;
}

GBytes *xr_elf64_trim(GBytes *data, const char *what, GError **error)
{
    gsize size, index = 0, end = 0;
    const guint8 *bytes = g_bytes_get_data(data, &size);
    g_autoptr(XrElf) elf = open_elf64(data, what, error);
    if (!elf)
        return NULL;
    if (elf64_getehdr(elf)->e_type != ET_EXEC || !last_segment(elf, bytes, size, &index, &end)) {
        g_set_error(
            error, XR_ERROR, XR_ERROR_FETCH,
            "%s: is no whole executable: its segments do not lie within its %" G_GSIZE_FORMAT
            " bytes",
            what, size);
        return NULL;
    }

    /* Segments may share bytes: all that reach beyond the new end are made shorter. */
    Elf64_Ehdr header = *elf64_getehdr(elf);
    end = MAX(end, header.e_phoff + (gsize)header.e_phnum * sizeof(Elf64_Phdr));
    g_autofree guint8 *result = g_memdup2(bytes, end);
    header.e_shoff = 0;
    header.e_shnum = 0;
    header.e_shstrndx = SHN_UNDEF;
    memcpy(result, &header, sizeof header);
    for (gsize i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        guint8 *place = result + header.e_phoff + i * sizeof segment;
        memcpy(&segment, place, sizeof segment);
        if (segment.p_offset + segment.p_filesz > end)
            segment.p_filesz = segment.p_offset < end ? end - segment.p_offset : 0;
        memcpy(place, &segment, sizeof segment);
    }
    return g_bytes_new_take(g_steal_pointer(&result), end);
}
