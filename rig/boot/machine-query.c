/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: questions to a machine that may hang.
 *
 * They are asked when something is wrong, and libvirt waits for QEMU's answer without limit. So
 * each is asked in a thread of its own; where no answer comes the thread stays behind until the
 * machine is destroyed, which ends its wait. */
#include "base/error.h"
#include "base/json.h"
#include "boot/libvirt-init.h"
#include "boot/machine-private.h"
#include "build/build.h"
#include <json-glib/json-glib.h>
#include <libvirt/libvirt-qemu.h>
#include <stdlib.h>

#define ANSWER_WAIT_S 10

typedef enum { QUERY_HMP, QUERY_QMP, QUERY_NMI } QueryKind;
typedef struct {
    QueryKind kind;
    const char *command; /* static; NULL for an NMI */
    virDomainPtr domain;
    GAsyncQueue *answers;
} Query;
typedef struct {
    char *text; /* "" for an NMI */
    GError *error;
} Answer;

static void answer_free(Answer *answer)
{
    g_free(answer->text);
    g_clear_error(&answer->error);
    g_free(answer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Answer, answer_free)

static gpointer ask_in_thread(gpointer user_data)
{
    Query *query = user_data;
    Answer *answer = g_new0(Answer, 1);
    goffset mark = xr_libvirt_log_mark();
    char *text = NULL;
    int result;

    if (query->kind == QUERY_NMI)
        result = virDomainInjectNMI(query->domain, 0);
    else
        result = virDomainQemuMonitorCommand(
            query->domain, query->command, &text,
            query->kind == QUERY_HMP ? VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP : 0);
    if (result < 0)
        xr_libvirt_error(&answer->error, XR_ERROR_MACHINE, mark,
                         query->command != NULL ? query->command : "NMI");
    else
        answer->text = g_strdup(text != NULL ? text : "");
    free(text);
    g_async_queue_push(query->answers, answer);
    g_async_queue_unref(query->answers);
    virDomainFree(query->domain);
    g_free(query);
    return NULL;
}

static char *ask(XrMachine *machine, QueryKind kind, const char *command, GError **error)
{
    if (machine->domain == NULL) {
        g_set_error_literal(error, XR_ERROR, XR_ERROR_MACHINE, "the machine has been stopped");
        return NULL;
    }
    g_autoptr(GAsyncQueue) answers =
        g_async_queue_new_full((GDestroyNotify)(void (*)(void))answer_free);
    Query *query = g_new0(Query, 1);
    query->kind = kind;
    query->command = command;
    query->answers = g_async_queue_ref(answers);
    query->domain = machine->domain;
    virDomainRef(machine->domain);
    g_thread_unref(g_thread_new("ask-qemu", ask_in_thread, query));

    g_autoptr(Answer) answer =
        g_async_queue_timeout_pop(answers, ANSWER_WAIT_S * (guint64)G_USEC_PER_SEC);
    if (answer == NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_TIMEOUT,
                    "QEMU did not answer \"%s\" within %d s: it hangs itself",
                    command != NULL ? command : "NMI", ANSWER_WAIT_S);
        return NULL;
    }
    if (answer->error != NULL)
        g_propagate_error(error, g_steal_pointer(&answer->error));
    return g_steal_pointer(&answer->text);
}

char *xr_machine_registers(XrMachine *machine, GError **error)
{
    g_autofree char *text = ask(machine, QUERY_HMP, "info registers -a", error);
    if (text == NULL)
        return NULL;
    g_auto(GStrv) parts = g_strsplit(text, "\r", -1);
    return g_strjoinv(NULL, parts);
}

gboolean xr_machine_inject_nmi(XrMachine *machine, GError **error)
{
    g_autofree char *text = ask(machine, QUERY_NMI, NULL, error);
    return text != NULL;
}

/* Distinct thread ids in the answer to query-cpus-fast. */
static guint count_threads(const char *answer)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    if (!json_parser_load_from_data(parser, answer, -1, NULL))
        return 0;
    JsonObject *object = json_node_get_object(json_parser_get_root(parser));
    JsonArray *cpus = json_object_get_array_member(object, "return");
    for (guint i = 0; cpus != NULL && i < json_array_get_length(cpus); i++) {
        JsonObject *cpu = json_array_get_object_element(cpus, i);
        g_hash_table_add(seen, GINT_TO_POINTER(json_object_get_int_member(cpu, "thread-id")));
    }
    return g_hash_table_size(seen);
}

gboolean xr_machine_check_threads(XrMachine *machine, guint pcpus, GError **error)
{
    g_autofree char *answer = ask(machine, QUERY_QMP, "{\"execute\":\"query-cpus-fast\"}", error);
    if (answer == NULL)
        return FALSE;
    guint threads = count_threads(answer);
    if (threads >= pcpus)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_MACHINE,
                "QEMU runs %u vCPUs on %u threads: it does not choose multi-threaded TCG on this "
                "host; use an x86-64 host and QEMU 9.1 or newer",
                pcpus, threads);
    return FALSE;
}

/* "10.0.2" out of the answer to query-version. Free with g_free. */
static char *read_version(const char *answer)
{
    g_autoptr(JsonObject) object = xr_json_parse_line(answer, -1, NULL);
    JsonObject *result = object != NULL ? xr_json_object(object, "return") : NULL;
    JsonObject *version = result != NULL ? xr_json_object(result, "qemu") : NULL;

    if (version == NULL)
        return g_strdup("unknown");
    return g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                           xr_json_int(version, "major", 0), xr_json_int(version, "minor", 0),
                           xr_json_int(version, "micro", 0));
}

gboolean xr_machine_check_version(XrMachine *machine, XrRemote *remote, GError **error)
{
    g_autofree char *answer = ask(machine, QUERY_QMP, "{\"execute\":\"query-version\"}", error);

    if (answer == NULL)
        return FALSE;
    g_free(remote->qemu_version);
    remote->qemu_version = read_version(answer);
    if (xr_qemu_is_new_enough(remote->qemu_version))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                "%s: %s there is QEMU %s, and " XR_QEMU_OLDEST " or newer is needed: name another "
                "one of that host with --qemu PATH",
                remote->uri, remote->emulator, remote->qemu_version);
    return FALSE;
}
