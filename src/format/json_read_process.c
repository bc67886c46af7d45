/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the lines of processes and VMAs. */
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"
#include "format/json_more.h"
#include "format/json_reader.h"
#include "format/outcome.h"

#define KB_FIELDS(suffix)                                                                                    \
	{                                                                                                    \
		"present" suffix, "pmd" suffix, "thp_pte" suffix, "mthp" suffix, "small" suffix,             \
			"swap" suffix, "hugetlb" suffix, "team_pte" suffix, "unknown" suffix, "zero" suffix  \
	}
#define N_KB 10

/* Fields that a later writer may leave out read 0. */
static void read_kb(struct fields *fields, const char *const *keys, struct kb *kb)
{
	uint64_t *const into[N_KB] = {&kb->present, &kb->pmd,	  &kb->thp_pte,	 &kb->mthp,    &kb->small,
				      &kb->swap,    &kb->hugetlb, &kb->team_pte, &kb->unknown, &kb->zero};
	unsigned i;

	for (i = 0; i < N_KB; i++)
		*into[i] = i < 2 ? field_count(fields, keys[i], UINT64_MAX)
				 : field_count_or(fields, keys[i], UINT64_MAX, 0);
}

static void read_totals(struct fields *fields, struct totals *totals)
{
	totals->regions = field_count(fields, "regions", UINT64_MAX);
	totals->fragments = field_count(fields, "fragments", UINT64_MAX);
	totals->state[STATE_EMPTY] = field_count(fields, "empty", UINT64_MAX);
	totals->state[STATE_PTE_MAPPED] = field_count(fields, "pte_mapped", UINT64_MAX);
	totals->state[STATE_PMD_MAPPED] = field_count(fields, "pmd_mapped", UINT64_MAX);
	totals->state[STATE_TEAM] = field_count(fields, "team", UINT64_MAX);
	totals->state[STATE_HUGETLB] = field_count(fields, "hugetlb", UINT64_MAX);
	totals->state[STATE_UNKNOWN] = field_count(fields, "unknown", UINT64_MAX);
}

void json_reader_close_process(struct json_reader *reader)
{
	struct arena *arena = &reader->moment->arena;
	struct process *process;

	if (!reader->in_process)
		return;
	reader->in_process = false;
	process = &reader->processes[reader->n_processes - 1];
	process->vmas = arena_copy(arena, reader->vmas, reader->n_vmas * sizeof(*reader->vmas));
	process->n_vmas = reader->n_vmas;
	process->regions = arena_copy(arena, reader->list, reader->n_list * sizeof(*reader->list));
	process->n_regions = reader->n_list;
	if (reader->n_pages)
		process->pages = arena_copy(arena, reader->pages, reader->n_pages * sizeof(*reader->pages));
	process->n_pages = reader->n_pages;
	process->heat = json_reader_heat(reader, process);
}

static void add_process(struct json_reader *reader, const struct process *process)
{
	json_reader_close_process(reader);
	mem_grow(&reader->processes, &reader->processes_room, reader->n_processes + 1, sizeof(*process));
	reader->processes[reader->n_processes++] = *process;
	reader->n_vmas = reader->n_list = reader->n_pages = 0;
}

static void read_queue(struct fields *fields, struct queue *queue)
{
	const json_t *list = json_object_get(fields->object, "queue");
	const int64_t room = field_known(fields, "queue_room");
	unsigned i;

	queue->known = room != UNKNOWN_COUNT;
	if (room > QUEUE_MOST || (list && (!json_is_array(list) || (int64_t)json_array_size(list) > room))) {
		field_fail(fields, "queue", "is no list, or too long");
		return;
	}
	queue->room = queue->known ? (unsigned)room : 0;
	queue->n = (unsigned)json_array_size(list);
	for (i = 0; i < queue->n; i++)
		if (!json_hex(json_array_get(list, i), &queue->addrs[i]))
			field_fail(fields, "queue", "holds what is no address");
}

/* Three figures of each counter, where they stand in a list of their own. */
static void read_counts(struct fields *fields, struct counter *counters, size_t n)
{
	const json_t *list = json_object_get(fields->object, "counts");
	uint64_t *figure[3];
	size_t i, k;

	if (!list)
		return;
	if (!json_is_array(list) || json_array_size(list) != 3 * n) {
		field_fail(fields, "counts", "is no list of three figures of each counter");
		return;
	}
	for (i = 0; i < n; i++) {
		figure[0] = &counters[i].value;
		figure[1] = &counters[i].enabled_ns;
		figure[2] = &counters[i].running_ns;
		for (k = 0; k < 3; k++)
			if (!json_count(json_array_get(list, 3 * i + k), figure[k]))
				field_fail(fields, "counts", "holds what is no count");
	}
}

