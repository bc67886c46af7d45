/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/queue: khugepaged's queue, as the team kernel tells it. */
#include "core_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/queue.h"

static int parse(const char *text, struct queue *queue)
{
	return queue_parse(text, strlen(text), queue);
}

static void test_queue(void **state)
{
	struct queue queue;

	(void)state;
	assert_int_equal(parse("2 of 8\n7f0000200000\n7f0000000000\n", &queue), 0);
	assert_true(queue.known);
	assert_int_equal(queue.room, 8);
	assert_int_equal(queue.n, 2);
	assert_int_equal(queue.addrs[0], UINT64_C(0x7f0000200000));
	assert_int_equal(queue_place(&queue, UINT64_C(0x7f0000000000)), 2);
	assert_int_equal(queue_place(&queue, UINT64_C(0x7f0000400000)), 0);
	assert_int_equal(parse("0 of 8\n", &queue), 0);
	assert_int_equal(queue.n, 0);
	/* No slot: nothing can be queued. */
	assert_int_equal(parse("", &queue), 0);
	assert_true(queue.known);
	assert_int_equal(queue.room, 0);
}

static void test_queue_damaged(void **state)
{
	static const char *const texts[] = {"\n",
					    "2 of 8\n7f0000200000\n",
					    "0 of 8\n7f0000200000\n",
					    "9 of 8\n",
					    "1 of 8\n0x7f0000200000\n",
					    "1 of 33\n",
					    "1 of 8 \nf\n",
					    "0 of 0\n",
					    "1of8\nf\n",
					    "1 of 8\n\n",
					    "1 of 8\nf\n\n",
					    "1 of 8\n10000000000000000\n"};
	struct queue queue;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(texts); i++) {
		assert_int_equal(parse(texts[i], &queue), -EBADMSG);
		assert_false(queue.known);
		assert_int_equal(queue.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_queue_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
