/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of builds: what they are taken apart into, and what is refused in which words. */
#include "base/error.h"
#include "build/source.h"

static XrSourceWords *words;

static GPtrArray *names_of(const char *const *names)
{
    GPtrArray *array = g_ptr_array_new_with_free_func(g_free);
    for (; *names; names++)
        g_ptr_array_add(array, g_strdup(*names));
    return array;
}

static const struct {
    const char *name;
    XrSourceKind kind;
    const char *where, *revision, *variant, *options, *toolstack, *shortest;
} good[] = {
    {"debian:bookworm", XR_FROM_PACKAGES, "bookworm", NULL, "stock", "", NULL, "debian:bookworm"},
    {"debsrc:trixie+stock", XR_FROM_DEBSRC, "trixie", NULL, "stock", "", NULL, "debsrc:trixie"},
    {"debsrc:bookworm+single-lock,lock-profile,debug,debug", XR_FROM_DEBSRC, "bookworm", NULL,
     "single-lock", "debug lock-profile ", NULL, "debsrc:bookworm+single-lock,debug,lock-profile"},
    {"git:/src/xen@v1.2+split-lock,debug", XR_FROM_GIT, "/src/xen", "v1.2", "split-lock", "debug ",
     NULL, "git:/src/xen@v1.2+split-lock,debug"},
    {"git:../xen", XR_FROM_GIT, "../xen", "HEAD", "stock", "", NULL, "git:../xen@HEAD"},
    {"git:/src/xen@4.17+72+stock", XR_FROM_GIT, "/src/xen", "4.17+72", "stock", "", NULL,
     "git:/src/xen@4.17+72+stock"},
    {"dir:/a+b,c/xen,debug", XR_FROM_DIR, "/a+b,c/xen", NULL, "stock", "debug ", NULL,
     "dir:/a+b,c/xen+stock,debug"},
    {"git:/src/xen@v1,toolstack=source,root=bullseye,debug", XR_FROM_GIT, "/src/xen", "v1", "stock",
     "debug ", "source", "git:/src/xen@v1,debug,root=bullseye,toolstack=source"},
    {"file:/boot/xen.gz,toolstack=bookworm", XR_FROM_FILE, "/boot/xen.gz", NULL, "stock", "",
     "bookworm", "file:/boot/xen.gz,toolstack=bookworm"},
};

static void test_good(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(XrSource) source = xr_source_parse(good[i].name, words, &error);
        g_autoptr(GString) options = g_string_new(NULL);

        g_assert_no_error(error);
        for (guint n = 0; n < source->options->len; n++)
            g_string_append_printf(options, "%s ", (char *)source->options->pdata[n]);
        g_assert_cmpint(source->kind, ==, good[i].kind);
        g_assert_cmpstr(source->where, ==, good[i].where);
        g_assert_cmpstr(source->revision, ==, good[i].revision);
        g_assert_cmpstr(source->variant, ==, good[i].variant);
        g_assert_cmpstr(options->str, ==, good[i].options);
        g_assert_cmpstr(source->toolstack, ==, good[i].toolstack);
        g_assert_cmpstr(source->name, ==, good[i].shortest);
    }
}

/* The shortest form says the same again. */
static void test_shortest(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(XrSource) source = xr_source_parse(good[i].shortest, words, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(source->name, ==, good[i].shortest);
        g_assert_cmpstr(source->where, ==, good[i].where);
    }
}

static const struct {
    const char *name, *message;
} bad[] = {
    {"xen", "no build \"xen\"; builds are named debian:RELEASE, debsrc:RELEASE, git:DIR@REV, "
            "dir:PATH, file:PATH"},
    {"debian:", "no build \"debian:\"; builds are named debian:RELEASE, debsrc:RELEASE, "
                "git:DIR@REV, dir:PATH, file:PATH"},
    {"debsrc:bookworm+double-lock", "no variant \"double-lock\"; known: single-lock, split-lock, "
                                    "stock (a name that has a \"+\" in "
                                    "it is followed by +stock)"},
    {"debsrc:bookworm,fast",
     "no option \"fast\" of a build; known: debug, lock-profile, toolstack=RELEASE, "
     "toolstack=source, root=RELEASE, root=host, kernel=KERNEL, dom0.kernel=KERNEL, "
     "guests.kernel=KERNEL"},
    {"debsrc:bookworm,",
     "no option \"\" of a build; known: debug, lock-profile, toolstack=RELEASE, toolstack=source, "
     "root=RELEASE, root=host, kernel=KERNEL, dom0.kernel=KERNEL, guests.kernel=KERNEL"},
    {"git:/src/xen@master,root=sarge",
     "no build root \"sarge\"; known: bullseye (for Xen up to 4.16), bookworm (up to 4.19), trixie "
     "(newer), and host: the compiler of this host"},
    {"debian:bookworm,root=trixie",
     "\"debian:bookworm,root=trixie\" is built already: variants and "
     "options are for debsrc:, git: and dir:"},
    {"debian:bookworm+split-lock", "\"debian:bookworm+split-lock\" is built already: variants and "
                                   "options are for debsrc:, git: and dir:"},
    {"file:/xen,debug", "\"file:/xen,debug\" is built already: variants and options are for "
                        "debsrc:, git: and dir:"},
    {"debian:bookworm,toolstack=trixie",
     "\"debian:bookworm,toolstack=trixie\" brings its own toolstack"},
};

static void test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(xr_source_parse(bad[i].name, words, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, bad[i].message);
    }
}

static void test_name_has_option(void)
{
    g_assert_true(xr_source_name_has_option("debsrc:bookworm,debug,lock-profile", "lock-profile"));
    g_assert_false(xr_source_name_has_option("debsrc:bookworm+lock-profile", "lock-profile"));
    g_assert_false(xr_source_name_has_option("dir:/a,debug/xen", "debug"));
    g_assert_false(xr_source_name_has_option("", "debug"));
}

/* What is shipped is what is known. */
static void test_shipped(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrSourceWords) shipped = xr_source_words_load(&error);

    g_assert_no_error(error);
    g_assert_cmpuint(shipped->variants->len, ==, 6);
    g_assert_cmpstr(shipped->variants->pdata[0], ==, "single-lock");
    g_assert_cmpstr(shipped->options->pdata[0], ==, "coverage");
    g_assert_cmpstr(shipped->options->pdata[1], ==, "debug");
}

int main(int argc, char **argv)
{
    const char *const variants[] = {"single-lock", "split-lock", "stock", NULL};
    const char *const options[] = {"debug", "lock-profile", NULL};

    g_test_init(&argc, &argv, NULL);
    words = g_new0(XrSourceWords, 1);
    words->variants = names_of(variants);
    words->options = names_of(options);
    g_test_add_func("/build/source/good", test_good);
    g_test_add_func("/build/source/shortest", test_shortest);
    g_test_add_func("/build/source/bad", test_bad);
    g_test_add_func("/build/source/name-has-option", test_name_has_option);
    g_test_add_func("/build/source/shipped", test_shipped);
    int result = g_test_run();
    xr_source_words_free(words);
    return result;
}
