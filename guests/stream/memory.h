/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: memory in pages. What is taken is kept: the guest knows at its start all it needs. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SG_PAGE 4096u

/* From where pages are taken. begin and end are addresses, end not included. */
void sg_memory_init(uintptr_t begin, uintptr_t end);

/* count pages one after another, zeroed; NULL if there is not so much. */
void *sg_pages(unsigned count);

/* The same, with whatever is in them. */
void *sg_pages_as_they_are(unsigned count);

/* Zeroed pages for so many bytes, rounded up. */
void *sg_bytes(size_t size);

/* Pages that are left. */
unsigned sg_pages_left(void);
