/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether two hypervisors are the same code.
 *
 * Method. A hypervisor that boots by multiboot is one loadable segment: text, constants and data at fixed
 * addresses, without sections or symbols. All loadable segments are hashed with their addresses, where these
 * are zeroed first:
 *
 *   the build id          the descriptor of each note of owner "GNU" and type 3
 *   date and time         "Thu Jan  1 00:00:00 UTC 1970" (any zone), and "00:00:00" as a whole string
 *   who, where, of what   "NAME@HOST" and "git:HASH" with a date before, as whole strings: compile-by and changeset
 *   the version's banner  whole strings of the block letters that Xen greets with
 *
 * Each is replaced in its length, so nothing else moves.
 *
 * Limits. What is longer in one of two binaries than in the other moves all that comes after it, and the code
 * that points there: such two are told different though the difference is only in a name. That errs on the
 * side of measuring. Builds from source do not meet it, as images/xen/build.sh gives all of them the same
 * names, date and version ending. A user's or host's name alone is a word like any other and is not found, nor
 * is a version number that stands in an instruction. Equal code with different symbols is equal. A line
 * number in an assertion or a bug frame is part of what is loaded, and counts. */
#include "build/identity.h"
#include "base/error.h"
#include "build/unpack.h"
#include <elf.h>
#include <string.h>

enum { ALIGN = 4, LEAST_TEXT = 8, MOST_TEXT = 4096 };

/* Of whole strings, that is from one NUL byte to the next. */
static const char *const masked[] = {
    "^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d [A-Z+\\d:-]{1,9} \\d{4}$",
    "^[A-Z][a-z]{2} [ \\d]?\\d [A-Z][a-z]{2} \\d\\d:\\d\\d:\\d\\d [A-Z+\\d:-]{1,9} \\d{4}$",
    "^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d{4} \\d\\d:\\d\\d:\\d\\d( [AP]M)?( "
    "[A-Z+\\d:-]{1,9})?$",
    "^\\d\\d:\\d\\d:\\d\\d$",
    "^[\\w.+-]+@[\\w.-]+$",
    "^[A-Z][a-z]{2} [A-Z][a-z]{2} .{1,40} (git|hg):[0-9a-f]{7,40}(-dirty)?$",
    "^[ _/\\\\|()<>`',.\\n-]{40,}$",
};

typedef struct {
    guint8 *bytes;
    gsize size;
} Image;

/* The bytes of segment i; NULL past the last. FALSE if it does not lie within the file. */
static gboolean get_segment(const Image *image, guint i, Elf32_Phdr *segment, gboolean *is_there)
{
    Elf32_Ehdr header;

    memcpy(&header, image->bytes, sizeof header);
    *is_there = i < header.e_phnum;
    if (!*is_there)
        return TRUE;
    gsize at = header.e_phoff + (gsize)i * sizeof *segment;
    if (at > image->size || sizeof *segment > image->size - at)
        return FALSE;
    memcpy(segment, image->bytes + at, sizeof *segment);
    return segment->p_offset <= image->size && segment->p_filesz <= image->size - segment->p_offset;
}

static void mask_build_ids(guint8 *bytes, gsize size)
{
    static const guint8 tail[] = {NT_GNU_BUILD_ID, 0, 0, 0, 'G', 'N', 'U', 0};
    struct {
        guint32 name_size, desc_size;
    } head;
    const gsize before = sizeof head, whole = before + sizeof tail;

    for (gsize i = 0; i + whole <= size; i += ALIGN) {
        memcpy(&head, bytes + i, sizeof head);
        if (head.name_size == 4 && memcmp(bytes + i + before, tail, sizeof tail) == 0 &&
            head.desc_size <= MIN(64, size - i - whole))
            memset(bytes + i + whole, 0, head.desc_size);
    }
}

static gboolean is_text(guint8 byte)
{
    return (byte >= ' ' && byte < 0x7f) || byte == '\n';
}

