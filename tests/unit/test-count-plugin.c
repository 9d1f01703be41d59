/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The count plugin: whose an instruction is, its window, hypercalls and grants, and QEMU's main thread at rest. */
#include "base/json.h"
#include "plugin/counts.h"
#include "plugin/settle.h"
#include "plugin/slots.h"

#include <unistd.h>

#define MIB ((guint64)1024 * 1024)

enum { MAP = 0, UNMAP = 1, COPY = 5 };
enum { GRANT_TABLE_OP = 20, IRET = 23, EVENT_CHANNEL_OP = 32 };

static void test_classes(void)
{
    const struct {
        guint64 address;
        XrClass class;
    } cases[] = {
        {0x10000, XR_CLASS_GUEST},
        {0x3fffff, XR_CLASS_GUEST},
        {0x400000, XR_CLASS_DOM0_USER},
        {0x7ffff7fc1000, XR_CLASS_DOM0_USER},
        {0xffff7fffffffffff, XR_CLASS_DOM0_USER}, /* no address of anybody's */
        {0xffff800000000000, XR_CLASS_XEN},
        {0xffff82d040200000, XR_CLASS_XEN},
        {0xffff87ffffffffff, XR_CLASS_XEN},
        {0xffff880000000000, XR_CLASS_DOM0_KERNEL},
        {0xffffffff81000000, XR_CLASS_DOM0_KERNEL},
        {0xffffffffc0001000, XR_CLASS_DOM0_KERNEL},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(xr_class_of(cases[i].address), ==, cases[i].class);
}

static void test_instructions(void)
{
    g_assert_cmpint(xr_insn_of((const guint8[]){0x0f, 0xa2}, 2), ==, XR_INSN_CPUID);
    g_assert_cmpint(xr_insn_of((const guint8[]){0x0f, 0x05}, 2), ==, XR_INSN_SYSCALL);
    g_assert_cmpint(xr_insn_of((const guint8[]){0xf3, 0x90}, 2), ==, XR_INSN_PAUSE);
    g_assert_cmpint(xr_insn_of((const guint8[]){0xf4}, 1), ==, XR_INSN_HLT);
    g_assert_cmpint(xr_insn_of((const guint8[]){0xec}, 1), ==, XR_INSN_IN);
    g_assert_cmpint(xr_insn_of((const guint8[]){0xe4, 0x64}, 2), ==, XR_INSN_IN);
    g_assert_cmpint(xr_insn_of((const guint8[]){0x66, 0xed}, 2), ==, XR_INSN_IN);
    g_assert_cmpint(xr_insn_of((const guint8[]){0xf3, 0x6d}, 2), ==, XR_INSN_IN);
    g_assert_cmpint(xr_insn_of((const guint8[]){0xee}, 1), ==, XR_INSN_OUT);
    g_assert_cmpint(xr_insn_of((const guint8[]){0x66}, 1), ==, XR_INSN_OTHER);
    g_assert_cmpint(xr_insn_of((const guint8[]){0x90}, 1), ==, XR_INSN_OTHER); /* NOP */
    g_assert_cmpint(xr_insn_of((const guint8[]){0x0f}, 1), ==, XR_INSN_OTHER);
    g_assert_cmpint(xr_insn_of((const guint8[]){0x0f, 0x0b}, 2), ==, XR_INSN_OTHER); /* UD2 */
}

/* Two domUs; the window is 4 MiB after 2, and waits for the second to be known. */
static void test_window(void)
{
    g_autoptr(XrCounter) counter = xr_counter_new(2, 2 * MIB, 4 * MIB);

    g_assert_cmpuint(xr_counter_guest(counter, 0x1000), ==, 0);
    g_assert_true(xr_counter_mark(counter, 1, MIB, 0x1000));
    g_assert_cmpint(counter->phase, ==, XR_COUNT_WARMUP);
    counter->now.instructions[XR_CLASS_XEN] = 100;
    g_assert_false(xr_counter_mark(counter, 1, 3 * MIB, 0x1000));
    g_assert_true(xr_counter_mark(counter, 2, MIB, 0x2000));
    g_assert_cmpint(counter->phase, ==, XR_COUNT_WINDOW);
    g_assert_cmpuint(xr_counter_guest(counter, 0x1000), ==, 1);
    g_assert_cmpuint(xr_counter_guest(counter, 0x2000), ==, 2);
    g_assert_cmpuint(xr_counter_guest(counter, 0x3000), ==, 0);
    counter->now.instructions[XR_CLASS_XEN] = 1700;
    g_assert_false(xr_counter_mark(counter, 2, 4 * MIB, 0x2000));
    g_assert_true(xr_counter_mark(counter, 1, 5 * MIB, 0x1000));
    g_assert_cmpint(counter->phase, ==, XR_COUNT_DONE);
    g_assert_cmpuint(counter->result.instructions[XR_CLASS_XEN], ==, 1600);
    g_assert_cmpuint(counter->result.bytes[1], ==, 2 * MIB);
    g_assert_cmpuint(counter->result.bytes[2], ==, 3 * MIB);
    /* Nothing changes it any more, nor does what is no domU's. */
    g_assert_false(xr_counter_mark(counter, 1, 50 * MIB, 0x1000));
    g_assert_false(xr_counter_mark(counter, 0, MIB, 0x1000));
    g_assert_false(xr_counter_mark(counter, XR_COUNT_GUESTS + 1, MIB, 0x1000));
}

/* Without bytes to bound it: from the last domU's second mark to the last third one, bytes as each told them. */
static void test_window_by_marks(void)
{
    static const struct {
        guint64 number, bytes;
        XrCountPhase phase;
    } marks[] = {
        {1, 5 * MIB, XR_COUNT_WARMUP},  {2, 4 * MIB, XR_COUNT_WARMUP},
        {1, 7 * MIB, XR_COUNT_WARMUP},  {2, 6 * MIB, XR_COUNT_WINDOW},
        {1, 10 * MIB, XR_COUNT_WINDOW}, {2, 8 * MIB, XR_COUNT_DONE},
        {1, 20 * MIB, XR_COUNT_DONE},
    };
    g_autoptr(XrCounter) counter = xr_counter_new(2, 0, 0);

    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        counter->now.instructions[XR_CLASS_XEN] += 100;
        xr_counter_mark(counter, marks[i].number, marks[i].bytes, 0x1000 * marks[i].number);
        g_assert_cmpint(counter->phase, ==, marks[i].phase);
    }
    g_assert_cmpuint(counter->result.instructions[XR_CLASS_XEN], ==, 200);
    g_assert_cmpuint(counter->result.bytes[1], ==, 3 * MIB);
    g_assert_cmpuint(counter->result.bytes[2], ==, 2 * MIB);
}

