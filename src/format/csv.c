/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment's regions as CSV. */
#include "format/csv.h"

#include <string.h>

#include "format/json_put.h"
#include "format/text_line.h"

static const char names[] =
	"time,seq,pid,comm,vma_start,vma_end,perms,kind,name,addr,len,mapping,backing,state,how,present,"
	"swapped,"
	"zero,guard,nonswap,anon,file,exclusive,pfn,order,entire,highest,total,team_usage,team_pmd_maps\r\n";

/* What a spreadsheet calculates; those of East Asia know the wide signs too. */
static bool is_formula(const char *text)
{
	static const char *const signs[] = {"=", "+", "-", "@", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!strncmp(text, signs[i], strlen(signs[i])))
			return true;
	return false;
}

/* Text of somebody else's, quoted where it has to be. */
static void put_text(struct buf *out, const char *text)
{
	struct buf safe = {0};
	size_t i, from;

	buf_putc(&safe, '\'');
	line_safe(&safe, text, false);
	from = !is_formula(text);
	if (!strpbrk(safe.data + from, ",\";")) {
		buf_puts(out, safe.data + from);
	} else {
		buf_putc(out, '"');
		for (i = from; i < safe.len; i++) {
			if (safe.data[i] == ';')
				buf_puts(out, "\\x3b");
			else if (safe.data[i] == '"')
				buf_puts(out, "\"\"");
			else
				buf_putc(out, safe.data[i]);
		}
		buf_putc(out, '"');
	}
	buf_fini(&safe);
}

static void put_count(struct buf *out, int64_t value)
{
	buf_putc(out, ',');
	if (value >= 0)
		buf_dec(out, (uint64_t)value);
}

static void put_hex_field(struct buf *out, uint64_t value)
{
	buf_putc(out, ',');
	buf_hex(out, value);
}

static void put_word(struct buf *out, const char *word)
{
	buf_putc(out, ',');
	buf_puts(out, word);
}

static void put_counts(struct buf *out, const struct region *region)
{
	const bool known = !region_counts_unknown(region);
	/* Present pages that are neither: nobody said which. */
	const bool kinds = known && (region->anon || region->file || !region->present);

	put_count(out, known ? region->present : UNKNOWN_COUNT);
	put_count(out, known ? region->swapped : UNKNOWN_COUNT);
	put_count(out, known ? region->zero : UNKNOWN_COUNT);
	put_count(out, known ? region->guard : UNKNOWN_COUNT);
	put_count(out, known ? region->nonswap : UNKNOWN_COUNT);
	put_count(out, kinds ? region->anon : UNKNOWN_COUNT);
	put_count(out, kinds ? region->file : UNKNOWN_COUNT);
	put_count(out, known ? region->exclusive : UNKNOWN_COUNT);
}

/* `before` is what is the same for all regions of a VMA. */
static void put_region(struct buf *out, const struct buf *before, const struct region *region)
{
	buf_add(out, before->data, before->len);
	put_hex_field(out, region->start);
	buf_putc(out, ',');
	buf_dec(out, region->len);
	put_word(out, mapping_name(region->mapping));
	put_word(out, backing_name(region->backing));
	put_word(out, state_name(region_state(region)));
	put_word(out, how_name(region->how));
	put_counts(out, region);
	buf_putc(out, ',');
	if (region->pfn)
		buf_hex(out, region->pfn);
	put_count(out, region->order_known ? region->order : UNKNOWN_COUNT);
	put_count(out, region->mapcount.entire);
	put_count(out, region->mapcount.highest);
	put_count(out, region->mapcount.total);
	put_count(out, region->team_usage);
	put_count(out, region->team_pmd_maps);
	buf_puts(out, "\r\n");
}

static void put_vma(struct out *out, const struct moment *moment, const struct process *process,
		    const struct vma *vma)
{
	struct buf before = {0};
	uint32_t i;

	if (moment->wall_ns)
		json_time(&before, moment->wall_ns);
	buf_putc(&before, ',');
	buf_dec(&before, moment->seq);
	buf_putc(&before, ',');
	buf_dec(&before, (uint64_t)process->pid);
	buf_putc(&before, ',');
	put_text(&before, process->comm);
	put_hex_field(&before, vma->start);
	put_hex_field(&before, vma->end);
	buf_putc(&before, ',');
	put_text(&before, vma->perms);
	put_word(&before, vma_kind_name(vma->kind));
	buf_putc(&before, ',');
	put_text(&before, vma->name);
	for (i = 0; i < vma->n_regions && !out->error; i++) {
		put_region(&out->buf, &before, &process->regions[vma->first_region + i]);
		out_line(out);
	}
	buf_fini(&before);
}

int csv_write(const struct moment *moment, bool header, const struct sink *sink)
{
	struct out out = {.sink = sink};
	size_t i, k;

	if (header)
		buf_puts(&out.buf, names);
	for (i = 0; i < moment->n_processes; i++) {
		const struct process *process = &moment->processes[i];

		for (k = 0; k < process->n_vmas && !out.error; k++)
			put_vma(&out, moment, process, &process->vmas[k]);
	}
	return out_end(&out);
}
