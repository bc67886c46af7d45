/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thpscope-agent/1, what thpscope and a far thpscope-agent say to each other: requests, answers and what is in them, as
 * lines of JSON. Described in thpscope-agent(1).
 *
 *     {"type":"hello",...}                                       both, at once
 *     {"id":1,"call":"value","pid":42,"addr":"0x7f0000000000"}   thpscope
 *     {"type":"begin","id":1}                                    thpscope-agent
 *     {"type":"value","value":7}                                 the payload, 0 or more lines
 *     {"type":"answer","id":1,"result":0}
 *
 * Everything here is pure: lines in, structs out, and back. A line is WIRE_LINE_MAX bytes at most, with its newline; a
 * writer appends whole lines, a reader takes one without its newline and never trusts it: -EBADMSG and a sentence
 * in `problem` (printable, without a newline) for what makes no sense. What was read lives in the caller's arena.
 * A moment as payload is read and written by format/json.h and format/delta.h. Any thread.
 */
#ifndef FORMAT_WIRE_H
#define FORMAT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/source.h"

#define WIRE_SCHEMA "thpscope-agent/1"
#define WIRE_LINE_MAX ((size_t)1 << 20)

/* How many moments of a watch may be on their way at most, and how soon one may follow another. */
#define WIRE_WINDOW_MAX 64
#define WIRE_INTERVAL_MIN_NS UINT64_C(1000000)

/* Room for any sentence of why a line was refused. */
#define WIRE_PROBLEM 256

/* The calls, by the names of source.h's; the last four are the protocol's own. */
enum wire_call {
	WIRE_LIST,
	WIRE_SAMPLE,
	WIRE_EXAMINE,
	WIRE_SPAWN,
	WIRE_ACT,
	WIRE_LOCATE,
	WIRE_VALUE,
	WIRE_FAMILY,
	WIRE_PLAN,
	WIRE_TRIGGER,
	WIRE_WHY,
	WIRE_SHARERS,
	WIRE_HEAT,
	WIRE_READ_ONLY, /* from now on, and for good, nothing that changes a process */
	WIRE_WATCH, /* a moment every interval_ns, as answers with `more`, until the next watch; 0: none any more */
	WIRE_SEEN,   /* the moment of `seq`, and all before, have arrived. Has no id and no answer */
	WIRE_CANCEL, /* give the call of `id` up, if it still runs; that one is answered, this is not */
	WIRE_CALL_COUNT
};
const char *wire_call_name(enum wire_call call);

/* What each call uses is said behind each part; the rest is zero. */
struct wire_request {
	uint64_t id; /* from 1, ascending; cancel: of the call to give up */
	enum wire_call call;
	bool has_watch;		/* trigger: false is source.h's NULL */
	struct watch watch;	/* sample, watch, trigger; its options.past is NULL */
	bool has_since;		/* sample, examine: the client has the moment since, of that call */
	uint64_t since;		/* its seq */
	uint64_t interval_ns;	/* watch */
	unsigned window;	/* watch: at most so many moments beyond the last that was `seen`; from 1 */
	uint64_t seq;		/* seen */
	pid_t pid;		/* examine, value, why */
	uint64_t addr;		/* likewise */
	uint64_t start_time;	/* why */
	enum why_how how;	/* why */
	const char *action;	/* act: a line of thpscope-script(7) */
	struct target target;	/* locate */
	struct trigger trigger; /* plan, trigger */
	struct sharers_query sharers; /* cancel and progress are NULL */
	struct heat_query heat;	      /* likewise */
};

/* Appends the line. -EMSGSIZE, and nothing appended: it would be longer than WIRE_LINE_MAX. */
int wire_put_request(struct buf *out, const struct wire_request *request);

/*
 * 0 and *request; or -EBADMSG, where request->id is the request's all the same if it could be told, else 0. Watches of
 * as many processes as a line holds; texts and lists are in the arena.
 */
int wire_read_request(const char *line, size_t len, struct arena *arena, struct wire_request *request,
		      char *problem, size_t size);

