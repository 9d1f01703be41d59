/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series, a plan that spans builds, numbers of dom0's vCPUs, and disks. */
#include "plan/series.h"

#include "base/error.h"
#include "base/text.h"
#include "plan/check.h"
#include <string.h>

enum { PCPUS_MAX = 64 };

gboolean xr_plan_is_series(const XrPlan *plan)
{
    return *plan->series.builds != '\0' || *plan->series.tuned != '\0';
}

static void curve_free(gpointer data)
{
    XrSeriesCurve *curve = data;

    g_free(curve->build);
    g_free(curve->label);
    g_free(curve);
}

void xr_series_shape_free(XrSeriesShape *shape)
{
    if (shape == NULL)
        return;
    g_ptr_array_unref(shape->curves);
    g_array_unref(shape->vcpus);
    g_free(shape);
}

/* Words with spaces between, none empty. Free with g_strfreev. */
static char **words_of(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();

    for (gsize i = 0; parts[i] != NULL; i++)
        if (*parts[i] != '\0')
            g_strv_builder_add(words, parts[i]);
    return g_strv_builder_end(words);
}

static guint spare_pcpus(const XrPlan *plan)
{
    return plan->machine.pcpus - plan->dom0.vcpus;
}

/* --- curves --- */

static const char *binding_word(XrBinding binding)
{
    static const char *const words[] = {[XR_BINDING_DEFAULT] = "",
                                        [XR_BINDING_VCPU0] = ", vCPU 0",
                                        [XR_BINDING_SPREAD] = ", spread",
                                        [XR_BINDING_PINNED] = ", tuned"};

    return words[binding];
}

/* "debsrc:bookworm+split-lock" is "split-lock" beside others of one source. */
static char *label_of(const XrSeriesCurve *curve, gboolean one_source)
{
    const char *variant = strchr(curve->build, '+');
    const char *name = curve->build;

    if (one_source)
        name = variant != NULL ? variant + 1 : "stock";
    return g_strconcat(name, binding_word(curve->binding), NULL);
}

static void set_labels(GPtrArray *curves)
{
    gboolean one_source = TRUE;

    for (guint i = 0; i < curves->len; i++) {
        const char *first = ((XrSeriesCurve *)curves->pdata[0])->build;
        const char *build = ((XrSeriesCurve *)curves->pdata[i])->build;
        const gsize length = strcspn(first, "+");

        one_source &= strcspn(build, "+") == length && strncmp(first, build, length) == 0;
    }
    for (guint i = 0; i < curves->len; i++) {
        XrSeriesCurve *curve = curves->pdata[i];

        curve->label = label_of(curve, one_source);
    }
}

static gboolean add_curves(GPtrArray *curves, const char *text, XrBinding binding, GError **error)
{
    g_auto(GStrv) words = words_of(text);

    for (gsize i = 0; words[i] != NULL; i++) {
        XrSeriesCurve *curve = NULL;

        for (guint k = 0; k < curves->len; k++) {
            const XrSeriesCurve *other = curves->pdata[k];

            if (g_str_equal(other->build, words[i]) && other->binding == binding) {
                g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                            "\"%s\" stands there twice; a series measures each once", words[i]);
                return FALSE;
            }
        }
        curve = g_new0(XrSeriesCurve, 1);
        curve->build = g_strdup(words[i]);
        curve->binding = binding;
        g_ptr_array_add(curves, curve);
    }
    if (curves->len <= XR_SERIES_CURVES)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%u builds; a series takes %d in all, tuned ones included", curves->len,
                XR_SERIES_CURVES);
    return FALSE;
}

/* --- vCPUs --- */

static gboolean check_vcpus(const XrPlan *plan, guint64 vcpus, guint before, const char *word,
                            GError **error)
{
    const guint spare = spare_pcpus(plan);
    g_autofree char *shown = xr_text_escape(word, -1, 40);

    if (vcpus == 0)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "\"%s\" is no number of vCPUs; write numbers with spaces between, as 1 2 4 8",
                    shown);
    else if (vcpus <= before)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s follows %u; write numbers of vCPUs in ascending order, each once", shown,
                    before);
    else if (vcpus + spare > PCPUS_MAX)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s vCPUs of dom0 and %u pCPUs beside them are more than the %d that a "
                    "machine has",
                    shown, spare, PCPUS_MAX);
    else
        return TRUE;
    return FALSE;
}

