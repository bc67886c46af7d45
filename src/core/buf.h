/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing byte buffer: what a file said, or what is to be written. */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. `data` is NUL-terminated behind `len` whenever it is not NULL. */
struct buf {
	char *data;
	size_t len;
	size_t room;
};

/* Makes room for `more` bytes behind len and returns where they go; the caller then adds to len. */
char *buf_reserve(struct buf *buf, size_t more);

void buf_add(struct buf *buf, const void *bytes, size_t size);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_dec(struct buf *buf, uint64_t value);
void buf_hex(struct buf *buf, uint64_t value); /* with 0x */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Empties it and keeps the memory; buf_fini frees. */
void buf_clear(struct buf *buf);
void buf_fini(struct buf *buf);

#endif
