/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stream guest's windows in lockstep, and the metronome's shares, with a count that the test moves. */
#include "fake-machine.h"

#include "metronome.h"
#include "tally.h"

#include <string.h>

/* When all offsets have passed, a whole number of the metronome's loops. */
#define BEGIN (2000 + SG_TALLY_OFFSET_MAX + 56)

typedef struct {
    Machine machine; /* for its store */
    struct sg_beats beats;
    struct sg_tally tally;
    struct sg_vbd vbds[2];
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    machine_init(&f->machine, 1, 1024 * 1024);
    f->tally.beats = &f->beats;
    f->beats.ticks = SG_TICKS_LOOP_MAX;
    f->vbds[1].index = 1;
    f->beats.loops = 2000 / SG_TICKS_LOOP_MAX;
}

static void tear_down(Fixture *f, gconstpointer data)
{
    machine_clear(&f->machine);
}

static void turn_at(Fixture *f, uint64_t ticks)
{
    f->beats.loops = ticks / SG_TICKS_LOOP_MAX;
    sg_tally_turn(&f->tally, f->vbds, 2);
    sg_tally_settle(&f->tally, f->vbds, 2);
}

static void test_orders(Fixture *f, gconstpointer data)
{
    static const char *const wrong[] = {"start",           "measure",           "measure 1 2 3",
                                        "measure 1 2 3 x", "measure 1 2 3 4 5", "holding"};

    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(sg_tally_order(&f->tally, wrong[i], f->vbds, 2));
    f->tally.beats = NULL;
    g_assert_false(sg_tally_order(&f->tally, "measure 1 2 3 0", f->vbds, 2));
    g_assert_cmpint(f->tally.phase, ==, SG_TALLY_NONE);
}

/* Nothing begins while it holds, and that nothing is in flight is told once. */
static void test_hold(Fixture *f, gconstpointer data)
{
    g_assert_true(sg_tally_order(&f->tally, "hold", f->vbds, 2));
    f->vbds[1].in_flight = 1;
    turn_at(f, 3000);
    g_assert_true(sg_tally_holds(&f->tally, &f->vbds[0]));
    g_assert_false(sg_tally_waits(&f->tally, f->vbds, 2));
    g_assert_cmpstr(machine_said(&f->machine, "held"), ==, "");
    f->vbds[1].in_flight = 0;
    turn_at(f, 3100);
    g_assert_cmpstr(machine_said(&f->machine, "held"), ==, "1");
    g_assert_true(sg_tally_order(&f->tally, "measure 1 100 1000 0", f->vbds, 2));
    g_assert_cmpint(f->tally.phase, ==, SG_TALLY_OFFSETS);
}

/* Unasked, once so much has been moved in sum. */
static void test_hold_after(Fixture *f, gconstpointer data)
{
    f->tally.hold_after = 1000;
    f->vbds[0].figures.write_bytes = 600;
    f->vbds[1].figures.read_bytes = 399;
    turn_at(f, 3000);
    g_assert_false(sg_tally_holds(&f->tally, &f->vbds[0]));
    f->vbds[1].figures.read_bytes = 400;
    turn_at(f, 3100);
    g_assert_true(sg_tally_holds(&f->tally, &f->vbds[0]));
    g_assert_cmpstr(machine_said(&f->machine, "held"), ==, "1");
}

/* Offsets, warm-up, window: what is told is what was seen, at the turns in which it was. */
static void test_window(Fixture *f, gconstpointer data)
{
    g_assert_true(sg_tally_order(&f->tally, "measure 7 5000 20000 0", f->vbds, 2));
    turn_at(f, BEGIN);
    g_assert_cmpint(f->tally.phase, ==, SG_TALLY_WARMUP);
    g_assert_false(sg_tally_holds(&f->tally, &f->vbds[0]));
    f->vbds[0].figures.write_bytes = 100;
    f->vbds[1].figures.read_bytes = 50;
    turn_at(f, BEGIN + 6000);
    g_assert_cmpint(f->tally.phase, ==, SG_TALLY_WINDOW);
    f->vbds[0].figures.write_bytes = 400;
    f->vbds[1].figures.write_bytes = 7;
    turn_at(f, BEGIN + 25000);
    g_assert_cmpint(f->tally.phase, ==, SG_TALLY_WINDOW);
    turn_at(f, BEGIN + 26100);
    g_assert_cmpint(f->tally.phase, ==, SG_TALLY_NONE);
    g_assert_cmpstr(machine_said(&f->machine, "tally"), ==,
                    "v=2 ordered=2000 begin=270200 ticks=20100 bytes=300,7");
}

