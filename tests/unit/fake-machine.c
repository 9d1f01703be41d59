/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine for the stream guest (see fake-machine.h). */
#include "fake-machine.h"

#include "blkfront-ring.h"
#include "clock.h"
#include "event.h"
#include "grant.h"

#include <string.h>

#define COMMAND "data/xenrig/command"
#define MEMORY  (32u << 20)
#define FRAMES  32u
#define USUAL                                                                                      \
    "xenrig.name=w03 xenrig.block=65536 xenrig.in_flight=2 xenrig.fsync=0 xenrig.verify=0 "        \
    "xenrig.persistent=0 xenrig.segments=32 xenrig.ring_pages=1 xenrig.queues=1 xenrig.reads=0 "   \
    "xenrig.random=0 xenrig.flush_every=0 xenrig.discard_every=0 xenrig.paranoid=0 "               \
    "xenrig.figures=1000 xenrig.seed=1"

/* --- the world --- */

static guint replies(const Machine *machine)
{
    guint sum = 0;

    for (guint i = 0; i < machine->count; i++)
        sum += machine->backends[i].replies;
    return sum;
}

static gboolean command(Machine *machine, gboolean *said, const char *instead, const char *usual)
{
    *said = TRUE;
    fake_store_set(&machine->store, COMMAND, instead != NULL ? instead : usual);
    return TRUE;
}

static gboolean agent(Machine *machine)
{
    if (!machine->started && machine_status_has(machine, "state=ready"))
        return command(machine, &machine->started, machine->first_command, "start");
    if (machine->stopped)
        return FALSE;
    if (machine_status_has(machine, "state=failed") ||
        (machine_status_has(machine, "state=streaming") &&
         (replies(machine) >= machine->stop_after ||
          (machine->stop_at_ns != 0 && fake_xen.now_ns >= machine->stop_at_ns))))
        return command(machine, &machine->stopped, machine->last_command, "stop");
    return FALSE;
}

static gboolean step(gpointer user_data)
{
    Machine *machine = user_data;
    gboolean did = machine->on_step != NULL && machine->on_step(machine);

    did |= fake_store_step(&machine->store);
    for (guint i = 0; i < machine->count; i++)
        did |= fake_backend_step(&machine->backends[i]);
    return agent(machine) || did;
}

static guint64 earlier(guint64 a, guint64 b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static guint64 due_ns(gpointer user_data)
{
    Machine *machine = user_data;
    guint64 due = machine->stopped ? 0 : machine->stop_at_ns;

    for (guint i = 0; i < machine->count; i++)
        due = earlier(due, fake_backend_due(&machine->backends[i]));
    return due > fake_xen.now_ns ? due : 0;
}

static void notified(gpointer user_data, guint port)
{
    Machine *machine = user_data;

    fake_store_notified(&machine->store, port);
    for (guint i = 0; i < machine->count; i++)
        fake_backend_notified(&machine->backends[i], port);
}

void machine_init_small(Machine *machine, guint count, guint64 size, gsize memory, guint frames)
{
    memset(machine, 0, sizeof *machine);
    fake_xen_init(memory, frames);
    fake_xen.world = (FakeWorld){step, due_ns, notified, machine};
    fake_store_init(&machine->store);
    machine->count = count;
    for (guint i = 0; i < count; i++)
        fake_backend_init(&machine->backends[i], &machine->store, i, size);
    machine->domain = g_new0(struct sg_domain, 1);
}

void machine_init(Machine *machine, guint count, guint64 size)
{
    machine_init_small(machine, count, size, MEMORY, FRAMES);
}

void machine_clear(Machine *machine)
{
    g_free(machine->domain);
    for (guint i = 0; i < machine->count; i++)
        fake_backend_clear(&machine->backends[i]);
    fake_store_clear(&machine->store);
    fake_xen_clear();
}

/* --- the domain --- */

gboolean machine_run(Machine *machine, const char *words)
{
    g_autofree char *cmdline = g_strdup_printf(USUAL " xenrig.vbds=%u %s", machine->count, words);

    return sg_domain_run(machine->domain, cmdline);
}

const char *machine_said(Machine *machine, const char *name)
{
    g_autofree char *path = g_strconcat("data/xenrig/", name, NULL);

    return fake_store_get(&machine->store, path);
}

gboolean machine_status_has(Machine *machine, const char *word)
{
    g_autofree char *status = g_strconcat(" ", machine_said(machine, "status"), " ", NULL);
    g_autofree char *wanted = g_strconcat(" ", word, " ", NULL);

    return strstr(status, wanted) != NULL;
}

void assert_nothing_left(const Machine *machine)
{
    g_assert_cmpuint(sg_grant_count(), ==, 0);
    for (guint ref = 0; ref < fake_xen.grant_count; ref++)
        g_assert_cmpuint(fake_xen.grants[ref].flags, ==, 0);
    for (guint port = 0; port < FAKE_PORTS; port++)
        g_assert_true(!fake_xen.open[port] || port == machine->store.port);
}

/* --- a single VBD --- */

void machine_connect(Machine *machine, struct sg_vbd *vbd, const struct sg_vbd_config *wishes)
{
    char path[128];

    machine->started = machine->stopped = TRUE; /* no domain, no orders */
    sg_vbd_init(vbd, 0, machine->backends[0].handle, wishes);
    g_snprintf(path, sizeof path, "%s/state", vbd->backend);
    g_assert_cmpint(sg_store_watch(path, 0), ==, 0);
    for (;;) {
        if (sg_store_fired() & 1)
            sg_vbd_step(vbd);
        if (vbd->state == SG_VBD_CONNECTED || vbd->state == SG_VBD_BROKEN)
            return;
        sg_event_wait(0);
    }
}

static gboolean is_busy(const struct sg_vbd *vbd)
{
    gboolean busy = vbd->in_flight > 0;

    for (guint q = 0; q < vbd->config.queues; q++)
        busy |= vbd->queues[q].waiting != NULL;
    return busy && vbd->state == SG_VBD_CONNECTED;
}

void machine_drain(struct sg_vbd *vbd)
{
    for (;;) {
        sg_vbd_reap(vbd, sg_clock_ns());
        sg_vbd_push(vbd, sg_clock_ns());
        if (!is_busy(vbd))
            return;
        sg_event_wait(0);
    }
}

void machine_shift(struct sg_vbd *vbd, FakeBackend *backend, guint32 index)
{
    for (guint q = 0; q < vbd->config.queues; q++) {
        blkif_front_ring_t *ring = vbd->queues[q].ring;
        ring->req_prod_pvt = ring->rsp_cons = index;
        ring->sring->req_prod = ring->sring->rsp_prod = index;
        ring->sring->req_event = ring->sring->rsp_event = index + 1;
        backend->queues[q].req_cons = backend->queues[q].rsp_prod = index;
    }
}