static gboolean add_vcpus(GArray *list, const XrPlan *plan, GError **error)
{
    g_auto(GStrv) words = words_of(plan->series.vcpus);

    for (gsize i = 0; words[i] != NULL; i++) {
        const guint before = list->len > 0 ? g_array_index(list, guint, list->len - 1) : 0;
        guint64 number = 0;
        guint vcpus;

        if (!g_ascii_string_to_unsigned(words[i], 10, 1, 1000, &number, NULL))
            number = 0;
        if (!check_vcpus(plan, number, before, words[i], error))
            return FALSE;
        vcpus = (guint)number;
        g_array_append_val(list, vcpus);
    }
    if (list->len >= 1 && list->len <= XR_SERIES_VCPUS)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%u numbers of vCPUs; a series takes 1 to %d, as 1 2 4 8", list->len,
                XR_SERIES_VCPUS);
    return FALSE;
}

XrSeriesShape *xr_series_shape(const XrPlan *plan, const char **key, GError **error)
{
    g_autoptr(XrSeriesShape) shape = g_new0(XrSeriesShape, 1);

    shape->curves = g_ptr_array_new_with_free_func(curve_free);
    shape->vcpus = g_array_new(FALSE, FALSE, sizeof(guint));
    shape->held = plan->series.disk_rate > 0;
    *key = "series.builds";
    if (!add_curves(shape->curves, plan->series.builds, plan->evtchn.binding, error))
        return NULL;
    *key = "series.tuned";
    if (!add_curves(shape->curves, plan->series.tuned, XR_BINDING_PINNED, error))
        return NULL;
    set_labels(shape->curves);
    *key = "series.vcpus";
    if (!add_vcpus(shape->vcpus, plan, error))
        return NULL;
    return g_steal_pointer(&shape);
}

gboolean xr_check_series(const XrCheck *check)
{
    g_autoptr(XrSeriesShape) shape = NULL;
    g_autoptr(GError) error = NULL;
    const char *key;

    if (!xr_plan_is_series(check->plan))
        return TRUE;
    if (check->plan->machine.time != XR_TIME_LOCKSTEP)
        return xr_check_impossible(
            check, "series.builds series.tuned machine.time",
            "a series is of machines in lockstep; set machine.time to lockstep, or leave "
            "series.builds and series.tuned empty and use `xenrig compare`");
    shape = xr_series_shape(check->plan, &key, &error);
    return shape != NULL || xr_check_impossible(check, key, "%s", error->message);
}

/* --- points --- */

static guint64 window_of(const XrPlan *plan, guint pcpus)
{
    return plan->lockstep.window * plan->machine.pcpus / pcpus;
}

/* Little hangs on the slices' length where nobody waits for a lock. */
static guint windows_of(const XrPlan *plan, gboolean held)
{
    return plan->lockstep.seeds * (held ? 1 : plan->lockstep.lengths);
}

char **xr_series_overrides(const XrPlan *plan, const XrSeriesCurve *curve, guint vcpus,
                           gboolean held)
{
    const guint pcpus = vcpus + spare_pcpus(plan);
    g_autoptr(GStrvBuilder) sets = g_strv_builder_new();
    char *const words[] = {
        g_strdup("series.builds="),
        g_strdup("series.tuned="),
        g_strdup_printf("hypervisor.build=%s", curve->build),
        g_strdup_printf("evtchn.binding=%s", xr_plan_binding_name(curve->binding)),
        g_strdup_printf("dom0.vcpus=%u", vcpus),
        g_strdup_printf("machine.pcpus=%u", pcpus),
        g_strdup_printf("lockstep.window=%" G_GUINT64_FORMAT, window_of(plan, pcpus)),
        g_strdup_printf("lockstep.lengths=%u", held ? 1 : plan->lockstep.lengths),
        g_strdup_printf("lockstep.disk_rate=%" G_GUINT64_FORMAT,
                        held ? plan->series.disk_rate : plan->lockstep.disk_rate),
    };

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_strv_builder_add(sets, words[i]);
        g_free(words[i]);
    }
    return g_strv_builder_end(sets);
}

double xr_series_work(const XrPlan *plan, guint vcpus, gboolean held)
{
    const guint pcpus = vcpus + spare_pcpus(plan);
    const double ticks = (double)(plan->lockstep.warmup + window_of(plan, pcpus));

    return ticks * pcpus * windows_of(plan, held);
}
