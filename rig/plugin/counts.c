/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: what is counted, and the window in which it counts.
 *
 * Method. The window is bounded by what domUs have moved, which they tell themselves in marks (guests/wire.h, MARKS):
 * it begins at the first mark with which all of them have moved `warmup` bytes in sum, and ends at the first with
 * which they have moved `window` more. Both are moments of guest time; the bytes are those moved between them, not those
 * asked for. Where no window is given, as in lockstep, marks alone bound it: it begins when the last domU has made its second
 * mark and ends with the last third one. Windows of several domUs are equally long and not quite at the same time; so
 * that one is as long as each, and the bytes are those of each domU's own.
 *
 * Hypercalls are counted where a domain's kernel makes them (SYSCALL), with the registers that it made them with; so no
 * symbol of the hypervisor is needed and any build is counted alike. Xen may interrupt a long one and let the domain
 * make it again for what is left (a continuation). Of dom0 that is seen: what is made with the stack pointer of one that
 * has not returned is its continuation, and no call of its own. iret never returns.
 *
 * Limits. What is inside a multicall is one hypercall. A continuation of a domU's counts as another one. Grant
 * references are those asked for; that Xen refused some shows only as errors elsewhere. */
#include "plugin/counts.h"

#include <string.h>

/* xen/include/public/xen.h and grant_table.h. */
enum { GRANT_TABLE_OP = 20, IRET = 23 };
enum { MAP_GRANT_REF = 0, UNMAP_GRANT_REF = 1, COPY = 5, UNMAP_AND_REPLACE = 7 };

XrCounter *xr_counter_new(guint domus, guint64 warmup, guint64 window)
{
    XrCounter *counter = g_new0(XrCounter, 1);

    counter->domus = domus;
    counter->warmup = warmup;
    counter->window = window;
    counter->pending = g_hash_table_new(NULL, NULL);
    return counter;
}

void xr_counter_free(XrCounter *counter)
{
    if (counter == NULL)
        return;
    g_hash_table_unref(counter->pending);
    g_free(counter);
}

/* --- the window --- */

static guint64 moved(const XrCounts *counts)
{
    guint64 sum = 0;

    for (guint i = 0; i < G_N_ELEMENTS(counts->bytes); i++)
        sum += counts->bytes[i];
    return sum;
}

/* Whether all domUs have made so many marks. */
static gboolean all_made(const XrCounter *counter, guint marks)
{
    guint made = 0;

    for (guint i = 1; i < G_N_ELEMENTS(counter->marks); i++)
        made += counter->marks[i] >= marks;
    return made >= counter->domus;
}

/* Of a counter whose window marks alone bound: marks that each domU has made when it begins, and when it ends. */
enum { MARKS_BEGIN = 2, MARKS_END = 3 };

static gboolean begins(const XrCounter *counter)
{
    if (counter->window == 0)
        return all_made(counter, MARKS_BEGIN);
    return moved(&counter->now) >= counter->warmup && all_made(counter, 1);
}

static gboolean ends(const XrCounter *counter)
{
    if (counter->window == 0)
        return all_made(counter, MARKS_END);
    return moved(&counter->now) - moved(&counter->begin) >= counter->window;
}

static void subtract(XrCounts *result, const XrCounts *end, const XrCounts *begin)
{
    const guint64 *a = (const guint64 *)end, *b = (const guint64 *)begin;
    guint64 *difference = (guint64 *)result;

    for (gsize i = 0; i < sizeof(*result) / sizeof(*difference); i++)
        difference[i] = a[i] - b[i];
}

static void next_phase(XrCounter *counter)
{
    if (counter->phase == XR_COUNT_IDLE) {
        counter->phase = XR_COUNT_WARMUP;
    } else if (counter->phase == XR_COUNT_WARMUP && begins(counter)) {
        counter->begin = counter->now;
        counter->phase = XR_COUNT_WINDOW;
    } else if (counter->phase == XR_COUNT_WINDOW && ends(counter)) {
        subtract(&counter->result, &counter->now, &counter->begin);
        counter->phase = XR_COUNT_DONE;
    }
}

