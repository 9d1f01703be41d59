/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixture: a program that needs a library. */
#include "fixture.h"

int main(void)
{
    return xr_fixture_one();
}