static void call(XrCounter *counter, XrCaller caller, guint number, guint command, guint count,
                 guint64 stack)
{
    const XrHypercall call = {number, command, count, stack};

    xr_counter_hypercall(counter, caller, &call);
}

static void test_hypercalls(void)
{
    g_autoptr(XrCounter) counter = xr_counter_new(1, 0, MIB);
    const XrCounts *now = &counter->now;

    call(counter, XR_CALLER_DOM0, GRANT_TABLE_OP, MAP, 32, 0xffffc90000001000);
    /* Xen had it made again for the last 12: the same call. */
    call(counter, XR_CALLER_DOM0, GRANT_TABLE_OP, MAP, 12, 0xffffc90000001000);
    g_assert_cmpuint(now->hypercalls[XR_CALLER_DOM0][GRANT_TABLE_OP], ==, 1);
    g_assert_cmpuint(now->maps, ==, 32);
    /* Another thread's meanwhile is another one. */
    call(counter, XR_CALLER_DOM0, GRANT_TABLE_OP, UNMAP, 8, 0xffffc90000005000);
    g_assert_cmpuint(now->unmaps, ==, 8);
    xr_counter_returned(counter, 0xffffc90000001000);
    call(counter, XR_CALLER_DOM0, GRANT_TABLE_OP, COPY, 3, 0xffffc90000001000);
    g_assert_cmpuint(now->copies, ==, 3);
    g_assert_cmpuint(now->hypercalls[XR_CALLER_DOM0][GRANT_TABLE_OP], ==, 3);
    /* iret never returns, and is none of the next one's. */
    call(counter, XR_CALLER_DOM0, IRET, 0, 0, 0xffffc90000009000);
    call(counter, XR_CALLER_DOM0, IRET, 0, 0, 0xffffc90000009000);
    g_assert_cmpuint(now->hypercalls[XR_CALLER_DOM0][IRET], ==, 2);
    /* DomUs have stacks of their own at the same addresses; what they ask of grants is not dom0's. */
    call(counter, XR_CALLER_GUEST, EVENT_CHANNEL_OP, 4, 0, 0x20000);
    call(counter, XR_CALLER_GUEST, EVENT_CHANNEL_OP, 4, 0, 0x20000);
    call(counter, XR_CALLER_GUEST, GRANT_TABLE_OP, MAP, 5, 0x20000);
    g_assert_cmpuint(now->hypercalls[XR_CALLER_GUEST][EVENT_CHANNEL_OP], ==, 2);
    g_assert_cmpuint(now->maps, ==, 32);
    call(counter, XR_CALLER_GUEST, XR_COUNT_HYPERCALLS, 0, 0, 0x20000); /* no hypercall of Xen's */
}

