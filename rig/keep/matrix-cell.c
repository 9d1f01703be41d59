/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a matrix's cell, as its run left it. */
#include "keep/matrix-record.h"

#include "base/error.h"
#include "boot/leftovers.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { NODE_MAX = 32, NODE_FILE_MAX = 256, LOG_END = 4096 };

static char *path_of(const XrMatrixCell *cell, guint number)
{
    return number == 1 ? g_build_filename(cell->dir, cell->name, NULL)
                       : g_strdup_printf("%s/%s-%u", cell->dir, cell->name, number);
}

/* Number of the last run that left a record; 0: none. */
static guint last_number(const XrMatrixCell *cell)
{
    for (guint number = 1;; number++) {
        g_autofree char *path = path_of(cell, number);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return number - 1;
    }
}

char *xr_matrix_cell_record(const XrMatrixCell *cell)
{
    return path_of(cell, MAX(last_number(cell), 1));
}

char *xr_matrix_cell_next(const XrMatrixCell *cell)
{
    return path_of(cell, last_number(cell) + 1);
}

gboolean xr_matrix_cell_is_done(const XrMatrixCell *cell)
{
    g_autoptr(XrHistoryRun) run = xr_matrix_cell_run(cell);

    return run != NULL && !g_str_equal(run->verdict, "error");
}

XrHistoryRun *xr_matrix_cell_run(const XrMatrixCell *cell)
{
    const guint last = MAX(last_number(cell), 1);
    g_autoptr(XrHistoryRun) run = NULL;

    /* One that failed is not made up for by one after it, as an older rig may have run. */
    for (guint number = 1; number <= last; number++) {
        g_autofree char *record = path_of(cell, number);

        g_clear_pointer(&run, xr_history_run_free);
        run = xr_history_is_record(record) ? xr_history_run_read(record, NULL) : NULL;
        if (run != NULL && g_str_equal(run->verdict, "fail"))
            break;
    }
    return g_steal_pointer(&run);
}

/* At most max bytes, of the file's end. Free with g_free; NULL if it cannot be read. */
static char *read_end(const XrMatrixCell *cell, const char *name, gsize max)
{
    g_autofree char *path = g_build_filename(cell->dir, name, NULL);
    g_autofree char *text = g_malloc0(max + 1);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    off_t size;
    gssize got;

    if (fd < 0)
        return NULL;
    size = lseek(fd, 0, SEEK_END);
    got = pread(fd, text, max, size > (off_t)max ? size - (off_t)max : 0);
    close(fd);
    return got >= 0 ? g_steal_pointer(&text) : NULL;
}

char *xr_matrix_cell_node(const XrMatrixCell *cell)
{
    g_autofree char *text = read_end(cell, "node", NODE_FILE_MAX);

    if (text == NULL)
        return NULL;
    g_strstrip(text);
    for (char *c = text; *c != '\0'; c++) {
        *c = g_ascii_tolower(*c);
        if (!g_ascii_isalnum(*c))
            *c = '-';
    }
    if (*text == '\0')
        return g_strdup("elsewhere");
    return g_strndup(text, NODE_MAX);
}

char *xr_matrix_cell_last_line(const XrMatrixCell *cell)
{
    g_autofree char *text = read_end(cell, "log", LOG_END);
    const char *newline;

    if (text == NULL || *g_strchomp(text) == '\0')
        return NULL;
    newline = strrchr(text, '\n');
    return g_strdup(newline != NULL ? newline + 1 : text);
}

gboolean xr_matrix_cell_clear(const XrMatrixCell *cell, GError **error)
{
    static const char *const leftovers[] = {"node", "log"};
    g_autofree char *record = xr_matrix_cell_record(cell);

    if (g_mkdir_with_parents(cell->dir, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be made: %s", cell->dir,
                    g_strerror(errno));
        return FALSE;
    }
    if (xr_matrix_cell_is_done(cell))
        return TRUE;
    if (!xr_history_is_record(record))
        xr_leftovers_remove_tree(record);
    for (gsize i = 0; i < G_N_ELEMENTS(leftovers); i++) {
        g_autofree char *path = g_build_filename(cell->dir, leftovers[i], NULL);

        g_unlink(path);
    }
    return TRUE;
}
