/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SVG and HTML: what they show, what they leave out and say so, and that no name gets out of its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "format/html.h"
#include "format/picture.h"
#include "format/plot.h"
#include "format/svg.h"
#include "sample.h"

typedef int (*writer)(const struct moment *moment, const struct sink *sink);
static const writer writers[] = {svg_write, html_write};

static struct buf drawn(writer write, const struct moment *moment)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	assert_int_equal(write(moment, &sink), 0);
	return text;
}

static unsigned count(const struct buf *text, const char *what)
{
	const char *at = text->data;
	unsigned n = 0;

	while ((at = strstr(at, what))) {
		at += strlen(what);
		n++;
	}
	return n;
}

static void golden(void **state)
{
	struct moment *moment = sample_plain();
	struct buf text;

	(void)state;
	text = drawn(svg_write, moment);
	sample_golden("plain.svg", &text);
	buf_fini(&text);
	text = drawn(html_write, moment);
	sample_golden("plain.html", &text);
	buf_fini(&text);
	moment_free(moment);
}

/* All that is not of ASCII's visible characters is one of those that lines show; markup is ours alone. */
static void names_stay_names(void **state)
{
	struct moment *moment = sample_all();
	struct buf text;
	size_t i, at;

	(void)state;
	moment->processes[0].comm = "</title><script>x()</script>&\"'\n\x1b[2J\xff";
	for (i = 0; i < 2; i++) {
		text = drawn(writers[i], moment);
		for (at = 0; at < text.len; at++)
			assert_true(text.data[at] == '\n' || (unsigned char)text.data[at] >= ' ');
		assert_int_equal(count(&text, "<script>"), i); /* the page's own */
		assert_non_null(strstr(text.data, "&lt;/title&gt;&lt;script&gt;x()"));
		assert_non_null(strstr(text.data, "&amp;&quot;&#39;\\x0a\\x1b[2J\\xff"));
		assert_null(strstr(text.data, "\xe2\x80\xae"));
		buf_fini(&text);
	}
	moment_free(moment);
}

/* One process with VMAs of so many regions, by turns small pages and huge ones where `mixed`. */
static struct moment *large(size_t n_vmas, size_t regions, bool mixed)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	struct process *process = arena_alloc(&moment->arena, sizeof(*process));
	struct region *region;
	struct vma *vma;
	size_t i, k;

	*moment = (struct moment){.arena = moment->arena,
				  .source = "live",
				  .page_size = SAMPLE_PAGE,
				  .pmd_size = SAMPLE_PMD,
				  .processes = process,
				  .n_processes = 1};
	moment->system.release = "6.18";
	moment->system.free_pmd_blocks = UNKNOWN_COUNT;
	process->pid = 7;
	process->comm = "large";
	process->mapping_known = true;
	process->vmas = arena_alloc(&moment->arena, n_vmas * sizeof(*process->vmas));
	process->regions = arena_alloc(&moment->arena, n_vmas * regions * sizeof(*process->regions));
	for (i = 0; i < n_vmas; i++) {
		vma = &process->vmas[process->n_vmas++];
		*vma = (struct vma){.start = (1 + i * 2 * regions) * SAMPLE_PMD,
				    .perms = "rw-p",
				    .name = "",
				    .kb.present = 1 + i,
				    .first_region = (uint32_t)process->n_regions,
				    .n_regions = (uint32_t)regions,
				    .slots = regions};
		vma->end = vma->start + regions * SAMPLE_PMD;
		for (k = 0; k < regions; k++) {
			region = &process->regions[process->n_regions++];
			*region = (struct region){.start = vma->start + k * SAMPLE_PMD,
						  .len = SAMPLE_PMD,
						  .mapping = mixed && k % 2 ? MAPPING_PMD : MAPPING_PTE,
						  .backing = mixed && k % 2 ? BACKING_THP : BACKING_SMALL,
						  .vma = (uint32_t)i,
						  .present = 512,
						  .exclusive = UNKNOWN_COUNT,
						  .mapcount = {-1, -1, -1},
						  .team_usage = UNKNOWN_COUNT,
						  .team_pmd_maps = UNKNOWN_COUNT};
		}
	}
	return moment;
}