/* Each seed gives offsets of its own, the same ones each time. */
static void test_seeds(Fixture *f, gconstpointer data)
{
    uint64_t first[2];

    g_assert_true(sg_tally_order(&f->tally, "measure 1 5000 20000 0", f->vbds, 2));
    memcpy(first, f->tally.offset, sizeof(first));
    g_assert_cmpuint(first[0], !=, first[1]);
    g_assert_true(sg_tally_order(&f->tally, "measure 2 5000 20000 0", f->vbds, 2));
    g_assert_cmpuint(first[0], !=, f->tally.offset[0]);
    g_assert_true(sg_tally_order(&f->tally, "measure 1 5000 20000 0", f->vbds, 2));
    g_assert_cmpmem(first, sizeof(first), f->tally.offset, sizeof(first));
    g_assert_true(sg_tally_waits(&f->tally, f->vbds, 2));
}

/* 3 bytes a tick: from its offset on a VBD may place three times the ticks that have passed, and before it nothing. */
static void test_rate(Fixture *f, gconstpointer data)
{
    f->vbds[0].placed = 700;
    g_assert_true(sg_tally_order(&f->tally, "measure 1 5000 20000 3000000000", f->vbds, 2));
    const uint64_t begin = f->tally.offset[0];
    g_assert_cmpuint(sg_tally_allows(&f->tally, &f->vbds[0]), ==, 700);
    g_assert_true(sg_tally_waits(&f->tally, f->vbds, 2));
    turn_at(f, BEGIN);
    const uint64_t passed = f->beats.loops * SG_TICKS_LOOP_MAX - begin;
    g_assert_cmpuint(sg_tally_allows(&f->tally, &f->vbds[0]), ==, 700 + 3 * passed);
    g_assert_false(sg_tally_holds(&f->tally, &f->vbds[0]));
    g_assert_false(sg_tally_waits(&f->tally, f->vbds, 2));
    f->vbds[0].placed = 700 + 3 * passed;
    g_assert_true(sg_tally_waits(&f->tally, f->vbds, 2));
    turn_at(f, BEGIN + SG_TICKS_LOOP_MAX);
    g_assert_false(sg_tally_waits(&f->tally, f->vbds, 2));
    g_assert_true(sg_tally_order(&f->tally, "measure 1 5000 20000 0", f->vbds, 2));
    g_assert_cmpuint(sg_tally_allows(&f->tally, &f->vbds[1]), ==, UINT64_MAX);
}

/* A slow disk's requests are far apart, and so are the disks. */
static void test_rate_offsets(Fixture *f, gconstpointer data)
{
    uint64_t most = 0;

    for (unsigned seed = 0; seed < 20; seed++) {
        g_autofree char *order = g_strdup_printf("measure %u 5000 20000 150000000", seed);

        g_assert_true(sg_tally_order(&f->tally, order, f->vbds, 2));
        most = MAX(most, f->tally.offset[0] - 2000);
    }
    g_assert_cmpuint(most, >, 600000);
    g_assert_cmpuint(most, <, 873814);
}

static void test_asked(void)
{
    g_assert_cmpuint(sg_metronome_asked("xenrig.metronome=24"), ==, 24);
    g_assert_cmpuint(sg_metronome_asked("xenrig.metronome=25"), ==, 24);
    g_assert_cmpuint(sg_metronome_asked("xenrig.metronome=1"), ==, 8);
    g_assert_cmpuint(sg_metronome_asked("xenrig.metronome=5000"), ==, 50);
    g_assert_cmpuint(sg_metronome_asked("xenrig.metronome=0 xenrig.name=w00"), ==, 0);
    g_assert_cmpuint(sg_metronome_asked("xenrig.name=w00"), ==, 0);
}

#define ADD(name, function)                                                                        \
    g_test_add("/stream/tally/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("orders", test_orders);
    ADD("hold", test_hold);
    ADD("hold-after", test_hold_after);
    ADD("window", test_window);
    ADD("seeds", test_seeds);
    ADD("rate", test_rate);
    ADD("rate-offsets", test_rate_offsets);
    g_test_add_func("/stream/metronome/asked", test_asked);
    return g_test_run();
}
