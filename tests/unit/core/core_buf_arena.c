/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/buf, core/arena and core/mem. */
#include "core_test.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/mem.h"

static void test_buf(void **state)
{
	struct buf buf = {0};
	size_t i;

	(void)state;
	buf_add(&buf, NULL, 0);
	assert_int_equal(buf.len, 0);
	buf_puts(&buf, "a");
	buf_putc(&buf, 'b');
	buf_dec(&buf, 0);
	buf_putc(&buf, ' ');
	buf_dec(&buf, UINT64_MAX);
	buf_putc(&buf, ' ');
	buf_hex(&buf, 0);
	buf_putc(&buf, ' ');
	buf_hex(&buf, UINT64_MAX);
	buf_printf(&buf, " %s-%d", "x", -3);
	buf_printf(&buf, "%s", "");
	assert_string_equal(buf.data, "ab0 18446744073709551615 0x0 0xffffffffffffffff x--3");
	assert_int_equal(buf.len, strlen(buf.data));
	buf_clear(&buf);
	assert_string_equal(buf.data, "");
	for (i = 0; i < 100000; i++)
		buf_putc(&buf, (char)('a' + i % 26));
	assert_int_equal(buf.len, 100000);
	assert_int_equal(buf.data[99999], 'a' + 99999 % 26);
	assert_int_equal(buf.data[100000], 0);
	memcpy(buf_reserve(&buf, 1 << 20), "end", 3);
	buf.len += 3;
	assert_memory_equal(buf.data + 100000, "end", 3);
	buf_fini(&buf);
	assert_null(buf.data);
	buf_fini(&buf);
	buf_clear(&buf);
}

/* Whatever sizes are asked for: zeroed, aligned, and no two overlap. */
static void test_arena(void **state)
{
	struct dice dice = {1};
	struct arena arena = {0};
	unsigned char *pieces[2000];
	size_t sizes[2000], i, k, round;

	(void)state;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < COUNT_OF(pieces); i++) {
			sizes[i] = i % 97 ? dice_roll(&dice, 300) : dice_roll(&dice, 100000);
			pieces[i] = arena_alloc(&arena, sizes[i]);
			assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
			for (k = 0; k < sizes[i]; k++)
				assert_int_equal(pieces[i][k], 0);
			memset(pieces[i], (int)(i & 0xff), sizes[i]);
		}
		for (i = 0; i < COUNT_OF(pieces); i++)
			for (k = 0; k < sizes[i]; k++)
				assert_int_equal(pieces[i][k], i & 0xff);
		assert_true(arena.used > 0);
		arena_reset(&arena);
		assert_int_equal(arena.used, 0);
	}
	arena_fini(&arena);
	arena_fini(&arena);
	assert_non_null(arena_alloc(&arena, 0));
	assert_ptr_not_equal(arena_alloc(&arena, 0), arena_alloc(&arena, 0));
	arena_fini(&arena);
}

static void test_arena_text(void **state)
{
	struct arena arena = {0};
	char *text = arena_text(&arena, "abcdef", 3);

	(void)state;
	assert_string_equal(text, "abc");
	assert_string_equal(arena_text(&arena, "", 0), "");
	assert_string_equal(arena_printf(&arena, "%d of %s", 3, text), "3 of abc");
	assert_memory_equal(arena_copy(&arena, "xyz", 3), "xyz", 3);
	assert_non_null(arena_copy(&arena, NULL, 0));
	arena_fini(&arena);
}

static void test_mem(void **state)
{
	size_t room = 0, i;
	int *items = NULL;
	char *text;

	(void)state;
	for (i = 0; i < 1000; i++) {
		mem_grow(&items, &room, i + 1, sizeof(*items));
		assert_true(room > i);
		items[i] = (int)i;
	}
	for (i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	mem_grow(&items, &room, 10, sizeof(*items));
	assert_true(room >= 1000);
	free(items);
	text = mem_strdup("x");
	assert_string_equal(text, "x");
	free(text);
	free(mem_alloc(0));
}

static jmp_buf exhausted;

static void on_exhausted(void)
{
	longjmp(exhausted, 1);
}

/* Sizes that overflow end in mem_exhausted, not in a short array. */
static void test_exhausted(void **state)
{
	void (*before)(void) = mem_exhausted;
	size_t room = 0;
	void *items = NULL;

	(void)state;
	mem_exhausted = on_exhausted;
	if (!setjmp(exhausted)) {
		mem_grow(&items, &room, SIZE_MAX / 2, 16);
		fail();
	}
	mem_exhausted = before;
	assert_null(items);
}

/* One large piece neither ends the chunk that serves small ones nor makes the next as large; what is taken is freed. */
static void test_arena_large(void **state)
{
	struct arena arena = {0};
	const char *before = arena_alloc(&arena, 64);
	char *large = arena_alloc(&arena, 1 << 20);
	const char *after = arena_alloc(&arena, 64);

	(void)state;
#ifdef ARENA_BY_PIECES
	assert_ptr_not_equal(after, before);
#else
	assert_ptr_equal(after, before + 64);
#endif
	large[(1 << 20) - 1] = 1;
	assert_int_equal(*(char *)arena_take(&arena, mem_strdup("kept")), 'k');
	assert_null(arena_take(&arena, NULL));
	arena_reset(&arena);
	assert_int_equal(*(char *)arena_take(&arena, mem_strdup("again")), 'a');
	assert_int_equal(((char *)arena_alloc(&arena, 1 << 20))[(1 << 20) - 1], 0);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf),	   cmocka_unit_test(test_arena),
		cmocka_unit_test(test_arena_text), cmocka_unit_test(test_mem),
		cmocka_unit_test(test_exhausted),  cmocka_unit_test(test_arena_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
