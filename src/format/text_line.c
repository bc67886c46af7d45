/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, sizes and wrapped sentences. */
#include "format/text_line.h"

#include <string.h>

#include "format/utf8.h"

bool line_shows(uint32_t code)
{
	return !(code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
		 code == 0x180e || (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
		 (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff0 && code <= 0xfffb) ||
		 (code & 0xfffe) == 0xfffe || (code >= 0xe0000 && code <= 0xe0fff));
}

/* East Asian wide characters and emoji take two columns; not knowing the terminal, rather too many. */
static unsigned width_of(uint32_t code)
{
	return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
			       (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
			       (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
			       (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
			       (code >= 0x20000 && code <= 0x3fffd)
		       ? 2
		       : 1;
}

/* One character of text..end, escaped if need be; adds its columns. Returns what follows it. */
static const char *add_char(struct buf *out, const char *text, const char *end, bool ascii, unsigned *columns)
{
	size_t from = out->len, len;
	uint32_t code;

	len = utf8_decode(text, end, &code);
	if (!len || (len == 1 && !line_shows(code)) || (len > 1 && ascii)) {
		len = 1;
		buf_printf(out, "\\x%02x", (unsigned char)*text);
	} else if (!line_shows(code)) {
		buf_printf(out, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
	} else if (code == '\\') {
		buf_puts(out, "\\\\");
	} else {
		buf_add(out, text, len);
		*columns += width_of(code);
		return text + len;
	}
	*columns += (unsigned)(out->len - from);
	return text + len;
}

unsigned line_safe(struct buf *out, const char *text, bool ascii)
{
	const char *end = text + strlen(text);
	unsigned columns = 0;

	while (text < end)
		text = add_char(out, text, end, ascii, &columns);
	return columns;
}

unsigned line_safe_end(struct buf *out, const char *text, bool ascii, unsigned room)
{
	const char *ellipsis = ascii ? "..." : "\u2026";
	const unsigned dots = ascii ? 3 : 1;
	struct buf all = {0};
	unsigned columns = line_safe(&all, text, ascii);
	const char *at = all.data ? all.data : "", *end = at + all.len;
	uint32_t code;

	if (columns > room) {
		buf_puts(out, ellipsis);
		for (columns += dots; columns > room && at < end; columns -= width_of(code))
			at += utf8_decode(at, end, &code);
	}
	buf_add(out, at, (size_t)(end - at));
	buf_fini(&all);
	return columns;
}

/* value x 1024^unit bytes. */
static void put_size(struct buf *out, uint64_t value, unsigned unit)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB"};
	uint64_t below = 0, tenths;

	for (; value >= 1024 && unit < 7; unit++) {
		below = value & 1023;
		value >>= 10;
	}
	tenths = below * 10 >> 10;
	buf_dec(out, value);
	if (tenths)
		buf_printf(out, ".%u", (unsigned)tenths);
	buf_putc(out, ' ');
	buf_puts(out, units[unit]);
}

void line_size(struct buf *out, uint64_t bytes)
{
	put_size(out, bytes, 0);
}

void line_size_kb(struct buf *out, uint64_t kb)
{
	put_size(out, kb, kb ? 1 : 0);
}

void line_share(struct buf *out, uint64_t part, uint64_t whole)
{
	unsigned __int128 tenths;

	if (!whole)
		return;
	tenths = ((unsigned __int128)part * 1000 + whole / 2) / whole;
	/* Not quite all is not "100.0 %". */
	if (part < whole && tenths >= 1000)
		tenths = 999;
	if (part && !tenths)
		buf_puts(out, "<0.1 %");
	else
		buf_printf(out, "%llu.%u %%", (unsigned long long)(tenths / 10), (unsigned)(tenths % 10));
}

/* Characters: whatever is no continuation byte. A wide one counts 1, so that a line may be a little long. */
static unsigned characters(const char *text, size_t len)
{
	unsigned n = 0;

	for (; len; len--, text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void line_wrap(struct buf *out, unsigned width, unsigned indent, const char *text)
{
	size_t len = strspn(text, " ");
	unsigned column = (unsigned)len, columns;
	bool first = true; /* on this line */

	buf_add(out, text, len);
	for (text += len; *text; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		columns = characters(text, len);
		if (!first && column + 1 + columns > width) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			buf_putc(out, ' ');
			column++;
		}
		buf_add(out, text, len);
		column += columns;
		text += len;
		first = false;
	}
	buf_putc(out, '\n');
}

void line_pad(struct buf *out, size_t from, unsigned columns)
{
	while (out->len - from < columns)
		buf_putc(out, ' ');
}
