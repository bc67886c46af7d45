/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/fault: the call that is to go wrong does, and no other. */
#include "kid.h"

#include "fault/fault.h"

static struct kernel *wrap(const struct fault_plan *plan)
{
	return fault_kernel_wrap(open_proc(), plan);
}

static void test_nth(void **state)
{
	struct kernel *kernel =
		wrap(&(struct fault_plan){.op = FAULT_TEXT, .nth = 2, .times = 2, .err = -EIO});
	struct buf text = {0};

	(void)state;
	assert_string_equal(kernel->ops->source, "fault");
	assert_true(kernel->page_size > 0);
	assert_int_equal(kernel_text(kernel, "proc/vmstat", &text), 0);
	assert_int_equal(kernel_text(kernel, "proc/vmstat", &text), -EIO);
	assert_int_equal(kernel_text(kernel, "proc/vmstat", &text), -EIO);
	assert_int_equal(kernel_text(kernel, "proc/vmstat", &text), 0);
	assert_int_equal(fault_calls(kernel), 4);
	buf_fini(&text);
	kernel_close(kernel);
}

static void test_file(void **state)
{
	struct kernel *kernel = wrap(&(struct fault_plan){
		.op = FAULT_PROCESS_TEXT, .file = "maps", .nth = 1, .kind = FAULT_CUT, .keep = 10});
	struct kernel_process *self = open_pid(kernel, getpid());
	struct buf text = {0};

	(void)state;
	buf_puts(&text, "abc");
	assert_int_equal(kernel_process_text(self, "maps", &text), 0);
	assert_int_equal(text.len, 13);
	assert_int_equal(text.data[13], 0);
	buf_clear(&text);
	assert_int_equal(kernel_process_text(self, "stat", &text), 0);
	assert_true(text.len > 10);
	buf_clear(&text);
	/* times 0: every one from there on. */
	assert_int_equal(kernel_process_text(self, "maps", &text), 0);
	assert_int_equal(text.len, 10);
	assert_int_equal(fault_calls(kernel), 2);
	buf_fini(&text);
	kernel_process_close(self);
	kernel_close(kernel);
}

static void test_words(void **state)
{
	struct kernel *kernel = wrap(&(struct fault_plan){
		.op = FAULT_PAGEMAP, .nth = 2, .times = 1, .kind = FAULT_CUT, .keep = 1});
	struct kernel_process *self = open_pid(kernel, getpid());
	const uint64_t addr = (uintptr_t)&kernel & ~(kernel->page_size - 1);
	uint64_t words[2];

	(void)state;
	assert_int_equal(self->pid, getpid());
	assert_ptr_equal(self->kernel, kernel);
	assert_int_equal(kernel_pagemap(self, addr - kernel->page_size, 2, words), 2);
	assert_int_equal(kernel_pagemap(self, addr - kernel->page_size, 2, words), 1);
	assert_int_equal(kernel_pagemap(self, addr, 1, words), 1);
	assert_true(words[0] & PM_PRESENT);
	kernel_process_close(self);
	kernel_close(kernel);
}

static void test_scan(void **state)
{
	struct kernel *kernel = wrap(
		&(struct fault_plan){.op = FAULT_SCAN, .nth = 1, .times = 2, .kind = FAULT_CUT, .keep = 1});
	struct kernel_process *self = open_pid(kernel, getpid());
	const size_t size = kernel->page_size;
	char *area = map_aligned(4 * size, size);
	struct scan_range out[4];
	struct kernel_scan scan = {
		.from = (uintptr_t)area, .to = (uintptr_t)area + 4 * size, .out = out, .room = 4};

	(void)state;
	madvise(area, 4 * size, MADV_NOHUGEPAGE);
	area[0] = 1;
	area[2 * size] = 1;
	if (kernel_scan(self, &scan) == -ENOTSUP)
		SKIP("pagemap_scan", "no call to be cut");
	assert_int_equal(scan.n, 1);
	assert_int_equal(scan.next, scan.from + size);
	scan.from = scan.next;
	assert_int_equal(kernel_scan(self, &scan), 0);
	assert_int_equal(scan.n, 1);
	assert_int_equal(out[0].start, (uintptr_t)area + 2 * size);
	assert_int_equal(scan.next, scan.to);
	munmap(area, 4 * size);
	kernel_process_close(self);
	kernel_close(kernel);
}

