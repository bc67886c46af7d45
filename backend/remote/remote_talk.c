/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The talk with an agent: greeting, requests, and whose answer a line belongs to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "remote/remote_parts.h"

/* How soon a search that is to be given up is told so. */
#define CANCEL_NS UINT64_C(50000000)

/* A greeting that takes so long is worth a word to whoever waits. */
#define SLOW_NS UINT64_C(500000000)

int remote_failed(struct remote *remote)
{
	snprintf(remote->source.error, sizeof(remote->source.error), "%s", link_error(remote->link));
	return link_fail(remote->link, -EIO, "the far end failed");
}

static int nonsense(struct remote *remote, const char *problem)
{
	char why[256];

	snprintf(why, sizeof(why), "the far end talks nonsense: %.200s", problem);
	link_fail(remote->link, -EBADMSG, why);
	return remote_failed(remote);
}

static void take_hello(struct remote *remote, const struct wire_hello *hello)
{
	struct source *source = &remote->source;

	remote->greeted = true;
	remote->shift_ns = (int64_t)(clock_mono_ns() - hello->mono_ns);
	remote->host = hello->host;
	remote->release = hello->release;
	remote->name = remote->wished ? remote->wished : arena_printf(&remote->texts, "via:%s", hello->host);
	source->caps = hello->caps;
	/* Tasks are a model's, which an agent has not, and there is no call for them. */
	source->caps.mask &= ~(1u << CAP_TASKS);
	source->page_size = hello->page_size;
	source->pmd_size = hello->pmd_size;
	link_greeted(remote->link);
}

/* `cat`, and a terminal, say what they are told. */
static bool is_echo(const char *text, size_t len)
{
	struct buf line = {0};
	bool same;

	wire_put_hello_client(&line);
	same = line.len == len + 1 && !memcmp(line.data, text, len);
	buf_fini(&line);
	return same;
}

/* An agent that cannot be held to it, or is too old to know of it, is not talked to: it fails, and for good. */
static int rule_out(struct remote *remote)
{
	struct wire_request request = {.call = WIRE_READ_ONLY};
	struct remote_call call = {0};
	char why[300];
	int err = remote_ask(remote, &request, &call);

	if (err && !*link_error(remote->link)) {
		snprintf(why, sizeof(why), "the far end cannot be held to --read-only: %.200s",
			 remote->source.error);
		err = link_fail(remote->link, -ENOTSUP, why);
		remote_failed(remote);
	}
	return err;
}

int remote_greet(struct remote *remote)
{
	struct buf line = {0};
	char problem[WIRE_PROBLEM] = "";
	struct wire_hello hello = {0};
	const char *text;
	size_t len;
	int err = 0;

	if (remote->greeted)
		return 0;
	if (!remote->greeting) {
		wire_put_hello_client(&line);
		err = link_send(remote->link, line.data, line.len);
		buf_fini(&line);
		remote->greeting = !err;
	}
	if (!err)
		err = link_line(remote->link, remote->greeting_ns, remote->slow ? SLOW_NS : UINT64_MAX, &text,
				&len);
	if (err == -EAGAIN && remote->slow) {
		remote->slow(remote->slow_data);
		err = link_line(remote->link, remote->greeting_ns, UINT64_MAX, &text, &len);
	}
	if (err)
		return remote_failed(remote);
	if (is_echo(text, len)) {
		link_fail(remote->link, -EBADMSG,
			  "the far end is no thpscope-agent: it repeats what it is told");
		return remote_failed(remote);
	}
	err = wire_read_hello(text, len, true, &remote->texts, &hello, problem, sizeof(problem));
	if (err) {
		/* What a login script prints comes first, and what we say would go to it. */
		if (err == -EBADMSG && (!len || *text != '{'))
			snprintf(problem + strlen(problem), sizeof(problem) - strlen(problem),
				 " (if a start-up file there prints that: it must be silent for commands)");
		link_fail(remote->link, err, problem);
		return remote_failed(remote);
	}
	take_hello(remote, &hello);
	return remote->read_only ? rule_out(remote) : 0;
}

int remote_send(struct remote *remote, struct wire_request *request)
{
	struct buf line = {0};
	int err;

	if (request->call != WIRE_SEEN && request->call != WIRE_CANCEL)
		request->id = ++remote->last_id;
	err = wire_put_request(&line, request);
	if (err) {
		buf_fini(&line);
		snprintf(remote->source.error, sizeof(remote->source.error),
			 "more is asked for than one request can hold: ask for fewer processes at a time");
		return err;
	}
	err = link_send(remote->link, line.data, line.len);
	buf_fini(&line);
	return err ? remote_failed(remote) : 0;
}

