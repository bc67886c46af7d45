/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a survey tells only where it is asked for: the cgroup, and how far it is. */
#include "survey_bench.h"

#include <string.h>

#include "core/mem.h"

#define SLOT UINT64_C(0x200000)

static void test_cgroup(void **state)
{
	const struct survey_options asks = {.cgroup = true};
	struct fake *fake = fake_new(9, 1024);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;

	(void)state;
	fake_vma(process, BASE, BASE + SLOT, "");
	fake_settle(fake);
	/* A kernel without cgroups, or a tree that does not tell. */
	moment = survey_of(&fake->kernel, 1, &asks);
	assert_int_equal(moment->processes[0].outcome, OUTCOME_OK);
	assert_null(moment->processes[0].cgroup);
	moment_free(moment);
	process->cgroup = mem_strdup("4:memory:/old\n0::/new\n");
	moment = survey_of(&fake->kernel, 1, &asks);
	assert_string_equal(moment->processes[0].cgroup, "/old");
	moment_free(moment);
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_null(moment->processes[0].cgroup);
	moment_free(moment);
	fake_free(fake);
}

struct teller {
	struct survey_progress progress;
	unsigned begun, told, last;
};

static void tell(struct survey_progress *progress, pid_t pid, unsigned thousandths)
{
	struct teller *teller = (struct teller *)progress;

	assert_int_equal(pid, 100);
	assert_true(thousandths <= 1000 && (!thousandths || thousandths >= teller->last));
	teller->begun += !thousandths;
	teller->told++;
	teller->last = thousandths;
}

static void test_progress(void **state)
{
	struct teller teller = {.progress.tell = tell};
	const struct survey_options asks = {.progress = &teller.progress};
	struct fake *fake = fake_new(9, 1024);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;
	unsigned i;

	(void)state;
	fake_vma(process, BASE, BASE + 256 * SLOT, "");
	for (i = 0; i < 256; i++)
		fake_pte(fake, process, BASE + i * SLOT, fake_folio(fake, 0, true));
	process->status = mem_strdup("Name:\tfake\nVmPTE:\t4 kB\nVmRSS:\t2048 kB\n");
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, &asks);
	assert_int_equal(moment->processes[0].n_regions, 256);
	moment_free(moment);
	/* 256 pages are half of its RSS. */
	assert_int_equal(teller.begun, 1);
	assert_int_equal(teller.told, 1 + 256 / 16);
	assert_int_equal(teller.last, 500);
	/* Of a terabyte they are nothing yet, but behind the beginning. */
	free(process->status);
	process->status = mem_strdup("Name:\tfake\nVmRSS:\t1073741824 kB\n");
	teller = (struct teller){.progress.tell = tell};
	moment_free(survey_of(&fake->kernel, 1, &asks));
	assert_int_equal(teller.begun, 1);
	assert_int_equal(teller.last, 1);
	/* It may grow meanwhile: all is not more than all. */
	free(process->status);
	process->status = mem_strdup("Name:\tfake\nVmRSS:\t16 kB\n");
	teller = (struct teller){.progress.tell = tell};
	moment_free(survey_of(&fake->kernel, 1, &asks));
	assert_int_equal(teller.last, 1000);
	/* Without it only the beginning is known. */
	free(process->status);
	process->status = mem_strdup("Name:\tfake\n");
	teller = (struct teller){.progress.tell = tell};
	moment_free(survey_of(&fake->kernel, 1, &asks));
	assert_int_equal(teller.told, 1);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
