/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor's event_channel.c: profiles of the event channel locks.
 *
 * Where a domain's event lock is a spinlock, Xen profiles it itself and nothing is done here. Else every
 * read_lock and write_lock below this header is of an event lock. A channel's own lock is counted for the
 * domain that sends. */
#include <xen/xenrig-lock-count.h>

#ifdef RIG_EVENT_LOCK_IS_RWLOCK

static always_inline void rig_event_read_lock(rwlock_t *lock)
{
    struct domain *d = container_of(lock, struct domain, event_lock);
    s_time_t since = rig_before(rw_is_write_locked(lock));

    read_lock(lock);
    rig_taken(&d->event_read, lock, since);
}

static always_inline void rig_event_write_lock(rwlock_t *lock)
{
    struct domain *d = container_of(lock, struct domain, event_lock);
    s_time_t since = rig_before(rw_is_locked(lock));

    write_lock(lock);
    rig_taken(&d->event_write, lock, since);
}

static always_inline void rig_event_read_unlock(rwlock_t *lock)
{
    rig_given(lock);
    read_unlock(lock);
}

static always_inline void rig_event_write_unlock(rwlock_t *lock)
{
    rig_given(lock);
    write_unlock(lock);
}

static always_inline void rig_channel_read_lock(struct evtchn *channel)
{
    s_time_t since = rig_before(rw_is_write_locked(&channel->lock));

    evtchn_read_lock(channel);
    rig_taken(&current->domain->channel, &channel->lock, since);
}

static always_inline bool rig_channel_read_trylock(struct evtchn *channel)
{
    bool taken = evtchn_read_trylock(channel);

    if (taken)
        rig_taken(&current->domain->channel, &channel->lock, 0);
    return taken;
}

static always_inline void rig_channel_read_unlock(struct evtchn *channel)
{
    rig_given(&channel->lock);
    evtchn_read_unlock(channel);
}

static inline void rig_profile_events(struct domain *d)
{
    spin_lock_init_prof(d, event_read);
    spin_lock_init_prof(d, event_write);
    spin_lock_init_prof(d, channel);
}

#undef read_lock
#undef read_unlock
#undef write_lock
#undef write_unlock
#define read_lock(lock)              rig_event_read_lock(lock)
#define read_unlock(lock)            rig_event_read_unlock(lock)
#define write_lock(lock)             rig_event_write_lock(lock)
#define write_unlock(lock)           rig_event_write_unlock(lock)
#define evtchn_read_lock(channel)    rig_channel_read_lock(channel)
#define evtchn_read_trylock(channel) rig_channel_read_trylock(channel)
#define evtchn_read_unlock(channel)  rig_channel_read_unlock(channel)

#else
#define rig_profile_events(d) ((void)(d))
#endif
