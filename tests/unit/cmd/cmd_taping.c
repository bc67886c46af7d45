/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording beside the screen, onto a disk that is slow, full, or away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/taping.h"
#include "replay/tape.h"
#include "sample.h"

#define NS_PER_S UINT64_C(1000000000)
#define PATIENCE_MS 20000
#define MOMENTS 200
/* Of which taking one on the screen's thread may be no more: far above any, far below for ever. */
#define BRISK_NS (2 * NS_PER_S)

/* A disk that does nothing until it is let go. */
static struct disk {
	pthread_mutex_t lock;
	pthread_cond_t moves;
	bool stuck;
	int error, closed;
} disk = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, 0};

static void turn(bool stuck, int error)
{
	pthread_mutex_lock(&disk.lock);
	disk.stuck = stuck;
	disk.error = error;
	pthread_cond_broadcast(&disk.moves);
	pthread_mutex_unlock(&disk.lock);
}

static int wait_for_disk(void)
{
	int error;

	pthread_mutex_lock(&disk.lock);
	while (disk.stuck)
		pthread_cond_wait(&disk.moves, &disk.lock);
	error = disk.error;
	pthread_mutex_unlock(&disk.lock);
	return error;
}

static int slow_write(void *ctx, const char *bytes, size_t n)
{
	const int error = wait_for_disk();

	/* As a disk that is full does: some of it. */
	return error ? sink_fd(ctx, bytes, n / 2), error : sink_fd(ctx, bytes, n);
}

static int slow_close(struct stream *stream)
{
	const int error = wait_for_disk(), closed = stream_close(stream);

	pthread_mutex_lock(&disk.lock);
	disk.closed++;
	pthread_cond_broadcast(&disk.moves);
	pthread_mutex_unlock(&disk.lock);
	return error ? error : closed;
}

static const struct writer_ops slow = {slow_write, slow_close};

