/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixture: a library that needs none. */
#include "fixture.h"

int xr_fixture_two(void)
{
    return 0;
}
