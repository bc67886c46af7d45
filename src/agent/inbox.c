/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes from the client, and saying that the agent lives. */
#include "core/clock.h"
#include "inbox.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/parse.h"
#include "core/thread.h"

#define NS_PER_MS UINT64_C(1000000)
#define ALIVE_NS (1000 * NS_PER_MS)
#define READ_AT_ONCE ((size_t)64 << 10)

/* While too many requests wait, how often to look whether there is room. */
#define FULL_MS 20

/* How long what was asked before the end of input is still answered. */
#define GRACE_NS (500 * NS_PER_MS)

static struct inbox_item *new_item(void)
{
	return mem_alloc(sizeof(struct inbox_item));
}

static void free_item(struct inbox_item *item)
{
	arena_fini(&item->arena);
	free(item);
}

static void put(struct inbox *inbox, struct inbox_item *item)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->items[(inbox->first + inbox->n++) % INBOX_ROOM] = item;
	pthread_cond_signal(&inbox->news);
	pthread_mutex_unlock(&inbox->lock);
}

static bool full(struct inbox *inbox)
{
	bool is;

	pthread_mutex_lock(&inbox->lock);
	is = inbox->n == INBOX_ROOM;
	pthread_mutex_unlock(&inbox->lock);
	return is;
}

static void cancel(struct inbox *inbox, uint64_t id)
{
	struct inbox_item *item;
	size_t i;

	pthread_mutex_lock(&inbox->lock);
	if (inbox->running == id)
		inbox->cancel = true;
	for (i = 0; i < inbox->n; i++) {
		item = inbox->items[(inbox->first + i) % INBOX_ROOM];
		item->cancelled |= item->request.id == id;
	}
	pthread_mutex_unlock(&inbox->lock);
}

static void saw(struct inbox *inbox, uint64_t seq)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->seen = seq;
	inbox->any_seen = inbox->seen_anew = true;
	pthread_cond_signal(&inbox->news);
	pthread_mutex_unlock(&inbox->lock);
}

/* The first line. */
static void greet(struct inbox *inbox, const char *line, size_t len)
{
	struct inbox_item *item = new_item();
	struct wire_hello hello;

	item->error =
		wire_read_hello(line, len, false, &item->arena, &hello, item->problem, sizeof(item->problem));
	inbox->greeted = !item->error;
	item->fatal = item->error;
	if (item->error)
		put(inbox, item);
	else
		free_item(item);
}

static void take_request(struct inbox *inbox, const char *line, size_t len)
{
	struct inbox_item *item = new_item();
	struct wire_request *request = &item->request;

	item->error =
		wire_read_request(line, len, &item->arena, request, item->problem, sizeof(item->problem));
	if (!item->error && request->call == WIRE_SEEN) {
		saw(inbox, request->seq);
	} else if (!item->error && request->call == WIRE_CANCEL) {
		cancel(inbox, request->id);
	} else {
		if (!item->error && request->id <= inbox->last_id) {
			item->error = -EBADMSG;
			snprintf(item->problem, sizeof(item->problem), "request: \"id\" does not ascend");
		}
		if (!item->error)
			inbox->last_id = request->id;
		put(inbox, item);
		return;
	}
	free_item(item);
}

static void take_line(struct inbox *inbox, const char *line, size_t len)
{
	if (!inbox->greeted)
		greet(inbox, line, len);
	else
		take_request(inbox, line, len);
}

static void too_long(struct inbox *inbox)
{
	struct inbox_item *item = new_item();

	item->error = -EBADMSG;
	item->fatal = !inbox->greeted;
	snprintf(item->problem, sizeof(item->problem), "the line is longer than %zu bytes", WIRE_LINE_MAX);
	put(inbox, item);
	inbox->skipping = true;
}

/* Takes the whole lines that there are, as long as there is room for what is in them. */
static void take_lines(struct inbox *inbox)
{
	const char *at = inbox->text.data, *end, *rest = at;
	struct line line;

	if (!at)
		return;
	end = at + inbox->text.len;
	while (!full(inbox) && parse_line(&at, end, &line) && line.whole) {
		if (!inbox->skipping)
			take_line(inbox, line.text, line.len);
		inbox->skipping = false;
		rest = at;
	}
	inbox->text.len = (size_t)(end - rest);
	memmove(inbox->text.data, rest, inbox->text.len);
	if (inbox->text.len > WIRE_LINE_MAX && !full(inbox)) {
		if (!inbox->skipping)
			too_long(inbox);
		buf_clear(&inbox->text);
	}
}

/* False at the end of input. */
static bool read_some(struct inbox *inbox)
{
	ssize_t n = read(inbox->in, buf_reserve(&inbox->text, READ_AT_ONCE), READ_AT_ONCE);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	inbox->text.len += (size_t)n;
	return n;
}

static void say_alive(struct inbox *inbox)
{
	struct buf line = {0};

	wire_put_alive(&line, inbox->progress);
	outbox_try(inbox->outbox, line.data, line.len);
	buf_fini(&line);
}

