/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8, strictly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/utf8.h"

/* Code points below 0x110000, into room for 4. */
static size_t encode(uint32_t code, char *to)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static void every_character_comes_back(void **state)
{
	uint32_t code, back;
	char bytes[4];
	size_t len;

	(void)state;
	for (code = 0; code < 0x110000; code++) {
		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		len = encode(code, bytes);
		assert_int_equal(utf8_decode(bytes, bytes + len, &back), len);
		assert_int_equal(back, code);
		assert_int_equal(utf8_decode(bytes, bytes + len - (len > 1), &back), len > 1 ? 0 : 1);
	}
}

static void invalid_bytes(void **state)
{
	static const char *const none[] = {
		"\x80",		"\xbf",		"\xc0\x80",	    "\xc1\xbf",		"\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff",		"\xc3(",	"\xe2\x82(",
	};
	uint32_t code;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(utf8_decode(none[i], none[i] + strlen(none[i]), &code), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_comes_back),
		cmocka_unit_test(invalid_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
