/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: bytes through a machine's port. */
#include "base/error.h"
#include "boot/port.h"
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define BIG (3 * 1024 * 1024)

typedef struct {
    char *dir;
    char *path;
    GSocket *listener;
    GSocket *peer; /* QEMU's end */
    XrPort *port;
    GString *got;
    guint ends;
    gboolean free_on_data;
} Fixture;

static void on_data(const char *bytes, gsize len, gpointer user_data)
{
    Fixture *f = user_data;
    g_string_append_len(f->got, bytes, (gssize)len);
    if (f->free_on_data)
        g_clear_pointer(&f->port, xr_port_free);
}

static void on_ended(gpointer user_data)
{
    Fixture *f = user_data;
    f->ends++;
}

static void set_up(Fixture *f, gconstpointer unused)
{
    static const XrPortEvents events = {on_data, on_ended};
    g_autoptr(GError) error = NULL;

    f->dir = g_dir_make_tmp("xr-port-XXXXXX", NULL);
    f->path = g_build_filename(f->dir, "agent.sock", NULL);
    f->got = g_string_new(NULL);
    f->listener =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
    g_assert_no_error(error);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(f->path);
    g_assert_true(g_socket_bind(f->listener, address, FALSE, &error));
    g_assert_true(g_socket_listen(f->listener, &error));
    f->port = xr_port_socket(f->path, &events, f, &error);
    g_assert_no_error(error);
    f->peer = g_socket_accept(f->listener, NULL, &error);
    g_assert_no_error(error);
}

static void tear_down(Fixture *f, gconstpointer unused)
{
    g_clear_pointer(&f->port, xr_port_free);
    g_clear_object(&f->peer);
    g_object_unref(f->listener);
    g_string_free(f->got, TRUE);
    g_unlink(f->path);
    g_rmdir(f->dir);
    g_free(f->path);
    g_free(f->dir);
}

static void send_all(GSocket *socket, const char *text)
{
    g_assert_cmpint(g_socket_send(socket, text, strlen(text), NULL, NULL), ==,
                    (gssize)strlen(text));
}

static void test_ends_after_last_bytes(Fixture *f, gconstpointer unused)
{
    send_all(f->peer, "one\n");
    send_all(f->peer, "last words");
    g_clear_object(&f->peer);
    while (f->ends == 0)
        g_main_context_iteration(NULL, TRUE);

    g_assert_cmpstr(f->got->str, ==, "one\nlast words");
    g_assert_cmpuint(f->ends, ==, 1);
    g_assert_true(xr_port_has_ended(f->port));
    xr_port_write(f->port, "nobody there", 12);
    g_assert_false(g_main_context_iteration(NULL, FALSE));
}

static gpointer read_big(gpointer user_data)
{
    Fixture *f = user_data;
    GString *read = g_string_new(NULL);
    char chunk[1000];

    while (read->len < BIG + 5) {
        gssize len = g_socket_receive(f->peer, chunk, sizeof chunk, NULL, NULL);
        if (len <= 0)
            break;
        g_string_append_len(read, chunk, len);
    }
    send_all(f->peer, "done");
    return read;
}

/* More than a socket's buffer takes, in several pieces, to a slow reader. */
static void test_queues(Fixture *f, gconstpointer unused)
{
    g_autofree char *big = g_malloc(BIG);
    for (gsize i = 0; i < BIG; i++)
        big[i] = (char)('a' + i % 23);
    xr_port_write(f->port, big, BIG);
    xr_port_write(f->port, "after", 5);
    GThread *reader = g_thread_new("reader", read_big, f);
    while (f->got->len < 4)
        g_main_context_iteration(NULL, TRUE);

    GString *read = g_thread_join(reader);
    g_assert_cmpuint(read->len, ==, BIG + 5);
    g_assert_cmpint(memcmp(read->str, big, BIG), ==, 0);
    g_assert_cmpstr(read->str + BIG, ==, "after");
    g_string_free(read, TRUE);
}

static void test_freed_in_callback(Fixture *f, gconstpointer unused)
{
    f->free_on_data = TRUE;
    send_all(f->peer, "panic");
    while (f->port != NULL)
        g_main_context_iteration(NULL, TRUE);

    g_assert_cmpstr(f->got->str, ==, "panic");
    g_assert_cmpuint(f->ends, ==, 0);
    g_assert_false(g_main_context_iteration(NULL, FALSE));
}

static void test_no_socket(Fixture *f, gconstpointer unused)
{
    static const XrPortEvents events = {on_data, on_ended};
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_port_socket("/nonexistent/agent.sock", &events, f, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_MACHINE);
    g_assert_true(g_str_has_prefix(error->message, "/nonexistent/agent.sock: "));
}

/* What was written before the end comes whole, and what is sent arrives. */
static void test_pipes(void)
{
    static const XrPortEvents events = {on_data, on_ended};
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("xrt-XXXXXX", &error);
    g_autofree char *path = g_build_filename(folder, "console", NULL);
    g_autofree char *in = g_strconcat(path, ".in", NULL), *out = g_strconcat(path, ".out", NULL);
    Fixture f = {.got = g_string_new(NULL)};
    char got[8] = "";

    g_assert_true(xr_port_make_pipes(path, &error));
    g_assert_no_error(error);
    int qemu_in = open(in, O_RDWR), qemu_out = open(out, O_RDWR);
    f.port = xr_port_pipe(path, &events, &f, &error);
    g_assert_no_error(error);
    /* A serial line's way, with nobody reading: more than a socket would take. */
    for (guint i = 0; i < 100000; i++)
        g_assert_cmpint(write(qemu_out, "x", 1), ==, 1);
    xr_port_write(f.port, "key", 3);
    while (f.got->len < 100000)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(read(qemu_in, got, sizeof got), ==, 3);
    g_assert_cmpstr(got, ==, "key");
    close(qemu_out);
    while (f.ends == 0)
        g_main_context_iteration(NULL, TRUE);
    g_clear_pointer(&f.port, xr_port_free);
    close(qemu_in);
    g_unlink(in);
    g_unlink(out);
    g_assert_null(xr_port_pipe(path, &events, &f, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_MACHINE);
    g_assert_nonnull(strstr(error->message, "/console: the machine's pipes cannot be used: "));
    g_rmdir(folder);
    g_string_free(f.got, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/port/end", Fixture, NULL, set_up, test_ends_after_last_bytes, tear_down);
    g_test_add("/port/queue", Fixture, NULL, set_up, test_queues, tear_down);
    g_test_add("/port/freed", Fixture, NULL, set_up, test_freed_in_callback, tear_down);
    g_test_add("/port/no-socket", Fixture, NULL, set_up, test_no_socket, tear_down);
    g_test_add_func("/port/pipes", test_pipes);
    return g_test_run();
}
