/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that lead from one moment to the next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "format/delta.h"
#include "format/delta_patch.h"
#include "format/json.h"
#include "format/json_lines.h"
#include "format/json_put.h"

struct writing {
	struct out out;
	const struct moment *before, *now;
	bool first; /* before is nothing */
	struct delta_groups groups;
	struct delta_patch patch;
	struct buf old, new; /* lines to compare */
	char vma[64], region[64], gone_vma[64], gone_region[64],
		gone_page[64]; /* how lines of this process begin */
	struct json_page_prefix page;
	uint64_t regions;
};

static void make_heads(struct writing *writing, pid_t pid)
{
	const int n = (int)pid;

	snprintf(writing->vma, sizeof(writing->vma), "{\"type\":\"vma\",\"pid\":%d,\"start\":", n);
	snprintf(writing->region, sizeof(writing->region), "{\"type\":\"region\",\"pid\":%d,\"addr\":", n);
	snprintf(writing->gone_vma, sizeof(writing->gone_vma),
		 "{\"type\":\"gone\",\"of\":\"vma\",\"pid\":%d,\"addr\":", n);
	snprintf(writing->gone_region, sizeof(writing->gone_region),
		 "{\"type\":\"gone\",\"of\":\"region\",\"pid\":%d,\"addr\":", n);
	snprintf(writing->gone_page, sizeof(writing->gone_page),
		 "{\"type\":\"gone\",\"of\":\"page\",\"pid\":%d,\"addr\":", n);
	json_page_prefix(&writing->page, pid);
}

static void start_at(struct writing *writing, const char *head, uint64_t addr)
{
	char text[PUT_HEX_ROOM];

	delta_patch_start(&writing->patch, head);
	delta_patch_value(&writing->patch, text, (size_t)(put_hex(text, addr) - text));
}

static void write_gone(struct writing *writing, const char *head, uint64_t addr)
{
	start_at(writing, head, addr);
	delta_groups_add(&writing->groups, &writing->patch);
}

/* What leads from the old line to the new one; the new one whole where nothing does. */
static bool make_patch(struct writing *writing, const char *head, const char *addr_key, uint64_t addr)
{
	const char *key = *addr_key ? addr_key : "\1";
	bool any;

	if (*addr_key)
		start_at(writing, head, addr);
	else
		delta_patch_start(&writing->patch, head);
	any = delta_patch_diff(&writing->patch, writing->old.data, writing->new.data, key);
	if (!any || !writing->patch.misordered)
		return any;
	if (*addr_key)
		start_at(writing, head, addr);
	else
		delta_patch_start(&writing->patch, head);
	buf_puts(&writing->patch.form, ",\"whole\":true");
	return delta_patch_diff(&writing->patch, "{}", writing->new.data, key);
}

/* Ready to take the two lines. */
static void clear_lines(struct writing *writing)
{
	buf_clear(&writing->old);
	buf_clear(&writing->new);
	buf_puts(&writing->old, "{}");
}

static bool same_text(const char *one, const char *other)
{
	return one == other || (one && other && !strcmp(one, other));
}

/* Whether they are one for certain; false says nothing. (Bytes between fields may differ.) */
static bool alike_vma(const struct vma *one, const struct vma *other)
{
	struct vma a = *one, b = *other;

	if (a.smaps || b.smaps || !same_text(a.name, b.name) || !same_text(a.label, b.label))
		return false;
	a.name = b.name = a.label = b.label = NULL;
	a.first_region = b.first_region = a.n_regions = b.n_regions = 0;
	return !memcmp(&a, &b, sizeof(a));
}

static bool alike_region(const struct region *one, const struct region *other)
{
	struct region a = *one, b = *other;

	a.vma = b.vma = a.first_page = b.first_page = a.words = b.words = 0;
	return !memcmp(&a, &b, sizeof(a));
}

static void write_vma(struct writing *writing, pid_t pid, const struct vma *old, const struct vma *new)
{
	clear_lines(writing);
	if (old) {
		buf_clear(&writing->old);
		json_vma_line_more(&writing->old, pid, old);
	}
	json_vma_line_more(&writing->new, pid, new);
	if (make_patch(writing, writing->vma, "start", new->start))
		delta_groups_add(&writing->groups, &writing->patch);
}

static void write_region(struct writing *writing, pid_t pid, const struct region *old,
			 const struct region *new)
{
	clear_lines(writing);
	if (old) {
		buf_clear(&writing->old);
		json_region_line_more(&writing->old, pid, old, writing->now->pmd_size);
	}
	json_region_line_more(&writing->new, pid, new, writing->now->pmd_size);
	if (make_patch(writing, writing->region, "addr", new->start))
		delta_groups_add(&writing->groups, &writing->patch);
}

