/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the machine below the stream guest (see fake-xen.h). */
#include "fake-xen.h"

#include "arch.h"
#include "clock.h"
#include "console.h"
#include "domain.h"
#include "event.h"
#include "grant.h"
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FIRST_FRAME 0x1234u /* no frame number is an index, or 0 */
#define STEP_NS     1000u
#define LOG_LINES   1000u

/* Far beyond what any test needs: it goes round in circles. */
static const guint WAITS_MAX = 3000000;

FakeXen fake_xen;

void fake_xen_init(gsize arena_size, guint grant_frames)
{
    FakeXen *xen = &fake_xen;

    memset(xen, 0, sizeof *xen);
    xen->arena_size = arena_size;
    xen->arena = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true(xen->arena != MAP_FAILED);
    xen->grant_count = (guint)(grant_frames * SG_GRANTS_A_FRAME);
    xen->grants = g_new0(struct grant_entry_v1, xen->grant_count);
    xen->next_grant = g_new0(guint32, xen->grant_count);
    xen->maps = g_new0(guint8, xen->grant_count);
    xen->ports = 10;
    xen->ports_left = FAKE_PORTS - 10;
    xen->now_ns = 5 * SG_SECOND_NS;
    xen->log = g_ptr_array_new_with_free_func(g_free);
    sg_memory_init((uintptr_t)xen->arena, (uintptr_t)xen->arena + arena_size);
    sg_grant_init(xen->grants, xen->next_grant, grant_frames);
}

void fake_xen_clear(void)
{
    munmap(fake_xen.arena, fake_xen.arena_size);
    g_free(fake_xen.grants);
    g_free(fake_xen.next_grant);
    g_free(fake_xen.maps);
    g_ptr_array_unref(fake_xen.log);
    memset(&fake_xen, 0, sizeof fake_xen);
}

/* --- memory --- */

uint64_t sg_arch_frame(const void *page)
{
    gsize at = (gsize)((const guint8 *)page - fake_xen.arena);

    g_assert_cmpuint(at, <, fake_xen.arena_size);
    g_assert_cmpuint(at % SG_PAGE, ==, 0);
    return FIRST_FRAME + at / SG_PAGE;
}

guint8 *fake_xen_page(guint64 frame)
{
    g_assert_cmpuint(frame, >=, FIRST_FRAME);
    g_assert_cmpuint(frame, <, FIRST_FRAME + fake_xen.arena_size / SG_PAGE);
    return fake_xen.arena + (frame - FIRST_FRAME) * SG_PAGE;
}

guint8 *fake_xen_map(guint32 ref, gboolean writable)
{
    g_assert_cmpuint(ref, >=, SG_GRANTS_RESERVED);
    g_assert_cmpuint(ref, <, fake_xen.grant_count);
    struct grant_entry_v1 *entry = &fake_xen.grants[ref];

    g_assert_cmpuint(entry->flags & GTF_type_mask, ==, GTF_permit_access);
    g_assert_cmpuint(entry->domid, ==, 0);
    g_assert_false(writable && (entry->flags & GTF_readonly));
    entry->flags |= (guint16)(GTF_reading | (writable ? GTF_writing : 0));
    fake_xen.maps[ref]++;
    fake_xen.maps_made++;
    return fake_xen_page(entry->frame);
}

void fake_xen_unmap(guint32 ref)
{
    g_assert_cmpuint(fake_xen.maps[ref], >, 0);
    if (--fake_xen.maps[ref] == 0)
        fake_xen.grants[ref].flags &= (guint16) ~(GTF_reading | GTF_writing);
}

const volatile struct sg_beats *sg_domain_map_metronome(const char *text, int *status)
{
    return NULL;
}

int sg_arch_map_registers(void *page, uint64_t frame)
{
    return 0;
}

bool sg_domain_grants(const struct sg_options *options)
{
    return !fake_xen.no_grant_table;
}

/* --- event channels --- */