/* Whose lines those up to the next answer are. */
static int begin(struct remote *remote, const struct wire_line *is)
{
	char problem[80];

	if (remote->in_answer)
		return nonsense(remote, "one answer begins within another");
	/* 0: of a request that it could not read, which only can be the one under way. */
	if (!(remote->live.id && is->id == remote->live.id) &&
	    !(remote->call && (is->id == remote->call->id || !is->id))) {
		snprintf(problem, sizeof(problem), "an answer to request %llu, that nobody waits for",
			 (unsigned long long)is->id);
		return nonsense(remote, problem);
	}
	remote->in_answer = true;
	remote->answering = is->id;
	return 0;
}

static bool is_live(const struct remote *remote, uint64_t id)
{
	return remote->live.id && id == remote->live.id;
}

static int end(struct remote *remote, const struct wire_line *is)
{
	struct remote_call *call = remote->call;

	if (!remote->in_answer || is->id != remote->answering)
		return nonsense(remote, "an answer ends that did not begin");
	remote->in_answer = false;
	if (is_live(remote, is->id))
		return remote_live_end(remote, is);
	if (is->more)
		return nonsense(remote, "more is to follow where there is one answer");
	call->answered = true;
	call->error = is->error;
	if (is->error)
		snprintf(remote->source.error, sizeof(remote->source.error), "%s",
			 is->reason && *is->reason ? is->reason : strerror(-is->error));
	return 0;
}

static int payload(struct remote *remote, const char *text, size_t len)
{
	char problem[WIRE_PROBLEM] = "";
	struct remote_call *call = remote->call;
	int err;

	if (!remote->in_answer)
		return nonsense(remote, "a line that belongs to no answer");
	if (is_live(remote, remote->answering))
		err = remote_live_line(remote, text, len, problem, sizeof(problem));
	else if (call->take)
		err = call->take(remote, call, text, len, problem, sizeof(problem));
	else
		return nonsense(remote, "more than an answer needs");
	return err ? nonsense(remote, problem) : 0;
}

static void tell_progress(const struct remote_call *call, unsigned progress)
{
	if (call && call->query && call->query->progress && progress)
		*call->query->progress = progress;
}

int remote_step(struct remote *remote, uint64_t wait_ns)
{
	char problem[WIRE_PROBLEM] = "";
	struct wire_line is = {0};
	const char *text;
	size_t len;
	int err = link_line(remote->link, remote->silence_ns, wait_ns, &text, &len);

	if (err == -EAGAIN)
		return err;
	if (err)
		return remote_failed(remote);
	arena_reset(&remote->scratch);
	if (wire_read_line(text, len, &remote->scratch, &is, problem, sizeof(problem)))
		return nonsense(remote, problem);
	switch (is.kind) {
	case WIRE_BEGIN:
		return begin(remote, &is);
	case WIRE_PAYLOAD:
		return payload(remote, text, len);
	case WIRE_ANSWER:
		return end(remote, &is);
	case WIRE_BYE:
		link_fail(remote->link, -EIO, *is.reason ? is.reason : "the far end has ended");
		return remote_failed(remote);
	case WIRE_ALIVE:
		tell_progress(remote->call, is.progress);
		break;
	}
	return 0;
}

/* Tells the agent, once, that a search is to end with what it found. */
static int pass_on_cancel(struct remote *remote, struct remote_call *call)
{
	struct wire_request request = {.call = WIRE_CANCEL, .id = call->id};

	if (call->cancelled || !call->query || !call->query->cancel || !*call->query->cancel)
		return 0;
	call->cancelled = true;
	return remote_send(remote, &request);
}

int remote_ask(struct remote *remote, struct wire_request *request, struct remote_call *call)
{
	const uint64_t wait_ns = call->query && call->query->cancel ? CANCEL_NS : UINT64_MAX;
	int err = remote_greet(remote);

	if (!err)
		err = remote_send(remote, request);
	if (err)
		return err;
	call->id = request->id;
	call->answered = false;
	remote->call = call;
	while (!call->answered && (!err || err == -EAGAIN)) {
		err = pass_on_cancel(remote, call);
		if (!err)
			err = remote_step(remote, wait_ns);
	}
	remote->call = NULL;
	if (call->answered)
		err = call->error;
	/* What is pushed from now on was made behind it. */
	remote->live.stale = true;
	return err;
}
