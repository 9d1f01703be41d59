/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what its parts share.
 *
 * One thread, one loop. A request comes in by agent.c, is checked by request.c and handed to one of
 * the ag_op_ functions, which answers at once or starts programs on the side and answers when they
 * are done. What happens by itself (a domU stops, writes its status, prints a line; a backend wants
 * its device) comes by watches and goes out as events. */
#pragma once

#include "child.h"
#include "config.h"
#include "limiter.h"
#include "lines.h"
#include "loop.h"
#include "port.h"
#include "store.h"

#define AG_XL          "/usr/sbin/xl"
#define AG_RUN_DIR     "/run/xenrig"
#define AG_CONSOLE_DIR "/run/xenrig/console" /* xenconsoled's --log-dir */

typedef struct {
    unsigned long long bytes, requests;
} AgCount;

/* One VBD of a domU: its device and where its statistics are read. -1: not open. */
typedef struct {
    char *device;
    int device_fd;
    int sectors_fd, requests_fd;    /* blkback's */
    AgCount written, read, blkback; /* as last read; blkback: written */
    /* figures in xenstore */
    bool figures_due;
    char *figures_seen;
    const char *figures_problem;
} AgVbd;

typedef enum {
    AG_DOMAIN_NEW,    /* xl create is under way */
    AG_DOMAIN_LIVE,   /* there, paused or running */
    AG_DOMAIN_EXITED, /* stopped by itself; kept by Xen until destroyed */
} AgDomainState;

typedef struct {
    char name[AG_NAME_MAX + 1];
    int domid; /* -1 while not known */
    AgDomainState state;
    bool destroying;
    size_t vbds;
    AgVbd vbd[AG_VBDS_MAX];
    /* status in xenstore */
    bool status_due;
    char *status_seen;
    const char *status_problem;
    /* console */
    int console_fd;
    long long console_offset;
    AgLines console_lines;
    AgLimiter console_limiter;
} AgDomain;

typedef struct {
    char *kind; /* NULL: none made yet */
    size_t count;
    char **devices;
} AgBacking;

typedef struct {
    AgLoop *loop;
    AgPort *port;
    AgStore *store;
    AgDomain *domains[AG_DOMAINS_MAX];
    size_t domain_count;
    AgBacking backing;
    /* sampling */
    AgTimer *sample_timer;
    int64_t sample_interval_ns, sample_due_ns;
    /* exits.c */
    bool listing, list_again;
    /* guests.c */
    AgTimer *status_timer;
    /* grants.c */
    bool tracing;
    /* console.c */
    int inotify_fd;
    AgSource *console_source;
    AgTimer *console_timer;
    /* boot-notes.c */
    int notes_fd;
    AgSource *notes_source;
    AgLines notes;
    bool boot_failed;
    /* script.c */
    char *script;    /* what is left of it; NULL: there is none */
    json_int_t step; /* id of the request that is to be answered before the next */
} Agent;

/* script.c: the requests that the machine itself carries (wire.h, SCRIPT). */
void ag_script_start(Agent *agent);
/* A request was answered: the next may be made. */
void ag_script_answered(Agent *agent, json_int_t id, bool ok);

/* A request, a line of it, as the port or the script has it. */
void ag_obey(Agent *agent, const char *line, size_t len);

/* Answers. extra, if any, gets "id" and "ok" and is taken over. */
void ag_reply(Agent *agent, json_int_t id, json_t *extra);
void ag_reply_error(Agent *agent, json_int_t id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* domains.c */
AgDomain *ag_domain_add(Agent *agent, const AgDomainSpec *spec);
void ag_domain_forget(Agent *agent, AgDomain *domain);
AgDomain *ag_domain_find(Agent *agent, const char *name);
/* Whether it is a domU that streams: all but those without VBDs. */
bool ag_domain_streams(const AgDomain *domain);
/* A node of the domU's below XR_WIRE_NODE; NULL: there is none. Free with free. */
char *ag_node_read(Agent *agent, const AgDomain *domain, const char *name);
/* The domains a request names, or all where it names none. False, and the request answered with an
 * error, where a name is not known. */
typedef struct {
    size_t count;
    AgDomain *domain[AG_DOMAINS_MAX];
} AgSelection;
bool ag_domains_select(Agent *agent, const AgRequest *request, AgSelection *selection);
/* {"event":"domain",…}; seconds below 0, reason and detail NULL are left out. */
void ag_domain_event(Agent *agent, const AgDomain *domain, const char *what, double seconds,
                     const char *reason, const char *detail);

/* create.c, control.c, destroy.c, counters.c, coverage.c, grants.c, locks.c, backing.c, sample.c, bind.c,
 * lockstep.c, await.c, modules.c: one function an op. The request is valid for the time of the call. */
void ag_op_create(Agent *agent, const AgRequest *request);
void ag_op_release(Agent *agent, const AgRequest *request);
void ag_op_command(Agent *agent, const AgRequest *request);
void ag_op_keys(Agent *agent, const AgRequest *request);
void ag_op_dmesg(Agent *agent, const AgRequest *request);
void ag_op_fault(Agent *agent, const AgRequest *request);
void ag_op_poweroff(Agent *agent, const AgRequest *request);
void ag_op_destroy(Agent *agent, const AgRequest *request);
void ag_op_counters(Agent *agent, const AgRequest *request);
void ag_op_grant_ops(Agent *agent, const AgRequest *request);
void ag_op_coverage(Agent *agent, const AgRequest *request);
void ag_op_locks(Agent *agent, const AgRequest *request);
void ag_op_backing(Agent *agent, const AgRequest *request);
void ag_op_corrupt(Agent *agent, const AgRequest *request);
void ag_op_sampling(Agent *agent, const AgRequest *request);
void ag_op_bind(Agent *agent, const AgRequest *request);
void ag_op_metronome(Agent *agent, const AgRequest *request);
void ag_op_hold(Agent *agent, const AgRequest *request);
void ag_op_await(Agent *agent, const AgRequest *request);
void ag_op_modules(Agent *agent, const AgRequest *request);

/* sample.c */
void ag_vbd_close(AgVbd *vbd);
/* Bytes that all backing devices of domUs have written and read so far. */
unsigned long long ag_sample_bytes(Agent *agent);

/* hotplug.c: body of the agent when it is started as "block ACTION", by libxl. Exit status. */
int ag_hotplug_main(const char *action);

/* guests.c: vbd is that of the figures that changed, -1: something else did. */
void ag_guest_changed(Agent *agent, unsigned domid, int vbd);
/* All that has changed and was not yet told. */
void ag_guest_read_now(Agent *agent, AgDomain *domain);

/* console.c */
void ag_console_start(Agent *agent);
void ag_console_read_now(Agent *agent, AgDomain *domain);
void ag_console_close(AgDomain *domain);

/* exits.c: looks which domains have stopped. */
void ag_exits_look(Agent *agent);

/* corrupt.c: body of "dom0-agent corrupt DEVICE OFFSET LENGTH". Exit status. */
int ag_corrupt_main(const char *device, const char *offset, const char *length);

/* boot-notes.c: what dom0-init has to say comes on notes_fd. True if it told of no failure. */
bool ag_notes_start(Agent *agent);
