/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one run, from plan to verdict. */
#include "run/run.h"

#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "boot/libvirt-init.h"
#include "boot/root.h"
#include "run/cmdline.h"
#include "run/count.h"
#include "run/coverage.h"
#include "run/enter.h"
#include "run/lockstep.h"
#include "run/prepare.h"
#include "run/remote.h"
#include "run/session.h"
#include "run/stages.h"
#include "run/trouble.h"
#include <glib/gstdio.h>
#include <libvirt/libvirt.h>

/* What a machine is made of, and owns it: XrMachineSpec borrows. */
typedef struct {
    XrBuild *build;
    XrRemote *remote; /* NULL: this host */
    char *qemu, *qemu_version;
    XrAccel accel;
    char *cpu_model;
    char *xen_cmdline, *dom0_cmdline;
} Parts;

static void parts_clear(Parts *parts)
{
    xr_build_free(parts->build);
    xr_remote_free(parts->remote);
    g_free(parts->qemu);
    g_free(parts->qemu_version);
    g_free(parts->cpu_model);
    g_free(parts->xen_cmdline);
    g_free(parts->dom0_cmdline);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

/* What rigs that were killed have left is put away, and said. */
static void sweep(XrSession *s)
{
    g_autofree char *runtime = xr_paths_runtime();
    g_autoptr(GPtrArray) found = xr_leftovers_sweep(runtime);

    for (guint i = 0; i < found->len; i++) {
        const char *text = g_ptr_array_index(found, i);

        if (s->progress != NULL)
            xr_progress_note(s->progress, text);
        xr_session_say(s, "rig", "what", "leftover", "stage", "build", "text", text, NULL);
    }
}

static gboolean prepare_remote(XrSession *s, const XrRunOptions *options, Parts *parts,
                               GError **error)
{
    parts->remote = xr_run_remote_open(s, options->connect_uri, options->qemu, parts->build, error);
    if (parts->remote == NULL)
        return FALSE;
    parts->qemu = g_strdup(parts->remote->emulator);
    /* The machine tells, once there is one. */
    parts->qemu_version = g_strdup("unknown");
    parts->accel = parts->remote->accel;
    parts->cpu_model = g_strdup(parts->remote->cpu_model);
    return TRUE;
}

static gboolean counts_instructions(const XrPlan *plan)
{
    return plan->machine.time == XR_TIME_COUNT ||
           (plan->machine.time == XR_TIME_LOCKSTEP && plan->lockstep.layers);
}

static gboolean prepare_here(XrSession *s, const XrRunOptions *options, Parts *parts,
                             GError **error)
{
    return xr_qemu_find(options->qemu, &parts->qemu, &parts->qemu_version, error) &&
           (!counts_instructions(s->plan) || xr_qemu_check_plugins(parts->qemu, error)) &&
           xr_machine_resolve(s->plan, &parts->accel, &parts->cpu_model, error);
}

static gboolean prepare(XrSession *s, const XrRunOptions *options, Parts *parts, GError **error)
{
    const gboolean remote = xr_remote_is(options->connect_uri);

    xr_session_stage(s, "build", "begin", -1);
    sweep(s);
    if (remote && !xr_run_remote_check(s->plan, options->connect_uri, error))
        return FALSE;
    parts->build = xr_prepare_build(s, error);
    if (parts->build == NULL)
        return FALSE;
    if (!(remote ? prepare_remote : prepare_here)(s, options, parts, error) ||
        !xr_prepare_check_pvh(s->plan, parts->build, parts->accel, error))
        return FALSE;
    parts->xen_cmdline = xr_cmdline_xen(s->plan, parts->accel);
    parts->dom0_cmdline = xr_cmdline_dom0(s->plan);
    xr_session_stage(s, "build", "end", -1);
    return TRUE;
}

/* --- run.json --- */

static JsonObject *describe_run(const XrSession *s, const XrRunOptions *options)
{
    JsonObject *run = json_object_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *started = g_date_time_format_iso8601(now);

    json_object_set_string_member(run, "id", xr_record_id(s->record));
    json_object_set_string_member(run, "started", started);
    json_object_set_array_member(run, "argv", xr_json_strings((const char *const *)options->argv));
    if (options->purpose != NULL)
        json_object_set_string_member(run, "purpose", options->purpose);
    json_object_set_string_member(run, "rig", XR_VERSION);
    json_object_set_object_member(run, "host", xr_host_fingerprint());
    json_object_set_array_member(run, "builds", json_array_new());
    return run;
}

static void describe_libvirt(JsonObject *run)
{
    unsigned long version = 0;
    g_autofree char *text = NULL;

    xr_libvirt_init();
    if (virGetVersion(&version, NULL, NULL) < 0)
        return;
    text = g_strdup_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
    json_object_set_string_member(run, "libvirt", text);
}

static JsonArray *describe_kernels(const XrBuild *build)
{
    static const char *const users[XR_BUILD_USERS] = {"dom0", "guests"};
    JsonArray *kernels = json_array_new();

    for (gsize i = 0; i < XR_BUILD_USERS; i++) {
        JsonObject *kernel = json_object_new();

        json_object_set_string_member(kernel, "of", users[i]);
        json_object_set_string_member(kernel, "name", build->kernels[i].name);
        json_object_set_string_member(kernel, "release", build->kernels[i].release);
        json_object_set_string_member(kernel, "sha256", build->kernels[i].sha256);
        json_array_add_object_element(kernels, kernel);
    }
    return kernels;
}

static void describe_parts(JsonObject *run, const Parts *parts)
{
    JsonObject *build = json_object_new();

    json_object_set_string_member(build, "name", parts->build->name);
    json_object_set_string_member(build, "id", parts->build->id);
    json_object_set_string_member(build, "xen_version", parts->build->xen_version);
    json_object_set_string_member(build, "toolstack", parts->build->toolstack);
    json_object_set_string_member(build, "kernel_release", parts->build->kernel_release);
    json_object_set_array_member(build, "kernels", describe_kernels(parts->build));
    json_object_set_array_member(build, "inputs", json_array_ref(parts->build->inputs));
    json_array_add_object_element(json_object_get_array_member(run, "builds"), build);
    json_object_set_string_member(run, "qemu", parts->qemu_version);
    json_object_set_string_member(run, "accel", parts->accel == XR_ACCEL_KVM ? "kvm" : "tcg");
    json_object_set_string_member(run, "cpu_model", parts->cpu_model);
    json_object_set_string_member(run, "xen_cmdline", parts->xen_cmdline);
    json_object_set_string_member(run, "dom0_cmdline", parts->dom0_cmdline);
    describe_libvirt(run);
    if (parts->remote == NULL)
        return;
    json_object_set_string_member(run, "connect", parts->remote->uri);
    json_object_set_object_member(run, "host", xr_remote_host(parts->remote));
}

/* A machine was there, and is no more: its QEMU's version is known now, and nothing need stay there. */
static gboolean leave_remote(XrSession *s, JsonObject *run, const Parts *parts, GError **error)
{
    if (parts->remote == NULL)
        return TRUE;
    xr_run_remote_close(s, parts->remote);
    if (parts->remote->qemu_version == NULL)
        return TRUE;
    json_object_set_string_member(run, "qemu", parts->remote->qemu_version);
    return xr_record_put_json(s->record, "run.json", run, error);
}

/* --- the run --- */

/* What a stage could not do. That the run is over has been told where it came over. */
static void tell_error(XrSession *s, GError **error)
{
    const char *what = "error";

    if (*error == NULL)
        return;
    if (g_error_matches(*error, XR_ERROR, XR_ERROR_HOST))
        what = "missing";
    if (g_error_matches(*error, XR_ERROR, XR_ERROR_BUILD))
        what = "unbuilt";
    if (!g_error_matches(*error, XR_ERROR, XR_ERROR_STOPPED))
        xr_session_say(s, "rig", "what", what, "stage", s->obs->stage, "text", (*error)->message,
                       NULL);
    g_clear_error(error);
}

/* The machine as path, saved by an earlier run or by this one. */
static gboolean have_snapshot(XrSession *s, const XrMachineSpec *spec, const char *path,
                              GError **error)
{
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        xr_session_say(s, "snapshot", "what", "found", "text", path, NULL);
        return TRUE;
    }
    return xr_stage_boot(s, spec, error) && xr_stage_create(s, error) &&
           xr_stage_save(s, path, error);
}

