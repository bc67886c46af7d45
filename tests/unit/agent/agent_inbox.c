/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent's reader hands to its server, and that it wakes it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/inbox.h"
#include "core/clock.h"

#define S UINT64_C(1000000000)

struct ends {
	struct inbox inbox;
	struct outbox outbox;
	int client, agent;
};

static void begin(struct ends *ends)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ends->client = pair[0];
	ends->agent = pair[1];
	assert_int_equal(outbox_open(&ends->outbox, ends->agent), 0);
	assert_int_equal(inbox_open(&ends->inbox, ends->agent, &ends->outbox), 0);
}

static void say(struct ends *ends, struct buf *line)
{
	assert_int_equal(write(ends->client, line->data, line->len), (ssize_t)line->len);
	buf_clear(line);
}

static void end(struct ends *ends)
{
	inbox_close(&ends->inbox);
	outbox_close(&ends->outbox);
	close(ends->client);
	close(ends->agent);
}

/* A moment may be due as soon as one is seen: that comes between the server's look and its waiting, and is not missed. */
static void test_seen_before_it_waits(void **state)
{
	struct wire_request request = {.call = WIRE_SEEN, .seq = 7};
	struct buf line = {0};
	struct ends ends;
	uint64_t seq, begun;

	(void)state;
	begin(&ends);
	wire_put_hello_client(&line);
	assert_int_equal(wire_put_request(&line, &request), 0);
	assert_false(inbox_seen(&ends.inbox, &seq));
	say(&ends, &line);
	/* Until the reader has it; looked at behind the server's back. */
	begun = clock_mono_ns();
	for (bool any = false; !any;) {
		pthread_mutex_lock(&ends.inbox.lock);
		any = ends.inbox.any_seen;
		pthread_mutex_unlock(&ends.inbox.lock);
		assert_true(clock_mono_ns() - begun < 20 * S);
	}
	begun = clock_mono_ns();
	assert_null(inbox_take(&ends.inbox, begun + 20 * S));
	assert_true(clock_mono_ns() - begun < 10 * S);
	assert_true(inbox_seen(&ends.inbox, &seq));
	assert_int_equal(seq, 7);
	/* Told once: with nothing new it waits as long as it is asked to. */
	begun = clock_mono_ns();
	assert_null(inbox_take(&ends.inbox, begun + S / 20));
	assert_true(clock_mono_ns() - begun >= S / 20);
	end(&ends);
	buf_fini(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen_before_it_waits),
	};

	return cmocka_run_group_tests_name("agent_inbox", tests, NULL, NULL);
}
