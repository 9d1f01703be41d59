/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fixture libraries have to offer. */
#pragma once

int xr_fixture_one(void);
int xr_fixture_two(void);