static void write_vmas(struct writing *writing, const struct process *old, const struct process *new)
{
	/* Of none there is no list, to which nothing may be added either. */
	const struct vma *was = old->vmas, *was_end = old->n_vmas ? was + old->n_vmas : was;
	const struct vma *is = new->vmas, *is_end = new->n_vmas ? is + new->n_vmas : is;

	while ((was < was_end || is < is_end) && !writing->out.error) {
		if (is == is_end || (was < was_end && was->start < is->start)) {
			write_gone(writing, writing->gone_vma, was++->start);
		} else if (was == was_end || is->start < was->start) {
			write_vma(writing, new->pid, NULL, is++);
		} else {
			if (!alike_vma(was, is))
				write_vma(writing, new->pid, was, is);
			was++;
			is++;
		}
	}
}

/* A region that no VMA has room for any more goes without saying. */
static bool outlived(const struct process *new, const struct region *region)
{
	const struct vma *vma = process_vma_at(new, region->start);

	return !vma || vma->end - region->start < region->len;
}

/* The first of at.. that holds something. */
static const struct region *next_region(const struct region *at, const struct region *end)
{
	while (at < end && json_holds_nothing(at))
		at++;
	return at;
}

static void write_regions(struct writing *writing, const struct process *old, const struct process *new)
{
	const struct region *was = old->regions, *was_end = old->n_regions ? was + old->n_regions : was;
	const struct region *is = new->regions, *is_end = new->n_regions ? is + new->n_regions : is;

	while (!writing->out.error) {
		was = next_region(was, was_end);
		is = next_region(is, is_end);
		if (was == was_end && is == is_end)
			return;
		if (is == is_end || (was < was_end && was->start < is->start)) {
			if (!outlived(new, was))
				write_gone(writing, writing->gone_region, was->start);
			was++;
		} else if (was == was_end || is->start < was->start) {
			write_region(writing, new->pid, NULL, is++);
		} else {
			if (!alike_region(was, is))
				write_region(writing, new->pid, was, is);
			was++;
			is++;
		}
	}
}

static void write_page(struct writing *writing, const struct page *old, const struct page *new)
{
	static const struct json_cow no_verdicts;

	clear_lines(writing);
	if (old) {
		buf_clear(&writing->old);
		json_page_lines(&writing->old, &writing->page, old, 1, &no_verdicts, NULL);
	}
	json_page_lines(&writing->new, &writing->page, new, 1, &no_verdicts, NULL);
	if (make_patch(writing, writing->page.text, "addr", new->addr))
		delta_groups_add(&writing->groups, &writing->patch);
}

/* Whether there is a line of the region that it is in, without which no reader has it. */
static bool told(const struct process *process, const struct page *page)
{
	const struct region *region = process_region_at(process, page->addr);

	return region && !json_holds_nothing(region);
}

/* The first of at.. that was, or is to be, told. */
static const struct page *next_page(const struct process *process, const struct page *at,
				    const struct page *end)
{
	while (at < end && !told(process, at))
		at++;
	return at;
}

static void write_pages(struct writing *writing, const struct process *old, const struct process *new)
{
	const struct page *was = old->pages, *was_end = old->n_pages ? was + old->n_pages : was;
	const struct page *is = new->pages, *is_end = new->n_pages ? is + new->n_pages : is;

	while (!writing->out.error) {
		was = next_page(old, was, was_end);
		is = next_page(new, is, is_end);
		if (was == was_end && is == is_end)
			return;
		if (is == is_end || (was < was_end && was->addr < is->addr)) {
			if (told(new, was)) /* else it is gone with its region */
				write_gone(writing, writing->gone_page, was->addr);
			was++;
		} else if (was == was_end || is->addr < was->addr) {
			write_page(writing, NULL, is++);
		} else {
			if (memcmp(was, is, sizeof(*is))) /* says nothing for certain, but equal is */
				write_page(writing, was, is);
			was++;
			is++;
		}
	}
}

static uint64_t count_regions(const struct process *process)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < process->n_regions; i++)
		n += !json_holds_nothing(&process->regions[i]);
	return n;
}

static void write_skipped(struct writing *writing, const struct process *old, const struct process *new)
{
	clear_lines(writing);
	if (old && old->outcome != OUTCOME_OK)
		json_skipped_line(&writing->old, old);
	json_skipped_line(&writing->new, new);
	if (strcmp(writing->old.data + strlen("{}"), writing->new.data))
		buf_add(&writing->out.buf, writing->new.data, writing->new.len);
}

static void write_process(struct writing *writing, const struct process *old, const struct process *new)
{
	static const struct process none;
	char head[96];
	bool again;

	if (new->outcome != OUTCOME_OK) {
		write_skipped(writing, old, new);
		return;
	}
	/* Another one of the same number shares nothing with it. */
	again = old && (old->outcome != OUTCOME_OK || old->start_time != new->start_time);
	old = again ? NULL : old;
	snprintf(head, sizeof(head), "{\"type\":\"process\",\"pid\":%d%s", (int)new->pid,
		 again ? ",\"whole\":true" : "");
	clear_lines(writing);
	if (old) {
		buf_clear(&writing->old);
		json_process_line_more(&writing->old, old);
	}
	json_process_line_more(&writing->new, new);
	if (make_patch(writing, head, "", 0))
		delta_patch_put(&writing->patch, &writing->out.buf);
	make_heads(writing, new->pid);
	old = old ? old : &none;
	if (old->vmas != new->vmas)
		write_vmas(writing, old, new);
	/* A live survey that finds the same regions gives the very same array. */
	if (old->regions != new->regions || old->n_regions != new->n_regions)
		write_regions(writing, old, new);
	write_pages(writing, old, new);
	delta_groups_flush(&writing->groups);
	writing->regions += count_regions(new);
}

