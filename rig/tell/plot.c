/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: pictures, drawn by gnuplot. */
#include "tell/plot.h"

#include "base/error.h"
#include "base/text.h"
#include <errno.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LABEL_MAX = 64, WORDS_MAX = 1000 };

/* A file of no name that holds it, read from its beginning: a gnuplot that ends early breaks no pipe. -1 with error. */
static int open_script(const char *script, GError **error)
{
    const gsize length = strlen(script);
    const int fd = memfd_create("gnuplot", MFD_CLOEXEC);

    if (fd >= 0 && write(fd, script, length) == (gssize)length && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "a script for gnuplot cannot be kept in memory: %s",
                g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

char *xr_plot_run(const char *script, const char *dir, GError **error)
{
    g_autofree char *program = g_find_program_in_path("gnuplot");
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GSubprocess) gnuplot = NULL;
    g_autofree char *out = NULL;
    g_autofree char *said = NULL;
    g_autofree char *shown = NULL;
    int fd;

    if (program == NULL) {
        g_set_error_literal(error, XR_ERROR, XR_ERROR_HOST,
                            "there is no gnuplot to draw pictures: apt-get install gnuplot-nox");
        return NULL;
    }
    fd = open_script(script, error);
    if (fd < 0)
        return NULL;
    g_subprocess_launcher_take_stdin_fd(launcher, fd);
    if (dir != NULL)
        g_subprocess_launcher_set_cwd(launcher, dir);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    gnuplot = g_subprocess_launcher_spawn(launcher, error, program, "-d", "-", NULL);
    if (gnuplot == NULL || !g_subprocess_communicate_utf8(gnuplot, NULL, NULL, &out, &said, error))
        return NULL;
    if (g_subprocess_get_successful(gnuplot))
        return g_steal_pointer(&out);
    shown = xr_text_escape(g_strstrip(said), -1, WORDS_MAX);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s could not draw: %s", program, shown);
    return NULL;
}

/* --- pictures in a page --- */

/* What of gnuplot's is of no use in a page: titles, which pop up; names and filters, which several pictures would have
 * in common; groups that hold nothing. */
static const char useless[] = "<title>[^<]*</title>\\s*|<desc>[^<]*</desc>\\s*| id=\"[^\"]*\"|"
                              "<filter[^>]*>.*?</filter>\\s*|<g [^>]*>\\s*</g>\\s*";

char *xr_plot_inline(const char *svg, const char *label, guint number)
{
    const char *begin = strstr(svg, "<svg");
    g_autoptr(GRegex) drop = g_regex_new(useless, G_REGEX_DOTALL | G_REGEX_OPTIMIZE, 0, NULL);
    g_autoptr(GRegex) mark = g_regex_new("\\bgp(Pt|Dot)", 0, 0, NULL);
    g_autofree char *escaped = g_markup_escape_text(label, -1);
    g_autofree char *own = g_strdup_printf("p%u\\1", number);
    g_autofree char *less = NULL;
    g_autofree char *marked = NULL;

    if (begin == NULL || strstr(begin, "</svg>") == NULL)
        return NULL;
    less = g_regex_replace_literal(drop, begin, -1, 0, "", 0, NULL);
    marked = less != NULL ? g_regex_replace(mark, less, -1, 0, own, 0, NULL) : NULL;
    if (marked == NULL)
        return NULL;
    return g_strdup_printf("<svg role=\"img\" aria-label=\"%s\"%s", escaped,
                           marked + strlen("<svg"));
}

/* --- scripts --- */

char *xr_plot_terminal(const char *name, guint width, guint height)
{
    return g_strdup_printf("set terminal svg noenhanced size %u,%u font 'sans-serif,13' name '%s'\n"
                           "set encoding utf8\n",
                           width, height, name);
}

void xr_plot_number(GString *script, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_c(script, ' ');
    g_string_append(script, isfinite(value) ? g_ascii_formatd(digits, sizeof digits, "%.6g", value)
                                            : "NaN");
}

void xr_plot_label(GString *script, const char *text)
{
    g_string_append_c(script, '\'');
    for (guint i = 0; text[i] != '\0' && i < LABEL_MAX; i++) {
        const char c = text[i];

        g_string_append_c(script,
                          g_ascii_isalnum(c) || strchr(" .,:;/+-_()=%", c) != NULL ? c : '?');
    }
    g_string_append_c(script, '\'');
}