static void read_counters(struct fields *fields, struct process *process)
{
	const json_t *list = json_object_get(fields->object, "counters");
	const size_t n = json_array_size(list);
	struct counter *counters;
	struct fields item;
	size_t i;

	process->counters = NULL;
	process->n_counters = 0;
	if (list && (!json_is_array(list) || n > COUNTERS_MOST)) {
		field_fail(fields, "counters", "is no list, or too long");
		return;
	}
	counters = arena_alloc(fields->arena, n * sizeof(*counters));
	for (i = 0; i < n; i++) {
		item = *fields;
		item.object = json_array_get(list, i);
		item.what = "counter";
		counters[i].name = field_text(&item, "name");
		counters[i].hardware = field_bool_or(&item, "hardware", false);
		counters[i].missing = field_text_or(&item, "missing", NULL);
		counters[i].value = field_count_or(&item, "value", UINT64_MAX, 0);
		counters[i].enabled_ns = field_count_or(&item, "enabled_ns", UINT64_MAX, 0);
		counters[i].running_ns = field_count_or(&item, "running_ns", UINT64_MAX, 0);
		field_close(fields, &item);
	}
	read_counts(fields, counters, n);
	if (!n || fields->failed)
		return;
	process->counters = counters;
	process->n_counters = n;
}

/* The entries above an examined region's pages, of all levels. */
static void read_walk(struct fields *fields, struct process *process)
{
	const json_t *walk = json_object_get(fields->object, "walk");
	const size_t n = json_array_size(walk);
	size_t i;

	if (walk && n != 3 && n != 4) {
		field_fail(fields, "walk", "is no list of the entries of 3 or 4 levels");
		return;
	}
	process->n_walk = (unsigned)n;
	for (i = 0; i < process->n_walk; i++)
		if (!json_hex(json_array_get(walk, i), &process->walk[i]))
			field_fail(fields, "walk", "holds what is no entry");
}

void json_read_process_facts(struct fields *fields, struct process *process)
{
	static const char *const keys[N_KB] = KB_FIELDS("");
	struct fields totals, kb;

	process->outcome = OUTCOME_OK;
	process->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	process->comm = field_text(fields, "comm");
	process->start_time = field_count(fields, "start_time", UINT64_MAX);
	process->cgroup = field_text_or(fields, "cgroup", NULL);
	process->torn = field_bool_or(fields, "torn", false);
	process->mapping_known = field_bool_or(fields, "mapping_known", true);
	process->page_tables_kb = field_known(fields, "page_tables_kb");
	process->rss_kb = field_known(fields, "rss_kb");
	process->carried_ns = field_count_or(fields, "carried_ns", UINT64_MAX, 0);
	process->same_since_ns = field_count_or(fields, "same_since_ns", UINT64_MAX, 0);
	read_walk(fields, process);
	read_queue(fields, &process->queue);
	read_counters(fields, process);
	totals = field_object(fields, "totals");
	read_totals(&totals, &process->totals);
	field_close(fields, &totals);
	kb = field_object(fields, "kb");
	read_kb(&kb, keys, &process->kb);
	field_close(fields, &kb);
}

void json_read_process(struct json_reader *reader, struct fields *fields)
{
	struct process process = {0};

	json_read_process_facts(fields, &process);
	if (!fields->failed)
		json_reader_close_process(reader);
	json_read_process_heat(reader, fields);
	if (fields->failed)
		return;
	add_process(reader, &process);
	reader->in_process = true;
}

void json_read_skipped_facts(struct fields *fields, struct process *process)
{
	const char *outcome;

	*process = (struct process){
		.mapping_known = true, .page_tables_kb = UNKNOWN_COUNT, .rss_kb = UNKNOWN_COUNT};
	process->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	process->reason = field_text(fields, "reason");
	outcome = field_plain(fields, "outcome");
	process->outcome = outcome ? outcome_named(outcome) : OUTCOME_COUNT;
	if (process->outcome == OUTCOME_OK || process->outcome == OUTCOME_COUNT)
		field_fail(fields, "outcome", "is no outcome of a skipped process");
	process->comm = field_text_or(fields, "comm", "");
	process->start_time = field_count_or(fields, "start_time", UINT64_MAX, 0);
}

void json_read_skipped(struct json_reader *reader, struct fields *fields)
{
	struct process process;

	json_read_skipped_facts(fields, &process);
	if (!fields->failed)
		add_process(reader, &process);
}

static const struct smaps_field *read_smaps_fields(struct fields *fields, json_t *object, size_t *n)
{
	struct smaps_field *list = arena_alloc(fields->arena, json_object_size(object) * sizeof(*list));
	const char *key;
	void *at;

	for (at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		key = json_object_iter_key(at);
		list[*n].name = json_restore(key, fields->arena);
		if (!json_count(json_object_iter_value(at), &list[*n].kb))
			field_fail(fields, "smaps", "has a value that is no count");
		(*n)++;
	}
	return list;
}

