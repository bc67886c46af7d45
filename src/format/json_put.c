/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings and fields of JSON. */
#include "format/json_put.h"

#include "format/utf8.h"

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
 * One character from `text` on, at most 6 bytes for each of its bytes. Control characters are escaped, those
 * above 0x7f too: a snapshot shown on a terminal must not drive it.
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
	if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
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

void json_string(struct buf *out, const char *text)
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
	json_string(out, text);
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
