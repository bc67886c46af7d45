/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The roster: who stays, what is known of them, and whose turn it is. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/roster.h"

#define SECOND UINT64_C(1000000000)
#define ROOM 8

static struct roster roster;

static struct listed who(pid_t pid, uint64_t start_time, int64_t rss_kb)
{
	return (struct listed){.pid = pid,
			       .start_time = start_time,
			       .comm = "comm",
			       .command = "a command",
			       .user = "someone",
			       .rss_kb = rss_kb,
			       .own = true};
}

static int finish(void **state)
{
	(void)state;
	roster_fini(&roster);
	return 0;
}

/* A moment of one process, with so much mapped by PMD. */
static struct moment *seen(pid_t pid, uint64_t start_time, enum outcome outcome, uint64_t pmd_kb)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	struct process *process = arena_alloc(&moment->arena, sizeof(*process));

	*process = (struct process){.pid = pid,
				    .start_time = start_time,
				    .outcome = outcome,
				    .mapping_known = true,
				    .kb = {.present = pmd_kb + 4, .pmd = pmd_kb, .small = 4}};
	moment->page_size = 4096;
	moment->processes = process;
	moment->n_processes = 1;
	return moment;
}

static void survey(pid_t pid, uint64_t start_time, enum outcome outcome, uint64_t pmd_kb, uint64_t now)
{
	struct moment *moment = seen(pid, start_time, outcome, pmd_kb);

	roster_surveyed(&roster, moment, now);
	moment_free(moment);
}

/* Who is next, as text: "3 1 2". */
static const char *next(uint64_t now, size_t room)
{
	static char text[128];
	pid_t pids[ROOM];
	size_t n = roster_next(&roster, now, pids, room), i;

	*text = '\0';
	for (i = 0; i < n; i++)
		sprintf(text + strlen(text), "%s%d", i ? " " : "", (int)pids[i]);
	return text;
}

static void test_list(void **state)
{
	const struct listed first[] = {who(1, 10, 4), who(5, 50, 4), who(9, 90, 4)};
	const struct listed second[] = {who(5, 50, 8), who(7, 70, 4), who(9, 91, 4)};
	struct roster_view *view;
	char comm[] = "volatile";
	struct listed own;

	(void)state;
	roster_list(&roster, first, 3);
	survey(5, 50, OUTCOME_OK, 2048, SECOND);
	survey(9, 90, OUTCOME_OK, 2048, SECOND);
	roster_list(&roster, second, 3);
	view = roster_view(&roster, 3 * SECOND);
	assert_int_equal(view->n, 3);
	assert_int_equal(view->mono_ns, 3 * SECOND);
	assert_int_equal(view->rows[0].is.pid, 5);
	assert_int_equal(view->rows[0].is.rss_kb, 8); /* the list's part is new, the survey's stays */
	assert_true(view->rows[0].known);
	assert_int_equal(view->rows[0].kb.pmd, 2048);
	assert_int_equal(view->rows[0].looked_ns, SECOND);
	assert_int_equal(view->rows[1].is.pid, 7);
	assert_false(view->rows[1].known);
	assert_int_equal(view->rows[1].outcome, OUTCOME_COUNT);
	assert_false(view->rows[2].known); /* another process under an old PID */
	roster_view_free(view);
	own = who(3, 30, 4);
	own.comm = comm;
	roster_list(&roster, &own, 1);
	view = roster_view(&roster, 0);
	memset(comm, 'x', sizeof(comm) - 1);
	roster_list(&roster, NULL, 0);
	assert_string_equal(view->rows[0].is.comm, "volatile"); /* neither the list's text nor the roster's */
	roster_view_free(view);
	assert_string_equal(next(SECOND, ROOM), "");
	assert_int_equal(roster_due(&roster), UINT64_MAX);
}

static void test_turns(void **state)
{
	struct listed list[] = {who(1, 1, 10), who(2, 1, 30), who(3, 1, 20), who(4, 1, 99), who(5, 1, 0)};
	const pid_t visible[] = {3, 1};

	(void)state;
	list[3].own = false;
	list[4].kernel_thread = true;
	roster_list(&roster, list, 5);
	assert_int_equal(roster_due(&roster), 0);
	assert_string_equal(next(10 * SECOND, ROOM), "2 3 1 4"); /* own first, the largest first; no thread */
	assert_string_equal(next(10 * SECOND, 2), "2 3");
	roster_visible(&roster, visible, 2);
	assert_string_equal(next(10 * SECOND, ROOM), "3 1 2 4");
	survey(3, 1, OUTCOME_OK, 0, 10 * SECOND);
	assert_string_equal(next(10 * SECOND, ROOM), "1 2 4");
	assert_string_equal(next(11 * SECOND, ROOM), "1 2 4 3"); /* a second later, behind the unknown */
	survey(1, 1, OUTCOME_OK, 0, 10 * SECOND);
	survey(2, 1, OUTCOME_OK, 0, 10 * SECOND);
	survey(4, 1, OUTCOME_DENIED, 0, 10 * SECOND);
	assert_string_equal(next(10 * SECOND, ROOM), "");
	assert_int_equal(roster_due(&roster), 11 * SECOND);
	assert_string_equal(next(11 * SECOND, ROOM), "3 1"); /* those on the screen */
	assert_string_equal(next(18 * SECOND, ROOM), "3 1 2");
	assert_string_equal(next(40 * SECOND, ROOM), "3 1 2 4"); /* one may be let in later */
	/* Nobody starves: who is longest due is first, on the screen or not. */
	survey(3, 1, OUTCOME_OK, 0, 38 * SECOND);
	survey(1, 1, OUTCOME_OK, 0, 38 * SECOND);
	assert_string_equal(next(40 * SECOND, ROOM), "2 3 1 4");
	roster_visible(&roster, NULL, 0);
	assert_string_equal(next(40 * SECOND, ROOM), "2 4");
}

