/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the requests that the machine itself carries, made one after another (guests/wire.h, SCRIPT). */
#include "agent.h"

#include "order.h"

#include <stdlib.h>
#include <string.h>

static void next_step(void *data)
{
    Agent *agent = data;
    char *line = agent->script, *end = strchr(line, '\n');
    size_t len = end ? (size_t)(end - line) : strlen(line);

    if (len == 0)
        return;
    json_auto_t *object = json_loadb(line, len, 0, NULL);
    agent->step = json_integer_value(json_object_get(object, "id"));
    agent->script = line + len + (end ? 1 : 0);
    ag_obey(agent, line, len);
}

/* By the loop: what answers is still at work. */
void ag_script_answered(Agent *agent, json_int_t id, bool ok)
{
    if (!agent->script || !ok || id != agent->step)
        return;
    agent->step = 0;
    ag_loop_at(agent->loop, ag_now(), next_step, agent);
}

void ag_script_start(Agent *agent)
{
    agent->script = ag_order_script();
    if (agent->script)
        next_step(agent);
}
