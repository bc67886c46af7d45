/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talks with an agent: every call answered; and far ends that die at every byte, are slow, or talk nonsense. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "remote_common.h"
#include "sample.h"

#define CALLS 13 /* of a session */

static const pid_t pids[] = {4242, 77};
static const struct action action = {.kind = ACTION_TOUCH, .text = "touch A", .target.area = "A"};
static const struct trigger trigger = {.kind = TRIGGER_COLLAPSE, .pid = 4242, .addr = 0x200000};

static const struct why_reason reason = {"guard",   WHY_DECISIVE, true, "There are guard regions in it.",
					 "1 pages", "none"};
static const struct vma vma = {.start = 0x200000, .end = 0x600000, .perms = "rw-p", .name = ""};
static const struct region region = {.start = 0x200000,
				     .len = SAMPLE_PMD,
				     .mapping = MAPPING_PTE,
				     .backing = BACKING_SMALL,
				     .present = 511};

static void answer_one(struct buf *say, uint64_t id, void (*payload)(struct buf *say))
{
	wire_put_begin(say, id);
	if (payload)
		payload(say);
	wire_put_answer(say, id, 0, "", false);
}

static void say_list(struct buf *say)
{
	const struct listed listed = {.pid = 4242,
				      .comm = "redis-server",
				      .command = "",
				      .user = "",
				      .uid = UNKNOWN_COUNT,
				      .rss_kb = 12};

	wire_put_listed(say, &listed);
}

static void say_pid(struct buf *say)
{
	wire_put_pid(say, 4242);
}

static void say_place(struct buf *say)
{
	wire_put_place(say, &(struct place){4242, 0x200000, 0x1000});
}

static void say_value(struct buf *say)
{
	wire_put_value(say, 7);
}

static void say_plan(struct buf *say)
{
	wire_put_plan(say, "It is asked for a collapse.\n", true);
}

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * (int64_t)S + now.tv_nsec;
}

static void say_event(struct buf *say)
{
	const struct event event = {.kind = EVENT_COLLAPSE,
				    .mono_ns = FAR_MONO_NS + S,
				    .wall_ns = INT64_C(1000000000) * 86400, /* in 1970: its clock is wrong */
				    .pid = 4242,
				    .addr = 0x200000,
				    .len = SAMPLE_PMD,
				    .by = "",
				    .how = "",
				    .result = UNKNOWN_COUNT,
				    .verdict = "succeeded",
				    .why = ""};

	wire_put_event(say, &event, SAMPLE_PMD);
}

static void say_why(struct buf *say)
{
	const struct why why = {.pid = 4242,
				.comm = "redis",
				.start = 0x200000,
				.len = SAMPLE_PMD,
				.vma = &vma,
				.region = &region,
				.reasons = &reason,
				.n = 1,
				.verdict = "",
				.not_asked = ""};

	wire_put_why(say, &why, SAMPLE_PMD);
}

static void say_sharers(struct buf *say)
{
	const struct sharers sharers = sample_sharers();

	wire_put_sharers(say, &sharers);
}

/* What an agent says in a session: its greeting, and answers to requests 1 to CALLS, the last of which is a watch. */
static void record(struct buf *say)
{
	struct moment *first = far_small(1, S, 0x11ce00), *second = far_small(2, 2 * S, 0x11d000);

	far_greets(say);
	answer_one(say, 1, say_list);
	far_moment(say, 2, NULL, first, false);
	far_moment(say, 3, NULL, first, false);
	answer_one(say, 4, say_pid);
	answer_one(say, 5, NULL);
	wire_put_alive(say, 0);
	answer_one(say, 6, say_place);
	answer_one(say, 7, say_value);
	answer_one(say, 8, say_pid);
	answer_one(say, 9, say_plan);
	answer_one(say, 10, say_event);
	answer_one(say, 11, say_why);
	wire_put_alive(say, 420);
	answer_one(say, 12, say_sharers);
	far_moment(say, 13, NULL, first, true);
	wire_put_alive(say, 0);
	far_moment(say, 13, first, second, true);
	moment_free(first);
	moment_free(second);
}

