/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs, as lines of JSON: in each the line of the snapshot format before, and after. */
#include "format/diff.h"
#include "format/json.h"
#include "format/json_lines.h"
#include "format/json_put.h"

static const char *const what_names[DIFF_WHAT_COUNT] = {
	[DIFF_SAME] = "same", [DIFF_GAINED] = "gained", [DIFF_LOST] = "lost", [DIFF_CHANGED] = "changed"};

struct json_diff {
	struct out out;
	struct buf line;
};

/* Appends ,"KEY": and the line that was made in `line`, without its newline. */
static void put_line(struct json_diff *json, const char *key)
{
	json_key(&json->out.buf, key);
	buf_add(&json->out.buf, json->line.data, json->line.len - 1);
	buf_clear(&json->line);
}

static void begin(struct json_diff *json, enum diff_what what, const char *of)
{
	buf_printf(&json->out.buf, "{\"type\":\"difference\",\"what\":\"%s\",\"of\":\"%s\"", what_names[what],
		   of);
}

static void end(struct json_diff *json)
{
	buf_puts(&json->out.buf, "}\n");
	out_line(&json->out);
}

static void put_fields(struct json_diff *json, uint32_t fields)
{
	struct buf *out = &json->out.buf;
	const char *between = "";
	unsigned i;

	if (!fields)
		return;
	json_key(out, "fields");
	buf_putc(out, '[');
	for (i = 0; i < DIFF_FIELD_COUNT; i++) {
		if (!(fields >> i & 1))
			continue;
		buf_puts(out, between);
		json_quote(out, diff_field_name((enum diff_field)i));
		between = ",";
	}
	buf_putc(out, ']');
}

static void put_side(struct json_diff *json, const char *key, const char *name, const struct moment *moment)
{
	struct buf *out = &json->out.buf;

	json_key(out, key);
	buf_puts(out, "{\"name\":");
	json_quote(out, name);
	json_key_string(out, "source", moment->source);
	json_key_dec(out, "seq", moment->seq);
	if (moment->wall_ns)
		json_key_time(out, "time", moment->wall_ns);
	buf_putc(out, '}');
}

static void put_process(struct json_diff *json, const struct diff_process *process)
{
	begin(json, process->what, "process");
	if (process->before) {
		json_process_line(&json->line, process->before);
		put_line(json, "old");
	}
	if (process->after) {
		json_process_line(&json->line, process->after);
		put_line(json, "new");
	}
	end(json);
}

static void put_unread(struct json_diff *json, const struct diff_process *process)
{
	const struct process *closed =
		process->after && process->after->outcome != OUTCOME_OK ? process->after : process->before;

	json_skipped_line(&json->out.buf, closed);
	out_line(&json->out);
}

static void put_vma(struct json_diff *json, const struct diff_process *process, const struct diff_vma *vma)
{
	begin(json, vma->what, "vma");
	put_fields(json, vma->fields);
	if (vma->sums)
		buf_puts(&json->out.buf, ",\"sums\":true");
	if (vma->before) {
		json_vma_line(&json->line, process->before->pid, vma->before);
		put_line(json, "old");
	}
	if (vma->after) {
		json_vma_line(&json->line, process->after->pid, vma->after);
		put_line(json, "new");
	}
	end(json);
}

static void put_region(struct json_diff *json, const struct diff *diff, const struct diff_process *process,
		       const struct diff_region *region)
{
	begin(json, region->what, "region");
	put_fields(json, region->fields);
	if (region->before) {
		json_region_line(&json->line, process->before->pid, region->before, diff->before->pmd_size,
				 "");
		put_line(json, "old");
	}
	if (region->after) {
		json_region_line(&json->line, process->after->pid, region->after, diff->after->pmd_size, "");
		put_line(json, "new");
	}
	end(json);
}

static void put_counts(struct buf *out, const char *key, const uint64_t *counts)
{
	json_key(out, key);
	buf_printf(out, "{\"gained\":%llu", (unsigned long long)counts[DIFF_GAINED]);
	json_key_dec(out, "lost", counts[DIFF_LOST]);
	json_key_dec(out, "changed", counts[DIFF_CHANGED]);
	buf_putc(out, '}');
}

static void put_all(struct json_diff *json, const struct diff *diff)
{
	size_t i, k, r;

	for (i = 0; i < diff->n_figures; i++) {
		begin(json, DIFF_CHANGED, "machine");
		json_key_string(&json->out.buf, "name", diff->figures[i].name);
		json_key_string(&json->out.buf, "old", diff->figures[i].before);
		json_key_string(&json->out.buf, "new", diff->figures[i].after);
		end(json);
	}
	for (i = 0; i < diff->n_processes; i++) {
		const struct diff_process *process = &diff->processes[i];

		if (process->reason)
			put_unread(json, process);
		else if (process->what != DIFF_SAME)
			put_process(json, process);
		for (k = 0; k < process->n_vmas; k++) {
			const struct diff_vma *vma = &process->vmas[k];

			put_vma(json, process, vma);
			for (r = 0; r < vma->n_regions; r++)
				put_region(json, diff, process, &process->regions[vma->first_region + r]);
		}
	}
}

int diff_write_json(const struct diff *diff, const struct diff_names *names, const struct sink *sink)
{
	struct json_diff json = {.out.sink = sink};
	struct buf *out = &json.out.buf;

	buf_puts(out, "{\"type\":\"diff\"");
	json_key_string(out, "schema", JSON_SCHEMA);
	put_side(&json, "old", names->before, diff->before);
	put_side(&json, "new", names->after, diff->after);
	end(&json);
	put_all(&json, diff);
	buf_puts(out, "{\"type\":\"differences\"");
	put_counts(out, "processes", diff->of_processes);
	put_counts(out, "vmas", diff->of_vmas);
	put_counts(out, "regions", diff->of_regions);
	json_key_dec(out, "unknown", diff->unknown);
	end(&json);
	buf_fini(&json.line);
	return out_end(&json.out);
}
