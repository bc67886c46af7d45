/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format/wire: requests, hellos and the lines around a payload come back as they were; hostile ones are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/wire.h"

static struct arena arena;
static char problem[WIRE_PROBLEM];

static int setup(void **state)
{
	(void)state;
	memset(&arena, 0, sizeof(arena));
	problem[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

/* Writes, checks that it is one line, and reads. */
static struct wire_request again(const struct wire_request *request)
{
	struct wire_request read;
	struct buf out = {0};

	assert_int_equal(wire_put_request(&out, request), 0);
	assert_ptr_equal(strchr(out.data, '\n'), out.data + out.len - 1);
	assert_int_equal(wire_read_request(out.data, out.len - 1, &arena, &read, problem, sizeof(problem)),
			 0);
	assert_int_equal(read.id, request->id);
	assert_int_equal(read.call, request->call);
	buf_fini(&out);
	return read;
}

static void assert_watch(const struct watch *read, const struct watch *was)
{
	assert_int_equal(read->n, was->n);
	assert_memory_equal(read->pids, was->pids, was->n * sizeof(*was->pids));
	assert_int_equal(!read->start_times, !was->start_times);
	if (was->start_times)
		assert_memory_equal(read->start_times, was->start_times, was->n * sizeof(*was->start_times));
	assert_int_equal(read->follow, was->follow);
	assert_int_equal(read->live, was->live);
	assert_int_equal(read->anew, was->anew);
	assert_true(watch_same_counters(read, was));
	assert_int_equal(read->options.exact, was->options.exact);
	assert_int_equal(read->options.cgroup, was->options.cgroup);
	assert_int_equal(read->options.smaps, was->options.smaps);
	assert_int_equal(read->options.pages, was->options.pages);
	assert_true(read->options.from == was->options.from && read->options.to == was->options.to);
	assert_int_equal(read->options.n_smaps_of, was->options.n_smaps_of);
	if (was->options.n_smaps_of)
		assert_memory_equal(read->options.smaps_of, was->options.smaps_of,
				    was->options.n_smaps_of * sizeof(pid_t));
}

static const pid_t pids[] = {1, INT32_MAX};
static const uint64_t start_times[] = {0, UINT64_MAX};
static const pid_t smaps_of[] = {7};
static const struct watch full = {
	.pids = pids,
	.start_times = start_times,
	.count = true,
	.counters = (const char *const[]){"page-faults", "a:\"b\""},
	.n_counters = 2,
	.n = 2,
	.follow = true,
	.live = true,
	.anew = true,
	.options = {.exact = true,
		    .cgroup = true,
		    .smaps = true,
		    .pages = true,
		    .from = 0,
		    .to = UINT64_MAX,
		    .smaps_of = smaps_of,
		    .n_smaps_of = 1},
};

static void test_watches(void **state)
{
	const struct watch none = {.pids = pids};
	struct wire_request request = {
		.id = UINT64_MAX, .call = WIRE_SAMPLE, .has_watch = true, .watch = full};
	struct wire_request read = again(&request);

	(void)state;
	assert_watch(&read.watch, &full);
	assert_false(read.has_since);
	request.has_since = true;
	request.since = UINT64_MAX;
	request.watch = none;
	read = again(&request);
	assert_watch(&read.watch, &none);
	assert_true(read.has_since && read.since == UINT64_MAX);
	request = (struct wire_request){.id = 2,
					.call = WIRE_WATCH,
					.has_watch = true,
					.watch = full,
					.interval_ns = INT64_MAX,
					.window = 4};
	read = again(&request);
	assert_watch(&read.watch, &full);
	assert_true(read.interval_ns == INT64_MAX && read.window == 4);
	request = (struct wire_request){.id = 3, .call = WIRE_WATCH};
	read = again(&request);
	assert_true(!read.interval_ns && !read.has_watch);
}

static void test_places(void **state)
{
	static const enum wire_call calls[] = {WIRE_EXAMINE, WIRE_VALUE, WIRE_WHY};
	struct wire_request request, read;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		request = (struct wire_request){
			.id = 1, .call = calls[i], .pid = INT32_MAX, .addr = UINT64_MAX - 4095};
		if (calls[i] == WIRE_WHY) {
			request.start_time = UINT64_MAX;
			request.how = WHY_ASK;
		}
		request.has_since = calls[i] == WIRE_EXAMINE;
		request.since = request.has_since ? UINT64_MAX : 0;
		read = again(&request);
		assert_true(read.has_since == request.has_since && read.since == request.since);
		assert_true(read.pid == request.pid && read.addr == request.addr);
		assert_true(read.start_time == request.start_time && read.how == request.how);
	}
	request = (struct wire_request){.id = 1, .call = WIRE_WHY, .pid = 1, .addr = 4096, .how = WHY_PASS};
	assert_int_equal(again(&request).how, WHY_PASS);
	request = (struct wire_request){
		.id = 1, .call = WIRE_SHARERS, .sharers = {1, UINT64_MAX, 0x7f0000001000, INT64_MAX}};
	read = again(&request);
	assert_true(read.sharers.pid == 1 && read.sharers.start_time == UINT64_MAX &&
		    read.sharers.addr == 0x7f0000001000 && read.sharers.timeout_ns == INT64_MAX);
	assert_true(!read.sharers.cancel && !read.sharers.progress);
}

static void test_targets(void **state)
{
	struct wire_request request = {.id = 1, .call = WIRE_LOCATE};
	struct target *target = &request.target;
	struct wire_request read = again(&request);

	(void)state;
	assert_memory_equal(&read.target, target, sizeof(*target));
	memset(target->process, 'p', NAME_MAX_LEN);
	memset(target->area, 'a', NAME_MAX_LEN);
	target->has_index = target->has_offset = target->has_len = true;
	target->index = UINT64_MAX;
	target->offset = UINT64_MAX - 1;
	target->len = 1;
	read = again(&request);
	assert_string_equal(read.target.process, target->process);
	assert_string_equal(read.target.area, target->area);
	assert_true(read.target.has_index && read.target.index == target->index);
	assert_true(read.target.has_offset && read.target.offset == target->offset);
	assert_true(read.target.has_len && read.target.len == target->len);
}

static void assert_trigger(const struct trigger *read, const struct trigger *was)
{
	assert_int_equal(read->kind, was->kind);
	assert_int_equal(read->way, was->way);
	assert_int_equal(read->pid, was->pid);
	assert_true(read->start_time == was->start_time && read->addr == was->addr && read->len == was->len);
	assert_int_equal(read->order, was->order);
	assert_int_equal(read->inject, was->inject);
	assert_int_equal(read->daemon, was->daemon);
	assert_int_equal(read->begin, was->begin);
}

static void test_triggers(void **state)
{
	struct wire_request request = {.id = 1, .call = WIRE_PLAN}, read;
	int kind, way;

	(void)state;
	for (kind = 0; kind < TRIGGER_KIND_COUNT; kind++) {
		for (way = 0; way < TRIGGER_WAY_COUNT; way++) {
			request.trigger = (struct trigger){.kind = (enum trigger_kind)kind,
							   .way = (enum trigger_way)way,
							   .pid = 7,
							   .start_time = UINT64_MAX,
							   .addr = UINT64_MAX,
							   .len = UINT64_MAX,
							   .order = way - 1,
							   .inject = way & 1,
							   .daemon = way & 2,
							   .begin = way & 4};
			read = again(&request);
			assert_trigger(&read.trigger, &request.trigger);
		}
	}
	request.call = WIRE_TRIGGER;
	read = again(&request);
	assert_false(read.has_watch);
	request.has_watch = true;
	request.watch = full;
	read = again(&request);
	assert_watch(&read.watch, &full);
	assert_trigger(&read.trigger, &request.trigger);
}

static void test_small(void **state)
{
	static const enum wire_call bare[] = {WIRE_LIST, WIRE_SPAWN, WIRE_FAMILY, WIRE_CANCEL};
	struct wire_request request = {
		.id = 1, .call = WIRE_ACT, .action = "write A+0 \"\\ \x80\xff \xc3\xa9 \033[0m"};
	struct wire_request read = again(&request);
	size_t i;

	(void)state;
	assert_string_equal(read.action, request.action);
	for (i = 0; i < 4; i++) {
		request = (struct wire_request){.id = i + 1, .call = bare[i]};
		again(&request);
	}
	request = (struct wire_request){.call = WIRE_SEEN, .seq = UINT64_MAX};
	read = again(&request);
	assert_true(read.seq == UINT64_MAX);
}

/* What a line cannot hold is not written, and what was before it stays. */
static void test_too_long(void **state)
{
	const size_t n = WIRE_LINE_MAX / 2;
	pid_t *many = calloc(n, sizeof(*many));
	const struct wire_request request = {
		.id = 1, .call = WIRE_SAMPLE, .has_watch = true, .watch = {.pids = many, .n = n}};
	struct buf out = {0};

	(void)state;
	buf_puts(&out, "before\n");
	assert_int_equal(wire_put_request(&out, &request), -EMSGSIZE);
	assert_string_equal(out.data, "before\n");
	buf_fini(&out);
	free(many);
}

static void test_refused(void **state)
{
	static const struct {
		const char *line;
		uint64_t id;
	} bad[] = {
		{"", 0},
		{"{", 0},
		{"[]", 0},
		{"\033[2J", 0},
		{"{\"id\":7}", 7},
		{"{\"id\":7,\"call\":7}", 7},
		{"{\"id\":7,\"call\":\"\\u001b[2Jopen\"}", 7},
		{"{\"call\":\"list\"}", 0},
		{"{\"id\":0,\"call\":\"list\"}", 0},
		{"{\"id\":-1,\"call\":\"list\"}", 0},
		{"{\"id\":18446744073709551616,\"call\":\"list\"}", 0},
		{"{\"id\":1,\"call\":\"sample\"}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":[]}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{}}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[2147483648]}}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[-1]}}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[1],\"start_times\":[]}}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[1],\"counters\":{}}}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[1],\"counters\":[7]}}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[1],\"from\":\"0x2\",\"to\":\"0x1\"}}",
		 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[1],\"from\":\"0x2\"}}", 1},
		{"{\"id\":1,\"call\":\"sample\",\"watch\":{\"pids\":[1],\"live\":1}}", 1},
		{"{\"id\":1,\"call\":\"watch\",\"interval_ns\":1,\"window\":4,\"watch\":{\"pids\":[]}}", 1},
		{"{\"id\":1,\"call\":\"watch\",\"interval_ns\":100000000,\"window\":0,\"watch\":{\"pids\":[]}"
		 "}",
		 1},
		{"{\"id\":1,\"call\":\"watch\",\"interval_ns\":100000000,\"window\":65,\"watch\":{\"pids\":[]"
		 "}"
		 "}",
		 1},
		{"{\"id\":1,\"call\":\"watch\",\"interval_ns\":100000000,\"window\":4}", 1},
		{"{\"id\":1,\"call\":\"examine\",\"pid\":1,\"addr\":4096}", 1},
		{"{\"id\":1,\"call\":\"examine\",\"addr\":\"0x1000\"}", 1},
		{"{\"id\":1,\"call\":\"examine\",\"pid\":1,\"addr\":\"0x1000\",\"since\":-1}", 1},
		{"{\"id\":1,\"call\":\"act\"}", 1},
		{"{\"id\":1,\"call\":\"locate\",\"target\":{\"area\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}",
		 1},
		{"{\"id\":1,\"call\":\"plan\"}", 1},
		{"{\"id\":1,\"call\":\"plan\",\"trigger\":{\"kind\":\"kill\",\"pid\":1,\"addr\":\"0x0\"}}",
		 1},
		{"{\"id\":1,\"call\":\"plan\",\"trigger\":{\"kind\":\"cow\",\"way\":\"x\",\"pid\":1,\"addr\":"
		 "\"0x0\"}}",
		 1},
		{"{\"id\":1,\"call\":\"plan\",\"trigger\":{\"kind\":\"cow\",\"pid\":1,\"addr\":\"0x0\","
		 "\"order\":16}}",
		 1},
		{"{\"call\":\"seen\"}", 0},
	};
	struct wire_request request;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		problem[0] = '\0';
		if (wire_read_request(bad[i].line, strlen(bad[i].line), &arena, &request, problem,
				      sizeof(problem)) != -EBADMSG)
			fail_msg("taken: %s", bad[i].line);
		assert_true(problem[0]);
		for (j = 0; problem[j]; j++)
			assert_true(problem[j] >= ' ' && problem[j] <= '~');
		if (request.id != bad[i].id)
			fail_msg("id %llu of %s", (unsigned long long)request.id, bad[i].line);
	}
}

