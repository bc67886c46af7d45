/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reasons why a region is not huge, for people. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/decisive.h"
#include "format/text_line.h"
#include "format/why.h"

struct text {
	struct buf *out;
	const struct text_options *options;
	unsigned width;
};

typedef unsigned long long ull;

/* One paragraph: an indent, a label of ours, and text that may hold names. */
static void paragraph(const struct text *text, unsigned indent, const char *label, const char *words)
{
	struct buf line = {0};

	buf_printf(&line, "%*s%s%s", (int)indent, "", label, *label ? " " : "");
	line_safe(&line, words, text->options->ascii);
	line_wrap(text->out, text->width, indent + 2, line.data);
	buf_fini(&line);
}

static void __attribute__((format(printf, 4, 5)))
printed(const struct text *text, unsigned indent, const char *label, const char *format, ...)
{
	char words[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	paragraph(text, indent, label, words);
}

static void write_region(const struct text *text, const struct why *why)
{
	const struct region *region = why->region;
	const struct vma *vma = why->vma;

	if (region)
		printed(text, 2, "", "mapping %s, backing %s, %u pages present%s",
			mapping_name(region->mapping), backing_name(region->backing), region->present,
			region->swapped ? ", some swapped out" : "");
	else
		printed(text, 2, "", "mapping none, backing none");
	printed(text, 2, "", "in VMA 0x%llx-0x%llx %s, %s %s", (ull)vma->start, (ull)vma->end, vma->perms,
		vma_kind_name(vma->kind), vma->name);
}

static void write_reason(const struct text *text, const struct why_reason *reason)
{
	struct buf label = {0};

	/* Of what is so in any case no way need be named. */
	buf_printf(&label, "%s%s:", why_weight_name(reason->weight),
		   reason->refused && reason->weight != WHY_IS ? ", also on request" : "");
	buf_putc(text->out, '\n');
	printed(text, 0, label.data, "%s [%s]", reason->text, reason->id);
	paragraph(text, 2, "fact:", reason->fact);
	if (*reason->remedy)
		paragraph(text, 2, "remedy:", reason->remedy);
	buf_fini(&label);
}

static void write_effect(const struct text *text, const struct event_effect *effect)
{
	printed(text, 2, "after:", "0x%llx of process %d: mapping %s, backing %s", (ull)effect->addr,
		(int)effect->pid, effect->has ? mapping_name(effect->after.mapping) : "none",
		effect->has ? backing_name(effect->after.backing) : "none");
}

static void write_asked(const struct text *text, const struct why *why)
{
	const struct event *event = why->event;
	const char *error = why->error ? strerrorname_np(why->error) : NULL;
	size_t i;

	if (*why->not_asked) {
		buf_putc(text->out, '\n');
		paragraph(text, 0, "asked: the kernel could not be asked:", why->not_asked);
	}
	if (!why->asked)
		return;
	buf_putc(text->out, '\n');
	printed(text, 0, "asked:", "%s %s%s%s%s%s", event && *event->how ? event->how : "a collapse",
		why->error ? "was refused: " : "was granted",
		why->error ? (error ? error : strerror(why->error)) : "",
		*why->verdict ? ", the kernel's verdict: " : "", why->verdict,
		*why->verdict || why->error ? "" : ", without a verdict");
	if (event && *event->why)
		paragraph(text, 2, "", event->why);
	for (i = 0; event && i < event->n_effects; i++)
		write_effect(text, &event->effects[i]);
}

void text_why(struct buf *out, const struct why *why, const struct text_options *options)
{
	const struct text text = {out, options, options->width ? options->width : 80};
	size_t i;

	printed(&text, 0, "", "0x%llx of process %d (%s), %llu kB: %s", (ull)why->start, (int)why->pid,
		why->comm, (ull)why->len >> 10,
		why->huge     ? "huge"
		: why->region ? "not huge"
			      : "not huge, empty");
	write_region(&text, why);
	if (decisive_together(why)) {
		buf_putc(out, '\n');
		paragraph(&text, 0, "", decisive_together(why));
	}
	for (i = 0; i < why->n; i++)
		write_reason(&text, &why->reasons[i]);
	for (i = 0; i < why->n_unknown; i++) {
		if (!i)
			buf_putc(out, '\n');
		paragraph(&text, 0, "unknown:", why->unknown[i]);
	}
	write_asked(&text, why);
}
