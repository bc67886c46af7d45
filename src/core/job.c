/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One worker thread, which takes the newest inquiry, opens a source for it and answers. */
#include "core/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/thread.h"

struct job {
	int (*open)(void *data, struct source **source, char *error, size_t size);
	void *data;
	int fd;
	pthread_t thread;
	bool started;
	atomic_bool cancel;
	atomic_uint progress;

	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wake;
	bool stop;
	bool working;
	struct source *source; /* of the inquiry under way, once it is open */
	struct inquiry wanted; /* INQUIRY_NONE: nothing */
	struct answer *answer;
};

void answer_free(struct answer *answer)
{
	if (!answer)
		return;
	arena_fini(&answer->arena);
	free(answer);
}

struct job *job_new(int (*open)(void *data, struct source **source, char *error, size_t size), void *data)
{
	struct job *job = mem_alloc(sizeof(*job));

	job->open = open;
	job->data = data;
	job->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->wake, NULL);
	return job;
}

int job_fd(const struct job *job)
{
	return job->fd;
}

static int ask_source(struct job *job, struct source *source, struct answer *answer)
{
	const struct inquiry *inquiry = &answer->inquiry;
	struct sharers_query query = {
		.pid = inquiry->pid,
		.start_time = inquiry->start_time,
		.addr = inquiry->addr,
		.timeout_ns = inquiry->timeout_ns,
		.cancel = &job->cancel,
		.progress = &job->progress,
	};

	const struct heat_query heat = {
		.pid = inquiry->pid,
		.start_time = inquiry->start_time,
		.by = inquiry->ask ? HEAT_CLEARED : HEAT_BY_ANY,
		.window_ns = inquiry->timeout_ns,
		.cancel = &job->cancel,
		.progress = &job->progress,
	};

	switch (inquiry->kind) {
	case INQUIRY_WHY:
		return source_why(source, inquiry->pid, inquiry->start_time, inquiry->addr,
				  inquiry->ask ? WHY_ASK : WHY_LOOK, &answer->arena, &answer->why);
	case INQUIRY_SHARERS:
		return source_sharers(source, &query, &answer->arena, &answer->sharers);
	case INQUIRY_HOT:
		return source_heat(source, &heat, &answer->arena, &answer->heat);
	case INQUIRY_NONE:
		break;
	}
	return 0;
}

/* While it is known here it is open, so that it can be interrupted. False: nobody waits for an answer any more. */
static bool know_source(struct job *job, struct source *source)
{
	bool stop;

	pthread_mutex_lock(&job->lock);
	job->source = source;
	stop = job->stop;
	pthread_mutex_unlock(&job->lock);
	return !stop;
}

static struct answer *answer_to(struct job *job, const struct inquiry *inquiry)
{
	struct answer *answer = mem_alloc(sizeof(*answer));
	struct source *source = NULL;

	answer->inquiry = *inquiry;
	answer->error = job->open(job->data, &source, answer->reason, sizeof(answer->reason));
	if (answer->error)
		return answer;
	answer->error = know_source(job, source) ? ask_source(job, source, answer) : -ECANCELED;
	if (answer->error)
		snprintf(answer->reason, sizeof(answer->reason), "%s", source->error);
	know_source(job, NULL);
	source_close(source);
	return answer;
}

/* Called with the lock held. */
static void give(struct job *job, struct answer *answer)
{
	uint64_t one = 1;

	/* Another inquiry came meanwhile, or nobody waits for any. */
	if (job->stop || job->wanted.kind != INQUIRY_NONE) {
		answer_free(answer);
		return;
	}
	answer_free(job->answer);
	job->answer = answer;
	(void)!write(job->fd, &one, sizeof(one));
}

static void *job_main(void *argument)
{
	struct job *job = argument;
	struct inquiry inquiry;
	struct answer *answer;

	pthread_mutex_lock(&job->lock);
	for (;;) {
		while (!job->stop && job->wanted.kind == INQUIRY_NONE)
			pthread_cond_wait(&job->wake, &job->lock);
		if (job->stop)
			break;
		inquiry = job->wanted;
		job->wanted.kind = INQUIRY_NONE;
		job->working = true;
		job->cancel = false;
		job->progress = 0;
		pthread_mutex_unlock(&job->lock);
		answer = answer_to(job, &inquiry);
		pthread_mutex_lock(&job->lock);
		give(job, answer);
		job->working = false;
	}
	pthread_mutex_unlock(&job->lock);
	return NULL;
}

static int start(struct job *job)
{
	const int err = thread_start(&job->thread, job_main, job);

	job->started = !err;
	return err;
}

int job_ask(struct job *job, const struct inquiry *inquiry)
{
	struct answer *old;
	int error;

	pthread_mutex_lock(&job->lock);
	job->wanted = *inquiry;
	job->cancel = true; /* of the one before; the thread takes it back */
	old = job->answer;
	job->answer = NULL;
	pthread_cond_signal(&job->wake);
	pthread_mutex_unlock(&job->lock);
	answer_free(old);
	error = job->started ? 0 : start(job);
	if (error)
		job->wanted.kind = INQUIRY_NONE;
	return error;
}

void job_cancel(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	job->wanted.kind = INQUIRY_NONE;
	job->cancel = true;
	pthread_mutex_unlock(&job->lock);
}

bool job_busy(struct job *job, unsigned *progress)
{
	bool busy;

	pthread_mutex_lock(&job->lock);
	*progress = job->progress;
	busy = job->working || job->wanted.kind != INQUIRY_NONE;
	pthread_mutex_unlock(&job->lock);
	return busy;
}

struct answer *job_take(struct job *job)
{
	struct answer *answer;
	uint64_t count;

	pthread_mutex_lock(&job->lock);
	answer = job->answer;
	job->answer = NULL;
	(void)!read(job->fd, &count, sizeof(count));
	pthread_mutex_unlock(&job->lock);
	return answer;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	pthread_mutex_lock(&job->lock);
	job->stop = true;
	job->cancel = true;
	if (job->source)
		source_interrupt(job->source);
	pthread_cond_signal(&job->wake);
	pthread_mutex_unlock(&job->lock);
	if (job->started)
		pthread_join(job->thread, NULL);
	if (job->fd >= 0)
		close(job->fd);
	answer_free(job->answer);
	pthread_cond_destroy(&job->wake);
	pthread_mutex_destroy(&job->lock);
	free(job);
}
