/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is said to another host's libvirt, and about it. */
#include "boot/remote-private.h"

#include "base/text.h"
#include <libvirt/virterror.h>
#include <string.h>

enum { ELEMENT_MAX = 256 };

gboolean xr_remote_is(const char *text)
{
    g_autoptr(GUri) uri = text != NULL ? g_uri_parse(text, G_URI_FLAGS_NON_DNS, NULL) : NULL;
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;

    return host != NULL && *host != '\0';
}

typedef struct {
    int code;          /* 0: any */
    const char *words; /* part of the message; NULL: any */
    const char *advice;
} Advice;

/* The first that fits. */
static const Advice advices[] = {
    {0, "Host key verification failed",
     "ssh does not know that host's key: log in there once with `ssh HOST`"},
    {0, "Permission denied (", "ssh cannot log in there: `ssh HOST` must work without a question"},
    {0, "Could not resolve hostname", "check the host's name"},
    {0, "Name or service not known", "check the host's name"},
    {0, "unable to resolve", "check the host's name"},
    {0, "No route to host", "check the host's name, and whether it is up"},
    {0, "Connection timed out", "check the host's name, and whether a firewall is between"},
    {0, "nc: not found",
     "neither virt-ssh-helper (on Debian, in libvirt-daemon) nor nc is there: install one"},
    {0, "ommand not found",
     "libvirt is not installed there: on Debian, apt-get install libvirt-daemon-system"},
    {0, "No space left on device",
     "make room there, where libvirt keeps images (system: /var/lib/libvirt/images, session: "
     "/var/tmp)"},
    {0, "Disk quota exceeded", "make room there, or run as a user with a larger quota"},
    {0, "Connection refused",
     "libvirtd does not run there, or does not listen: `systemctl start libvirtd` there; "
     "qemu+tcp:// needs libvirtd-tcp.socket as well, qemu+ssh:// needs no port of its own"},
    {0, "Permission denied",
     "add the user to the group libvirt there, or use …/session in place of …/system"},
    {0, "Failed to connect socket", "libvirtd does not run there: `systemctl start libvirtd`"},
    {VIR_ERR_AUTH_FAILED, NULL,
     "libvirt there does not let this user in: add him to the group libvirt there, or use "
     "…/session"},
    {VIR_ERR_AUTH_CANCELLED, NULL,
     "libvirt there does not let this user in: add him to the group libvirt there, or use "
     "…/session"},
    {VIR_ERR_AUTH_UNAVAILABLE, NULL,
     "libvirt there does not let this user in: add him to the group libvirt there, or use "
     "…/session"},
    {0, "is not supported by the connection driver: virStorage",
     "libvirt there has no storage driver: on Debian, apt-get install libvirt-daemon"},
    {VIR_ERR_NO_CONNECT, NULL,
     "libvirt there lacks its QEMU driver: on Debian, apt-get install libvirt-daemon-driver-qemu"},
    {0, "emulator",
     "install QEMU there (on Debian, apt-get install qemu-system-x86), or name one there with "
     "--qemu PATH"},
    {0, "Cannot check QEMU binary", "--qemu takes a path on that host"},
};

const char *xr_remote_advice(int code, const char *message)
{
    for (gsize i = 0; i < G_N_ELEMENTS(advices); i++) {
        const Advice *advice = &advices[i];

        if ((advice->code == 0 || advice->code == code) &&
            (advice->words == NULL || strstr(message, advice->words) != NULL))
            return advice->advice;
    }
    return "";
}

char *xr_remote_folder(const char *text, const char *name)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NON_DNS, NULL);
    const gboolean system = uri != NULL && g_str_equal(g_uri_get_path(uri), "/system");

    return g_build_filename(system ? "/var/lib/libvirt/images" : "/var/tmp", name, NULL);
}

char *xr_remote_pool_xml(const char *name, const char *folder)
{
    /* QEMU's user must find what is in it, and nobody need list it. */
    return g_markup_printf_escaped("<pool type='dir'>\n"
                                   "  <name>%s</name>\n"
                                   "  <target>\n"
                                   "    <path>%s</path>\n"
                                   "    <permissions><mode>0711</mode></permissions>\n"
                                   "  </target>\n"
                                   "</pool>\n",
                                   name, folder);
}

char *xr_remote_volume_xml(const char *name, guint64 capacity, gboolean sparse)
{
    return g_markup_printf_escaped("<volume>\n"
                                   "  <name>%s</name>\n"
                                   "  <capacity unit='bytes'>%" G_GUINT64_FORMAT "</capacity>\n"
                                   "  <allocation unit='bytes'>%" G_GUINT64_FORMAT "</allocation>\n"
                                   "  <target>\n"
                                   "    <format type='raw'/>\n"
                                   "    <permissions><mode>%s</mode></permissions>\n"
                                   "  </target>\n"
                                   "</volume>\n",
                                   name, capacity, sparse ? 0 : capacity, sparse ? "0600" : "0644");
}

/* --- elements --- */

char *xr_remote_cpu(const char *capabilities)
{
    static const char end[] = "</cpu>";
    const char *from = strstr(capabilities, "<cpu>");
    const char *to = from != NULL ? strstr(from, end) : NULL;

    return to != NULL ? g_strndup(from, (gsize)(to - from) + strlen(end)) : NULL;
}

typedef struct {
    char **path; /* outermost first */
    GString *text;
    gboolean inside, done;
} Search;

static gboolean is_at(GMarkupParseContext *context, char *const *path)
{
    guint depth = g_strv_length((char **)path);
    const GSList *open = g_markup_parse_context_get_element_stack(context);

    if (g_slist_length((GSList *)open) != depth)
        return FALSE;
    for (; open != NULL; open = open->next) {
        if (!g_str_equal(open->data, path[--depth]))
            return FALSE;
    }
    return TRUE;
}

static void on_start(GMarkupParseContext *context, const char *name, const char **names,
                     const char **values, gpointer data, GError **error)
{
    Search *search = data;

    search->inside = !search->done && is_at(context, search->path);
}

static void on_end(GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
    Search *search = data;

    search->done = search->done || is_at(context, search->path);
    search->inside = FALSE;
}

static void on_text(GMarkupParseContext *context, const char *text, gsize len, gpointer data,
                    GError **error)
{
    Search *search = data;

    if (search->inside)
        g_string_append_len(search->text, text, (gssize)len);
}

char *xr_remote_element(const char *xml, const char *path)
{
    static const GMarkupParser parser = {
        .start_element = on_start, .end_element = on_end, .text = on_text};
    g_auto(GStrv) words = g_strsplit(path, "/", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    Search search = {.path = words, .text = text};
    g_autoptr(GMarkupParseContext) context =
        g_markup_parse_context_new(&parser, G_MARKUP_DEFAULT_FLAGS, &search, NULL);

    if (!g_markup_parse_context_parse(context, xml, -1, NULL) || !search.done)
        return NULL;
    return xr_text_escape(text->str, (gssize)text->len, ELEMENT_MAX);
}