static void test_text(void)
{
    g_autoptr(XrCounter) counter = xr_counter_new(2, 0, MIB);
    g_autoptr(GError) error = NULL;

    counter->result.instructions[XR_CLASS_XEN] = G_GUINT64_CONSTANT(123456789012345);
    counter->result.guests[2] = 77;
    counter->result.bytes[1] = MIB;
    counter->result.hypercalls[XR_CALLER_DOM0][GRANT_TABLE_OP] = 9;
    g_autofree char *text = xr_counter_text(counter, 3);
    g_autoptr(JsonObject) event = xr_json_parse_line(text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(xr_json_string(event, "kind", ""), ==, "count");
    g_assert_cmpint(xr_json_int(event, "xen", -1), ==, 123456789012345);
    g_assert_cmpint(xr_json_int(event, "unsettled", -1), ==, 3);
    g_assert_cmpint(json_array_get_int_element(xr_json_array(event, "guests"), 1), ==, 77);
    g_assert_cmpint(json_array_get_int_element(xr_json_array(event, "bytes"), 0), ==, MIB);
    g_assert_cmpint(xr_json_int(xr_json_object(event, "dom0_hypercalls"), "20", -1), ==, 9);
}

/* A slot an address, counted from the window's begin; a call leads forward, a jump back. */
static void test_slots(void)
{
    g_autoptr(XrSlots) slots = xr_slots_new();
    const guint8 nop[] = {0x90}, call[] = {0xe8, 0xfb, 0x0f, 0, 0};
    const guint8 jump[] = {0xe9, 0xf6, 0xff, 0xff, 0xff};
    guint64 xen = 0;
    XrSlot *first = xr_slots_at(slots, 0xffff82d040201000, &xen, nop, sizeof nop);
    XrSlot *second = xr_slots_at(slots, 0xffff82d040200000, &xen, call, sizeof call);

    g_assert_true(xr_slots_at(slots, 0xffff82d040201000, &xen, nop, sizeof nop) == first);
    xr_slots_at(slots, 0xffff82d040202000, &xen, jump, sizeof jump)->count = 3;
    first->count = 100;
    xr_slots_begin(slots);
    first->count = 117;
    second->count = 2;
    g_autofree char *text = xr_slots_text(slots);
    g_assert_cmpstr(text, ==, "ffff82d040200000 2 ffff82d040201000\nffff82d040201000 11\n");
    g_assert_cmpuint(xr_slots_target(0x1000, jump, sizeof jump), ==, 0xffb);
    g_assert_cmpuint(xr_slots_target(0x1000, jump, 4), ==, 0); /* cut */
    g_assert_cmpuint(xr_slots_target(0x1000, nop, sizeof nop), ==, 0);
}

static void test_settle(void)
{
    g_assert_true(xr_settle_sleeps("271 0x5 0x2 0x0 0x0 0x8 0x0 0x7ffc 0x7f31"));
    g_assert_true(xr_settle_sleeps("7 0x5 0x2 0xffffffff 0x0 0x0 0x0 0x7ffc 0x7f31"));
    g_assert_false(xr_settle_sleeps("running\n"));
    g_assert_false(xr_settle_sleeps("202 0x5 0x80 0x2 0x0 0x0 0x0 0x7ffc 0x7f31")); /* futex */
    g_assert_false(xr_settle_sleeps("-1 0x7ffc 0x7f31"));
    g_assert_false(xr_settle_sleeps(""));
    g_assert_true(xr_settle_port(0x1f7));
    g_assert_true(xr_settle_port(0x3f6));
    g_assert_false(xr_settle_port(0x3f8)); /* the serial line's */
    g_assert_false(xr_settle_port(0x40));  /* the PIT's */
}

static gint asked;

static gpointer settle_here(gpointer data)
{
    gboolean settled = xr_settle();

    g_atomic_int_set(&asked, 1);
    g_main_context_wakeup(NULL);
    return GINT_TO_POINTER(settled);
}

/* This program's first thread sleeps in poll while another asks. */
static void test_settle_thread(void)
{
    GThread *thread = g_thread_new("cpu", settle_here, NULL);

    while (!g_atomic_int_get(&asked))
        g_main_context_iteration(NULL, TRUE);
    g_assert_true(GPOINTER_TO_INT(g_thread_join(thread)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/count-plugin/classes", test_classes);
    g_test_add_func("/count-plugin/instructions", test_instructions);
    g_test_add_func("/count-plugin/window", test_window);
    g_test_add_func("/count-plugin/window-by-marks", test_window_by_marks);
    g_test_add_func("/count-plugin/hypercalls", test_hypercalls);
    g_test_add_func("/count-plugin/text", test_text);
    g_test_add_func("/count-plugin/slots", test_slots);
    g_test_add_func("/count-plugin/settle", test_settle);
    g_test_add_func("/count-plugin/settle-thread", test_settle_thread);
    return g_test_run();
}