/* What is measured in lockstep ends with its machines: domUs are not stopped one by one there. Without a folder for
 * snapshots it is the record's, which is on a disk, and the snapshot goes with the rig whatever becomes of it. */
static void run_lockstep(XrSession *s, const XrMachineSpec *spec, const char *snapshots)
{
    g_autoptr(GError) error = NULL;
    const char *folder = snapshots != NULL ? snapshots : xr_record_dir(s->record);
    g_autofree char *path = g_build_filename(folder, spec->run_id, NULL);

    if ((snapshots != NULL || xr_root_take_file(path, &error)) &&
        have_snapshot(s, spec, path, &error))
        xr_stage_lockstep(s, spec, path, &error);
    if (snapshots == NULL)
        g_unlink(path);
    tell_error(s, &error);
    if ((s->obs->fatal || s->silent) && !s->interrupted)
        xr_trouble_collect(s);
    xr_session_stop(s);
}

/* It ends with its machine, too. */
static void run_count(XrSession *s, const XrMachineSpec *spec)
{
    g_autoptr(GError) error = NULL;

    xr_stage_instructions(s, spec, &error);
    tell_error(s, &error);
    if (s->obs->fatal && !s->interrupted)
        xr_trouble_collect(s);
    xr_session_stop(s);
}

static void run_stages(XrSession *s, const XrMachineSpec *spec, const char *snapshots)
{
    g_autoptr(GError) error = NULL;

    if (s->plan->machine.time == XR_TIME_LOCKSTEP) {
        run_lockstep(s, spec, snapshots);
        return;
    }
    if (s->plan->machine.time == XR_TIME_COUNT) {
        run_count(s, spec);
        return;
    }
    if (xr_stage_boot(s, spec, &error)) {
        gboolean streamed = xr_stage_create(s, &error) && xr_stage_warmup(s, &error) &&
                            xr_coverage_begin(s, &error) && xr_stage_windows(s, &error);

        if (streamed && xr_coverage_end(s, &error))
            xr_stage_count(s, &error);
        tell_error(s, &error);
        if (!xr_session_over(s) && streamed)
            xr_stage_drain(s, &error);
        tell_error(s, &error);
        if (!xr_session_over(s))
            xr_stage_destroy(s, &error);
    }
    tell_error(s, &error);
    if ((s->obs->fatal || s->silent || s->unanswered > 0) && !s->interrupted)
        xr_trouble_collect(s);
    xr_stage_stop(s);
}

