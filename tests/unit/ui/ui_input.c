/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes to keys: what a terminal sends, at once and in pieces, and what must not become a key. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "ui/input.h"
#include "ui/keymap.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Keys as text: "6a up:3,4 other". */
static void put_key(struct buf *out, uint32_t key, const struct mouse *mouse)
{
	static const char *const what[] = {
		[MOUSE_CLICK] = "click",
		[MOUSE_DOUBLE] = "double",
		[MOUSE_WHEEL_UP] = "wheel-up",
		[MOUSE_WHEEL_DOWN] = "wheel-down",
	};

	buf_puts(out, out->len ? " " : "");
	if (key == PRESS_MOUSE)
		buf_printf(out, "%s:%d,%d", what[mouse->what], mouse->row, mouse->col);
	else if (key == PRESS_OTHER)
		buf_puts(out, "other");
	else if (key & KEYS_PASTED)
		buf_printf(out, "pasted-%x", key & ~KEYS_PASTED);
	else if (key >= KEYS_SPECIAL)
		buf_printf(out, "+%x", key - KEYS_SPECIAL);
	else
		buf_printf(out, "%x", key);
}

static void take(struct input *input, int64_t now, struct buf *out)
{
	struct mouse mouse;
	uint32_t key;

	while ((key = input_key(input, now, &mouse)) != PRESS_NONE)
		put_key(out, key, &mouse);
}

/* All at once, and byte by byte (unless it is a key with Alt): the same, whichever. A quiet second ends it. */
static void check_bytes(const char *bytes, size_t n, const char *want)
{
	bool alt = n > 1 && bytes[0] == '\x1b' && bytes[1] == 'q';
	static const struct input_own own[] = {{"\x1bQx", PRESS_DELETE}};
	struct input input = {.own = own, .n_own = 1};
	struct buf out = {0};
	size_t i;

	input_feed(&input, bytes, n, 0);
	take(&input, 0, &out);
	take(&input, 1000, &out);
	assert_string_equal(out.data ? out.data : "", want);
	buf_clear(&out);
	input = (struct input){.own = own, .n_own = 1};
	for (i = 0; i < n; i++) {
		input_feed(&input, bytes + i, 1, 0);
		take(&input, 0, &out);
	}
	take(&input, 1000, &out);
	assert_string_equal(out.data ? out.data : "", alt ? "1b 71 6a" : want);
	buf_fini(&out);
}

static void test_sequences(void **state)
{
	static const struct {
		const char *bytes, *want;
	} table[] = {
		{"jq", "6a 71"},
		{"\r\n", "d d"},
		{"\x03", "3"},
		{"\x7f", "+14"},
		{"\xc3\xa9", "e9"},
		{"\xf0\x9d\x84\x9e", "1d11e"},
		{"\x1b", "1b"},
		{"\x1b\x1b", "1b 1b"},
		/* arrows: three ways */
		{"\x1b[A\x1bOA\x1b[1A", "+0 +0 +0"},
		{"\x1b\x1b[A", "1b +0"},
		{"\x1b[H\x1bOH\x1b[1~\x1b[7~", "+6 +6 +6 +6"},
		{"\x1b[5~\x1b[6~", "+4 +5"},
		{"\x1bOP\x1b[11~\x1b[[A\x1b[24~", "+8 +8 +8 +13"},
		{"\x1b[Z", "+17"},
		{"\x1bOMx\x1bOk", "d 78 2b"},
		{"\x1bQx", "+16"}, /* this terminal's own */
		/* the mouse, both ways */
		{"\x1b[<0;5;3M\x1b[<0;5;3m", "click:2,4"},
		{"\x1b[<64;5;3M\x1b[<65;200;100M", "wheel-up:2,4 wheel-down:99,199"},
		{"\x1b[M !!", "click:0,0"},
		{"\x1b[M`!!\x1b[Ma!!", "wheel-up:0,0 wheel-down:0,0"},
		{"\x1b[<2;5;3M\x1b[<4;5;3M\x1b[<35;5;3M\x1b[M#!!", ""},
		{"\x1b[<0;0;3M\x1b[<0;99999;3M\x1b[<0;5M\x1b[<0;5;3;4M", ""},
		/* a paste: no letter of it is a key, its newlines are blanks */
		{"\x1b[200~qC\n\x03\x1b[A\x1b[201~q", "pasted-71 pasted-43 pasted-20 pasted-5b pasted-41 71"},
		{"\x1b[200~\xc3\xa9\xff", "pasted-e9"},
		/* what is not known is one key that means nothing, not letters */
		{"\x1b[38;5;7Qj", "other 6a"},
		{"\x1b[1;5Aj", "other 6a"},
		{"\x1b[99~j", "other 6a"},
		{"\x1b[?62;22c\x1b[24;80R", "other other"},
		{"\x1bqj", "other 6a"},
		{"\x1b]11;rgb:0/0/0\aj", "other 6a"},
		{"\x1b]11;rgb:0/0/0\x1b\\j", "other 6a"},
		{"\x1bP1$r0m\x1b\\j", "other 6a"},
		{"\x1bO5Aj", "other 6a"},
		{"\x1b[[Zq", "other 71"},
		{"\xff\xc3j\xed\xa0\x80\xc2\x80", "other other 6a other other"},
		/* broken off: what comes next is heard, Ctrl-C first of all */
		{"\x1b[12\x03", "other 3"},
		{"\x1b]hello\x03", "other 3"},
		{"\x1b[12\x1b[A", "other +0"},
		{"\x1b[1", "other"},
		{"\x1b]never ends", "other"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(table); i++)
		check_bytes(table[i].bytes, strlen(table[i].bytes), table[i].want);
	check_bytes("\0j", 2, "other 6a");
}

static void feed(struct input *input, const char *bytes, int64_t now)
{
	input_feed(input, bytes, strlen(bytes), now);
}

/* A lone escape is a key after 25 ms, and no sooner. */
static void test_patience(void **state)
{
	struct input input = {0};
	struct mouse mouse;

	(void)state;
	assert_int_equal(input_wait(&input, 0), -1);
	feed(&input, "\x1b", 1000);
	assert_int_equal(input_wait(&input, 1005), INPUT_ESCAPE_MS - 5);
	assert_int_equal(input_key(&input, 1000 + INPUT_ESCAPE_MS - 1, &mouse), PRESS_NONE);
	feed(&input, "[", 1010);
	assert_int_equal(input_wait(&input, 1010), INPUT_SEQUENCE_MS - 10);
	assert_int_equal(input_key(&input, 1000 + INPUT_SEQUENCE_MS - 1, &mouse), PRESS_NONE);
	feed(&input, "A", 1100);
	assert_int_equal(input_key(&input, 1100, &mouse), PRESS_UP);
	feed(&input, "\x1b", 2000);
	assert_int_equal(input_key(&input, 2000 + INPUT_ESCAPE_MS, &mouse), PRESS_ESCAPE);
	assert_int_equal(input_wait(&input, 2100), -1);
}

static uint32_t click(struct input *input, const char *where, int64_t now, enum mouse_what *what)
{
	struct mouse mouse = {0};
	uint32_t key;
	char bytes[32];

	snprintf(bytes, sizeof(bytes), "\x1b[<0;%sM\x1b[<0;%sm", where, where);
	feed(input, bytes, now);
	key = input_key(input, now, &mouse);
	*what = mouse.what;
	assert_int_equal(input_key(input, now, &mouse), PRESS_NONE);
	return key;
}

static void test_double_click(void **state)
{
	static const struct {
		const char *where;
		int64_t now;
		enum mouse_what what;
	} table[] = {
		{"5;3", 0, MOUSE_CLICK},    {"5;3", 200, MOUSE_DOUBLE},
		{"5;3", 300, MOUSE_CLICK},  {"5;3", 2000, MOUSE_CLICK},
		{"5;4", 2100, MOUSE_CLICK}, {"5;4", 2100 + INPUT_DOUBLE_MS, MOUSE_DOUBLE},
		{"5;4", 9000, MOUSE_CLICK}, {"5;4", 9001 + INPUT_DOUBLE_MS, MOUSE_CLICK},
	};
	struct input input = {0};
	enum mouse_what what;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(table); i++) {
		assert_int_equal(click(&input, table[i].where, table[i].now, &what), PRESS_MOUSE);
		assert_int_equal(what, table[i].what);
	}
}

