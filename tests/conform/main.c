/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conform [--wrong RULE] PROFILE SEED PROGRAMS [OPERATIONS]: model against machine (conform.h), and TAP; a program that they
 * differ in is cut down and shown as a script. conform PROFILE FILE.thp runs one script. --wrong: with a rule of the model
 * turned into what it is not, until that is found. By root; of the profiles in which khugepaged has nothing to do one for each
 * CPU may run at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "conform.h"

#define OPERATIONS 15
#define BATCH 50
/* After so many that differ there is nothing new to learn. */
#define ENOUGH 5

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* So often a program that differed has to agree for that to have been somebody else's doing. */
#define AGAIN 3u
/* One program of so many may. */
#define RARELY 200
/* So many programs come to everything that their profile is about. */
#define MANY 300

/* Says what is wrong, as short as it gets. False: it does not come again. */
static bool show(struct conform_run *run, struct random_program *program, uint64_t seed)
{
	const size_t before = program->n;
	bool fails = false;

	printf("# seed %llu: %s\n", (unsigned long long)seed, run->why);
	for (unsigned n = 0; n < AGAIN && !fails; n++)
		fails = conform_fails(run, program);
	if (fails) {
		random_shrink(conform_fails_twice, run, (uint64_t)2 << 20, program);
		conform_fails(run, program);
		printf("# cut down from %zu operations to %zu:\n", before, program->n);
	} else {
		printf("# once, and not in %u runs more:\n", AGAIN);
	}
	conform_print(run, program, seed);
	return fails;
}

static unsigned enough(const struct conform_run *run)
{
	return run->wrong ? 1 : ENOUGH;
}

/* Whether all of them agreed. */
static bool batch(struct conform_run *run, uint64_t seed, size_t programs, size_t operations,
		  unsigned *differ)
{
	const unsigned before = *differ;

	for (size_t at = 0; at < programs && *differ < enough(run); at++) {
		struct random_program program;

		if (!conform_draw(run, seed + at, operations, &program)) {
			if (show(run, &program, seed + at))
				++*differ;
			else
				run->once++;
		}
		random_program_fini(&program);
	}
	return *differ == before;
}

static int run_file(struct conform_run *run, const char *path)
{
	struct random_program program;
	bool good = conform_read(run, path, &program);

	if (good && !program.n)
		snprintf(run->why, sizeof(run->why), "it has no operation");
	/* What comes once is somebody else's doing, as of seeds. */
	if (good && program.n && !conform_fails_twice(run, &program))
		printf("ok 1 - %s\n# %zu addresses of queues\n1..1\n", path, look_queued());
	else
		printf("not ok 1 - %s\n# %s\n1..1\n", path, run->why);
	random_program_fini(&program);
	return 0;
}

/* What of huge pages was compared; where the programs are about those, and are many, nothing may be missing. False: it is. */
static bool say_kinds(const struct conform_run *run)
{
	const bool demand = run->profile->huge && tally_known() && run->programs >= MANY && !run->wrong;
	size_t none = 0;

	printf("# pages of huge pages:");
	for (size_t kind = 0; kind < TALLY_KINDS; kind++) {
		printf("%s %s %zu", kind ? "," : "", tally_kinds[kind], tally_of(kind));
		none += !tally_of(kind);
	}
	printf("\n");
	return !demand || !none;
}

static int run_seeds(struct conform_run *run, uint64_t seed, size_t programs, size_t operations)
{
	unsigned number = 0, differ = 0;
	double from = seconds();

	for (size_t at = 0; at < programs && differ < enough(run); at += BATCH) {
		const size_t n = programs - at < BATCH ? programs - at : BATCH;
		const bool good = batch(run, seed + at, n, operations, &differ);

		printf("%sok %u - %s: model %s and this kernel, seeds %llu to %llu\n", good ? "" : "not ",
		       ++number, run->profile->name, run->kernel->generation, (unsigned long long)(seed + at),
		       (unsigned long long)(seed + at + n - 1));
		fflush(stdout);
	}
	/* Where nothing could be carried out nothing was compared. */
	if (!differ && (!run->pages || run->operations - run->refused < run->programs * operations / 2))
		printf("not ok %u - %s: a program has as many operations as it was to have\n", ++number,
		       run->profile->name);
	if (!differ && run->profile->queues && !run->queued)
		printf("not ok %u - %s: something gets into khugepaged's queue\n", ++number,
		       run->profile->name);
	if (!say_kinds(run) && !differ)
		printf("not ok %u - %s: huge pages of every kind are compared\n", ++number,
		       run->profile->name);
	if (run->once > 1 + run->programs / RARELY)
		printf("not ok %u - %s: what differs differs again\n", ++number, run->profile->name);
	printf("# %zu programs, %zu operations (%zu refused by both), %zu pages and %zu addresses of queues "
	       "compared, "
	       "%zu differed once, %.0f s\n1..%u\n",
	       run->programs, run->operations, run->refused, run->pages, run->queued, run->once,
	       seconds() - from, number);
	return differ || run->once > 1 + run->programs / RARELY;
}

/* What the arguments say. False: they make no sense. */
static bool choose(struct conform_run *run, int argc, char **argv, char *error, size_t size)
{
	struct rules rules = {0};
	struct utsname name;

	run->profile = argc > 2 ? profile_named(argv[1]) : NULL;
	if (!run->profile || !getenv("BUILD_DIR") || (run->wrong && !conform_wrong(&rules, run->wrong))) {
		snprintf(error, size,
			 "usage: BUILD_DIR=... conform [--wrong RULE] PROFILE SEED PROGRAMS [OPERATIONS]\n"
			 "       BUILD_DIR=... conform PROFILE FILE.thp");
		return false;
	}
	uname(&name);
	run->kernel =
		run->profile->kernel.generation ? &run->profile->kernel : conform_kernel_of(name.release);
	if (!run->kernel)
		snprintf(error, size, "conform: no generation of the model is like %s", name.release);
	return run->kernel;
}

int main(int argc, char **argv)
{
	struct conform_run run = {0};
	char error[256] = "", specimen[4096];
	int status;

	if (argc > 2 && !strcmp(argv[1], "--wrong")) {
		run.wrong = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (!choose(&run, argc, argv, error, sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		return 2;
	}
	snprintf(specimen, sizeof(specimen), "%s/thpscope-specimen", getenv("BUILD_DIR"));
	run.specimen_program = specimen;
	if (live_prepare(run.profile->khugepaged, error, sizeof(error))) {
		live_restore();
		fprintf(stderr, "conform: %s\n", error);
		return 2;
	}
	if (argc == 3)
		status = run_file(&run, argv[2]);
	else
		status = run_seeds(&run, strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0),
				   argc > 4 ? strtoull(argv[4], NULL, 0) : OPERATIONS);
	live_restore();
	return status;
}
