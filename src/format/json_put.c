/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings and fields of JSON. */
#include "format/json_put.h"

#include <time.h>

#include "format/text_line.h"
#include "format/utf8.h"

#define NS_PER_S INT64_C(1000000000)

static char *put_escape(char *at, uint32_t code)
{
	static const char digits[] = "0123456789abcdef";

	at = put(at, "\\u");
	*at++ = digits[code >> 12 & 15];
	*at++ = digits[code >> 8 & 15];
	*at++ = digits[code >> 4 & 15];
	*at++ = digits[code & 15];
	return at;
}

/*
 * One character from `text` on, at most 6 bytes for each of its bytes. What is not seen is escaped: control characters, those
 * above 0x7f too, and what turns the order round. A snapshot shown on a terminal must not drive it, nor say something else there.
 */
static char *put_char(char *at, const char **text, const char *end)
{
	uint32_t code;
	size_t len = utf8_decode(*text, end, &code);

	if (!len || utf8_is_byte(code)) {
		at = put_escape(at, UTF8_BYTE_BASE + (unsigned char)**text);
		(*text)++;
		return at;
	}
	if (code > 0xffff && !line_shows(code)) { /* a pair of surrogates (RFC 8259) */
		at = put_escape(at, 0xd800 + ((code - 0x10000) >> 10));
		at = put_escape(at, 0xdc00 + ((code - 0x10000) & 0x3ff));
	} else if (code < 0x20 || (code >= 0x7f && !line_shows(code))) {
		at = put_escape(at, code);
	} else {
		if (code == '"' || code == '\\')
			*at++ = '\\';
		memcpy(at, *text, len);
		at += len;
	}
	*text += len;
	return at;
}

void json_quote(struct buf *out, const char *text)
{
	size_t len = strlen(text);
	const char *end = text + len;
	char *at = buf_reserve(out, 6 * len + 2);

	*at++ = '"';
	while (text < end)
		at = put_char(at, &text, end);
	*at++ = '"';
	*at = '\0';
	out->len = (size_t)(at - out->data);
}

void json_key(struct buf *out, const char *key)
{
	buf_add(out, ",\"", 2);
	buf_puts(out, key);
	buf_add(out, "\":", 2);
}

void json_key_string(struct buf *out, const char *key, const char *text)
{
	json_key(out, key);
	json_quote(out, text);
}

void json_key_dec(struct buf *out, const char *key, uint64_t value)
{
	json_key(out, key);
	buf_dec(out, value);
}

void json_key_hex(struct buf *out, const char *key, uint64_t value)
{
	char text[PUT_HEX_ROOM];

	json_key(out, key);
	buf_add(out, text, (size_t)(put_hex(text, value) - text));
}

void json_key_hexes(struct buf *out, const char *key, const uint64_t *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!i)
			json_key(out, key);
		buf_puts(out, i ? ",\"" : "[\"");
		buf_hex(out, values[i]);
		buf_putc(out, '"');
	}
	buf_puts(out, n ? "]" : "");
}

void json_time(struct buf *out, int64_t wall_ns)
{
	int64_t ns = (wall_ns % NS_PER_S + NS_PER_S) % NS_PER_S;
	time_t s = (time_t)((wall_ns - ns) / NS_PER_S);
	struct tm tm;

	gmtime_r(&s, &tm); /* cannot fail: 64 bits of ns are the years 1677 to 2262 */
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		   tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ns);
}

void json_key_time(struct buf *out, const char *key, int64_t wall_ns)
{
	json_key(out, key);
	buf_putc(out, '"');
	json_time(out, wall_ns);
	buf_putc(out, '"');
}
