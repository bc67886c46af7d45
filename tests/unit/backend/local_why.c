/* SPDX-License-Identifier: GPL-2.0-or-later */
/* local/ask_why: the facts of this very process, what is asked of the kernel, and who cannot be asked about. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/source.h"
#include "local/local.h"
#include "proc/proc.h"

static struct source *open_source(void)
{
	struct kernel *kernel;
	struct source *source;
	char error[256];

	assert_int_equal(proc_kernel_open("/", &kernel, error, sizeof(error)), 0);
	assert_int_equal(local_source_open(kernel, NULL, &source, error, sizeof(error)), 0);
	return source;
}

/* Half a huge page of memory, which lies in no whole one. */
static void *too_small(struct source *source, size_t *size)
{
	const uint64_t huge = source->pmd_size;
	char *room = mmap(NULL, 3 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *start;

	assert_ptr_not_equal(room, MAP_FAILED);
	start = (char *)(((uintptr_t)room + huge - 1) / huge * huge + source->page_size);
	*size = huge / 2;
	assert_int_equal(mprotect(start, *size, PROT_READ | PROT_WRITE), 0);
	memset(start, 1, *size);
	return start;
}

static const struct why_reason *find(const struct why *why, const char *id)
{
	size_t i;

	for (i = 0; i < why->n; i++)
		if (!strcmp(why->reasons[i].id, id))
			return &why->reasons[i];
	return NULL;
}

static struct trigger asked;
static int answer;

static int fake_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
			struct arena *arena, struct event *event)
{
	(void)watch;
	(void)arena;
	asked = *trigger;
	if (answer < 0) {
		strcpy(source->error, "it sleeps");
		return answer;
	}
	*event = (struct event){.kind = EVENT_COLLAPSE,
				.by = "",
				.how = "process_madvise(MADV_COLLAPSE)",
				.error = answer,
				.verdict = answer ? "page_count" : "succeeded",
				.why = ""};
	return 0;
}

static unsigned smaps_read;
static const struct kernel_ops *true_ops;

static int counted_text(struct kernel_process *process, const char *name, struct buf *out)
{
	smaps_read += !strcmp(name, "smaps");
	return true_ops->process_text(process, name, out);
}

/* smaps stalls its process: several questions in a row read it once, and another kind of question anew. */
static void test_pass(void **state)
{
	static const enum why_how hows[] = {WHY_LOOK, WHY_PASS, WHY_PASS, WHY_PASS, WHY_LOOK, WHY_PASS};
	static const unsigned reads[] = {1, 2, 2, 2, 3, 4};
	struct kernel_ops ops;
	struct kernel *kernel;
	struct source *source;
	struct arena arenas[6] = {{0}};
	struct why whys[6];
	char error[256], *start;
	size_t size, i;

	(void)state;
	assert_int_equal(proc_kernel_open("/", &kernel, error, sizeof(error)), 0);
	true_ops = kernel->ops;
	ops = *true_ops;
	ops.process_text = counted_text;
	kernel->ops = &ops;
	assert_int_equal(local_source_open(kernel, NULL, &source, error, sizeof(error)), 0);
	start = too_small(source, &size);
	smaps_read = 0;
	for (i = 0; i < 6; i++) {
		assert_int_equal(
			source_why(source, getpid(), 0, (uintptr_t)start, hows[i], &arenas[i], &whys[i]), 0);
		assert_int_equal(smaps_read, reads[i]);
		assert_non_null(whys[i].vma->smaps);
	}
	source_close(source);
	/* What was answered outlives the pass, and the source. */
	for (i = 0; i < 6; i++) {
		assert_true(smaps_kb(whys[i].vma->smaps, "Size", 0) > 0);
		arena_fini(&arenas[i]);
	}
}

static void test_ask(void **state)
{
	struct source *source = open_source();
	struct source_ops ops = *source->ops;
	struct arena arena = {0};
	struct why why;
	size_t size;
	char *start = too_small(source, &size);

	(void)state;
	ops.trigger = fake_trigger;
	source->ops = &ops;
	asked.kind = TRIGGER_KIND_COUNT;
	assert_int_equal(source_why(source, getpid(), 0, (uintptr_t)start + 5, false, &arena, &why), 0);
	assert_int_equal(asked.kind, TRIGGER_KIND_COUNT); /* unasked nothing is tried */
	assert_false(why.asked);
	assert_non_null(find(&why, "vma-too-small"));
	assert_int_equal(why.start, (uintptr_t)start);
	assert_int_equal(why.len, size);

	answer = EAGAIN;
	assert_int_equal(source_why(source, getpid(), 0, (uintptr_t)start, true, &arena, &why), 0);
	assert_int_equal(asked.kind, TRIGGER_COLLAPSE);
	assert_int_equal(asked.pid, getpid());
	assert_int_equal(asked.addr, (uintptr_t)start);
	assert_int_equal(asked.len, size);
	assert_true(asked.start_time > 0);
	assert_true(why.asked);
	assert_int_equal(why.error, EAGAIN);
	assert_string_equal(why.verdict, "page_count");
	assert_non_null(why.event);
	assert_true(why.n > 0); /* the reasons beside it */

	answer = -EBUSY;
	assert_int_equal(source_why(source, getpid(), 0, (uintptr_t)start, true, &arena, &why), 0);
	assert_false(why.asked);
	assert_string_equal(why.not_asked, "it sleeps");

	/* A source that cannot says so. */
	ops.trigger = NULL;
	assert_int_equal(source_why(source, getpid(), 0, (uintptr_t)start, true, &arena, &why), 0);
	assert_false(why.asked);
	assert_non_null(strstr(why.not_asked, "running kernel"));
	munmap(start, size);
	arena_fini(&arena);
	source->ops = &ops;
	source_close(source);
}

static void test_nobody(void **state)
{
	struct source *source = open_source();
	struct arena arena = {0};
	struct why why;

	(void)state;
	assert_int_equal(source_why(source, 0x7ffffffe, 0, 0x1000, false, &arena, &why), -ESRCH);
	assert_non_null(strstr(source->error, "no such process"));
	assert_int_equal(source_why(source, getpid(), 0, 0x1000, false, &arena, &why), -EFAULT);
	assert_non_null(strstr(source->error, "nothing is mapped at 0x1000"));
	/* Who had the number is not who was meant. */
	assert_int_equal(source_why(source, getpid(), 1, (uintptr_t)&why, true, &arena, &why), -ESRCH);
	assert_non_null(strstr(source->error, "another one has its number"));
	arena_fini(&arena);
	source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