gboolean xr_counter_mark(XrCounter *counter, guint64 number, guint64 bytes, guint64 space)
{
    const XrCountPhase before = counter->phase;

    if (number < 1 || number > XR_COUNT_GUESTS)
        return FALSE;
    counter->spaces[number] = space;
    counter->marks[number]++;
    counter->now.bytes[number] = bytes;
    next_phase(counter);
    return counter->phase != before;
}

guint xr_counter_guest(const XrCounter *counter, guint64 space)
{
    for (guint i = 1; i <= MIN(counter->domus, XR_COUNT_GUESTS); i++)
        if (counter->spaces[i] == space)
            return i;
    return 0;
}

/* --- hypercalls --- */

static void count_grants(XrCounts *now, const XrHypercall *call)
{
    const guint64 count = (guint32)call->count;

    switch ((guint32)call->command) {
    case MAP_GRANT_REF:
        now->maps += count;
        break;
    case UNMAP_GRANT_REF:
    case UNMAP_AND_REPLACE:
        now->unmaps += count;
        break;
    case COPY:
        now->copies += count;
        break;
    default:
        break;
    }
}

void xr_counter_hypercall(XrCounter *counter, XrCaller caller, const XrHypercall *call)
{
    const guint32 number = (guint32)call->number;

    if (number >= XR_COUNT_HYPERCALLS)
        return;
    if (caller == XR_CALLER_DOM0 && number != IRET &&
        !g_hash_table_add(counter->pending, GSIZE_TO_POINTER(call->stack)))
        return;
    counter->now.hypercalls[caller][number]++;
    if (caller == XR_CALLER_DOM0 && number == GRANT_TABLE_OP)
        count_grants(&counter->now, call);
}

void xr_counter_returned(XrCounter *counter, guint64 stack)
{
    g_hash_table_remove(counter->pending, GSIZE_TO_POINTER(stack));
}

/* --- told --- */

static void append_list(GString *text, const char *name, const guint64 *values, guint count)
{
    g_string_append_printf(text, ",\"%s\":[", name);
    for (guint i = 0; i < count; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", values[i]);
    g_string_append_c(text, ']');
}

static void append_calls(GString *text, const char *name, const guint64 *calls)
{
    const char *between = "";

    g_string_append_printf(text, ",\"%s\":{", name);
    for (guint i = 0; i < XR_COUNT_HYPERCALLS; i++) {
        if (calls[i] == 0)
            continue;
        g_string_append_printf(text, "%s\"%u\":%" G_GUINT64_FORMAT, between, i, calls[i]);
        between = ",";
    }
    g_string_append_c(text, '}');
}

char *xr_counter_text(const XrCounter *counter, guint64 unsettled)
{
    const XrCounts *r = &counter->result;
    GString *text = g_string_new("{\"kind\":\"count\"");

    g_string_append_printf(text,
                           ",\"xen\":%" G_GUINT64_FORMAT ",\"dom0_kernel\":%" G_GUINT64_FORMAT
                           ",\"dom0_user\":%" G_GUINT64_FORMAT ",\"others\":%" G_GUINT64_FORMAT,
                           r->instructions[XR_CLASS_XEN], r->instructions[XR_CLASS_DOM0_KERNEL],
                           r->instructions[XR_CLASS_DOM0_USER], r->guests[0]);
    g_string_append_printf(text,
                           ",\"pause_xen\":%" G_GUINT64_FORMAT ",\"maps\":%" G_GUINT64_FORMAT
                           ",\"unmaps\":%" G_GUINT64_FORMAT ",\"copies\":%" G_GUINT64_FORMAT,
                           r->pause_xen, r->maps, r->unmaps, r->copies);
    g_string_append_printf(text, ",\"unsettled\":%" G_GUINT64_FORMAT, unsettled);
    append_list(text, "guests", r->guests + 1, counter->domus);
    append_list(text, "bytes", r->bytes + 1, counter->domus);
    append_calls(text, "dom0_hypercalls", r->hypercalls[XR_CALLER_DOM0]);
    append_calls(text, "guest_hypercalls", r->hypercalls[XR_CALLER_GUEST]);
    g_string_append(text, "}\n");
    return g_string_free(text, FALSE);
}
