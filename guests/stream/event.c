/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: event channels, by the two-level ABI (public/xen.h, struct shared_info). */
#include "event.h"

#include "arch.h"
#include "hypercall.h"

#define PORTS     4096
#define WORD_BITS 64

static struct shared_info *shared;
static uint64_t marks[PORTS / WORD_BITS]; /* events that came and were not taken */
static unsigned count;                    /* of times that there were some */
static uint64_t armed_ns;                 /* what the timer is set to, 0: not */
static unsigned timer_port;

/* Moves what is pending in Xen's words over to ours. True if there was something. */
static bool collect(void)
{
    struct vcpu_info *vcpu = &shared->vcpu_info[0];
    bool found = false;

    vcpu->evtchn_upcall_pending = 0;
    /* A full barrier: the flag is down before the words are read. */
    uint64_t words = __atomic_exchange_n(&vcpu->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    while (words) {
        unsigned word = (unsigned)__builtin_ctzl(words);
        words &= words - 1;
        uint64_t bits = shared->evtchn_pending[word] & ~shared->evtchn_mask[word];
        __atomic_and_fetch(&shared->evtchn_pending[word], ~bits, __ATOMIC_SEQ_CST);
        marks[word] |= bits;
        found |= bits != 0;
    }
    count += found;
    return found;
}

void sg_event_init(struct shared_info *info)
{
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER, .vcpu = 0};

    shared = info;
    if (sg_event_channel_op(EVTCHNOP_bind_virq, &bind) == 0) {
        timer_port = bind.port;
        sg_event_unmask(timer_port);
    }
}

int sg_event_alloc(unsigned domid)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = (domid_t)domid};
    long error = sg_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);

    if (error)
        return (int)error;
    sg_event_unmask(alloc.port);
    return (int)alloc.port;
}

void sg_event_close(unsigned port)
{
    struct evtchn_close close = {.port = port};

    sg_event_channel_op(EVTCHNOP_close, &close);
}

void sg_event_unmask(unsigned port)
{
    struct evtchn_unmask unmask = {.port = port};

    /* By hypercall, so that an event which came before is not lost. */
    sg_event_channel_op(EVTCHNOP_unmask, &unmask);
}

void sg_event_notify(unsigned port)
{
    struct evtchn_send send = {.port = port};

    sg_event_channel_op(EVTCHNOP_send, &send);
}

bool sg_event_take(unsigned port)
{
    uint64_t bit = 1ull << port % WORD_BITS;
    bool marked = marks[port / WORD_BITS] & bit;

    marks[port / WORD_BITS] &= ~bit;
    return marked;
}

void sg_event_wait(uint64_t deadline_ns)
{
    if (!collect()) {
        if (deadline_ns != armed_ns) {
            sg_set_timer_op(deadline_ns);
            armed_ns = deadline_ns;
        }
        sg_arch_block();
        collect();
    }
    if (sg_event_take(timer_port))
        armed_ns = 0;
}

unsigned sg_event_count(void)
{
    return count;
}