static void test_hellos(void **state)
{
	struct wire_hello hello = {.release = "6.1.0\033",
				   .host = "\xff",
				   .page_size = 65536,
				   .pmd_size = 512 << 20,
				   .mono_ns = UINT64_MAX},
			  read;
	struct buf out = {0};

	(void)state;
	hello.caps.mask = 1u << CAP_PFN | 1u << CAP_SPECIMEN;
	hello.caps.missing[CAP_TEAMS] = "this kernel has no page teams";
	wire_put_hello_agent(&out, &hello);
	assert_int_equal(
		wire_read_hello(out.data, out.len - 1, true, &arena, &read, problem, sizeof(problem)), 0);
	assert_string_equal(read.version, THPSCOPE_VERSION);
	assert_string_equal(read.release, hello.release);
	assert_string_equal(read.host, hello.host);
	assert_true(read.page_size == 65536 && read.pmd_size == 512 << 20 && read.mono_ns == UINT64_MAX);
	assert_int_equal(read.caps.mask, hello.caps.mask);
	assert_string_equal(read.caps.missing[CAP_TEAMS], hello.caps.missing[CAP_TEAMS]);
	assert_null(read.caps.missing[CAP_SMAPS]);
	buf_clear(&out);
	wire_put_hello_client(&out);
	assert_int_equal(
		wire_read_hello(out.data, out.len - 1, false, &arena, &read, problem, sizeof(problem)), 0);
	assert_string_equal(read.version, THPSCOPE_VERSION);
	assert_int_equal(
		wire_read_hello(out.data, out.len - 1, true, &arena, &read, problem, sizeof(problem)),
		-EBADMSG);
	buf_fini(&out);
}

