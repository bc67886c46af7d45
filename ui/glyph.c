/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from outside, made harmless character by character. */
#include "ui/glyph.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xfffd
#define MARKS_MAX 2

/* What the program draws with, where there is only ASCII. */
static const struct {
	uint32_t code;
	char ascii;
} plain[] = {
	{0xb7, '.'},   {0xd7, 'x'},   {0x2013, '-'}, {0x2026, '~'}, {0x2190, '<'},
	{0x2191, '^'}, {0x2192, '>'}, {0x2193, 'v'}, {0x2500, '-'}, {0x2502, '|'},
	{0x250c, '+'}, {0x2510, '+'}, {0x2514, '+'}, {0x2518, '+'}, {0x2503, '#'},
	{0x2501, '='}, {0x25b6, '>'}, {0x25b8, '>'}, {0x25be, 'v'}, {0x25c6, '*'},
};

/* Decodes one character; returns its bytes, or 0 for what is no UTF-8 (overlong, surrogate, cut). */
static size_t decode(const char *text, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *byte = (const unsigned char *)text;
	size_t i, n;

	if (byte[0] < 0x80) {
		*code = byte[0];
		return 1;
	}
	n = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	*code = byte[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (byte[i] & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

static size_t encode(uint32_t code, char *out)
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

	if (n == 1) {
		out[0] = (char)code;
		return 1;
	}
	for (i = n - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(0xf00u >> n | code);
	return n;
}

/* Takes no room of its own, or would turn the direction of what follows, or is private to some font. */
static bool invisible(uint32_t code)
{
	return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code == 0xad || code == 0x61c ||
	       code == 0x180e || (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe000 && code <= 0xf8ff) ||
	       code >= 0xe0000;
}

/* The character to show for one of the text, and its width; 0 wide: a mark on what came before. */
static uint32_t harmless(uint32_t code, int *width)
{
	*width = 1;
	if (code < 0x20)
		return 0x2400 + code;
	if (code == 0x7f)
		return 0x2421;
	if (code < 0x7f)
		return code;
	if (code < 0xa0 || invisible(code))
		return REPLACEMENT;
	*width = wcwidth((wchar_t)code);
	if (*width >= 0 && *width <= 2)
		return code;
	*width = 1;
	return REPLACEMENT;
}

static void next_ascii(uint32_t code, struct glyph *glyph)
{
	size_t i;

	glyph->text[0] = '?';
	if (code >= 0x20 && code < 0x7f)
		glyph->text[0] = (char)code;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i].code == code)
			glyph->text[0] = plain[i].ascii;
	glyph->width = 1;
}

void glyph_next(const char *text, bool ascii, struct glyph *glyph)
{
	uint32_t code, mark;
	size_t used, more, n;
	int marks;

	memset(glyph, 0, sizeof(*glyph));
	used = decode(text, &code);
	glyph->bytes = used ? used : 1;
	if (!used)
		code = REPLACEMENT;
	if (ascii) {
		next_ascii(code, glyph);
		return;
	}
	code = harmless(code, &glyph->width);
	if (!glyph->width) { /* a mark without anything to stand on */
		code = REPLACEMENT;
		glyph->width = 1;
	}
	n = encode(code, glyph->text);
	for (marks = 0; code != REPLACEMENT && marks < MARKS_MAX; marks++) {
		more = decode(text + glyph->bytes, &mark);
		if (!more || mark < 0x300 || invisible(mark) || wcwidth((wchar_t)mark) != 0)
			break;
		n += encode(mark, glyph->text + n);
		glyph->bytes += more;
	}
}
