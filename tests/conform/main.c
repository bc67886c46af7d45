/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conform PROFILE SEED PROGRAMS [OPERATIONS]: model against machine (conform.h), and TAP; a program that they differ in is cut
 * down and shown as a script. conform PROFILE FILE.thp runs one script. By root, and not beside another run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conform.h"

#define OPERATIONS 15
#define BATCH 50
/* After so many that differ there is nothing new to learn. */
#define ENOUGH 60

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Says what is wrong, as short as it gets. */
static void show(struct conform_run *run, struct random_program *program, uint64_t seed)
{
	const size_t before = program->n;

	printf("# seed %llu: %s\n", (unsigned long long)seed, run->why);
	if (conform_fails(run, program)) {
		random_shrink(conform_fails, run, (uint64_t)2 << 20, program);
		conform_fails(run, program);
		printf("# cut down from %zu operations to %zu:\n", before, program->n);
	} else {
		printf("# and not a second time:\n");
	}
	conform_print(run, program, seed);
}

/* Whether all of them agreed. */
static bool batch(struct conform_run *run, uint64_t seed, size_t programs, size_t operations,
		  unsigned *differ)
{
	const unsigned before = *differ;

	for (size_t at = 0; at < programs && *differ < ENOUGH; at++) {
		struct random_program program;

		if (!conform_draw(run, seed + at, operations, &program)) {
			++*differ;
			show(run, &program, seed + at);
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
	if (good && program.n && !conform_fails(run, &program))
		printf("ok 1 - %s\n# %zu addresses of queues\n1..1\n", path, look_queued());
	else
		printf("not ok 1 - %s\n# %s\n1..1\n", path, run->why);
	random_program_fini(&program);
	return 0;
}

static int run_seeds(struct conform_run *run, uint64_t seed, size_t programs, size_t operations)
{
	unsigned number = 0, differ = 0;
	double from = seconds();

	for (size_t at = 0; at < programs && differ < ENOUGH; at += BATCH) {
		const size_t n = programs - at < BATCH ? programs - at : BATCH;
		const bool good = batch(run, seed + at, n, operations, &differ);

		printf("%sok %u - %s: model %s and this kernel, seeds %llu to %llu\n", good ? "" : "not ",
		       ++number, run->profile->name, run->profile->generation,
		       (unsigned long long)(seed + at), (unsigned long long)(seed + at + n - 1));
		fflush(stdout);
	}
	/* Where nothing could be carried out nothing was compared. */
	if (!differ && (!run->pages || run->operations < run->programs * operations / 2))
		printf("not ok %u - %s: a program has as many operations as it was to have\n", ++number,
		       run->profile->name);
	if (!differ && run->profile->queues && !run->queued)
		printf("not ok %u - %s: something gets into khugepaged's queue\n", ++number,
		       run->profile->name);
	printf("# %zu programs, %zu operations, %zu pages and %zu addresses of queues compared, %.0f "
	       "s\n1..%u\n",
	       run->programs, run->operations, run->pages, run->queued, seconds() - from, number);
	return differ > 0;
}

int main(int argc, char **argv)
{
	struct conform_run run = {.profile = argc > 2 ? profile_named(argv[1]) : NULL};
	char error[256] = "", specimen[4096];
	const char *build = getenv("BUILD_DIR");
	int status;

	if (!run.profile || !build) {
		fprintf(stderr, "usage: BUILD_DIR=... conform PROFILE SEED PROGRAMS [OPERATIONS]\n"
				"       BUILD_DIR=... conform PROFILE FILE.thp\n");
		return 2;
	}
	snprintf(specimen, sizeof(specimen), "%s/thpscope-specimen", build);
	run.specimen_program = specimen;
	if (live_prepare(error, sizeof(error))) {
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
