/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the table of lines that tell of trouble. */
#pragma once

#include "watch/matcher.h"

typedef struct {
    guint consoles;   /* XrConsole, or-ed */
    const char *kind; /* "-oops" becomes dom0-oops, domu-oops; NULL: harmless, look no further */
    XrVerdictKind weight; /* of the finding */
    gboolean fatal;       /* the machine cannot go on, if Xen or dom0 said so */
    const char *regex;    /* Perl-compatible, searched in the line */
    const char *meaning;
} XrPattern;

/* The first that matches is taken. */
extern const XrPattern xr_patterns[];
extern const gsize xr_patterns_len;