static struct desk {
	struct screen screen;
	struct taping taping;
	struct moment *moment;
	char file[64];
} desk;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static int set_up(void **state)
{
	char folder[] = "/tmp/thpscope-taping-XXXXXX";

	(void)state;
	memset(&desk, 0, sizeof(desk));
	if (!mkdtemp(folder))
		return -1;
	snprintf(desk.file, sizeof(desk.file), "%s/x.thprec", folder);
	screen_init(&desk.screen);
	desk.taping.ops = &slow;
	desk.moment = sample_plain();
	disk.closed = 0;
	turn(false, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	turn(false, 0);
	taping_end(&desk.taping);
	moment_free(desk.moment);
	screen_fini(&desk.screen);
	unlink(desk.file);
	*strrchr(desk.file, '/') = '\0';
	return rmdir(desk.file);
}

static void start(void)
{
	snprintf(desk.screen.recording.file, sizeof(desk.screen.recording.file), "%s", desk.file);
	desk.screen.recording.start = true;
	taping_obey(&desk.taping, &desk.screen);
	assert_true(desk.screen.recording.on);
}

/* As the loop of the screen does, until it says so. */
static void wait_said(const char *words)
{
	const uint64_t begun = now_ns();
	struct pollfd polled = {.events = POLLIN};

	while (!desk.screen.message || !strstr(desk.screen.message, words)) {
		if (now_ns() - begun > PATIENCE_MS * (NS_PER_S / 1000))
			fail_msg("it says '%s', not '%s'", desk.screen.message ? desk.screen.message : "",
				 words);
		polled.fd = taping_fd(&desk.taping);
		poll(&polled, 1, 100);
		taping_look(&desk.taping, &desk.screen);
	}
}

/* The slowest of so many moments. */
static uint64_t take(size_t n)
{
	uint64_t slowest = 0, begun;

	for (; n; n--) {
		begun = now_ns();
		desk.moment->mono_ns += NS_PER_S / 10;
		desk.moment->wall_ns += (int64_t)NS_PER_S / 10;
		taping_take(&desk.taping, &desk.screen, desk.moment);
		taping_look(&desk.taping, &desk.screen);
		if (now_ns() - begun > slowest)
			slowest = now_ns() - begun;
	}
	return slowest;
}

/* How many moments are in the file, which is whole. */
static size_t recorded(void)
{
	struct tape *tape;
	char error[512] = "";
	size_t n;

	if (tape_open(desk.file, &tape, error, sizeof(error)))
		fail_msg("%s", error);
	assert_null(tape_broken(tape));
	n = tape_count(tape);
	tape_close(tape);
	return n;
}

static void test_slow(void **state)
{
	uint64_t slowest;
	char words[96];

	(void)state;
	start();
	wait_said("recording to ");
	turn(true, 0);
	slowest = take(MOMENTS);
	print_message("# the slowest of %d moments took %.1f ms\n", MOMENTS, (double)slowest / 1e6);
	assert_true(slowest < BRISK_NS);
	assert_int_equal(desk.taping.left_out, MOMENTS - WRITER_FRAMES);
	snprintf(words, sizeof(words), "is too slow: %d moments left out", MOMENTS - WRITER_FRAMES);
	assert_non_null(strstr(desk.screen.message, words));
	assert_true(desk.screen.recording.on);

	desk.screen.recording.stop = true;
	taping_obey(&desk.taping, &desk.screen);
	assert_false(desk.screen.recording.on);
	assert_non_null(strstr(desk.screen.message, "to its disk"));
	/* Not beside the one that is under way. */
	desk.screen.recording.start = true;
	taping_obey(&desk.taping, &desk.screen);
	assert_non_null(strstr(desk.screen.message, "is still being written"));
	assert_false(desk.screen.recording.on);

	turn(false, 0);
	wait_said("recorded ");
	snprintf(words, sizeof(words), "(the disk was too slow: %d left out)", MOMENTS - WRITER_FRAMES);
	assert_non_null(strstr(desk.screen.message, words));
	assert_int_equal(recorded(), WRITER_FRAMES);
}

/* What was left out is behind: the next moments tell what changed since the last that was not. */
static void test_recovers(void **state)
{
	struct writer_state look;

	(void)state;
	start();
	turn(true, 0);
	take(WRITER_FRAMES + 3);
	assert_int_equal(desk.taping.left_out, 3);
	turn(false, 0);
	do
		writer_look(desk.taping.writer, &look);
	while (look.waiting && !usleep(1000));
	take(5);
	desk.screen.recording.stop = true;
	taping_obey(&desk.taping, &desk.screen);
	wait_said("3 left out)");
	assert_int_equal(recorded(), WRITER_FRAMES + 5);
}

static void test_full(void **state)
{
	struct writer_state look;

	(void)state;
	start();
	take(3);
	do
		writer_look(desk.taping.writer, &look);
	while (look.waiting && !usleep(1000));
	turn(false, -ENOSPC);
	take(1);
	wait_said("the recording has ended: cannot write ");
	assert_non_null(strstr(desk.screen.message, "No space left on device; in it: 3 moments"));
	assert_false(desk.screen.recording.on);
	assert_int_equal(recorded(), 3);
	/* The disk that is full only when it is asked at last. */
	unlink(desk.file);
	turn(false, 0);
	start();
	take(2);
	do
		writer_look(desk.taping.writer, &look);
	while (look.waiting && !usleep(1000));
	turn(false, -EIO);
	desk.screen.recording.stop = true;
	taping_obey(&desk.taping, &desk.screen);
	wait_said("cannot write ");
	assert_non_null(strstr(desk.screen.message, strerror(EIO)));
}

static void test_is_there(void **state)
{
	FILE *file = fopen(desk.file, "w");

	(void)state;
	assert_non_null(file);
	fclose(file);
	start();
	wait_said("is there already, and nothing is written over");
	assert_false(desk.screen.recording.on);
	assert_int_equal(taping_fd(&desk.taping), -1);
}

/* Whoever leaves waits for a disk that is away, but not for ever; what is in the file can be read. */
static void test_leaves(void **state)
{
	uint64_t begun;

	(void)state;
	start();
	take(2);
	wait_said("recording to ");
	while (!desk.screen.recording.bytes && !usleep(1000))
		taping_look(&desk.taping, &desk.screen);
	turn(true, 0);
	take(4);
	begun = now_ns();
	taping_end(&desk.taping);
	assert_true(now_ns() - begun < 10 * NS_PER_S);
	assert_non_null(strstr(desk.taping.said, "too slow to be waited for"));
	assert_true(recorded() >= 1);
	/* Its thread ends by itself when the disk is there again, and writes nothing but what was under way. */
	turn(false, 0);
	pthread_mutex_lock(&disk.lock);
	while (!disk.closed)
		pthread_cond_wait(&disk.moves, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
	assert_true(recorded() <= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_slow, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_recovers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_is_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leaves, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
