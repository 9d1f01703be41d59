/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions the counted instructions are of.
 *
 * Where names are from. Xen: xen-syms, which builds from source keep beside xen; else the table in the image itself
 * (build/symbols-table.c), which Debian's packages have, too: they hold no other symbols. dom0's kernel: the table in its
 * image; a PV dom0 runs where it was linked to, as no boot code moves it (KASLR). Its modules: the symbols of their files in
 * the initramfs, at the addresses that dom0's agent told before the domUs began. */
#include "run/functions.h"

#include "base/json.h"
#include "build/unpack.h"
#include <glib/gstdio.h>

enum { MODULES_MAX = 512, SECTIONS_MAX = 64, TEXT_MAX = 64 };

static GHashTable *sections_of(JsonObject *object)
{
    GHashTable *sections = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GList) names = json_object_get_members(object);

    for (GList *l = names; l != NULL && g_hash_table_size(sections) < SECTIONS_MAX; l = l->next)
        g_hash_table_insert(sections, g_strdup(l->data),
                            g_strndup(xr_json_string(object, l->data, ""), TEXT_MAX));
    return sections;
}

GHashTable *xr_functions_modules(JsonObject *reply)
{
    GHashTable *modules =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    JsonObject *object = reply != NULL ? xr_json_object(reply, "modules") : NULL;
    g_autoptr(GList) names = object != NULL ? json_object_get_members(object) : NULL;

    for (GList *l = names; l != NULL && g_hash_table_size(modules) < MODULES_MAX; l = l->next) {
        JsonObject *sections = xr_json_object(object, l->data);

        if (sections != NULL)
            g_hash_table_insert(modules, g_strdup(l->data), sections_of(sections));
    }
    return modules;
}

/* Where they are from; "": there are none. Free with g_free. */
static char *read_xen(XrSymbols *symbols, const char *xen, const char *slots)
{
    g_autofree char *folder = g_path_get_dirname(xen);
    g_autofree char *path = g_build_filename(folder, "xen-syms", NULL);
    g_autoptr(GBytes) syms =
        g_file_test(path, G_FILE_TEST_EXISTS) ? xr_read_file(path, NULL) : NULL;
    g_autoptr(GBytes) image = NULL;

    if (syms != NULL && xr_symbols_add_executable(symbols, syms, path, NULL))
        return g_strdup("xen-syms");
    image = xr_read_file(xen, NULL);
    if (image != NULL &&
        xr_symbols_add_table(symbols, image, xr_functions_xen_start(slots), xen, NULL))
        return g_strdup("the table in Xen's image");
    return g_strdup("");
}

static char *read_kernel(XrSymbols *symbols, const XrFunctionSources *sources)
{
    g_autoptr(GBytes) image = xr_read_file(sources->kernel, NULL);
    g_autoptr(GHashTable) modules = xr_functions_modules(sources->modules);
    guint count;

    if (image == NULL || !xr_symbols_add_table(symbols, image, 0, sources->kernel, NULL))
        return g_strdup("");
    count = xr_symbols_add_modules(symbols, sources->initramfs, modules);
    return g_strdup_printf("the table in the kernel's image, and %u modules", count);
}

/* What is not told apart by function. */
static void add_layers(XrSession *s, XrFunctions *functions, JsonObject *counts)
{
    JsonArray *guests = xr_json_array(counts, "guests");

    xr_functions_add(functions, XR_LAYER_DOM0_USER, XR_FUNCTION_ALL, "",
                     xr_json_int(counts, "dom0_user", 0));
    xr_functions_add(functions, XR_LAYER_OTHERS, XR_FUNCTION_ALL, "",
                     xr_json_int(counts, "others", 0));
    for (guint i = 0; guests != NULL && i < json_array_get_length(guests); i++) {
        g_autofree char *domu = xr_plan_guest_name(i);

        xr_functions_add(functions, domu, XR_FUNCTION_ALL, "",
                         json_array_get_int_element(guests, i));
    }
}

static gboolean put(XrSession *s, const XrFunctions *functions, GError **error)
{
    g_autofree char *folded = xr_functions_folded(functions);
    JsonObject *event = xr_functions_json(functions, 0);

    json_object_set_string_member(event, "kind", "functions");
    xr_session_event(s, event);
    return xr_record_put_text(s->record, "functions.folded", folded, error);
}

gboolean xr_functions_take(XrSession *s, const XrFunctionSources *sources, GError **error)
{
    g_autoptr(XrSymbols) xen = xr_symbols_new();
    g_autoptr(XrSymbols) kernel = xr_symbols_new();
    g_autoptr(XrFunctions) functions = NULL;
    g_autofree char *slots = NULL;

    if (!g_file_get_contents(sources->addresses, &slots, NULL, error))
        return FALSE;
    g_autofree char *xen_from = read_xen(xen, sources->xen, slots);
    g_autofree char *kernel_from = read_kernel(kernel, sources);
    functions = xr_functions_attribute(slots, xen, kernel, error);
    if (functions == NULL) {
        g_prefix_error(error, "%s: ", sources->addresses);
        return FALSE;
    }
    g_free(functions->xen);
    g_free(functions->dom0_kernel);
    functions->xen = g_steal_pointer(&xen_from);
    functions->dom0_kernel = g_steal_pointer(&kernel_from);
    add_layers(s, functions, sources->counts);
    xr_functions_sort(functions);
    g_unlink(sources->addresses);
    return put(s, functions, error);
}
