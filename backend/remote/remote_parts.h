/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A remote source from within: the talk with the agent, and the watch that it pushes moments of. */
#ifndef REMOTE_REMOTE_PARTS_H
#define REMOTE_REMOTE_PARTS_H

#include <stdio.h>

#include "core/order.h"
#include "format/delta.h"
#include "format/wire.h"
#include "remote/remote.h"

/* Moments on their way at most beyond the last that was read: enough for 10 Hz and 0.3 s there and back. */
#define REMOTE_WINDOW 4

/* Events that wait for a moment to be in, and bytes of them; the oldest give way. */
#define REMOTE_EVENTS_MAX 1024
#define REMOTE_EVENTS_BYTES ((size_t)4 << 20)

struct remote;

/* A call under way: its payload goes to `take`, which returns 0 or -EBADMSG with a sentence in problem. */
struct remote_call {
	uint64_t id;
	int (*take)(struct remote *remote, struct remote_call *call, const char *line, size_t len,
		    char *problem, size_t size);
	bool answered;
	int error; /* of the answer; its sentence is in source.error */
	/* of a search */
	const struct sharers_query *query;
	bool cancelled;
	/* what the payload goes into */
	struct wire_payload *payload;
	struct moment *moment;
	uint64_t asked_ns; /* for a moment: when */
};

/* The watch whose moments are pushed. */
struct remote_live {
	uint64_t id; /* of its request; 0: there is none */
	bool begun;  /* there was one, perhaps ended by the agent since */
	struct watch watch;
	uint64_t interval_ns;  /* as the agent was told */
	unsigned off;	       /* samples in a row that wanted quite another one */
	struct moment *newest; /* the same until it is given out; then NULL */
	bool stale;	       /* it was made before the last deed */
	uint64_t n_taken;      /* that arrived, ever */
	uint64_t sampled_ns;   /* the last sample ended then */
	uint64_t seen;	       /* seq of a moment under way, to be acknowledged at its answer's end */
	bool unseen;	       /* there is one */
	int error;	       /* the agent ended the watch: why. 0: it did not */
	char reason[256];
	uint64_t begun_ns,
		seen_ns[REMOTE_WINDOW]; /* when it was asked for, and each of the last was said to be seen */
};

/* The examinations, which are a row of their own: each may be a delta to the one before. */
struct remote_examined {
	struct delta_reader *reader; /* NULL: there was none, or it failed, and the next one is whole */
	uint64_t seq;		     /* of the last */
};

/* What happened in moments that were passed over, of whichever watch; it is in the next one that is given out. */
struct remote_happened {
	struct occurrence **events;
	size_t n, room, bytes;
	bool lost;
};

struct remote {
	struct source source;
	struct link *link;
	uint64_t greeting_ns, silence_ns;
	bool read_only;		  /* of the options */
	void (*slow)(void *data); /* of the options; not NULL only while remote_source_open waits */
	void *slow_data;
	char *wished;	    /* options.name, or NULL */
	char *again;	    /* options.again, or NULL */
	struct arena texts; /* of the agent's greeting */
	const char *host, *release, *name;
	bool greeting; /* our own is sent */
	bool greeted;
	int64_t shift_ns; /* our clock minus the agent's */
	uint64_t last_id;
	struct arena scratch; /* of the line under way */
	bool in_answer;	      /* between begin and answer, of this id */
	uint64_t answering;
	struct remote_call *call; /* waits for its answer; NULL: none */
	struct remote_live live;
	struct remote_happened happened;
	struct remote_examined examined;
	struct delta_reader
		*reader;   /* of samples and pushed moments alike: each may be a delta to the last one */
	uint64_t last_seq; /* of that */
	bool has_last;
	uint64_t seq; /* of the last moment that was given out */
	bool has_seq;
	pid_t *pids; /* who was in the last moment, for one that fails */
	size_t n_pids, room_pids;
};

static inline struct remote *remote_of(struct source *source)
{
	return (struct remote *)source;
}

/* remote_talk.c. Takes the link's failure over into source.error; returns it. */
int remote_failed(struct remote *remote);

/* Greets unless that was done; 0, or the link's failure. */
int remote_greet(struct remote *remote);

/* Sends a request, whose id it gives. 0, the link's failure, or -EMSGSIZE with a sentence. */
int remote_send(struct remote *remote, struct wire_request *request);

/*
 * Takes one line, waiting at most so long: 0, -EAGAIN, or the link's failure. What is pushed goes to remote_live_take,
 * what answers remote->call to that.
 */
int remote_step(struct remote *remote, uint64_t wait_ns);

/* A whole call: greets, sends, waits for its answer. Its error, or the link's, with a sentence in source.error. */
int remote_ask(struct remote *remote, struct wire_request *request, struct remote_call *call);

/*
 * Of an event's or a moment's own monotonic time, shifted to ours, what our wall clock had then: the far end's may be
 * another. 0 stays 0.
 */
void remote_shift_wall(int64_t *wall_ns, uint64_t mono_ns);

/* A line of a sample or of a pushed moment that was made after since_ns, by our clock; as delta_read_line. */
int remote_moment_line(struct remote *remote, const char *line, size_t len, uint64_t since_ns,
		       struct moment **moment, char *problem, size_t size);

/* remote_live.c: one line of a pushed moment; the end of its answer. */
int remote_live_line(struct remote *remote, const char *line, size_t len, char *problem, size_t size);
int remote_live_end(struct remote *remote, const struct wire_line *answer);

/* A moment was given out that was asked for: what was pushed before it is older, and only its events are told. */
void remote_live_pass(struct remote *remote);

/* Frees what happened in moments that were passed over. */
void remote_forget_events(struct remote *remote);

/* The next live moment, or NULL with an error and its sentence in source.error. */
struct moment *remote_live_next(struct remote *remote, const struct watch *watch, int *error);

/* Ends the watch, if there is one; tells the agent if `tell`. What happened in it is kept. */
void remote_live_stop(struct remote *remote, bool tell);

/* remote_calls.c: source.h's calls that are no moments. */
int remote_list(struct source *source, struct arena *arena, struct listed **list, size_t *n);
int remote_spawn(struct source *source, pid_t *pid);
int remote_act(struct source *source, const struct action *action);
int remote_locate(struct source *source, const struct target *target, struct place *place);
int remote_value(struct source *source, pid_t pid, uint64_t addr, uint8_t *value);
int remote_family(struct source *source, pid_t *pids, size_t room, size_t *n);
int remote_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks);
int remote_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		   struct arena *arena, struct event *event);
int remote_why(struct source *source, pid_t pid, uint64_t start_time, uint64_t addr, enum why_how how,
	       struct arena *arena, struct why *why);
int remote_heat(struct source *source, const struct heat_query *query, struct arena *arena,
		struct heat *heat);
int remote_sharers(struct source *source, const struct sharers_query *query, struct arena *arena,
		   struct sharers *sharers);

/* remote_sample.c: those that are. */
struct moment *remote_sample(struct source *source, const struct watch *watch);
struct moment *remote_examine(struct source *source, pid_t pid, uint64_t addr);

#endif
