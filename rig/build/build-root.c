/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: build roots: the Debian release in which hypervisors and toolstacks from source are built.
 *
 * A compiler is an input like any other. Each range of Xen's releases is built in one Debian release of its age, taken from
 * packages into the cache (images/packages/root-*) and entered by bubblewrap: an unprivileged container that sees the
 * root, the tree and the place for the result, each at a fixed path, and neither network nor home. So a commit comes to
 * the same bytes on any host, and needs nothing of that host but the container.
 *
 * Where one range ends and the next begins the compiler changes with the Xen, and any difference of speed may be the
 * compiler's. Comparisons tell that from the pins of a build; a bisection builds its whole range in one root
 * (xr_build_root_older). */
#include "build/build-root.h"
#include "base/error.h"
#include "base/paths.h"
#include "build/child.h"
#include "build/packages.h"
#include "build/script.h"
#include "build/toolstack.h"
#include "build/unpack.h"
#include <stdio.h>
#include <string.h>

/* The oldest first; newest is the last minor version of Xen 4 that is built in it. */
static const struct {
    const char *release;
    const char *set;
    guint newest;
} roots[] = {
    {"bullseye", "root-bullseye", 16},
    {"bookworm", "root-bookworm", 19},
    {"trixie", "root-trixie", G_MAXUINT},
};

/* What Debian's releases have at their top; a link in newer ones. */
static const char *const top_folders[] = {"usr", "bin", "sbin", "lib", "lib32", "lib64", "etc"};

const char *xr_build_root_for(const char *version)
{
    guint major = 0, minor = 0;

    if (sscanf(version, "%u.%u", &major, &minor) != 2 || major > 4)
        minor = G_MAXUINT;
    for (gsize i = 0; i < G_N_ELEMENTS(roots); i++)
        if (minor <= roots[i].newest)
            return roots[i].release;
    g_assert_not_reached();
}

static gssize find(const char *release)
{
    for (gsize i = 0; i < G_N_ELEMENTS(roots); i++)
        if (strcmp(roots[i].release, release) == 0)
            return (gssize)i;
    return -1;
}

const char *xr_build_root_older(const char *a, const char *b)
{
    return find(b) >= 0 && find(b) < find(a) ? b : a;
}

static const char *root_of_commit(const char *repo, const char *commit)
{
    g_autofree char *object = g_strdup_printf("%s:xen/Makefile", commit);
    const char *const argv[] = {"git", "-C", repo, "cat-file", "blob", object, NULL};
    g_autofree char *makefile = xr_child_ask(argv, NULL);
    char version[XR_VERSION_MAX];

    xr_toolstack_parse_version(makefile, version);
    return xr_build_root_for(version);
}

char *xr_build_root_pin(const char *repo, const char *good, const char *bad, const char *with)
{
    const char *given = with ? with : "";
    const char *first = root_of_commit(repo, good), *last = root_of_commit(repo, bad);

    if (strcmp(first, last) == 0 || strstr(given, ",root="))
        return g_strdup(given);
    return g_strconcat(given, ",root=", xr_build_root_older(first, last), NULL);
}

gboolean xr_build_root_check(const char *release, GError **error)
{
    if (strcmp(release, XR_BUILD_ROOT_HOST) == 0 || find(release) >= 0)
        return TRUE;
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "no build root \"%s\"; known: bullseye (for Xen up to 4.16), bookworm (up to 4.19), "
        "trixie (newer), and " XR_BUILD_ROOT_HOST ": the compiler of this host",
        release);
    return FALSE;
}

static void add(GPtrArray *words, const char *word)
{
    g_ptr_array_add(words, g_strdup(word));
}

static void add_all(GPtrArray *words, const char *const *list)
{
    for (; *list; list++)
        add(words, *list);
}

static void bind_folder(GPtrArray *words, const XrRootFolder *binding)
{
    add(words, binding->is_read_only ? "--ro-bind" : "--bind");
    add(words, binding->from);
    add(words, binding->to);
}

