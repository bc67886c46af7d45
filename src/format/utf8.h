/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict UTF-8, and the encoding of bytes that are none. */
#ifndef FORMAT_UTF8_H
#define FORMAT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Names of processes and files are bytes; JSON is Unicode. A byte 0x80..0xff that is not part of valid UTF-8
 * becomes the private character U+EF80..U+EFFF. So that it can be undone exactly, the three bytes of such a
 * character in the name itself are encoded one by one in the same way, and no other input yields one.
 */
#define UTF8_BYTE_BASE 0xef00u
static inline bool utf8_is_byte(uint32_t code)
{
	return code >= UTF8_BYTE_BASE + 0x80 && code <= UTF8_BYTE_BASE + 0xff;
}

/*
 * Decodes one character of at..end (not empty) into *code and returns its length; 0 if no valid character
 * starts here (overlong forms, surrogates and what is above U+10FFFF are none).
 */
size_t utf8_decode(const char *at, const char *end, uint32_t *code);

#endif
