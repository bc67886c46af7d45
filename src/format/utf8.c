/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict UTF-8 (RFC 3629). */
#include "format/utf8.h"

size_t utf8_decode(const char *at, const char *end, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)*at;
	size_t len, i;
	uint32_t sum;

	if (first < 0x80) {
		*code = first;
		return 1;
	}
	if (first < 0xc2 || first > 0xf4)
		return 0;
	len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if ((size_t)(end - at) < len)
		return 0;
	sum = first & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (((unsigned char)at[i] & 0xc0) != 0x80)
			return 0;
		sum = sum << 6 | ((unsigned char)at[i] & 0x3f);
	}
	if (sum < least[len] || sum > 0x10ffff || (sum >= 0xd800 && sum <= 0xdfff))
		return 0;
	*code = sum;
	return len;
}