static void write_head(struct writing *writing)
{
	struct buf head = {0};

	buf_puts(&head, "{\"type\":\"snapshot\"");
	json_key_string(&head, "schema", JSON_SCHEMA);
	buf_puts(&head, ",\"delta\":true");
	clear_lines(writing);
	if (writing->first) {
		buf_puts(&head, ",\"whole\":true");
	} else {
		json_key_dec(&head, "since", writing->before->seq);
		buf_clear(&writing->old);
		json_snapshot_line_more(&writing->old, writing->before);
	}
	json_snapshot_line_more(&writing->new, writing->now);
	make_patch(writing, head.data, "", 0);
	delta_patch_put(&writing->patch, &writing->out.buf);
	buf_fini(&head);
}

/* Index of the process of a number, looked for from `from` on first; n_processes if there is none. */
static size_t find_process(const struct moment *moment, pid_t pid, size_t from)
{
	size_t i, at;

	for (i = 0; i < moment->n_processes; i++) {
		at = (from + i) % moment->n_processes;
		if (moment->processes[at].pid == pid)
			return at;
	}
	return moment->n_processes;
}

/*
 * Where each process of now was, or before->n_processes: false if that says not all, as a delta has processes in the order
 * of the moment before, new ones behind them, and knows them by their numbers.
 */
static bool match_processes(const struct moment *before, const struct moment *now, size_t *was)
{
	size_t i, k, at = 0, next = 0;
	bool added = false;

	for (i = 0; i < now->n_processes; i++) {
		for (k = 0; k < i; k++)
			if (now->processes[k].pid == now->processes[i].pid)
				return false;
		was[i] = find_process(before, now->processes[i].pid, next);
		added |= was[i] == before->n_processes;
		if (!added && was[i] < next)
			return false;
		if (added && was[i] < before->n_processes)
			return false;
		next = added ? next : was[i] + 1;
	}
	for (i = 0; at < before->n_processes; at++) {
		if (i < now->n_processes && was[i] == at)
			i++;
		else if (find_process(now, before->processes[at].pid, 0) < now->n_processes)
			return false;
	}
	return true;
}

static void write_gone_processes(struct writing *writing, size_t from, size_t to)
{
	for (; from < to; from++)
		buf_printf(&writing->out.buf, "{\"type\":\"gone\",\"of\":\"process\",\"pid\":%d}\n",
			   (int)writing->before->processes[from].pid);
}

static void write_changes(struct writing *writing, const size_t *was)
{
	const struct moment *before = writing->before, *now = writing->now;
	size_t i, at = 0;
	bool had;

	write_head(writing);
	for (i = 0; i < now->n_processes && !writing->out.error; i++) {
		had = was[i] < before->n_processes;
		if (had) {
			write_gone_processes(writing, at, was[i]);
			at = was[i] + 1;
		}
		write_process(writing, had ? &before->processes[was[i]] : NULL, &now->processes[i]);
		out_line(&writing->out);
	}
	write_gone_processes(writing, at, before->n_processes);
	json_event_lines(&writing->out, now);
	json_end_line(&writing->out, writing->regions);
}

static bool writable(const struct moment *before, const struct moment *now)
{
	return before && before->page_size == now->page_size && before->pmd_size == now->pmd_size;
}

static int write_delta(struct writing *writing, const struct sink *sink)
{
	const struct moment *now = writing->now;
	size_t *was = mem_alloc(now->n_processes * sizeof(*was));

	writing->out.sink = sink;
	writing->groups = (struct delta_groups){.out = &writing->out, .page_size = now->page_size};
	if (!match_processes(writing->before, now, was)) {
		free(was);
		return json_write_more(now, sink);
	}
	write_changes(writing, was);
	free(was);
	delta_groups_fini(&writing->groups);
	delta_patch_fini(&writing->patch);
	buf_fini(&writing->old);
	buf_fini(&writing->new);
	return out_end(&writing->out);
}

int delta_write(const struct moment *before, const struct moment *now, const struct sink *sink)
{
	struct writing writing = {.before = before, .now = now};

	return writable(before, now) ? write_delta(&writing, sink) : json_write_more(now, sink);
}

int delta_write_first(const struct moment *now, const struct sink *sink)
{
	static const struct moment nothing;
	struct writing writing = {.before = &nothing, .now = now, .first = true};

	return write_delta(&writing, sink);
}
