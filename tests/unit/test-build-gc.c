/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache kept within bounds: what goes, in which order, and what never does. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/entries.h"
#include "build/gc.h"
#include <signal.h>
#include <sys/wait.h>
#include <utime.h>

enum { KIB = 1024, ENTRY_KIB = 64 };

static char *cache;

/* An entry of ENTRY_KIB that was used so many days ago. */
static void put_entry(const char *kind, const char *key, gint64 days)
{
    g_autofree char *name = g_strdup_printf("%s/%s/data", kind, key);
    g_autofree char *lock = g_strdup_printf("%s/%s.lock", kind, key);
    g_autofree char *bytes = g_malloc(ENTRY_KIB * KIB);
    const gint64 when = g_get_real_time() / G_USEC_PER_SEC - days * 86400;
    const struct utimbuf times = {when, when};

    memset(bytes, 'x', ENTRY_KIB * KIB);
    g_autoptr(GBytes) data = g_bytes_new(bytes, ENTRY_KIB * KIB);
    fixture_put_bytes(cache, name, data);
    fixture_put(cache, lock, "");
    for (gsize i = 0; i < 2; i++) {
        g_autofree char *path = g_build_filename(cache, kind, key, NULL);
        g_autofree char *file = g_strconcat(path, i ? ".lock" : "", NULL);
        g_assert_cmpint(utime(file, &times), ==, 0);
    }
}

static void set_up(void)
{
    cache = fixture_new();
    g_setenv("XENRIG_CACHE", cache, TRUE);
    put_entry("trees", "old-1", 30);
    put_entry("hypervisors", "middle-1", 20);
    put_entry("sources", "young-1", 10);
    put_entry("builds", "new-1", 0);
}

static void tear_down(void)
{
    xr_cache_let_go();
    fixture_free(g_steal_pointer(&cache));
}

