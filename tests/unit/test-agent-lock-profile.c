/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: Xen's lock profile as xenlockprof prints it, good and hostile. */
#include "lock-profile.h"

#include <glib.h>
#include <string.h>

/* A line as the tool's printf makes it. */
#define LINE(name, lock, lock_time, block, block_time)                                             \
    name " : lock:" lock "(" lock_time "s), block:" block "(" block_time "s)\n"
#define TOTALS                                                                                     \
    "total profiling time:         12.345678901s\n"                                                \
    "total locked time:             0.000123456s\n"                                                \
    "total blocked time:            0.000000789s\n"

static AgLockProfile profile;

static const char *parse(const char *text)
{
    return ag_lock_profile_parse(text, strlen(text), &profile);
}

static void check(size_t i, int domid, const char *name, const unsigned long long counts[4])
{
    const AgLock *lock = &profile.lock[i];

    g_assert_cmpuint(i, <, profile.count);
    g_assert_cmpint(lock->domid, ==, domid);
    g_assert_cmpstr(lock->name, ==, name);
    g_assert_cmpuint(lock->acquired, ==, counts[0]);
    g_assert_cmpuint(lock->hold_ns, ==, counts[1]);
    g_assert_cmpuint(lock->contended, ==, counts[2]);
    g_assert_cmpuint(lock->wait_ns, ==, counts[3]);
}

static void test_all(void)
{
    g_assert_null(
        parse(LINE("global lock heap_lock                             ", "        1000",
                   "         0.000123456", "           3", "         0.000000789")
                  LINE("domain 0 lock grant_lock                          ", "9223372036854775",
                       "    123456.000000001", "           0", "         0.000000000")
                      LINE("domain 32753 lock a name with blanks in it        ", "           1",
                           "         0.000000000", "           0", "         0.000000000") TOTALS));
    g_assert_cmpuint(profile.count, ==, 3);
    check(0, AG_LOCK_GLOBAL, "heap_lock", (const unsigned long long[]){1000, 123456, 3, 789});
    check(1, 0, "grant_lock",
          (const unsigned long long[]){9223372036854775ULL, 123456000000001ULL, 0, 0});
    check(2, 32753, "a name with blanks in it", (const unsigned long long[]){1, 0, 0, 0});
}

/* vCPUs have lists with a lock each: of one name, so they are one here. The domain is part of the name. */
static void test_added_up(void)
{
    g_assert_null(parse(
        LINE("domain 0 lock freelist", "7", "0.000000010", "1", "0.000000002")
            LINE("domain 1 lock freelist", "1", "0.000000001", "0", "0.000000000")
                LINE("domain 0 lock freelist", "5", "0.000000100", "2", "0.000000020") TOTALS));
    g_assert_cmpuint(profile.count, ==, 2);
    check(0, 0, "freelist", (const unsigned long long[]){12, 110, 3, 22});
    check(1, 1, "freelist", (const unsigned long long[]){1, 1, 0, 0});
}

static void test_never_taken(void)
{
    g_assert_null(parse(LINE("domain 0 lock grant_write", "0", "0.000000000", "0", "0.000000000")
                            LINE("domain 0 lock grant_read", "0", "0.000000000", "1", "0.000000005")
                                TOTALS));
    g_assert_cmpuint(profile.count, ==, 1);
    check(0, 0, "grant_read", (const unsigned long long[]){0, 0, 1, 5});
}

/* The time is not used. Lines of a later day, and those of types that are not known, are passed over. */
static void test_lenient(void)
{
    g_assert_null(parse("\nunknown type(2) 3 lock x: lock: 1(0.1s), block: 0(0.0s)\n"
                        "total profiling time: what was on the stack"));
    g_assert_cmpuint(profile.count, ==, 0);
}

static void test_errors(void)
{
    static const char *const domain = "a line of a domain's lock is not understood";
    static const struct {
        const char *text, *error;
    } bad[] = {
        {"", "it has no end"},
        {LINE("domain 0 lock a", "1", "0.000000001", "0", "0.000000000"), "it has no end"},
        {"total locked time: 1.000000000s\n", "it has no end"},
        {"data incomplete, 7 records are missing!\n\n" TOTALS,
         "it is incomplete: domains were created while it was read"},
        {LINE("domain 65536 lock a", "1", "0.000000001", "0", "0.000000000") TOTALS, domain},
        {LINE("domain -1 lock a", "1", "0.000000001", "0", "0.000000000") TOTALS, domain},
        {LINE("domain 0 lock", "1", "0.000000001", "0", "0.000000000") TOTALS, domain},
        {LINE("domain 0 lock a", "-1", "0.000000001", "0", "0.000000000") TOTALS, domain},
        {LINE("domain 0 lock a", "99999999999999999999", "0.000000001", "0", "0.0") TOTALS, domain},
        {LINE("domain 0 lock a", "1", "9223372036.000000000", "0", "0.000000000") TOTALS, domain},
        {LINE("domain 0 lock a", "1", "0.00000001", "0", "0.000000000") TOTALS, domain},
        {LINE("domain 0 lock a", "1", "0. 0000001", "0", "0.000000000") TOTALS, domain},
        {LINE("domain 0 lock a", "1", "-0.000000001", "0", "0.000000000") TOTALS, domain},
        {"domain 0 lock a: lock: 1(0.000000001s)\n" TOTALS, domain},
        {"domain 0 lock a", domain},
        {LINE("domain 0 lock 0123456789012345678901234567890123456789", "1", "0.000000001", "0",
              "0.000000000") TOTALS,
         domain},
        {"global lock : lock: 1(0.000000001s), block: 0(0.000000000s)\n" TOTALS,
         "a line of a global lock is not understood"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i].text);
        g_assert_cmpstr(parse(bad[i].text), ==, bad[i].error);
    }
}

static void test_bounded(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < AG_LOCKS_MAX; i++)
        g_string_append_printf(
            text,
            LINE("domain 5 lock l%u", "9223372036854775799", "1.000000000", "1", "1.000000000"), i);
    g_string_append(text, TOTALS);
    g_assert_null(parse(text->str));
    g_assert_cmpuint(profile.count, ==, AG_LOCKS_MAX);
    g_string_prepend(
        text, LINE("domain 5 lock l7", "9223372036854775799", "1.000000000", "1", "1.000000000"));
    g_assert_null(parse(text->str));
    check(0, 5, "l7", (const unsigned long long[]){G_MAXINT64, 2000000000, 2, 2000000000});
    g_string_prepend(text, LINE("domain 6 lock x", "1", "0.000000001", "0", "0.000000000"));
    g_assert_cmpstr(parse(text->str), ==, "it has more locks than are kept");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent-lock-profile/all", test_all);
    g_test_add_func("/agent-lock-profile/added-up", test_added_up);
    g_test_add_func("/agent-lock-profile/never-taken", test_never_taken);
    g_test_add_func("/agent-lock-profile/lenient", test_lenient);
    g_test_add_func("/agent-lock-profile/errors", test_errors);
    g_test_add_func("/agent-lock-profile/bounded", test_bounded);
    return g_test_run();
}