XrReport xr_run_report(const XrRunResult *result, const XrPlan *plan)
{
    return (XrReport){.plan = plan,
                      .verdict = result->verdict,
                      .obs = result->obs,
                      .record_dir = result->record_dir,
                      .run = result->run};
}

static XrRunResult *conclude(XrSession *s, XrObservation *obs, JsonObject *run)
{
    XrRunResult *result = g_new0(XrRunResult, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) json = NULL;
    XrReport report;

    result->obs = obs;
    result->run = run;
    result->record_dir = g_strdup(xr_record_dir(s->record));
    result->verdict = xr_judge(obs, s->plan);
    report = xr_run_report(result, s->plan);
    json = xr_tell_json(&report);
    if (xr_record_put_json(s->record, "verdict.json", json, &error))
        xr_enter_history(result->record_dir);
    else
        g_printerr("xenrig: %s\n", error->message);
    return result;
}

static XrMachineSpec make_spec(const XrSession *s, const XrRunOptions *options, const Parts *parts)
{
    const XrRemote *remote = parts->remote;
    const XrBuild *build = parts->build;

    return (XrMachineSpec){.uri = options->connect_uri,
                           .remote = parts->remote,
                           .qemu = parts->qemu,
                           .run_id = xr_record_id(s->record),
                           .xen = remote != NULL ? remote->xen : build->xen,
                           .kernel = remote != NULL ? remote->kernel : build->kernel,
                           .initramfs = remote != NULL ? remote->initramfs : build->initramfs,
                           .xen_cmdline = parts->xen_cmdline,
                           .dom0_cmdline = parts->dom0_cmdline,
                           .run_dir = xr_record_dir(s->record),
                           .plan = s->plan};
}

XrRunResult *xr_run(const XrPlan *plan, const XrRunOptions *options, GError **error)
{
    g_autoptr(XrRecord) record = xr_record_new(options->record_dir, plan->plan.name, error);
    g_autofree char *shown = xr_plan_show(plan, FALSE);
    g_autoptr(XrObservation) obs = xr_observation_new(plan);
    g_autoptr(XrSession) s = NULL;
    g_autoptr(JsonObject) run = NULL;
    g_autoptr(GError) trouble = NULL;
    g_auto(Parts) parts = {0};

    if (record == NULL || !xr_record_put_text(record, "plan", shown, error))
        return NULL;
    s = xr_session_new(plan, record, obs, options->progress);
    run = describe_run(s, options);
    if (prepare(s, options, &parts, &trouble)) {
        g_autofree char *order = xr_lockstep_order(plan, 0, 0);
        XrMachineSpec spec = make_spec(s, options, &parts);

        spec.order = order;
        s->assumed = parts.build->assumed;
        s->coverage = parts.build->coverage;
        describe_parts(run, &parts);
        if (!xr_record_put_json(record, "run.json", run, error))
            return NULL;
        /* A saved machine goes on under the name that it had; two of one build have folders of their own. */
        g_autofree char *whose = g_strjoin("\n", parts.build->id, options->snapshots, NULL);
        g_autofree char *key =
            xr_lockstep_key(plan, &spec, whose, parts.qemu_version, parts.cpu_model);
        if (plan->machine.time != XR_TIME_REAL)
            spec.run_id = key;
        run_stages(s, &spec, options->snapshots);
        if (!leave_remote(s, run, &parts, error))
            return NULL;
    } else {
        tell_error(s, &trouble);
        if (!xr_record_put_json(record, "run.json", run, error))
            return NULL;
    }
    return conclude(s, g_steal_pointer(&obs), g_steal_pointer(&run));
}

void xr_run_result_free(XrRunResult *result)
{
    if (result == NULL)
        return;
    xr_observation_free(result->obs);
    xr_verdict_free(result->verdict);
    g_clear_pointer(&result->run, json_object_unref);
    g_free(result->record_dir);
    g_free(result);
}
