/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading payloads: the lines of one answer, until they are a result. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "format/json_reader.h"
#include "format/wire_parts.h"

/* More PIDs than this Linux does not have (PID_MAX_LIMIT), nor a folio more places where it is mapped, sensibly. */
#define ITEMS_MOST ((size_t)4 << 20)

/* And more than this they do not take, texts and all. */
#define BYTES_MOST ((size_t)64 << 20)

struct wire_payload {
	enum wire_call call;
	struct arena *arena;
	size_t used;		   /* of the arena, before */
	struct json_reader reader; /* of VMA, region and event; its moment has the sizes */
	struct wire_result result;
	size_t room; /* of the list, the PIDs the sharers or the hot ones, until the end no part of the arena */
	bool begun, ended; /* the line that comes first, or the only one; the one that comes last */
};

struct wire_payload *wire_payload_begin(enum wire_call call, uint64_t page_size, uint64_t pmd_size,
					struct arena *arena)
{
	struct wire_payload *payload = mem_alloc(sizeof(*payload));

	payload->call = call;
	payload->arena = arena;
	payload->used = arena->used;
	payload->reader.moment = mem_alloc(sizeof(*payload->reader.moment));
	payload->reader.moment->page_size = page_size;
	payload->reader.moment->pmd_size = pmd_size;
	return payload;
}

/* Once, and first; false: it is not, and what came before it stays. */
static bool first(struct wire_payload *payload, struct fields *fields)
{
	if (payload->begun)
		field_fail(fields, "type", "comes twice");
	payload->begun = true;
	return !fields->failed;
}

static void take_listed(struct wire_payload *payload, struct fields *fields)
{
	struct wire_result *result = &payload->result;
	struct listed *listed;

	if (result->n_list >= ITEMS_MOST) {
		field_fail(fields, "pid", "is one too many");
		return;
	}
	mem_grow(&result->list, &payload->room, result->n_list + 1, sizeof(*result->list));
	listed = &result->list[result->n_list];
	listed->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	listed->parent = wire_pid(fields, "parent");
	listed->start_time = field_count(fields, "start_time", UINT64_MAX);
	listed->comm = field_text(fields, "comm");
	listed->command = field_text(fields, "command");
	listed->user = field_text(fields, "user");
	listed->uid = field_known(fields, "uid");
	listed->rss_kb = field_known(fields, "rss_kb");
	listed->kernel_thread = field_bool_or(fields, "kernel_thread", false);
	listed->own = field_bool_or(fields, "own", false);
	if (result->n_list && listed->pid <= listed[-1].pid)
		field_fail(fields, "pid", "is not above the one before");
	result->n_list++;
}

static void take_pid(struct wire_payload *payload, struct fields *fields)
{
	struct wire_result *result = &payload->result;

	if (payload->call == WIRE_SPAWN && !first(payload, fields))
		return;
	if (result->n_pids >= ITEMS_MOST) {
		field_fail(fields, "pid", "is one too many");
		return;
	}
	mem_grow(&result->pids, &payload->room, result->n_pids + 1, sizeof(*result->pids));
	result->pids[result->n_pids++] = (pid_t)field_count(fields, "pid", INT32_MAX);
}

static void take_place(struct wire_payload *payload, struct fields *fields)
{
	struct place *place = &payload->result.place;

	if (!first(payload, fields))
		return;
	place->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	place->start = field_hex(fields, "addr");
	place->len = field_count(fields, "len", UINT64_MAX);
	if (place->len > UINT64_MAX - place->start)
		field_fail(fields, "len", "reaches out of all addresses");
}

static void take_value(struct wire_payload *payload, struct fields *fields)
{
	if (!first(payload, fields))
		return;
	payload->result.value = (uint8_t)field_count(fields, "value", UINT8_MAX);
}

static void take_plan(struct wire_payload *payload, struct fields *fields)
{
	if (!first(payload, fields))
		return;
	payload->result.asks = field_bool_or(fields, "asks", true);
	payload->result.plan = field_text(fields, "text");
}

