/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the count by function, and whether it is all of the count.
 *
 * The plugin counts each instruction twice: for its layer, and for its address. Functions are told by address when the
 * machine is gone, so their sum must be the layer's count to the last instruction; what has no name is in it as
 * XR_FUNCTION_UNKNOWN. */
#include "judge/judge-priv.h"

static gboolean check_layer(XrCase *c, const char *layer, gint64 counted)
{
    const gint64 sum = xr_functions_sum(c->priv->functions, layer);
    g_autofree char *meaning = NULL;

    if (sum == counted)
        return TRUE;
    meaning = g_strdup_printf("Functions of layer %s have %" G_GINT64_FORMAT
                              " instructions in sum, and %" G_GINT64_FORMAT
                              " were counted: the table of functions is wrong, a fault of the rig. "
                              "The counts by layer do "
                              "not depend on it.",
                              layer, sum, counted);
    g_ptr_array_add(c->verdict->findings,
                    xr_finding_new("functions-sum", XR_ERROR_VERDICT, "rig", -1, NULL, meaning));
    return FALSE;
}

static void tell_nameless(XrCase *c, const char *what, const char *from, const char *remedy)
{
    g_autofree char *meaning = NULL;

    if (from[0] != '\0')
        return;
    meaning = g_strdup_printf("The functions of %s have no names here: %s", what, remedy);
    g_ptr_array_add(c->verdict->findings,
                    xr_finding_new("no-symbols", XR_PASS, "rig", -1, NULL, meaning));
}

void xr_functions_judge(XrCase *c)
{
    const XrFunctions *functions = c->priv->functions;

    if (functions == NULL || c->priv->counted == NULL)
        return;
    c->verdict->functions = xr_functions_ref(c->priv->functions);
    c->verdict->counted_bytes = c->priv->counted->bytes;
    if (!check_layer(c, XR_LAYER_XEN, c->priv->counted->xen) ||
        !check_layer(c, XR_LAYER_DOM0_KERNEL, c->priv->counted->dom0_kernel))
        return;
    tell_nameless(c, "Xen", functions->xen,
                  "this build has neither a file xen-syms beside it nor a symbol table in it. All "
                  "of its instructions are one row; a build from source has names.");
    tell_nameless(c, "dom0's kernel", functions->dom0_kernel,
                  "no symbol table (CONFIG_KALLSYMS) was found in it. All of its instructions are "
                  "one row.");
}
