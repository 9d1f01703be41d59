/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small record, the page made of it, and what a page may hold, for the tests of run/report.h. */
#pragma once

#include "page-checks.h"
#include "report-record.h"
#include "run/report.h"

static const RecordShape small = {
    .id = "20261122T120000Z-small-ab12", .domus = 2, .windows = 2, .window_s = 4};

typedef struct {
    char *dir, *record, *out, *path;
} Fixture;

static inline void set_up(Fixture *f, gconstpointer data)
{
    f->dir = g_dir_make_tmp("xenrig-report-XXXXXX", NULL);
    f->record = g_build_filename(f->dir, "record", NULL);
    f->out = g_build_filename(f->dir, "out", NULL);
    f->path = g_strdup(g_getenv("PATH"));
    record_fake_gnuplot(f->dir);
}

static inline void tear_down(Fixture *f, gconstpointer data)
{
    g_setenv("PATH", f->path, TRUE);
    record_remove(f->dir);
    g_free(f->dir);
    g_free(f->record);
    g_free(f->out);
    g_free(f->path);
}

/* The one page of the fixture's record. */
static inline char *page_of(Fixture *f)
{
    const char *const records[] = {f->record, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrReportPages) pages = xr_report_pages(records, NULL, f->out, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(pages->failures->len, ==, 0);
    g_assert_cmpuint(pages->paths->len, ==, 1);
    return contents(pages->paths->pdata[0]);
}

static inline char *page_of_shape(Fixture *f, RecordShape shape)
{
    record_write(f->record, &shape);
    return page_of(f);
}