/* What came of each call of a session: 0 or its error, in order; its calls are those of record. */
static void moment_came(struct source *source, struct moment *moment, int *came)
{
	*came = moment->n_processes && moment->processes[0].outcome == OUTCOME_FAILED ? -EIO : 0;
	if (*came)
		assert_non_null(strstr(moment->processes[0].reason, "far end"));
	else
		assert_string_equal(moment->source, "via:" FAR_HOST);
	assert_true(!*came == !moment->lost);
	(void)source;
	moment_free(moment);
}

static void session(struct source *source, int came[CALLS])
{
	const struct sharers_query query = {.pid = 4242, .addr = 0x200000};
	struct watch watch = {.pids = pids, .n = 2};
	struct arena arena = {0};
	struct listed *list;
	struct sharers sharers;
	struct event event;
	struct place place;
	struct buf text = {0};
	struct why why;
	uint8_t value;
	bool asks;
	pid_t pid;
	size_t n;

	came[0] = source_list(source, &arena, &list, &n);
	moment_came(source, source_sample(source, &watch), &came[1]);
	moment_came(source, source_examine(source, 4242, 0x200000), &came[2]);
	came[3] = source_spawn(source, &pid);
	came[4] = source_act(source, &action);
	came[5] = source_locate(source, &action.target, &place);
	came[6] = source_value(source, 4242, 0x200000, &value);
	came[7] = source_family(source, &pid, 1, &n);
	came[8] = source_plan(source, &trigger, &text, &asks);
	came[9] = source_trigger(source, &trigger, &watch, &arena, &event);
	came[10] = source_why(source, 4242, 0, 0x200000, false, &arena, &why);
	came[11] = source_sharers(source, &query, &arena, &sharers);
	watch.live = true;
	watch.interval_ns = 100 * MS;
	moment_came(source, source_sample(source, &watch), &came[12]);
	buf_fini(&text);
	arena_fini(&arena);
}

static int open_far(const char *bytes, size_t n, bool gone, int *far, struct source **source, char *error)
{
	const struct remote_options options = {.silence_ns = 200 * MS, .greeting_ns = 200 * MS};

	return remote_source_open(far_said(bytes, n, gone, far), &options, source, error, 256);
}

