/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixture: a library that needs another one. */
#include "fixture.h"

int xr_fixture_one(void)
{
    return xr_fixture_two() + 1;
}