/* The end of a paste got lost: the keyboard is not deaf for ever. */
static void test_lost_end(void **state)
{
	struct input input = {0};
	struct mouse mouse;

	(void)state;
	feed(&input, "\x1b[200~x", 0);
	assert_int_equal(input_key(&input, 0, &mouse), KEYS_PASTED | 'x');
	feed(&input, "y", INPUT_PASTE_MS);
	assert_int_equal(input_key(&input, INPUT_PASTE_MS, &mouse), KEYS_PASTED | 'y');
	feed(&input, "q", 2 * INPUT_PASTE_MS + 1);
	assert_int_equal(input_key(&input, 2 * INPUT_PASTE_MS + 1, &mouse), 'q');
}

/* More than there is room for, and a sequence that fills it all. */
static void test_full(void **state)
{
	struct input input = {0};
	struct mouse mouse;
	char bytes[2 * INPUT_BYTES];

	(void)state;
	memset(bytes, '1', sizeof(bytes));
	memcpy(bytes, "\x1b[", 2);
	input_feed(&input, bytes, sizeof(bytes), 0);
	assert_int_equal(input.n, INPUT_BYTES);
	assert_int_equal(input_key(&input, 0, &mouse), PRESS_OTHER);
	assert_int_equal(input.n, 0);
	assert_int_equal(input_key(&input, 0, &mouse), PRESS_NONE);
}

/* Any bytes: it ends, takes no more than there is, and never makes a letter of a sequence. */
static void test_noise(void **state)
{
	static const char signs[] = "\x1b\x1b[[O<M;0159~mAqC]P\x07\x80\xc3\xff\x03";
	struct input_press press;
	unsigned seed = 7, i;
	char bytes[40];
	size_t n, at, took;

	(void)state;
	for (i = 0; i < 20000; i++) {
		n = 1 + (size_t)rand_r(&seed) % sizeof(bytes);
		for (at = 0; at < n; at++)
			bytes[at] = signs[(size_t)rand_r(&seed) % (sizeof(signs) - 1)];
		for (at = 0; at < n; at += took) {
			took = input_next(bytes + at, n - at, true, i % 2, NULL, 0, &press);
			assert_in_range(took, 1, n - at);
			if (i % 2)
				assert_true(press.key == PRESS_NONE || press.key & KEYS_PASTED);
			else if (press.key >= ' ' && press.key < 0x7f)
				assert_true(took == 1 ? (char)press.key == bytes[at] : bytes[at + 1] == 'O');
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),    cmocka_unit_test(test_patience),
		cmocka_unit_test(test_double_click), cmocka_unit_test(test_lost_end),
		cmocka_unit_test(test_full),	     cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests_name("ui_input", tests, NULL, NULL);
}
