/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of an HTML page is the same in all: its style, its script, and what it may do. */
#include "format/html_parts.h"
#include "format/picture.h"

/*
 * The arrow keys go from cell to cell, up and down to the next row that has one, and Tab from one VMA to the next; without
 * it Tab goes through all cells.
 */
#define SCRIPT                                                                                               \
	"\nconst next={ArrowDown:'nextElementSibling',ArrowUp:'previousElementSibling'};"                    \
	"\nconst stops=row=>[...row.querySelectorAll('i[tabindex]')];"                                       \
	"\nfor(const map of document.querySelectorAll('.w')){"                                               \
	"\n const cells=stops(map);"                                                                         \
	"\n cells.slice(1).forEach(cell=>cell.tabIndex=-1);"                                                 \
	"\n map.addEventListener('keydown',event=>{"                                                         \
	"\n  const from=document.activeElement,at=cells.indexOf(from);"                                      \
	"\n  let "                                                                                           \
	"to={ArrowRight:cells[at+1],ArrowLeft:cells[at-1],Home:cells[0],End:cells.at(-1)}[event.key];"       \
	"\n  if(at<0)return;"                                                                                \
	"\n  for(let row=from.parentNode[next[event.key]];row&&!to;row=row[next[event.key]])"                \
	"\n   "                                                                                              \
	"to=stops(row).sort((a,b)=>Math.abs(a.offsetLeft-from.offsetLeft)-Math.abs(b.offsetLeft-from."       \
	"offsetLeft))[0];"                                                                                   \
	"\n  if(!to)return;"                                                                                 \
	"\n  event.preventDefault();"                                                                        \
	"\n  from.tabIndex=-1;to.tabIndex=0;to.focus();"                                                     \
	"\n });"                                                                                             \
	"\n}"                                                                                                \
	"\n"

/* Of that script (base64 of its SHA-256): the page runs no other. tests/cli/test_formats compares. */
#define SCRIPT_HASH "sha256-0L/12Xd2fbJLOiC6IQV0FCaVDtU2o/akocDKB3r1dic="

static const char style[] =
	":root{color-scheme:light dark;--ground:#fff;--text:#1c1e21;--dim:#5a5f66;--line:#c9ccd1}\n"
	"@media(prefers-color-scheme:dark){\n"
	":root{--ground:#16181c;--text:#d4d7dd;--dim:#9aa0a8;--line:#3a3e45}}\n"
	"body{margin:1em 1.2em 7em;background:var(--ground);color:var(--text);\n"
	"font:13px/1.35 'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace}\n"
	"h1{font-size:1.4em}\n"
	"h2{font-size:1.15em;border-top:1px solid var(--line);padding-top:.7em}\n"
	"h3{font-size:1em;font-weight:normal;margin:.9em 0 "
	".2em;white-space:pre-wrap;overflow-wrap:anywhere}\n"
	"pre{font:inherit;white-space:pre-wrap;margin:.4em 0}\n"
	"ul{list-style:none;padding:0;columns:22em}\n"
	".w{overflow-x:auto;overflow-y:hidden;padding:2px}\n"
	".r{display:flex;height:12px;width:max-content}\n"
	"code,u{font-family:inherit;font-size:11px;line-height:11px;color:var(--dim);text-decoration:none}\n"
	"code{width:9em}\n"
	".r u{margin-right:6px}\n"
	"i{display:inline-block;flex:none;width:11px;height:11px;margin-right:1px;background-size:100% "
	"100%;\n"
	"print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
	"i.q{height:5px;margin-top:6px}\n"
	"i:hover,i:focus{outline:2px solid var(--text);position:relative;z-index:1}\n"
	"s{display:none;text-decoration:none;font-style:normal;padding:.8em 1.2em}\n"
	"i:hover>s,i:focus>s{display:block;position:fixed;left:0;right:0;bottom:0;z-index:2;\n"
	"background:var(--ground);border-top:2px solid var(--text)}\n"
	"i:hover>s{z-index:3}\n"
	"@media print{s{display:none!important}body{margin:0}.w{overflow:visible;zoom:.78}}\n";

/* In the address of a picture some characters have to be written otherwise. */
static void put_address(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<' || *text == '>' || *text == '#' || *text == '%' || *text == '"')
			buf_printf(out, "%%%02X", (unsigned char)*text);
		else
			buf_putc(out, *text);
	}
}

static void put_looks(struct buf *out)
{
	unsigned symbol;

	for (symbol = 0; symbol < SYMBOL_COUNT; symbol++) {
		buf_printf(out, ".%c{background-image:url(\"data:image/svg+xml,",
			   picture_letter((enum symbol)symbol));
		put_address(out, "<svg xmlns='http://www.w3.org/2000/svg' width='11' height='11' viewBox='0 "
				 "0 11 11' preserveAspectRatio='none'>");
		put_address(out, picture_paint((enum symbol)symbol));
		put_address(out, "</svg>");
		buf_puts(out, "\")}\n");
	}
}

void html_head(struct buf *out, const struct buf *title)
{
	buf_puts(out,
		 "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
		 "style-src 'unsafe-inline'; script-src '" SCRIPT_HASH "'\">\n"
		 "<meta name=\"viewport\" content=\"width=device-width\">\n<title>thpscope: ");
	picture_escape(out, title->data, title->len);
	buf_puts(out, "</title>\n<style>\n");
	buf_puts(out, style);
	put_looks(out);
	buf_puts(out, "</style></head><body>\n");
}

void html_tail(struct buf *out)
{
	buf_puts(out, "<script>" SCRIPT "</script></body></html>\n");
}