/* Who is at the other end. The agent says all of it, the client schema and version. */
struct wire_hello {
	const char *version;
	const char *release, *host; /* NULL: a client */
	uint64_t page_size, pmd_size;
	uint64_t mono_ns; /* the agent's CLOCK_MONOTONIC */
	struct capabilities caps;
};

/* Append the line. That of an agent: `version` is filled in here. */
void wire_put_hello_client(struct buf *out);
void wire_put_hello_agent(struct buf *out, const struct wire_hello *hello);

/*
 * -EPROTONOSUPPORT: another schema, and the sentence says which version each end has; -EBADMSG: something else, which
 * the sentence quotes, made harmless: "the far end is no thpscope-agent: it says '...'". `agent`: whose hello is expected.
 */
int wire_read_hello(const char *line, size_t len, bool agent, struct arena *arena, struct wire_hello *hello,
		    char *problem, size_t size);

/* What a line from the agent is, behind its hello. */
enum wire_kind {
	WIRE_BEGIN,   /* of the answer to `id` */
	WIRE_PAYLOAD, /* of the answer begun before; told by its first bytes alone, not yet looked into */
	WIRE_ANSWER,  /* its end */
	WIRE_ALIVE,   /* nothing new, but the agent lives. Between any two lines */
	WIRE_BYE,     /* nothing comes any more, though the link is open: whoever carries it says why */
};
struct wire_line {
	enum wire_kind kind;
	uint64_t id;	    /* begin, answer; 0: to a request that had none that could be read */
	int error;	    /* answer: 0, or a negative errno (-EIO for one that this system has not) */
	const char *reason; /* answer, bye: one sentence of any text; "" */
	bool more;	    /* answer: others to the same id follow (watch) */
	unsigned progress;  /* alive: of the call under way, in thousandths; 0: it tells of none */
};
void wire_put_begin(struct buf *out, uint64_t id);
void wire_put_answer(struct buf *out, uint64_t id, int error, const char *reason, bool more);
void wire_put_alive(struct buf *out, unsigned progress);
int wire_read_line(const char *line, size_t len, struct arena *arena, struct wire_line *is, char *problem,
		   size_t size);

/*
 * The payloads, line by line. sizes: of the hello. A trigger's is its event's line; why's the why line, its VMA's, its
 * region's if it holds something, its event's if a collapse was tried; list's a line a process; spawn's and family's a line a PID.
 */
void wire_put_listed(struct buf *out, const struct listed *listed);
void wire_put_pid(struct buf *out, pid_t pid);
void wire_put_place(struct buf *out, const struct place *place);
void wire_put_value(struct buf *out, uint8_t value);
void wire_put_plan(struct buf *out, const char *text, bool asks);
void wire_put_event(struct buf *out, const struct event *event, uint64_t pmd_size);
void wire_put_why(struct buf *out, const struct why *why, uint64_t pmd_size);
void wire_put_sharers(struct buf *out, const struct sharers *sharers);
void wire_put_heat(struct buf *out, const struct heat *heat);

/* What the payload of an answer adds up to. */
struct wire_result {
	struct listed *list; /* list: ascending by PID */
	size_t n_list;
	pid_t *pids; /* spawn: one; family: perhaps none */
	size_t n_pids;
	struct place place;	/* locate */
	uint8_t value;		/* value */
	const char *plan;	/* plan: its text */
	bool asks;		/* plan */
	struct event event;	/* trigger */
	struct why why;		/* why */
	struct sharers sharers; /* sharers */
	struct heat heat;	/* heat */
};

/*
 * Reads the payload of one answer to a call that is not sample, examine or watch. Begin, take for each line, then end if
 * the answer's error is 0: -EBADMSG there says that something is missing. fini frees what is the reader's own, whatever
 * came before; results are in the arena. Memory grows with the lines that came, not with what they claim, and
 * 64 MiB of its texts at most are taken.
 */
struct wire_payload;
struct wire_payload *wire_payload_begin(enum wire_call call, uint64_t page_size, uint64_t pmd_size,
					struct arena *arena);
int wire_payload_take(struct wire_payload *payload, const char *line, size_t len, char *problem, size_t size);
int wire_payload_end(struct wire_payload *payload, struct wire_result *result, char *problem, size_t size);
void wire_payload_fini(struct wire_payload *payload);

#endif