static void take_event(struct wire_payload *payload, struct fields *fields)
{
	if (payload->reader.n_events)
		field_fail(fields, "type", "comes twice");
	else
		json_read_event(&payload->reader, fields);
	payload->begun = true;
}

/* What follows is of its process: a VMA, a region. */
static void take_why(struct wire_payload *payload, struct fields *fields)
{
	struct json_reader *reader = &payload->reader;
	struct process process = {0};

	if (!first(payload, fields))
		return;
	json_read_why(fields, &payload->result.why);
	if (fields->failed)
		return;
	process.pid = payload->result.why.pid;
	mem_grow(&reader->processes, &reader->processes_room, 1, sizeof(process));
	reader->processes[0] = process;
	reader->n_processes = 1;
	reader->in_process = true;
}

static void take_vma(struct wire_payload *payload, struct fields *fields)
{
	if (payload->reader.n_vmas)
		field_fail(fields, "type", "comes twice");
	else
		json_read_vma(&payload->reader, fields);
}

static void take_region(struct wire_payload *payload, struct fields *fields)
{
	if (payload->reader.n_list)
		field_fail(fields, "type", "comes twice");
	else
		json_read_region(&payload->reader, fields);
}

static void take_sharers(struct wire_payload *payload, struct fields *fields)
{
	if (!first(payload, fields))
		return;
	json_read_sharers(fields, &payload->result.sharers);
}

static void take_sharer(struct wire_payload *payload, struct fields *fields)
{
	struct sharers *sharers = &payload->result.sharers;

	if (!payload->begun || payload->ended || sharers->n >= ITEMS_MOST) {
		field_fail(fields, "type", "is not expected here");
		return;
	}
	mem_grow(&sharers->items, &payload->room, sharers->n + 1, sizeof(*sharers->items));
	json_read_sharer(fields, sharers, &sharers->items[sharers->n]);
	sharers->n++;
}

static void take_heat(struct wire_payload *payload, struct fields *fields)
{
	if (!first(payload, fields))
		return;
	json_read_heat(fields, &payload->result.heat);
}

static void take_hot(struct wire_payload *payload, struct fields *fields)
{
	struct heat *heat = &payload->result.heat;

	if (!payload->begun || payload->ended || heat->n >= ITEMS_MOST) {
		field_fail(fields, "type", "is not expected here");
		return;
	}
	mem_grow(&heat->items, &payload->room, heat->n + 1, sizeof(*heat->items));
	json_read_hot(fields, heat, &heat->items[heat->n]);
	heat->n++;
}

static void take_end(struct wire_payload *payload, struct fields *fields)
{
	if (!payload->begun || payload->ended)
		field_fail(fields, "type", "is not expected here");
	else if (payload->call == WIRE_HEAT &&
		 field_count(fields, "hot", UINT64_MAX) != payload->result.heat.n)
		field_fail(fields, "hot", "is not the number of hot lines: some are missing");
	else if (payload->call == WIRE_SHARERS &&
		 field_count(fields, "sharers", UINT64_MAX) != payload->result.sharers.n)
		field_fail(fields, "sharers", "is not the number of sharer lines: some are missing");
	payload->ended = true;
}

static const struct {
	const char *type;
	uint32_t calls; /* 1 << enum wire_call */
	void (*take)(struct wire_payload *payload, struct fields *fields);
} lines[] = {
	{"listed", 1u << WIRE_LIST, take_listed},
	{"pid", 1u << WIRE_SPAWN | 1u << WIRE_FAMILY, take_pid},
	{"place", 1u << WIRE_LOCATE, take_place},
	{"value", 1u << WIRE_VALUE, take_value},
	{"plan", 1u << WIRE_PLAN, take_plan},
	{"event", 1u << WIRE_TRIGGER | 1u << WIRE_WHY, take_event},
	{"why", 1u << WIRE_WHY, take_why},
	{"vma", 1u << WIRE_WHY, take_vma},
	{"region", 1u << WIRE_WHY, take_region},
	{"sharers", 1u << WIRE_SHARERS, take_sharers},
	{"sharer", 1u << WIRE_SHARERS, take_sharer},
	{"heat", 1u << WIRE_HEAT, take_heat},
	{"hot", 1u << WIRE_HEAT, take_hot},
	{"end", 1u << WIRE_SHARERS | 1u << WIRE_HEAT, take_end},
};

