/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: lines on its console. */
#pragma once

#include <stdint.h>

void sg_console_init(void *ring_page, uint32_t port);

/* Prints "xenrig-stream: " and the line. Waits a while for room; then the line is cut. */
void sg_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