/* 512 GiB by turns: several regions a cell, which is said; and the picture stays one. */
static void zooms_out(void **state)
{
	struct moment *moment = large(1, 1 << 18, true);
	struct buf text;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		text = drawn(writers[i], moment);
		assert_non_null(
			strstr(text.data, "A cell is 16 regions, 32 MiB, and shows the worst of them."));
		/* What the others are is told to who points at it; the last cell is of one region alone. */
		assert_non_null(strstr(text.data, i ? "8 pmd-mapped THP, 8 small pages"
						    : "131071 pmd-mapped THP, 131072 small pages"));
		assert_true(text.len < 4 << 20);
		buf_fini(&text);
	}
	moment_free(moment);
}

/* The addresses of rows, in their order, one a line. */
static struct buf rows_of(const struct buf *text, const char *before)
{
	const char *at = text->data, *end;
	struct buf rows = {0};

	while ((at = strstr(at, before))) {
		at += strlen(before);
		end = at + strspn(at, "0123456789abcdef");
		if (end - at != 12 || *end != '<')
			continue;
		buf_add(&rows, at, 12);
		buf_putc(&rows, '\n');
	}
	buf_putc(&rows, '\0');
	return rows;
}

/* A row begins with the address of its first cell, also where the VMA's first cell is cut. */
static void rows_tell_addresses(void **state)
{
	struct moment *moment = large(2, 1 << 17, false);
	struct buf svg = drawn(svg_write, moment), html = drawn(html_write, moment), one, other;

	(void)state;
	one = rows_of(&svg, "class=\"a\">");
	other = rows_of(&html, "<code>");
	/* 64 cells of 16 regions. */
	assert_non_null(strstr(one.data, "000000200000\n000080000000\n000100000000\n"));
	assert_string_equal(one.data, other.data);
	buf_fini(&one);
	buf_fini(&other);
	buf_fini(&svg);
	buf_fini(&html);
	moment_free(moment);
}

/* The largest VMAs are drawn, the others are a sum. */
static void leaves_out(void **state)
{
	struct moment *moment = large(PICTURE_VMAS + 3, 1, false);
	struct buf text;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		text = drawn(writers[i], moment);
		assert_non_null(strstr(
			text.data, "and 3 VMAs that are smaller, or without a whole region: 6 KiB present"));
		/* The three that are smallest are the first. */
		assert_null(strstr(text.data, "200000-400000 rw-p"));
		assert_null(strstr(text.data, "a00000-c00000 rw-p"));
		assert_non_null(strstr(text.data, "e00000-1000000 rw-p"));
		buf_fini(&text);
	}
	moment_free(moment);
}

/* Of many processes those with the most memory; how many others there are is said. */
static void many_processes(void **state)
{
	struct moment *moment = large(1, 1, false);
	const size_t n = PICTURE_PROCESSES + 2;
	struct process *many = arena_alloc(&moment->arena, n * sizeof(*many));
	struct buf text;
	size_t i;

	(void)state;
	for (i = 0; i < n; i++) {
		many[i] = moment->processes[0];
		many[i].pid = (pid_t)(1000 + i);
		many[i].kb.present = 1024 * (i + 1);
	}
	moment->processes = many;
	moment->n_processes = n;
	for (i = 0; i < 2; i++) {
		text = drawn(writers[i], moment);
		assert_non_null(
			strstr(text.data, "Not drawn: 2 more processes with less memory, 3 MiB present."));
		assert_null(strstr(text.data, "1001 large"));
		assert_non_null(strstr(text.data, "1002 large"));
		buf_fini(&text);
	}
	moment_free(moment);
}

/* A reservation of 128 TiB is a cell and a number; one with a page in it, two of them and the cell between. */
static void holes_fold(void **state)
{
	struct moment *moment = large(1, 1, false);
	struct vma *vma = &moment->processes[0].vmas[0];
	struct buf text;
	size_t i;

	(void)state;
	vma->start = 0;
	vma->end = UINT64_C(1) << 47;
	moment->processes[0].regions[0].start = 100 * SAMPLE_PMD;
	for (i = 0; i < 2; i++) {
		text = drawn(writers[i], moment);
		assert_non_null(strstr(text.data, "\u00d7100<"));
		assert_non_null(strstr(text.data, "\u00d767108763<"));
		assert_true(text.len < 16384);
		buf_fini(&text);
	}
	moment_free(moment);
}

