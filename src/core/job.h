/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long questions, on a thread with a source of its own, so that neither the screen nor the moments wait for them: why a
 * region is not huge, who maps a folio, what is used most.
 *
 * Order of calls: job_new, any of the others from one thread, job_free last.
 */
#ifndef CORE_JOB_H
#define CORE_JOB_H

#include "core/source.h"

enum inquiry_kind { INQUIRY_NONE, INQUIRY_WHY, INQUIRY_SHARERS, INQUIRY_HOT };

struct inquiry {
	enum inquiry_kind kind;
	pid_t pid;
	uint64_t start_time; /* of the process that was meant */
	uint64_t addr;
	bool ask;	     /* why: try a collapse, and have the kernel say it; hot: by HEAT_CLEARED */
	uint64_t timeout_ns; /* sharers; hot: the window */
};

/* What came of one; answer_free frees. */
struct answer {
	struct arena arena;
	struct inquiry inquiry;
	int error;	  /* 0, or a negative errno ... */
	char reason[256]; /* ... and why, in a sentence */
	struct why why;
	struct sharers sharers;
	struct heat heat;
};

/* Frees it; NULL is fine. */
void answer_free(struct answer *answer);

struct job;

/*
 * `open` gives a new source, or a negative errno with a sentence in error; it is called on the job's thread, with
 * `data`, for each inquiry. Never NULL; the thread is started by the first job_ask.
 */
struct job *job_new(int (*open)(void *data, struct source **source, char *error, size_t size), void *data);

/* Readable (an eventfd, for poll) when there is an answer to take; -1 if there is none to be had. */
int job_fd(const struct job *job);

/* Asks; what was asked before and not answered is cancelled. Does not wait. -errno: no thread is to be had. */
int job_ask(struct job *job, const struct inquiry *inquiry);

/*
 * Has the inquiry under way end soon: sharers that were found by then are the answer, which says that it is partial; of
 * what is used nothing is. Why cannot be cut short. Does not wait.
 */
void job_cancel(struct job *job);

/* Whether an inquiry is under way, and how far it is in thousandths. */
bool job_busy(struct job *job, unsigned *progress);

/* The answer to the last inquiry, or NULL while there is none. The caller owns it. */
struct answer *job_take(struct job *job);

/* Cancels what is under way, interrupts its source, waits for it and frees all. NULL is fine. */
void job_free(struct job *job);

#endif
