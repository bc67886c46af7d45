/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A round of khugepaged, asked for. */
#include "local/khugepaged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/parse.h"
#include "core/queue.h"

#define KHUGEPAGED "sys/kernel/mm/transparent_hugepage/khugepaged/"
#define PATIENCE_NS UINT64_C(10000000000)
#define WAKE_NS UINT64_C(100000000) /* it may have been about to sleep */
#define LOOK_US 2000

static int refuse(char *error, size_t size, int err, const char *text)
{
	snprintf(error, size, "%s", text);
	return err;
}

/* A file's one number. */
static bool number(struct kernel *kernel, const char *path, struct buf *text, uint64_t *value)
{
	buf_clear(text);
	if (kernel_text(kernel, path, text) || !text->len)
		return false;
	text->data[strcspn(text->data, "\n")] = '\0';
	return parse_number(text->data, value);
}

/* Who sleeps wakes at each write. */
static int wake(struct kernel *kernel, struct buf *text)
{
	uint64_t ms;
	int fd, err = 0;

	if (!number(kernel, KHUGEPAGED "scan_sleep_millisecs", text, &ms))
		return -ENOENT;
	fd = open("/" KHUGEPAGED "scan_sleep_millisecs", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text->data, strlen(text->data)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* The pass that is under way may be past the process: a whole one comes after it. */
static int await(struct kernel *kernel, struct buf *text)
{
	const uint64_t begun = clock_mono_ns();
	uint64_t woken = 0, at = begun, before, now;
	int err;

	if (!number(kernel, KHUGEPAGED "full_scans", text, &before))
		return -ENOENT;
	for (now = before; now < before + 2; at = clock_mono_ns()) {
		if (at - begun >= PATIENCE_NS)
			return -ETIMEDOUT;
		if (at - woken >= WAKE_NS) {
			err = wake(kernel, text);
			if (err)
				return err;
			woken = at;
		}
		usleep(LOOK_US);
		if (!number(kernel, KHUGEPAGED "full_scans", text, &now))
			return -ENOENT;
	}
	return 0;
}

static bool is_never(struct kernel *kernel, struct buf *text)
{
	buf_clear(text);
	return !kernel_text(kernel, "sys/kernel/mm/transparent_hugepage/enabled", text) && text->len &&
	       strstr(text->data, "[never]");
}

/* Whether khugepaged is known to pass a process by: it has no slot for it, and where it has none at all it makes no round. */
static bool has_no_slot(struct kernel *kernel, pid_t pid, struct buf *text)
{
	struct queue queue;
	char path[64];

	buf_clear(text);
	snprintf(path, sizeof(path), "proc/%d/%s", (int)pid, kernel->queue_file);
	return !kernel_text(kernel, path, text) &&
	       !queue_parse(text->data ? text->data : "", text->len, &queue) && queue.known && !queue.room;
}

int khugepaged_round(struct kernel *kernel, pid_t pid, char *error, size_t size)
{
	struct buf text = {0};
	int err = 0;

	if (!kernel->here || !capable(&kernel->caps, CAP_QUEUE))
		return refuse(error, size, -ENOTSUP,
			      "a running khugepaged goes where it likes; see --model, or --lab, for one that "
			      "obeys");
	if (is_never(kernel, &text))
		err = refuse(error, size, -ENOTSUP, "khugepaged does not run: enabled is never");
	else if (!has_no_slot(kernel, pid, &text)) {
		err = await(kernel, &text);
		if (err == -ETIMEDOUT)
			refuse(error, size, err, "khugepaged did not come round in 10 s");
		else if (err)
			snprintf(error, size, "khugepaged cannot be woken: %s", strerror(-err));
	}
	buf_fini(&text);
	return err == -EPERM ? -EACCES : err;
}