static int wait_ms(struct inbox *inbox, bool no_room)
{
	const uint64_t now = clock_mono_ns(), due = inbox->outbox->wrote_ns + ALIVE_NS;

	if (now >= due) {
		say_alive(inbox);
		/* Where it takes nothing, this is asked again soon enough. */
		return no_room ? FULL_MS : 100;
	}
	return no_room ? FULL_MS : (int)((due - now) / NS_PER_MS) + 1;
}

/* Reads until the client ends, or is gone: true. */
static bool read_all(struct inbox *inbox)
{
	struct pollfd fds[] = {{inbox->in, 0, 0}, {inbox->outbox->fd, 0, 0}, {inbox->wake, POLLIN, 0}};
	bool no_room;

	for (;;) {
		take_lines(inbox);
		no_room = full(inbox);
		fds[0].events = no_room ? 0 : POLLIN;
		if (poll(fds, 3, wait_ms(inbox, no_room)) < 0) {
			if (errno != EINTR)
				return true;
			continue;
		}
		/* POLLERR of a pipe: nobody reads what the agent writes. */
		if (inbox->stop || fds[1].revents & (POLLERR | POLLNVAL))
			return true;
		if (fds[0].revents & POLLIN ? !read_some(inbox) : fds[0].revents)
			return fds[0].revents & (POLLERR | POLLNVAL);
	}
}

static void until(struct timespec *time, uint64_t ns)
{
	time->tv_sec = (time_t)(ns / (1000 * NS_PER_MS));
	time->tv_nsec = (long)(ns % (1000 * NS_PER_MS));
}

static void *reader(void *argument)
{
	struct inbox *inbox = argument;
	struct timespec grace;
	bool gone = read_all(inbox);

	/* What was read last may have been more than there was room for: it is answered no more. */
	until(&grace, clock_mono_ns() + (gone ? 0 : GRACE_NS));
	pthread_mutex_lock(&inbox->lock);
	inbox->ended = true;
	pthread_cond_signal(&inbox->news);
	while (!inbox->served && !pthread_cond_timedwait(&inbox->done, &inbox->lock, &grace))
		;
	inbox->stop = inbox->cancel = true;
	pthread_mutex_unlock(&inbox->lock);
	outbox_give_up(inbox->outbox);
	return NULL;
}

int inbox_open(struct inbox *inbox, int in, struct outbox *outbox)
{
	pthread_condattr_t attr;
	int err;

	*inbox = (struct inbox){.in = in, .outbox = outbox, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&inbox->news, &attr);
	pthread_cond_init(&inbox->done, &attr);
	pthread_condattr_destroy(&attr);
	inbox->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = inbox->wake < 0 ? -errno : thread_start(&inbox->thread, reader, inbox);
	if (err && inbox->wake >= 0)
		close(inbox->wake);
	return err;
}

void inbox_close(struct inbox *inbox)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->served = true;
	pthread_cond_signal(&inbox->done);
	pthread_mutex_unlock(&inbox->lock);
	inbox_stop(inbox);
	pthread_join(inbox->thread, NULL);
	while (inbox->n)
		free_item(inbox->items[(inbox->first + --inbox->n) % INBOX_ROOM]);
	buf_fini(&inbox->text);
	pthread_cond_destroy(&inbox->news);
	pthread_cond_destroy(&inbox->done);
	close(inbox->wake);
}

struct inbox_item *inbox_take(struct inbox *inbox, uint64_t until_ns)
{
	struct inbox_item *item = NULL;
	struct timespec time;

	until(&time, until_ns);
	pthread_mutex_lock(&inbox->lock);
	/* What was seen since the server looked may have moved when it is to be back. */
	if (!inbox->n && !inbox->ended && !inbox->seen_anew) {
		if (until_ns)
			pthread_cond_timedwait(&inbox->news, &inbox->lock, &time);
		else
			pthread_cond_wait(&inbox->news, &inbox->lock);
	}
	if (inbox->n && !inbox->stop) {
		item = inbox->items[inbox->first];
		inbox->first = (inbox->first + 1) % INBOX_ROOM;
		inbox->n--;
		inbox->running = item->request.id;
		inbox->cancel = item->cancelled;
	}
	pthread_mutex_unlock(&inbox->lock);
	return item;
}

void inbox_free(struct inbox *inbox, struct inbox_item *item)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->running = 0;
	inbox->progress = 0;
	pthread_mutex_unlock(&inbox->lock);
	free_item(item);
}

bool inbox_over(struct inbox *inbox)
{
	bool over;

	pthread_mutex_lock(&inbox->lock);
	over = inbox->ended && (!inbox->n || inbox->stop);
	pthread_mutex_unlock(&inbox->lock);
	return over;
}

bool inbox_seen(struct inbox *inbox, uint64_t *seq)
{
	bool any;

	pthread_mutex_lock(&inbox->lock);
	any = inbox->any_seen;
	inbox->seen_anew = false;
	*seq = inbox->seen;
	pthread_mutex_unlock(&inbox->lock);
	return any;
}

void inbox_stop(struct inbox *inbox)
{
	const uint64_t one = 1;

	inbox->stop = true;
	(void)!write(inbox->wake, &one, sizeof(one));
}
