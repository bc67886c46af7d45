/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames there and back, and in pieces; the archive as cpio(1) would read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/frames.h"
#include "lab/initramfs.h"

static void test_frames(void **state)
{
	struct buf buf = {0};
	const char *bytes;
	size_t size, taken, len;
	uint32_t type;

	(void)state;
	lab_frame_put(&buf, LAB_OUTPUT, "hello", 5);
	len = buf.len;
	lab_frame_put(&buf, LAB_INPUT_ENDS, NULL, 0);
	for (size = 0; size < len; size++)
		assert_int_equal(lab_frame_get(buf.data, size, &type, &bytes, &taken, &taken), 0);
	assert_int_equal(lab_frame_get(buf.data, buf.len, &type, &bytes, &size, &taken), 1);
	assert_int_equal(type, LAB_OUTPUT);
	assert_int_equal(size, 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(taken, len);
	assert_int_equal(lab_frame_get(buf.data + len, buf.len - len, &type, &bytes, &size, &taken), 1);
	assert_int_equal(type, LAB_INPUT_ENDS);
	assert_int_equal(size, 0);
	buf.data[0] = 77;
	assert_int_equal(lab_frame_get(buf.data, buf.len, &type, &bytes, &size, &taken), -EBADMSG);
	memset(buf.data, 0xff, buf.len);
	buf.data[0] = LAB_OUTPUT;
	memset(buf.data + 1, 0, 3);
	assert_int_equal(lab_frame_get(buf.data, buf.len, &type, &bytes, &size, &taken), -EBADMSG);
	buf_fini(&buf);
}

static unsigned field(const struct buf *archive, size_t at, int number)
{
	char digits[9] = "";

	memcpy(digits, archive->data + at + 6 + (size_t)number * 8, 8);
	return (unsigned)strtoul(digits, NULL, 16);
}

/* The archive's entries: name, mode (field 1), size (field 6). */
static void test_archive(void **state)
{
	struct buf archive = {0};
	unsigned init_size = 0, console_mode = 0, entries = 0;
	const char *name = "";
	size_t at = 0, body;

	(void)state;
	assert_int_equal(initramfs_write(&archive, SPECIMEN), 0);
	while (strcmp(name, "TRAILER!!!")) {
		assert_true(at + 110 < archive.len);
		assert_memory_equal(archive.data + at, "070701", 6);
		name = archive.data + at + 110;
		assert_int_equal(strlen(name) + 1, field(&archive, at, 11));
		if (!strcmp(name, "init"))
			init_size = field(&archive, at, 6);
		if (!strcmp(name, "dev/console"))
			console_mode = field(&archive, at, 1);
		body = (at + 110 + strlen(name) + 1 + 3) / 4 * 4;
		if (!strcmp(name, "init"))
			assert_memory_equal(archive.data + body, "\177ELF", 4);
		at = (body + field(&archive, at, 6) + 3) / 4 * 4;
		entries++;
	}
	assert_int_equal(at, archive.len);
	assert_true(init_size > 10000);
	assert_int_equal(console_mode, 020600);
	assert_int_equal(entries, 9);
	buf_fini(&archive);
}

static void test_what_is_no_init(void **state)
{
	struct buf archive = {0};

	(void)state;
	assert_int_equal(initramfs_write(&archive, "/no/such/program"), -ENOENT);
	assert_int_equal(initramfs_write(&archive, "/proc/self/cmdline"), -ENOEXEC);
	/* It needs libraries. */
	assert_int_equal(initramfs_write(&archive, "/proc/self/exe"), -ENOEXEC);
	buf_fini(&archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_what_is_no_init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
