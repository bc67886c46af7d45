/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is written by a thread of its own. */
#include "cmd/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/thread.h"

#define NS_PER_S UINT64_C(1000000000)

struct frame {
	struct frame *next;
	size_t n;
	char bytes[];
};

struct writer {
	const struct writer_ops *ops;
	char *file;
	struct stream stream; /* the thread's */
	pthread_t thread;
	int fd; /* an eventfd */

	pthread_mutex_t lock; /* everything below */
	pthread_cond_t news;  /* for the thread */
	pthread_cond_t done;  /* of the thread */
	struct writer_state state;
	struct frame *first, **last;
	size_t bytes;	/* of the frames that wait, with the one under way */
	bool ending;	/* no frame comes any more */
	bool abandoned; /* nobody but the thread knows of it any more */
};

static const struct writer_ops usual = {sink_fd, stream_close};

static void destroy(struct writer *writer)
{
	struct frame *frame;

	while ((frame = writer->first)) {
		writer->first = frame->next;
		free(frame);
	}
	pthread_cond_destroy(&writer->news);
	pthread_cond_destroy(&writer->done);
	pthread_mutex_destroy(&writer->lock);
	close(writer->fd);
	free(writer->file);
	free(writer);
}

/* Called with the lock held. */
static void tell(struct writer *writer)
{
	const uint64_t one = 1;

	(void)!write(writer->fd, &one, sizeof(one));
}

static void begin_stage(struct writer *writer, enum writer_stage stage)
{
	pthread_mutex_lock(&writer->lock);
	writer->state.stage = stage;
	tell(writer);
	pthread_mutex_unlock(&writer->lock);
}

static int make(struct writer *writer)
{
	const int fd =
		open(writer->file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0)
		return -errno;
	writer->stream = (struct stream){.fd = fd, .file = true};
	return 0;
}

/* The next one, which stays in the queue while it is written; NULL: there is none any more. */
static struct frame *next_frame(struct writer *writer)
{
	struct frame *frame;

	pthread_mutex_lock(&writer->lock);
	while (!writer->first && !writer->ending && !writer->abandoned)
		pthread_cond_wait(&writer->news, &writer->lock);
	frame = writer->abandoned ? NULL : writer->first;
	pthread_mutex_unlock(&writer->lock);
	return frame;
}

static void take_out(struct writer *writer, struct frame *frame)
{
	pthread_mutex_lock(&writer->lock);
	writer->first = frame->next;
	if (!writer->first)
		writer->last = &writer->first;
	writer->bytes -= frame->n;
	writer->state.waiting--;
	writer->state.frames++;
	writer->state.bytes += frame->n;
	pthread_mutex_unlock(&writer->lock);
	free(frame);
}

static int write_all(struct writer *writer)
{
	struct frame *frame;
	int error;

	while ((frame = next_frame(writer))) {
		error = writer->ops->write(&writer->stream.fd, frame->bytes, frame->n);
		if (error) {
			stream_cut(&writer->stream);
			return error;
		}
		stream_whole(&writer->stream);
		take_out(writer, frame);
	}
	return 0;
}

static int write_file(struct writer *writer)
{
	int error = make(writer), closed;

	if (error)
		return error;
	begin_stage(writer, WRITER_WRITING);
	error = write_all(writer);
	if (!error)
		begin_stage(writer, WRITER_CLOSING);
	closed = writer->ops->close(&writer->stream);
	return error ? error : closed;
}

static void *writer_main(void *argument)
{
	struct writer *writer = argument;
	const int error = write_file(writer);
	bool abandoned;

	pthread_mutex_lock(&writer->lock);
	writer->state.error = error;
	writer->state.over = true;
	tell(writer);
	pthread_cond_signal(&writer->done);
	abandoned = writer->abandoned;
	pthread_mutex_unlock(&writer->lock);
	if (abandoned)
		destroy(writer);
	return NULL;
}

int writer_start(struct writer **made, const char *file, const struct writer_ops *ops)
{
	struct writer *writer = mem_alloc(sizeof(*writer));
	pthread_condattr_t attr;
	int error;

	writer->ops = ops ? ops : &usual;
	writer->file = mem_strdup(file);
	writer->last = &writer->first;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->news, &attr);
	pthread_cond_init(&writer->done, &attr);
	pthread_condattr_destroy(&attr);
	writer->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = writer->fd < 0 ? -errno : thread_start(&writer->thread, writer_main, writer);
	if (error)
		destroy(writer);
	else
		*made = writer;
	return error;
}

int writer_fd(const struct writer *writer)
{
	return writer->fd;
}

void writer_look(struct writer *writer, struct writer_state *state)
{
	uint64_t count;

	pthread_mutex_lock(&writer->lock);
	*state = writer->state;
	(void)!read(writer->fd, &count, sizeof(count));
	pthread_mutex_unlock(&writer->lock);
}

bool writer_room(struct writer *writer)
{
	bool room;

	pthread_mutex_lock(&writer->lock);
	room = writer->state.waiting < WRITER_FRAMES && writer->bytes < WRITER_BYTES;
	pthread_mutex_unlock(&writer->lock);
	return room;
}

static int put(void *ctx, const char *bytes, size_t n)
{
	struct frame *frame = mem_alloc(sizeof(*frame) + n);
	struct writer *writer = ctx;

	frame->n = n;
	memcpy(frame->bytes, bytes, n);
	pthread_mutex_lock(&writer->lock);
	*writer->last = frame;
	writer->last = &frame->next;
	writer->bytes += n;
	writer->state.waiting++;
	pthread_cond_signal(&writer->news);
	pthread_mutex_unlock(&writer->lock);
	return 0;
}

struct sink writer_sink(struct writer *writer)
{
	return (struct sink){put, writer};
}

void writer_end(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->ending = true;
	pthread_cond_signal(&writer->news);
	pthread_mutex_unlock(&writer->lock);
}

bool writer_wait(struct writer *writer, uint64_t ns)
{
	struct timespec until;
	bool over;

	clock_gettime(CLOCK_MONOTONIC, &until);
	ns += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(ns / NS_PER_S);
	until.tv_nsec = (long)(ns % NS_PER_S);
	pthread_mutex_lock(&writer->lock);
	while (!writer->state.over && !pthread_cond_timedwait(&writer->done, &writer->lock, &until))
		;
	over = writer->state.over;
	pthread_mutex_unlock(&writer->lock);
	return over;
}

void writer_free(struct writer *writer)
{
	bool over;

	if (!writer)
		return;
	pthread_mutex_lock(&writer->lock);
	over = writer->state.over;
	writer->abandoned = !over;
	if (!over)
		pthread_detach(writer->thread);
	pthread_cond_signal(&writer->news);
	pthread_mutex_unlock(&writer->lock);
	if (!over)
		return;
	pthread_join(writer->thread, NULL);
	destroy(writer);
}