guint fake_xen_port(void)
{
    g_assert_cmpuint(fake_xen.ports, <, FAKE_PORTS);
    fake_xen.open[fake_xen.ports] = TRUE;
    return fake_xen.ports++;
}

void fake_xen_send(guint port)
{
    if (port < FAKE_PORTS && fake_xen.open[port])
        fake_xen.pending[port] = TRUE;
}

int sg_event_alloc(unsigned domid)
{
    if (fake_xen.ports_left == 0)
        return -ENOSPC;
    fake_xen.ports_left--;
    return (int)fake_xen_port();
}

void sg_event_close(unsigned port)
{
    g_assert_cmpuint(port, <, FAKE_PORTS);
    g_assert_true(fake_xen.open[port]);
    fake_xen.open[port] = fake_xen.pending[port] = FALSE;
}

void sg_event_unmask(unsigned port)
{
    g_assert_cmpuint(port, <, FAKE_PORTS);
}

void sg_event_notify(unsigned port)
{
    g_assert_cmpuint(port, <, FAKE_PORTS);
    g_assert_true(fake_xen.open[port]);
    fake_xen.notified[port]++;
    if (fake_xen.world.notified != NULL)
        fake_xen.world.notified(fake_xen.world.user_data, port);
}

bool sg_event_take(unsigned port)
{
    g_assert_cmpuint(port, <, FAKE_PORTS);
    bool marked = fake_xen.marked[port];
    fake_xen.marked[port] = FALSE;
    return marked;
}

static gboolean collect(void)
{
    gboolean found = FALSE;

    for (guint port = 0; port < fake_xen.ports; port++) {
        if (!fake_xen.pending[port])
            continue;
        fake_xen.pending[port] = FALSE;
        fake_xen.marked[port] = found = TRUE;
    }
    fake_xen.collected += (guint)found;
    return found;
}

unsigned sg_event_count(void)
{
    return fake_xen.collected;
}

static void hang(const char *what)
{
    if (fake_xen.hang != NULL)
        fake_xen.hang();
    for (guint i = 0; i < fake_xen.log->len; i++)
        g_printerr("# %s\n", (const char *)g_ptr_array_index(fake_xen.log, i));
    g_printerr("# %s, after %u waits, at %" G_GUINT64_FORMAT " ns\n", what, fake_xen.waits,
               fake_xen.now_ns);
    abort(); /* which fuzzing knows what to do with */
}

/* Time passes until somebody does something, or the guest wanted to wake. True: it is the latter. */
static gboolean pass_time(uint64_t deadline_ns)
{
    const FakeWorld *world = &fake_xen.world;
    guint64 due_ns = world->due_ns != NULL ? world->due_ns(world->user_data) : 0;

    if (due_ns == 0 && deadline_ns == 0)
        hang(FAKE_HANG_TEXT);
    if (due_ns == 0 || (deadline_ns != 0 && deadline_ns <= due_ns)) {
        fake_xen.now_ns = MAX(fake_xen.now_ns, deadline_ns);
        fake_xen.idle_waits++;
        return TRUE;
    }
    fake_xen.now_ns = MAX(fake_xen.now_ns, due_ns);
    return FALSE;
}

void sg_event_wait(uint64_t deadline_ns)
{
    const FakeWorld *world = &fake_xen.world;

    while (!collect()) {
        if (++fake_xen.waits > WAITS_MAX)
            hang("the guest goes round in circles");
        fake_xen.now_ns += STEP_NS;
        if (deadline_ns != 0 && fake_xen.now_ns >= deadline_ns)
            return;
        if ((world->step == NULL || !world->step(world->user_data)) && pass_time(deadline_ns))
            return;
    }
}

/* --- clock and console --- */

uint64_t sg_clock_ns(void)
{
    return fake_xen.now_ns;
}

void sg_log(const char *format, ...)
{
    va_list args;

    if (fake_xen.log->len == LOG_LINES)
        return;
    va_start(args, format);
    g_ptr_array_add(fake_xen.log, g_strdup_vprintf(format, args));
    va_end(args);
}