/* A list that is renewed keeps in mind who is on the screen. */
static void test_visible_stays(void **state)
{
	const struct listed list[] = {who(1, 1, 30), who(2, 1, 20)};
	const pid_t visible = 2;

	(void)state;
	roster_visible(&roster, &visible, 1);
	roster_list(&roster, list, 2);
	assert_string_equal(next(SECOND, ROOM), "2 1");
	roster_list(&roster, list, 2);
	assert_string_equal(next(SECOND, ROOM), "2 1");
}

/* As many at once as are surveyed in a moment, the first one however large it is. */
static void test_batch(void **state)
{
	const struct listed list[] = {who(1, 1, 100 << 20), who(2, 1, 200 << 10), who(3, 1, 50 << 10),
				      who(4, 1, 10 << 10)};

	(void)state;
	roster_list(&roster, list, 4);
	assert_string_equal(next(SECOND, ROOM), "1");
	survey(1, 1, OUTCOME_OK, 0, SECOND);
	assert_string_equal(next(SECOND, ROOM), "2 3");
	survey(2, 1, OUTCOME_OK, 0, SECOND);
	assert_string_equal(next(SECOND, ROOM), "3 4");
}

static void test_outcomes(void **state)
{
	const struct listed list[] = {who(1, 10, 4), who(2, 20, 4), who(3, 30, 4)};
	struct roster_view *view;

	(void)state;
	roster_list(&roster, list, 3);
	survey(1, 10, OUTCOME_OK, 4096, SECOND);
	survey(1, 10, OUTCOME_GONE, 0, 2 * SECOND);
	survey(2, 21, OUTCOME_OK, 4096, SECOND); /* the PID is another's by now */
	survey(3, 30, OUTCOME_DENIED, 0, SECOND);
	survey(99, 1, OUTCOME_OK, 4096, SECOND); /* not in the list yet */
	view = roster_view(&roster, 2 * SECOND);
	assert_int_equal(view->rows[0].outcome, OUTCOME_GONE);
	assert_true(view->rows[0].known);
	assert_int_equal(view->rows[0].kb.pmd, 4096);
	assert_int_equal(view->rows[1].outcome, OUTCOME_REUSED);
	assert_false(view->rows[1].known);
	assert_int_equal(view->rows[2].outcome, OUTCOME_DENIED);
	assert_false(view->rows[2].known);
	roster_view_free(view);
	roster_view_free(NULL);
	assert_string_equal(next(100 * SECOND, ROOM), "3"); /* who has exited has no turn */
}

/* kB by PMD by the kind of memory: shared by the mapping, private by what the pages are. */
static void test_kinds(void **state)
{
	const struct listed list[] = {who(1, 10, 4)};
	struct moment *moment = seen(1, 10, OUTCOME_OK, 10 * 2048);
	struct vma vmas[] = {
		{.perms = "rw-p", .kind = VMA_ANON}, {.perms = "rw-s", .kind = VMA_SHMEM},
		{.perms = "r--p", .kind = VMA_FILE}, {.perms = "rw-p", .kind = VMA_SHMEM},
		{.perms = "r--s", .kind = VMA_FILE}, {.perms = "rw-s", .kind = VMA_HUGETLB},
	};
	struct region regions[] = {
		{.vma = 0, .mapping = MAPPING_PMD, .present = 512, .anon = 512},
		{.vma = 0, .mapping = MAPPING_PTE, .present = 512, .anon = 512},
		{.vma = 0, .mapping = MAPPING_PMD, .present = 512, .zero = 512, .anon = 512},
		{.vma = 1, .mapping = MAPPING_PMD, .present = 512},
		{.vma = 2, .mapping = MAPPING_PMD, .present = 512, .file = 512},
		{.vma = 3,
		 .mapping = MAPPING_PMD,
		 .present = 512,
		 .anon = 512}, /* written to, and collapsed */
		{.vma = 3, .mapping = MAPPING_PMD, .present = 512, .file = 512},
		{.vma = 4, .mapping = MAPPING_PMD, .present = 512, .file = 512},
		{.vma = 5, .mapping = MAPPING_PMD, .present = 512, .backing = BACKING_HUGETLB},
	};
	struct roster_view *view;

	(void)state;
	moment->processes[0].vmas = vmas;
	moment->processes[0].n_vmas = 6;
	moment->processes[0].regions = regions;
	moment->processes[0].n_regions = 9;
	roster_list(&roster, list, 1);
	roster_surveyed(&roster, moment, SECOND);
	moment_free(moment);
	view = roster_view(&roster, SECOND);
	assert_int_equal(view->rows[0].huge.anon, 2 * 2048);
	assert_int_equal(view->rows[0].huge.shmem, 2 * 2048);
	assert_int_equal(view->rows[0].huge.file, 2 * 2048);
	roster_view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_list, finish),
		cmocka_unit_test_teardown(test_turns, finish),
		cmocka_unit_test_teardown(test_visible_stays, finish),
		cmocka_unit_test_teardown(test_batch, finish),
		cmocka_unit_test_teardown(test_outcomes, finish),
		cmocka_unit_test_teardown(test_kinds, finish),
	};

	return cmocka_run_group_tests_name("core_roster", tests, NULL, NULL);
}