int wire_payload_take(struct wire_payload *payload, const char *line, size_t len, char *problem, size_t size)
{
	struct fields fields;
	json_t *object = wire_open(line, len, "payload", payload->arena, &fields, problem, size);
	const char *type = object ? field_plain(&fields, "type") : NULL;
	size_t i, n = sizeof(lines) / sizeof(lines[0]);

	if (!object)
		return -EBADMSG;
	for (i = 0; type && i < n; i++)
		if (!strcmp(type, lines[i].type) && lines[i].calls >> payload->call & 1)
			break;
	if (type && i < n) {
		fields.what = lines[i].type;
		lines[i].take(payload, &fields);
	} else {
		field_fail(&fields, "type", "is none that belongs to this call");
	}
	if (payload->arena->used - payload->used > BYTES_MOST)
		field_fail(&fields, "type", "is of one more than an answer has room for");
	json_decref(object);
	return fields.failed ? -EBADMSG : 0;
}

/* The VMA, region and event of a why are those that were read. */
static bool end_why(struct wire_payload *payload, struct why *why)
{
	struct json_reader *reader = &payload->reader;
	struct arena *arena = payload->arena;

	if (!reader->n_vmas)
		return false;
	why->vma = arena_copy(arena, reader->vmas, sizeof(*reader->vmas));
	if (reader->n_list)
		why->region = arena_copy(arena, reader->list, sizeof(*reader->list));
	if (reader->n_events)
		why->event = arena_copy(arena, reader->events, sizeof(*reader->events));
	return !why->event == !why->asked;
}

static bool whole(struct wire_payload *payload)
{
	switch (payload->call) {
	case WIRE_LIST:
	case WIRE_FAMILY:
	case WIRE_ACT:
	case WIRE_READ_ONLY:
		return true;
	case WIRE_SHARERS:
	case WIRE_HEAT:
		return payload->begun && payload->ended;
	case WIRE_WHY:
		return payload->begun && end_why(payload, &payload->result.why);
	case WIRE_TRIGGER:
		return payload->reader.n_events;
	case WIRE_SPAWN:
	case WIRE_LOCATE:
	case WIRE_VALUE:
	case WIRE_PLAN:
		return payload->begun;
	case WIRE_SAMPLE:
	case WIRE_EXAMINE:
	case WIRE_WATCH:
	case WIRE_SEEN:
	case WIRE_CANCEL:
	case WIRE_CALL_COUNT:
		break;
	}
	return false;
}

int wire_payload_end(struct wire_payload *payload, struct wire_result *result, char *problem, size_t size)
{
	struct wire_result *made = &payload->result;

	if (!whole(payload)) {
		snprintf(problem, size, "the answer to %s is not whole", wire_call_name(payload->call));
		return -EBADMSG;
	}
	*result = *made;
	if (payload->call == WIRE_TRIGGER)
		result->event = payload->reader.events[0];
	result->list = arena_copy(payload->arena, made->list, made->n_list * sizeof(*made->list));
	result->pids = arena_copy(payload->arena, made->pids, made->n_pids * sizeof(*made->pids));
	result->sharers.items = arena_copy(payload->arena, made->sharers.items,
					   made->sharers.n * sizeof(*made->sharers.items));
	result->heat.items =
		arena_copy(payload->arena, made->heat.items, made->heat.n * sizeof(*made->heat.items));
	heat_rank(&result->heat, payload->arena);
	return 0;
}

void wire_payload_fini(struct wire_payload *payload)
{
	struct json_reader *reader = &payload->reader;

	free(payload->result.list);
	free(payload->result.pids);
	free(payload->result.sharers.items);
	free(payload->result.heat.items);
	free(reader->hot);
	free(reader->processes);
	free(reader->vmas);
	free(reader->list);
	free(reader->events);
	moment_free(reader->moment);
	free(payload);
}