static gboolean exists(const char *name)
{
    g_autofree char *path = g_build_filename(cache, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static char *names_of(const GPtrArray *entries)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < entries->len; i++)
        g_string_append_printf(text, "%s ", ((const XrEntry *)entries->pdata[i])->key);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static XrGc *collect(guint64 keep, gboolean dry)
{
    g_autoptr(GError) error = NULL;
    XrGc *gc = xr_gc_run(keep, dry, &error);

    g_assert_no_error(error);
    return gc;
}

static void test_oldest_first(void)
{
    set_up();
    guint64 all = xr_cache_size(cache);
    g_autoptr(XrGc) nothing = collect(all, FALSE);
    g_assert_cmpuint(nothing->removed->len, ==, 0);
    g_assert_cmpuint(nothing->before, ==, all);

    g_autoptr(XrGc) dry = collect(all - 100 * KIB, TRUE);
    g_autofree char *would = names_of(dry->removed);
    g_assert_cmpstr(would, ==, "old-1 middle-1 ");
    g_assert_true(exists("trees/old-1/data"));

    g_autoptr(XrGc) gc = collect(all - 100 * KIB, FALSE);
    g_autofree char *went = names_of(gc->removed);
    g_assert_cmpstr(went, ==, "old-1 middle-1 ");
    g_assert_false(exists("trees/old-1"));
    g_assert_false(exists("trees/old-1.lock"));
    g_assert_false(exists("hypervisors/middle-1"));
    g_assert_true(exists("sources/young-1/data"));
    g_assert_cmpuint(gc->after, <=, all - 100 * KIB);
    tear_down();
}

static gboolean fill(const char *dest, const char *log, int lock_fd, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    g_assert_not_reached();
}

/* To be used again makes young; to be in use saves, from gc and rm alike. */
static void test_in_use(void)
{
    g_autoptr(GError) error = NULL;

    set_up();
    g_autofree char *path = xr_cache_entry("trees", "old-1", fill, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(XrGc) gc = collect(0, FALSE);
    g_autofree char *went = names_of(gc->removed);
    g_autofree char *stayed = names_of(gc->in_use);
    g_assert_cmpstr(went, ==, "middle-1 young-1 new-1 ");
    g_assert_cmpstr(stayed, ==, "old-1 ");
    g_assert_true(exists("trees/old-1/data"));
    g_assert_false(xr_cache_drop("trees", "old-1", &error));
    g_autofree char *expected = g_strdup_printf(
        "%s: is in use by a running rig, so it stays; remove it when that has ended", path);
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, expected);
    g_clear_error(&error);

    xr_cache_let_go();
    g_assert_true(xr_cache_drop("trees", "old-1", &error));
    g_assert_no_error(error);
    g_assert_false(exists("trees/old-1"));
    tear_down();
}

static void test_use_is_noted(void)
{
    gboolean in_use = FALSE;

    set_up();
    gint64 before = xr_cache_last_use("trees", "old-1", &in_use);
    g_assert_false(in_use);
    g_assert_true(xr_cache_hold("trees", "old-1"));
    g_assert_false(xr_cache_hold("trees", "no-such-1"));
    g_assert_cmpint(xr_cache_last_use("trees", "old-1", &in_use), >=, before + 29 * 86400);
    g_assert_true(in_use);
    tear_down();
}

/* A rig that was killed holds nothing any more. */
static void test_user_killed(void)
{
    int status;

    set_up();
    pid_t child = fork();
    if (child == 0) {
        xr_cache_hold("trees", "old-1");
        raise(SIGKILL);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    g_autoptr(XrGc) gc = collect(0, FALSE);
    g_assert_cmpuint(gc->in_use->len, ==, 0);
    g_assert_false(exists("trees/old-1"));
    tear_down();
}

static void test_leftovers(void)
{
    set_up();
    fixture_put(cache, "hypervisors/dead-1.tmp.tree/xen/xen.c", "half");
    fixture_put(cache, "hypervisors/failed-1.log", "error: it was like this");
    guint64 all = xr_cache_size(cache);
    g_autoptr(XrGc) gc = collect(all, FALSE);
    g_assert_false(exists("hypervisors/dead-1.tmp.tree"));
    g_assert_true(exists("hypervisors/failed-1.log"));
    g_assert_cmpuint(gc->after, <, gc->before);
    g_autoptr(XrGc) rest = collect(0, FALSE);
    g_assert_false(exists("hypervisors/failed-1.log"));
    tear_down();
}

/* Less than is worth having goes whole. */
static void test_ccache(void)
{
    set_up();
    put_entry("ccache", "0", 0);
    put_entry("ccache", "1", 0);
    put_entry("ccache", "2", 0);
    g_autoptr(XrGc) kept = collect(xr_cache_size(cache), FALSE);
    g_assert_true(exists("ccache/0/data"));
    g_autoptr(XrGc) gc = collect(xr_cache_size(cache) - 1, FALSE);
    g_assert_false(exists("ccache"));
    g_assert_cmpuint(gc->removed->len, ==, 0);
    g_assert_cmpuint(gc->ccache_after, ==, 0);
    tear_down();
}

static void test_list(void)
{
    set_up();
    fixture_put(cache, "builds/new-1/build.json",
                "{\"name\":\"debian:new\",\"id\":\"0123\",\"xen_version\":\"4.17\","
                "\"uses\":[\"trees/old-1\"]}");
    g_autoptr(GPtrArray) entries = xr_entries_list(g_get_real_time() / G_USEC_PER_SEC + 60);
    g_assert_cmpuint(entries->len, ==, 4);
    const XrEntry *build = entries->pdata[0], *tree = entries->pdata[3];
    g_assert_cmpstr(build->name, ==, "debian:new");
    g_assert_cmpstr(build->version, ==, "4.17");
    g_assert_true(xr_entry_is(build, "0123"));
    g_assert_true(xr_entry_uses(build, tree));
    g_assert_false(xr_entry_uses(tree, build));
    g_assert_cmpstr(tree->name, ==, "old-1");
    g_assert_cmpuint(tree->bytes, >=, ENTRY_KIB * KIB);
    g_assert_cmpint(tree->unused_s, >=, 30 * 86400);
    g_assert_cmpint(build->unused_s, <, 3600);
    tear_down();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/gc/oldest-first", test_oldest_first);
    g_test_add_func("/build/gc/in-use", test_in_use);
    g_test_add_func("/build/gc/use-is-noted", test_use_is_noted);
    g_test_add_func("/build/gc/user-killed", test_user_killed);
    g_test_add_func("/build/gc/leftovers", test_leftovers);
    g_test_add_func("/build/gc/ccache", test_ccache);
    g_test_add_func("/build/gc/list", test_list);
    return g_test_run();
}