/* Every call can be the one. */
static void test_each_op(void **state)
{
	struct scan_range range;
	struct kernel_scan scan = {.to = 4096, .out = &range, .room = 1};
	struct kernel_process *self, *other;
	struct kernel *kernel;
	struct buf text = {0};
	struct kernel_entries entries;
	const uint64_t none = 0; /* nobody is marked */
	int64_t usage, maps;
	pid_t *pids = NULL;
	uint64_t word;
	size_t n = 0;
	int op;

	(void)state;
	for (op = FAULT_TEXT; op < FAULT_OP_COUNT; op++) {
		kernel = wrap(&(struct fault_plan){
			.op = (enum fault_op)op, .nth = op == FAULT_PROCESS_OPEN ? 2 : 1, .err = -ENOMEM});
		self = open_pid(kernel, getpid());
		assert_int_equal(kernel_text(kernel, "proc/vmstat", &text) == -ENOMEM, op == FAULT_TEXT);
		assert_int_equal(kernel_pids(kernel, &pids, &n) == -ENOMEM, op == FAULT_PIDS);
		if (op == FAULT_PROCESS_OPEN)
			assert_int_equal(kernel_process_open(kernel, getpid(), &other), -ENOMEM);
		assert_int_equal(kernel_process_text(self, "stat", &text) == -ENOMEM,
				 op == FAULT_PROCESS_TEXT);
		assert_int_equal(kernel_pagemap(self, 0, 1, &word) == -ENOMEM, op == FAULT_PAGEMAP);
		assert_int_equal(kernel_scan(self, &scan) == -ENOMEM, op == FAULT_SCAN);
		assert_int_equal(kernel_flags(kernel, 1, 1, &word) == -ENOMEM, op == FAULT_FLAGS);
		assert_int_equal(kernel_counts(kernel, 1, 1, &word) == -ENOMEM, op == FAULT_COUNTS);
		assert_int_equal(kernel_idle_mark(kernel, 0, 1, &none) == -ENOMEM, op == FAULT_IDLE_MARK);
		assert_int_equal(kernel_idle(kernel, 0, 1, &word) == -ENOMEM, op == FAULT_IDLE);
		assert_int_equal(kernel_clear_refs(self) == -ENOMEM, op == FAULT_CLEAR_REFS);
		assert_int_equal(kernel_entries(self, 0, 1, &entries) == -ENOMEM, op == FAULT_ENTRIES);
		assert_int_equal(kernel_team(kernel, 0, &usage, &maps) == -ENOMEM, op == FAULT_TEAM);
		assert_int_equal(kernel_vma_page_size(self, 0, &word) == -ENOMEM, op == FAULT_VMA_PAGE_SIZE);
		kernel_process_close(self);
		kernel_close(kernel);
	}
	free(pids);
	buf_fini(&text);
}

static void test_any(void **state)
{
	struct kernel *kernel =
		wrap(&(struct fault_plan){.op = FAULT_ANY, .nth = 3, .times = 1, .err = -EACCES});
	struct kernel_process *self = open_pid(kernel, getpid());
	struct buf text = {0};
	uint64_t word;

	(void)state;
	assert_int_equal(kernel_text(kernel, "proc/vmstat", &text), 0);
	assert_int_equal(kernel_pagemap(self, 0, 1, &word), -EACCES);
	assert_int_equal(kernel_pagemap(self, 0, 1, &word), 1);
	buf_fini(&text);
	kernel_process_close(self);
	kernel_close(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nth),  cmocka_unit_test(test_file), cmocka_unit_test(test_words),
		cmocka_unit_test(test_scan), cmocka_unit_test(test_any),  cmocka_unit_test(test_each_op),
	};

	return cmocka_run_group_tests_name("backend_fault", tests, NULL, NULL);
}