static int hello_of(const char *line)
{
	struct wire_hello hello;

	problem[0] = '\0';
	return wire_read_hello(line, strlen(line), true, &arena, &hello, problem, sizeof(problem));
}

static void test_strangers(void **state)
{
	(void)state;
	assert_int_equal(hello_of("{\"type\":\"hello\",\"schema\":\"thpscope-agent/2\",\"version\":\"9.9\"}"),
			 -EPROTONOSUPPORT);
	assert_string_equal(problem, "the far end is version 9.9 and speaks thpscope-agent/2, this one is "
				     "version " THPSCOPE_VERSION
				     " and speaks thpscope-agent/1: install the same version at both ends");
	assert_int_equal(hello_of("sh: 1: thpscope-agent: \033[31mnot found"), -EBADMSG);
	assert_string_equal(problem,
			    "the far end is no thpscope-agent: it says 'sh: 1: thpscope-agent: ?[31mnot "
			    "found'");
	assert_int_equal(
		hello_of("Welcome to Ubuntu 22.04.3 LTS (GNU/Linux 5.15.0-91-generic x86_64), and more"),
		-EBADMSG);
	assert_non_null(strstr(problem, "...'"));
	assert_int_equal(hello_of("{\"type\":\"hello\",\"schema\":\"thpscope-agent/1\",\"version\":\"1\"}"),
			 -EBADMSG);
	assert_int_equal(hello_of("{\"type\":\"hello\",\"schema\":\"thpscope-agent/1\",\"version\":\"1\","
				  "\"release\":\"\",\"host\":\"\",\"page_size\":3,\"pmd_size\":2097152,"
				  "\"mono_ns\":0,\"capabilities\":[],\"missing\":{}}"),
			 -EBADMSG);
}