static void test_answers(void **state)
{
	atomic_uint progress = 0;
	const struct sharers_query query = {.pid = 4242, .addr = 0x200000, .progress = &progress};
	struct watch watch = {.pids = pids, .n = 2};
	struct buf say = {0}, text = {0}, heard = {0};
	struct source *source;
	struct arena arena = {0};
	struct moment *moment;
	struct listed *list;
	struct sharers sharers;
	struct event event;
	struct place place;
	struct why why;
	char error[256];
	uint8_t value;
	bool asks;
	pid_t pid;
	size_t n;
	int far;

	(void)state;
	record(&say);
	assert_int_equal(open_far(say.data, say.len, false, &far, &source, error), 0);
	assert_int_equal(source->page_size, 4096);
	assert_int_equal(source->pmd_size, SAMPLE_PMD);
	assert_true(capable(&source->caps, CAP_SPECIMEN));
	assert_string_equal(source->caps.missing[CAP_TEAMS], "this kernel has no page teams");
	assert_int_equal(source_list(source, &arena, &list, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].comm, "redis-server");
	moment = source_sample(source, &watch);
	assert_string_equal(moment->source, "via:" FAR_HOST);
	assert_int_equal(moment->processes[0].pid, 4242);
	/* One second behind its greeting, by our clock. */
	assert_in_range(now_ns() - moment->mono_ns + S, 0, 20 * S);
	moment_free(moment);
	moment_free(source_examine(source, 4242, 0x200000));
	assert_int_equal(source_spawn(source, &pid), 0);
	assert_int_equal(pid, 4242);
	assert_int_equal(source_act(source, &action), 0);
	assert_int_equal(source_locate(source, &action.target, &place), 0);
	assert_int_equal(place.start, 0x200000);
	assert_int_equal(source_value(source, 4242, 0x200000, &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(source_family(source, &pid, 1, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(source_plan(source, &trigger, &text, &asks), 0);
	assert_string_equal(text.data, "On " FAR_HOST ":\nIt is asked for a collapse.\n");
	assert_true(asks);
	assert_int_equal(source_trigger(source, &trigger, NULL, &arena, &event), 0);
	assert_string_equal(event.verdict, "succeeded");
	assert_in_range(now_ns() - event.mono_ns + S, 0, 20 * S);
	assert_in_range(wall_ns() - event.wall_ns + (int64_t)S, 0, 20 * S); /* by our clock, too */
	assert_int_equal(source_why(source, 4242, 0, 0x200000, false, &arena, &why), 0);
	assert_string_equal(why.reasons[0].id, "guard");
	assert_int_equal(source_sharers(source, &query, &arena, &sharers), 0);
	assert_string_equal(sharers.source, "via:" FAR_HOST);
	assert_int_equal(progress, 420);
	shutdown(far, SHUT_WR);
	source_close(source);
	far_heard(far, &heard);
	assert_non_null(strstr(heard.data, "touch A"));
	close(far);
	buf_fini(&say);
	buf_fini(&text);
	buf_fini(&heard);
	arena_fini(&arena);
}

/* From the first call that fails on all do, with a sentence; what came before is as it was. */
static void test_dies_at_every_byte(void **state)
{
	struct buf say = {0};
	struct source *source;
	int far, came[CALLS], err;
	size_t cut, i, fine;
	char error[256];

	(void)state;
	record(&say);
	for (cut = 0; cut <= say.len; cut++) {
		err = open_far(say.data, cut, true, &far, &source, error);
		if (err) {
			assert_int_equal(err, -EIO);
			assert_string_equal(error, "the far end ('test') closed the link before it greeted");
			close(far);
			continue;
		}
		session(source, came);
		for (fine = 0; fine < CALLS && !came[fine]; fine++)
			;
		for (i = fine; i < CALLS; i++)
			assert_int_equal(came[i], -EIO);
		assert_true(cut < say.len || fine == CALLS);
		if (fine < CALLS)
			assert_string_equal(source->error, "the far end ('test') closed the link");
		source_close(source);
		close(far);
	}
	buf_fini(&say);
}

struct slow {
	struct buf say;
	int fd;
};

static void *say_slowly(void *data)
{
	struct slow *slow = data;
	size_t i;

	for (i = 0; i < slow->say.len; i++)
		assert_int_equal(write(slow->fd, slow->say.data + i, 1), 1);
	return NULL;
}

static void test_one_byte_at_a_time(void **state)
{
	const struct remote_options options = {0};
	const int room = 8 << 20; /* the last call may end before all was said */
	struct slow slow = {0};
	struct source *source;
	pthread_t thread;
	int came[CALLS], pair[2];
	char error[256];
	size_t i;

	(void)state;
	record(&slow.say);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	slow.fd = pair[1];
	setsockopt(slow.fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	assert_int_equal(pthread_create(&thread, NULL, say_slowly, &slow), 0);
	assert_int_equal(
		remote_source_open(link_socket(pair[0], "slow"), &options, &source, error, sizeof(error)), 0);
	session(source, came);
	for (i = 0; i < CALLS; i++)
		assert_int_equal(came[i], 0);
	pthread_join(thread, NULL);
	close(pair[1]);
	source_close(source);
	buf_fini(&slow.say);
}

/* A far end that greets, says this in place of an answer to a value, and waits. */
static void refuses(const char *said, int expected, const char *sentence)
{
	struct buf say = {0};
	struct source *source;
	char error[256];
	uint8_t value;
	int far;

	far_greets(&say);
	buf_puts(&say, said);
	assert_int_equal(open_far(say.data, say.len, false, &far, &source, error), 0);
	assert_int_equal(source_value(source, 1, 2, &value), expected);
	if (!strstr(source->error, sentence))
		fail_msg("%s", source->error);
	if (expected == -EBADMSG) /* nothing that it says is believed any more */
		assert_int_equal(source_value(source, 1, 2, &value), -EBADMSG);
	shutdown(far, SHUT_WR);
	source_close(source);
	close(far);
	buf_fini(&say);
}

#define BEGIN "{\"type\":\"begin\",\"id\":1}\n"
#define END "{\"type\":\"answer\",\"id\":1,\"result\":0}\n"
#define VALUE "{\"type\":\"value\",\"value\":7}\n"

static void test_nonsense(void **state)
{
	(void)state;
	refuses("garbage\n", -EBADMSG, "the far end talks nonsense");
	refuses("\n", -EBADMSG, "the far end talks nonsense");
	refuses("{\"type\":\"hello\"}\n", -EBADMSG, "the far end talks nonsense");
	refuses(VALUE, -EBADMSG, "a line that belongs to no answer");
	refuses(END, -EBADMSG, "an answer ends that did not begin");
	refuses("{\"type\":\"begin\",\"id\":2}\n", -EBADMSG, "an answer to request 2, that nobody waits for");
	refuses(BEGIN BEGIN, -EBADMSG, "one answer begins within another");
	refuses(BEGIN "{\"type\":\"answer\",\"id\":2,\"result\":0}\n", -EBADMSG,
		"an answer ends that did not begin");
	refuses(BEGIN END, -EBADMSG, "the far end talks nonsense");
	refuses(BEGIN VALUE VALUE END, -EBADMSG, "the far end talks nonsense");
	refuses(BEGIN "{\"type\":\"value\",\"value\":700}\n" END, -EBADMSG, "the far end talks nonsense");
	refuses(BEGIN VALUE "{\"type\":\"answer\",\"id\":1,\"result\":0,\"more\":true}\n", -EBADMSG,
		"more is to follow");
}

/* What the agent refuses ends a call, and the next one is asked all the same. */
static void test_refused(void **state)
{
	(void)state;
	refuses(BEGIN "{\"type\":\"answer\",\"id\":1,\"errno\":\"ESRCH\",\"reason\":\"no such process\"}\n",
		-ESRCH, "no such process");
	refuses("{\"type\":\"begin\",\"id\":0}\n{\"type\":\"answer\",\"id\":0,\"errno\":\"EPROTO\","
		"\"reason\":\"what is that?\"}\n",
		-EPROTO, "what is that?");
}

static void test_silent(void **state)
{
	(void)state;
	refuses("", -ETIMEDOUT, "has said nothing for 0.2 s");
	refuses(BEGIN, -ETIMEDOUT, "has said nothing for 0.2 s");
	refuses(BEGIN "{\"type\":\"val", -ETIMEDOUT, "has said nothing for 0.2 s");
}

static void greets_with(const char *said, int expected, const char *sentence)
{
	struct source *source;
	char error[256];
	int far;

	assert_int_equal(open_far(said, strlen(said), false, &far, &source, error), expected);
	if (!strstr(error, sentence))
		fail_msg("%s", error);
	close(far);
}

static void test_greetings(void **state)
{
	struct buf echo = {0};

	(void)state;
	greets_with("", -ETIMEDOUT, "has not greeted for 0.2 s");
	greets_with("y\ny\n", -EBADMSG,
		    "the far end is no thpscope-agent: it says 'y' (if a start-up "
		    "file there prints that: it must be silent for commands)");
	greets_with("{\"type\":\"hello\",\"schema\":\"thpscope-agent/2\",\"version\":\"9.9\"}\n",
		    -EPROTONOSUPPORT, "thpscope-agent/2");
	greets_with("{\"type\":\"hello\",\"schema\":\"thpscope-agent/1\",\"version\":\"9.9\"}\n", -EBADMSG,
		    "hello");
	wire_put_hello_client(&echo);
	greets_with(echo.data, -EBADMSG, "it repeats what it is told");
	buf_fini(&echo);
}

/* One that said why and went before it was spoken to is told from no other that said so. */
static void test_says_and_goes(void **state)
{
	const struct remote_options options = {0};
	const char said[] = "bash: thpscope-agent: command not found\n";
	struct buf say = {0};
	struct source *source;
	struct arena arena = {0};
	struct listed *list;
	struct link *link;
	char error[256];
	size_t n;
	int far;

	(void)state;
	link = far_said(said, strlen(said), false, &far);
	close(far);
	assert_int_equal(remote_source_open(link, &options, &source, error, sizeof(error)), -EBADMSG);
	assert_non_null(strstr(error, "it says 'bash: thpscope-agent: command not found'"));
	link = far_said("", 0, false, &far);
	close(far);
	assert_int_equal(remote_source_open(link, &options, &source, error, sizeof(error)), -EIO);
	assert_string_equal(error, "the far end ('test') closed the link before it greeted");
	/* Later on as well. */
	far_greets(&say);
	buf_puts(&say, "{\"type\":\"bye\",\"reason\":\"it is switched off\"}\n");
	assert_int_equal(open_far(say.data, say.len, false, &far, &source, error), 0);
	close(far);
	assert_int_equal(source_list(source, &arena, &list, &n), -EIO);
	assert_string_equal(source->error, "it is switched off");
	source_close(source);
	buf_fini(&say);
	arena_fini(&arena);
}

/* A search is given up at the far end, which answers with what it found. */
static void test_cancel(void **state)
{
	atomic_bool cancel = true;
	const struct sharers_query query = {.pid = 4242, .addr = 0x200000, .cancel = &cancel};
	struct buf say = {0}, heard = {0};
	struct sharers sharers;
	struct arena arena = {0};
	struct source *source;
	char error[256];
	int far;

	(void)state;
	far_greets(&say);
	answer_one(&say, 1, say_sharers);
	assert_int_equal(open_far(say.data, say.len, false, &far, &source, error), 0);
	assert_int_equal(source_sharers(source, &query, &arena, &sharers), 0);
	shutdown(far, SHUT_WR);
	source_close(source);
	far_heard(far, &heard);
	assert_non_null(strstr(heard.data, "\"cancel\""));
	assert_null(strstr(strstr(heard.data, "\"cancel\"") + 1, "\"cancel\"")); /* once */
	close(far);
	buf_fini(&say);
	buf_fini(&heard);
	arena_fini(&arena);
}

/* The second source of one agent greets with its first call; an interrupt ends that too. */
static void test_later(void **state)
{
	const struct remote_options options = {.name = "lab:6.12"};
	struct buf say = {0};
	struct source *first, *later;
	struct moment *moment;
	char error[256];
	int far, silent;

	(void)state;
	record(&say);
	assert_int_equal(open_far(say.data, say.len, false, &far, &first, error), 0);
	later = remote_source_later(far_said("", 0, false, &silent), &options, first);
	assert_int_equal(later->pmd_size, SAMPLE_PMD);
	source_interrupt(later);
	moment = source_sample(later, &(struct watch){.pids = pids, .n = 2});
	assert_string_equal(moment->source, "lab:6.12");
	assert_int_equal(moment->n_processes, 2);
	assert_int_equal(moment->processes[1].pid, 77);
	assert_string_equal(moment->processes[1].reason, "given up");
	moment_free(moment);
	close(silent);
	source_close(later);
	shutdown(far, SHUT_WR);
	source_close(first);
	close(far);
	buf_fini(&say);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_dies_at_every_byte),
		cmocka_unit_test(test_one_byte_at_a_time),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_greetings),
		cmocka_unit_test(test_says_and_goes),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_later),
	};

	return cmocka_run_group_tests_name("remote_talk", tests, NULL, NULL);
}