void xr_build_root_enter(const XrBuildRoot *root, const XrRootFolder *bindings, gsize count,
                         GPtrArray *words)
{
    static const char *const first[] = {
        "bwrap",      "--unshare-all", "--die-with-parent", "--new-session",
        "--cap-drop", "ALL",           "--clearenv",        NULL};
    static const char *const last[] = {"--setenv", "PATH",       "/usr/sbin:/usr/bin:/sbin:/bin",
                                       "--setenv", "HOME",       "/tmp",
                                       "--setenv", "CCACHE_DIR", XR_ROOT_CCACHE,
                                       "--proc",   "/proc",      "--dev",
                                       "/dev",     "--tmpfs",    "/tmp",
                                       NULL};

    if (!root->tree)
        return;
    add_all(words, first);
    for (gsize i = 0; i < G_N_ELEMENTS(top_folders); i++) {
        g_autofree char *from = g_build_filename(root->tree, top_folders[i], NULL);
        g_autofree char *to = g_strconcat("/", top_folders[i], NULL);
        const XrRootFolder folder = {from, to, TRUE};
        if (g_file_test(from, G_FILE_TEST_EXISTS))
            bind_folder(words, &folder);
    }
    add_all(words, last);
    for (gsize i = 0; i < count; i++)
        bind_folder(words, &bindings[i]);
}

typedef struct {
    const char *release;
    XrBuildProgress progress;
    gpointer user_data;
} Fetch;

static void say_fetching(gpointer user_data)
{
    const Fetch *fetch = user_data;
    g_autofree char *sentence = g_strdup_printf(
        "fetching the build root %s: compiler and libraries (first time only)", fetch->release);

    if (fetch->progress)
        fetch->progress(sentence, fetch->user_data);
}

/* In the root. */
static char *ask_version(const XrBuildRoot *root, const char *program, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    if (!root->tree)
        return xr_script_ask_version(program, error);
    xr_build_root_enter(root, NULL, 0, words);
    add(words, program);
    add(words, "--version");
    g_ptr_array_add(words, NULL);
    char *text = xr_child_ask((const char *const *)words->pdata, error);
    if (text)
        text[strcspn(text, "\n")] = '\0';
    else
        g_prefix_error(
            error,
            "the build root %s cannot be entered (user namespaces may be switched off on "
            "this host, or in its container: sysctl kernel.unprivileged_userns_clone, "
            "user.max_user_namespaces; root=" XR_BUILD_ROOT_HOST
            " builds with this host's compiler): ",
            root->release);
    return text;
}

static gboolean fetch_tree(XrBuildRoot *root, Fetch *fetch, GCancellable *cancellable,
                           GError **error)
{
    const char *set = roots[find(root->release)].set;
    g_autofree char *program = g_find_program_in_path("bwrap");

    if (!program) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "the build root %s cannot be entered: apt-get install bubblewrap, or run "
                    "images/host.sh",
                    root->release);
        return FALSE;
    }
    root->tree = xr_packages_tree(set, say_fetching, fetch, cancellable, error);
    if (!root->tree)
        return FALSE;
    g_autofree char *key = g_path_get_basename(root->tree);
    g_autofree char *manifest = g_build_filename(root->tree, "manifest.json", NULL);
    root->entry = g_strconcat("trees/", key, NULL);
    g_free(root->packages);
    root->packages = xr_hash_file(manifest, error);
    return root->packages != NULL;
}

XrBuildRoot *xr_build_root_prepare(const char *release, XrBuildProgress progress,
                                   gpointer user_data, GCancellable *cancellable, GError **error)
{
    g_autoptr(XrBuildRoot) root = g_new0(XrBuildRoot, 1);
    Fetch fetch = {release, progress, user_data};

    if (!xr_build_root_check(release, error))
        return NULL;
    root->release = g_strdup(release);
    root->packages = g_strdup("");
    if (strcmp(release, XR_BUILD_ROOT_HOST) != 0 && !fetch_tree(root, &fetch, cancellable, error))
        return NULL;
    root->compiler = ask_version(root, "gcc", error);
    root->linker = root->compiler ? ask_version(root, "ld", error) : NULL;
    return root->linker ? g_steal_pointer(&root) : NULL;
}

void xr_build_root_free(XrBuildRoot *root)
{
    if (!root)
        return;
    g_free(root->release);
    g_free(root->tree);
    g_free(root->entry);
    g_free(root->packages);
    g_free(root->compiler);
    g_free(root->linker);
    g_free(root);
}