static const struct smaps *read_smaps(struct fields *fields)
{
	json_t *object = json_object_get(fields->object, "smaps");
	json_t *words = json_object_get(fields->object, "flags");
	json_t *eligible = json_object_get(fields->object, "thp_eligible");
	struct smaps *smaps;
	const char **flags;
	size_t i;

	if (!object)
		return NULL;
	smaps = arena_alloc(fields->arena, sizeof(*smaps));
	smaps->fields = read_smaps_fields(fields, object, &smaps->n_fields);
	smaps->thp_eligible = json_is_boolean(eligible) ? json_is_true(eligible) : -1;
	smaps->n_flags = json_array_size(words);
	flags = arena_alloc(fields->arena, smaps->n_flags * sizeof(*flags));
	for (i = 0; i < smaps->n_flags; i++) {
		flags[i] = json_text(json_array_get(words, i), fields->arena);
		if (!flags[i]) {
			field_fail(fields, "flags", "holds what is no word");
			flags[i] = "";
		}
	}
	smaps->flags = flags;
	return smaps;
}

/* "103:02" */
static void read_dev(struct fields *fields, struct vma *vma)
{
	const char *text = field_text_or(fields, "dev", "0:0"), *end = text + strlen(text), *at;
	uint64_t major = 0, minor = 0;

	at = parse_u64(text, end, 16, &major);
	at = at && *at == ':' ? parse_u64(at + 1, end, 16, &minor) : NULL;
	if (at != end || major > UINT32_MAX || minor > UINT32_MAX)
		field_fail(fields, "dev", "is no device number");
	vma->dev_major = (uint32_t)major;
	vma->dev_minor = (uint32_t)minor;
}

static void read_perms(struct fields *fields, struct vma *vma)
{
	static const char *const allowed[4] = {"r-", "w-", "x-", "ps"};
	const char *perms = field_plain(fields, "perms");
	bool good = perms && strlen(perms) == 4;
	unsigned i;

	for (i = 0; good && i < 4; i++)
		good = strchr(allowed[i], perms[i]);
	if (good)
		memcpy(vma->perms, perms, 5);
	else
		field_fail(fields, "perms", "are none as in /proc/PID/maps");
}

static void read_advice(struct fields *fields, struct vma *vma)
{
	const char *word = field_text_or(fields, "advice", NULL);
	const json_t *eligible = json_object_get(fields->object, "eligible");

	vma->eligible = eligible ? field_bool_or(fields, "eligible", false) : -1;
	vma->eligible_ns = field_count_or(fields, "eligible_ns", UINT64_MAX, 0);
	vma->advice = word ? json_advice_named(word) : VMA_ADVICE_UNKNOWN;
	if (word && vma->advice == VMA_ADVICE_UNKNOWN)
		field_fail(fields, "advice", "is no advice that this version knows");
}

void json_read_vma_facts(struct fields *fields, struct vma *vma)
{
	static const char *const keys[N_KB] = KB_FIELDS("_kb");
	const char *kind = field_plain(fields, "kind");

	vma->start = field_hex(fields, "start");
	vma->end = field_hex(fields, "end");
	if (vma->end <= vma->start)
		field_fail(fields, "end", "is not above start");
	read_perms(fields, vma);
	vma->kind = kind ? vma_kind_named(kind) : VMA_KIND_COUNT;
	if (vma->kind == VMA_KIND_COUNT)
		field_fail(fields, "kind", "is no kind of VMA");
	vma->name = field_text(fields, "name");
	read_kb(fields, keys, &vma->kb);
	vma->slots = field_count(fields, "slots", UINT64_MAX);
	vma->fragments = (uint32_t)field_count(fields, "fragments", 2);
	vma->offset = field_hex_or(fields, "offset", 0);
	vma->inode = field_count_or(fields, "inode", UINT64_MAX, 0);
	read_dev(fields, vma);
	vma->deleted = field_bool_or(fields, "deleted", false);
	vma->label = field_text_or(fields, "label", NULL);
	vma->huge_page_size = field_count_or(fields, "huge_page_size", UINT64_MAX, 0);
	vma->pfnmap_unknown = field_bool_or(fields, "pfnmap_unknown", false);
	vma->smaps = read_smaps(fields);
	read_advice(fields, vma);
}

void json_read_vma(struct json_reader *reader, struct fields *fields)
{
	struct vma vma = {.first_region = (uint32_t)reader->n_list};
	uint64_t pid = field_count(fields, "pid", INT32_MAX);

	if (!reader->in_process || pid != (uint64_t)reader->processes[reader->n_processes - 1].pid)
		field_fail(fields, "pid", "is not that of the process line before");
	json_read_vma_facts(fields, &vma);
	if (!fields->failed && reader->n_vmas && vma.start < reader->vmas[reader->n_vmas - 1].end)
		field_fail(fields, "start", "is below the VMA before");
	if (fields->failed)
		return;
	mem_grow(&reader->vmas, &reader->vmas_room, reader->n_vmas + 1, sizeof(vma));
	reader->vmas[reader->n_vmas++] = vma;
}
