/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of JSON for the line writers. The put_ functions write at a cursor into room that the caller has
 * reserved and return the cursor behind what they wrote: a page line is made of nothing else.
 */
#ifndef FORMAT_JSON_PUT_H
#define FORMAT_JSON_PUT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "core/buf.h"

/* The most that put_hex touches; put_dec touches less. */
#define PUT_HEX_ROOM 24

static inline char *put(char *at, const char *text)
{
	size_t n = strlen(text);

	memcpy(at, text, n);
	return at + n;
}

/* Eight hexadecimal digits at once: each nibble is spread to a byte and turned into its character. */
static inline void put_hex8(char *at, uint32_t value)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t x = value, letters;

	x = (x & 0xffff0000) << 16 | (x & 0xffff);
	x = (x << 8 & UINT64_C(0x00ff000000ff0000)) | (x & UINT64_C(0x000000ff000000ff));
	x = (x << 4 & UINT64_C(0x0f000f000f000f00)) | (x & UINT64_C(0x000f000f000f000f));
	letters = (x + 6 * ones) >> 4 & ones;
	x = htobe64(x + '0' * ones + letters * ('a' - '0' - 10));
	memcpy(at, &x, sizeof(x));
}

/* "0x1f" with its quotes. */
static inline char *put_hex(char *at, uint64_t value)
{
	unsigned digits = (67 - (unsigned)__builtin_clzll(value | 1)) / 4;
	char all[32];

	put_hex8(all, (uint32_t)(value >> 32));
	put_hex8(all + 8, (uint32_t)value);
	memset(all + 16, 0, 16); /* copied too, and overwritten: a fixed length is faster */
	memcpy(at, "\"0x", 3);
	memcpy(at + 3, all + 16 - digits, 16);
	at += 3 + digits;
	*at++ = '"';
	return at;
}

static inline char *put_dec(char *at, uint64_t value)
{
	char all[20];
	unsigned from = sizeof(all);

	do {
		all[--from] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	memcpy(at, all + from, sizeof(all) - from);
	return at + sizeof(all) - from;
}

/* Appends text as a JSON string (jansson has a json_string of its own): see format/utf8.h for bytes that are no UTF-8. */
void json_quote(struct buf *out, const char *text);

/* Appends ,"key": and a value. `key` needs no escaping. */
void json_key(struct buf *out, const char *key);
void json_key_string(struct buf *out, const char *key, const char *text);
void json_key_dec(struct buf *out, const char *key, uint64_t value);
void json_key_hex(struct buf *out, const char *key, uint64_t value);
/* The same of a list of hexadecimal numbers; nothing at all where there is none. */
void json_key_hexes(struct buf *out, const char *key, const uint64_t *values, size_t n);

/* A time since 1970 in ISO 8601 and UTC, with its nanoseconds: it survives a round trip. json_time: without quotes. */
void json_time(struct buf *out, int64_t wall_ns);
void json_key_time(struct buf *out, const char *key, int64_t wall_ns);

#endif