/* A device's memory folds too, and all looks that an SVG refers to are in it. */
static void unknown_folds(void **state)
{
	struct moment *moment = large(1, 1, false);
	struct vma *vma = &moment->processes[0].vmas[0];
	char look[] = "id=\"?\"";
	struct buf text;
	const char *at;
	unsigned n = 0;

	(void)state;
	vma->pfnmap_unknown = true;
	vma->end = vma->start + 100 * SAMPLE_PMD;
	text = drawn(svg_write, moment);
	assert_non_null(strstr(text.data, "\u00d799<"));
	for (at = text.data; (at = strstr(at, "url(#")); n++) {
		look[4] = *(at += strlen("url(#"));
		assert_non_null(strstr(text.data, look));
	}
	assert_true(n > 3);
	buf_fini(&text);
	moment_free(moment);
}

/* Figures that fill the line leave a name no more room than the line has. */
static void names_end_with_the_line(void **state)
{
	const uint64_t much = (UINT64_C(1) << 40) - 1;
	struct vma vma = {.start = UINT64_C(0x7f0000000000), .perms = "rw-p", .kind = VMA_SHMEM};
	struct buf line = {0};

	(void)state;
	vma.end = vma.start + ((UINT64_C(1) << 40) - SAMPLE_PMD);
	vma.kb = (struct kb){.present = much, .pmd = much, .swap = much, .zero = much};
	vma.name = "/a/name/that/is/too/long/for/what/is/left/of/the/line";
	picture_vma(&vma, &line);
	assert_non_null(strstr(line.data, "zero page  \u2026"));
	assert_null(strstr(line.data, "/a/name"));
	assert_true(line.len < PICTURE_COLUMNS + 20);
	buf_fini(&line);
}

/* Every symbol has a look of its own. */
static void looks_differ(void **state)
{
	unsigned a, b;

	(void)state;
	for (a = 0; a < SYMBOL_COUNT; a++) {
		assert_non_null(picture_paint((enum symbol)a));
		for (b = 0; b < a; b++) {
			assert_string_not_equal(picture_paint((enum symbol)a), picture_paint((enum symbol)b));
			assert_int_not_equal(picture_letter((enum symbol)a), picture_letter((enum symbol)b));
		}
	}
}

/* All cells of a walk, several regions each, cover the VMA once, and hold each region once. */
static void walks_cover(void **state)
{
	struct moment *moment = large(1, 77, true);
	const struct process *process = &moment->processes[0];
	struct vma *vma = &process->vmas[0];
	struct plot_walk walk;
	struct plot_run run;
	uint64_t per, at;
	size_t seen;

	(void)state;
	/* Begins and ends within a slot; its first region is a part of one. */
	vma->start += SAMPLE_PMD - SAMPLE_PAGE;
	vma->end += SAMPLE_PAGE;
	moment->processes[0].regions[0].start = vma->start;
	moment->processes[0].regions[0].len = SAMPLE_PAGE;
	for (per = 1; per <= 128; per *= 2) {
		walk = plot_begin(moment, process, vma, vma->start, vma->end, per);
		for (at = vma->start, seen = 0; plot_run(&walk, &run); at = run.end) {
			assert_true(run.start == at && run.end > at && run.cells >= 1);
			assert_true(!run.n_regions || run.regions == &process->regions[seen]);
			seen += run.n_regions;
			assert_true(!run.part || (run.cells == 1 && run.end - run.start < SAMPLE_PMD));
			if (per > 2 && run.n_regions)
				assert_int_equal(run.symbol, SYMBOL_SMALL);
		}
		assert_true(at == vma->end);
		assert_int_equal(seen, 77);
	}
	moment_free(moment);
}

static int refuse(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
	return -28;
}

static void errors_come_back(void **state)
{
	struct moment *moment = sample_plain();
	const struct sink sink = {refuse, NULL};

	(void)state;
	assert_int_equal(svg_write(moment, &sink), -28);
	assert_int_equal(html_write(moment, &sink), -28);
	moment_free(moment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(names_stay_names),
		cmocka_unit_test(zooms_out),
		cmocka_unit_test(rows_tell_addresses),
		cmocka_unit_test(leaves_out),
		cmocka_unit_test(many_processes),
		cmocka_unit_test(holes_fold),
		cmocka_unit_test(unknown_folds),
		cmocka_unit_test(names_end_with_the_line),
		cmocka_unit_test(looks_differ),
		cmocka_unit_test(walks_cover),
		cmocka_unit_test(errors_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