/* The length of the whole string that begins at i; 0 if there is none of a length worth looking at. */
static gsize text_at(const guint8 *bytes, gsize size, gsize i)
{
    gsize end = i;

    while (end < size && end - i <= MOST_TEXT && is_text(bytes[end]))
        end++;
    return end < size && bytes[end] == 0 && end - i >= LEAST_TEXT && end - i <= MOST_TEXT ? end - i
                                                                                          : 0;
}

static GPtrArray *compile_patterns(void)
{
    GPtrArray *patterns = g_ptr_array_new_with_free_func((GDestroyNotify)g_regex_unref);

    for (gsize i = 0; i < G_N_ELEMENTS(masked); i++)
        g_ptr_array_add(patterns, g_regex_new(masked[i], G_REGEX_OPTIMIZE, 0, NULL));
    return patterns;
}

static gboolean matches_one(const GPtrArray *patterns, const char *text)
{
    for (guint i = 0; i < patterns->len; i++)
        if (g_regex_match(patterns->pdata[i], text, 0, NULL))
            return TRUE;
    return FALSE;
}

static void mask_texts(guint8 *bytes, gsize size)
{
    g_autoptr(GPtrArray) patterns = compile_patterns();

    for (gsize i = 0; i < size; i++) {
        if (!is_text(bytes[i]))
            continue;
        gsize length = text_at(bytes, size, i);
        gsize end = i;
        if (length > 0) {
            if (matches_one(patterns, (const char *)bytes + i))
                memset(bytes + i, 0, length);
            i += length;
            continue;
        }
        while (end < size && is_text(bytes[end]))
            end++;
        i = end;
    }
}

static void add_segment(const Image *image, const Elf32_Phdr *segment, GChecksum *checksum)
{
    const guint32 place[] = {segment->p_vaddr, segment->p_paddr, segment->p_filesz,
                             segment->p_memsz};
    g_autofree guint8 *bytes = g_memdup2(image->bytes + segment->p_offset, segment->p_filesz);

    mask_build_ids(bytes, segment->p_filesz);
    mask_texts(bytes, segment->p_filesz);
    g_checksum_update(checksum, (const guchar *)place, sizeof place);
    if (segment->p_filesz > 0)
        g_checksum_update(checksum, bytes, (gssize)segment->p_filesz);
}

char *xr_identity_of(GBytes *xen, const char *what, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    Image image;
    Elf32_Phdr segment;
    guint loadable = 0;
    gboolean is_there = FALSE, is_whole;

    image.bytes = (guint8 *)g_bytes_get_data(xen, &image.size);
    is_whole = image.size >= sizeof(Elf32_Ehdr) && memcmp(image.bytes, ELFMAG, SELFMAG) == 0 &&
               image.bytes[EI_CLASS] == ELFCLASS32;
    for (guint i = 0; is_whole; i++) {
        is_whole = get_segment(&image, i, &segment, &is_there);
        if (!is_whole || !is_there)
            break;
        if (segment.p_type != PT_LOAD)
            continue;
        add_segment(&image, &segment, checksum);
        loadable++;
    }
    if (is_whole && loadable > 0)
        return g_strdup(g_checksum_get_string(checksum));
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                "%s: is no whole ELF32 file, so it cannot be compared with others", what);
    return NULL;
}

char *xr_identity_of_file(const char *path, GError **error)
{
    g_autoptr(GBytes) xen = xr_read_file(path, error);
    return xen ? xr_identity_of(xen, path, error) : NULL;
}

char *xr_identity_compiler(GBytes *xen)
{
    g_autoptr(GRegex) regex = g_regex_new(
        "(?:gcc|clang)[\\w.-]* [\\x20-\\x7e]{0,80}?\\d+\\.\\d+\\.\\d+[\\x20-\\x7e]{0,40}",
        G_REGEX_RAW, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    gsize size;
    const char *bytes = g_bytes_get_data(xen, &size);

    if (!bytes || !g_regex_match_full(regex, bytes, (gssize)size, 0, 0, &match, NULL))
        return NULL;
    return g_match_info_fetch(match, 0);
}