static struct wire_line line_of(const struct buf *out, int want)
{
	struct wire_line line;
	size_t len = out->len && out->data[out->len - 1] == '\n' ? out->len - 1 : out->len;

	assert_int_equal(wire_read_line(out->data, len, &arena, &line, problem, sizeof(problem)), want);
	return line;
}

static void test_frame(void **state)
{
	static const int errors[] = {EPERM, ESRCH, EBUSY, ENOTSUP, EUCLEAN, EMSGSIZE, ECANCELED};
	struct wire_line line;
	struct buf out = {0};
	size_t i;

	(void)state;
	wire_put_begin(&out, UINT64_MAX);
	line = line_of(&out, 0);
	assert_true(line.kind == WIRE_BEGIN && line.id == UINT64_MAX);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		buf_clear(&out);
		wire_put_answer(&out, 3, -errors[i], "a\n\"b\"\xff", false);
		line = line_of(&out, 0);
		assert_true(line.kind == WIRE_ANSWER && line.id == 3 && line.error == -errors[i] &&
			    !line.more);
		assert_string_equal(line.reason, "a\n\"b\"\xff");
	}
	buf_clear(&out);
	wire_put_answer(&out, 4, 0, "not told", true);
	line = line_of(&out, 0);
	assert_true(line.id == 4 && !line.error && line.more);
	assert_string_equal(line.reason, "");
	buf_clear(&out);
	wire_put_alive(&out, 0);
	assert_int_equal(line_of(&out, 0).kind, WIRE_ALIVE);
	assert_int_equal(line_of(&out, 0).progress, 0);
	buf_clear(&out);
	wire_put_alive(&out, 1000);
	assert_int_equal(line_of(&out, 0).progress, 1000);
	buf_clear(&out);
	buf_printf(&out, "{\"type\":\"bye\",\"reason\":\"it has ended\"}\n");
	assert_int_equal(line_of(&out, 0).kind, WIRE_BYE);
	assert_string_equal(line_of(&out, 0).reason, "it has ended");
	buf_clear(&out);
	buf_puts(&out, "{\"type\":\"snapshot\",\"and\":\"more");
	assert_int_equal(line_of(&out, 0).kind, WIRE_PAYLOAD);
	buf_fini(&out);
}

static void test_frame_refused(void **state)
{
	static const char *const bad[] = {
		"{\"type\":\"begin\"}",
		"{\"type\":\"begin\",\"id\":-1}",
		"{\"type\":\"answer\",\"id\":1}",
		"{\"type\":\"answer\",\"id\":1,\"result\":7}",
		"{\"type\":\"answer\",\"id\":1,\"errno\":3}",
		"{\"type\":\"answer\",\"id\":1,\"result\":0,\"more\":7}",
		"{\"type\":\"answer\",\"id\":1,\"result\":0",
		"{\"type\":\"alive\",\"progress\":1001}",
		"{\"type\":\"alive\"",
		"Connection closed by \033[31mremote host",
		"",
	};
	struct buf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		problem[0] = '\0';
		buf_clear(&out);
		buf_puts(&out, bad[i]);
		line_of(&out, -EBADMSG);
		assert_true(problem[0] && !strchr(problem, '\033'));
	}
	buf_clear(&out);
	buf_puts(&out, "{\"type\":\"answer\",\"id\":1,\"errno\":\"EFUTURE\",\"reason\":\"\"}");
	assert_int_equal(line_of(&out, 0).error, -EIO);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_watches, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_targets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_triggers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hellos, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(test_frame_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
