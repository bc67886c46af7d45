/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who maps a folio, as lines and as a table. */
#include "format/sharers.h"

#include "format/json.h"
#include "format/json_put.h"
#include "format/text_line.h"

#define COMM_COLUMNS 15
#define ADDRESS_COLUMNS 14
#define HOW_COLUMNS 16

static void key_bool(struct buf *out, const char *key, bool value)
{
	json_key(out, key);
	buf_puts(out, value ? "true" : "false");
}

static void key_known(struct buf *out, const char *key, int64_t value)
{
	if (value != UNKNOWN_COUNT)
		json_key_dec(out, key, (uint64_t)value);
}

static void put_mapcount(struct buf *out, const struct mapcount *mapcount)
{
	const struct {
		const char *name;
		int64_t value;
	} all[] = {{"entire", mapcount->entire}, {"highest", mapcount->highest}, {"total", mapcount->total}};
	const char *between = "";
	size_t i;

	json_key(out, "mapcount");
	buf_putc(out, '{');
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].value == UNKNOWN_COUNT)
			continue;
		buf_printf(out, "%s\"%s\":%lld", between, all[i].name, (long long)all[i].value);
		between = ",";
	}
	buf_putc(out, '}');
}

static void put_head(struct buf *out, const struct sharers *sharers)
{
	buf_puts(out,
		 "{\"type\":\"sharers\",\"schema\":\"" JSON_SCHEMA "\",\"version\":\"" THPSCOPE_VERSION "\"");
	json_key_string(out, "source", sharers->source);
	json_key_dec(out, "pmd_size", sharers->pmd_size);
	json_key_dec(out, "page_size", sharers->page_size);
	json_key_dec(out, "pid", (uint64_t)sharers->pid);
	json_key_hex(out, "addr", sharers->addr);
	json_key_hex(out, "pfn", sharers->pfn);
	json_key_dec(out, "order", sharers->order);
	if (sharers->team)
		key_bool(out, "team", true);
	key_bool(out, "anon", sharers->anon);
	if (sharers->ksm)
		key_bool(out, "ksm", true);
	put_mapcount(out, &sharers->mapcount);
	key_known(out, "found", sharers->found);
	key_known(out, "counted", sharers->counted);
	key_known(out, "missing", sharers->missing);
	if (sharers->missing > 0)
		json_key_dec(out, "missing_most", sharers->missing_most);
	key_known(out, "surplus", sharers->surplus);
	json_key_dec(out, "processes", sharers->processes);
	json_key_dec(out, "looked", sharers->looked);
	json_key_dec(out, "denied", sharers->denied);
	key_bool(out, "complete", sharers->complete);
	if (sharers->partial)
		json_key_string(out, "partial", sharers->partial);
	if (sharers->changed)
		json_key_string(out, "changed", sharers->changed);
	json_key_dec(out, "took_ns", sharers->took_ns);
	buf_puts(out, "}\n");
}

static void put_sharer(struct buf *out, const struct sharer *sharer)
{
	buf_puts(out, "{\"type\":\"sharer\",\"pid\":");
	buf_dec(out, (uint64_t)sharer->pid);
	json_key_string(out, "comm", sharer->comm);
	json_key_dec(out, "start_time", sharer->start_time);
	json_key_hex(out, "addr", sharer->addr);
	json_key_string(out, "mapping", mapping_name(sharer->mapping));
	key_bool(out, "aligned", sharer->aligned);
	json_key_dec(out, "first", sharer->first);
	json_key_dec(out, "subpages", sharer->subpages);
	if (sharer->last > sharer->first && sharer->subpages <= sharer->last - sharer->first)
		json_key_dec(out, "last", sharer->last);
	if (sharer->same_as)
		json_key_dec(out, "same_as", (uint64_t)sharer->same_as);
	buf_puts(out, "}\n");
}

int json_write_sharers(const struct sharers *sharers, const struct sink *sink)
{
	struct out out = {.sink = sink};
	size_t i;

	put_head(&out.buf, sharers);
	for (i = 0; i < sharers->n && !out.error; i++) {
		put_sharer(&out.buf, &sharers->items[i]);
		out_line(&out);
	}
	buf_puts(&out.buf, "{\"type\":\"end\",\"regions\":0");
	json_key_dec(&out.buf, "sharers", sharers->n);
	buf_puts(&out.buf, "}\n");
	return out_end(&out);
}

static void put_row(struct buf *out, const struct sharers *sharers, const struct sharer *sharer, bool ascii)
{
	size_t from;
	unsigned columns;

	buf_printf(out, "%7d ", (int)sharer->pid);
	columns = line_safe_end(out, sharer->comm, ascii, COMM_COLUMNS);
	buf_printf(out, "%*s ", (int)(COMM_COLUMNS - columns), "");
	from = out->len;
	buf_hex(out, sharer->addr);
	line_pad(out, from, ADDRESS_COLUMNS + 1);
	from = out->len;
	buf_puts(out, sharer_how(sharer));
	line_pad(out, from, HOW_COLUMNS + 1);
	sharer_subpages(sharers, sharer, out);
	if (sharer->same_as)
		buf_printf(out, " = %d's", (int)sharer->same_as);
	buf_putc(out, '\n');
}

int text_write_sharers(const struct sharers *sharers, const struct text_options *options,
		       const struct sink *sink)
{
	struct out out = {.sink = sink};
	size_t i;

	sharers_say_folio(sharers, &out.buf);
	buf_putc(&out.buf, '\n');
	sharers_say_mapcount(sharers, &out.buf);
	buf_printf(&out.buf, "\n\n%7s %-*s %-*s %-*s %s\n", "PID", COMM_COLUMNS, "COMMAND", ADDRESS_COLUMNS,
		   "ADDRESS", HOW_COLUMNS, "MAPPED BY", "SUBPAGES");
	for (i = 0; i < sharers->n && !out.error; i++) {
		put_row(&out.buf, sharers, &sharers->items[i], options->ascii);
		out_line(&out);
	}
	buf_putc(&out.buf, '\n');
	sharers_say_sum(sharers, &out.buf);
	return out_end(&out);
}
