/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target without libFuzzer: on every file of the folders named, a corpus as a regression test, and then with
 * -m SECONDS on what becomes of them when they are cut, spliced and changed, by the same seed every time.
 *
 * usage: replay_NAME [-m SECONDS] FOLDER...
 *
 * An input that the target dies of is left in replay_NAME.found, beside the program.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INPUTS_MAX 256
#define BASE_MAX 65536 /* longer ones are only replayed: each run would take too long */
#define GROWN_MAX ((size_t)2 * BASE_MAX)
#define CHANGES_MAX 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Of the sanitizers' runtime, where there is one. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

struct input {
	uint8_t *data;
	size_t size;
};

static struct input inputs[INPUTS_MAX];
static size_t n_inputs;
static struct input running; /* what the target is given now */
static char found[4096];

/* Whatever it dies of, once: what it was given stays. */
static void keep_input(void)
{
	static const char said[] = "the input that it died of is beside the program, as NAME.found\n";
	int fd = running.data ? open(found, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

	if (fd < 0)
		return;
	if (write(fd, running.data, running.size) == (ssize_t)running.size)
		(void)!write(STDERR_FILENO, said, sizeof(said) - 1);
	close(fd);
	running.data = NULL;
}

static void aborted(int number)
{
	keep_input();
	signal(number, SIG_DFL);
	raise(number);
}

/* On an exact-size copy, so that a sanitizer sees a read past the end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, data, size);
	running = (struct input){exact, size};
	LLVMFuzzerTestOneInput(exact, size);
	running.data = NULL;
	free(exact);
}

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, room = 0, n;

	if (!file)
		return -1;
	do {
		room = room * 2 + 4096;
		data = realloc(data, room);
		if (!data)
			abort();
		n = fread(data + size, 1, room - size, file);
		size += n;
	} while (n);
	fclose(file);
	run(data, size);
	if (size <= BASE_MAX && n_inputs < INPUTS_MAX)
		inputs[n_inputs++] = (struct input){data, size};
	else
		free(data);
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* In an order that is the same everywhere. The number of files; -1: the folder, or one of them, cannot be read. */
static int replay_folder(const char *folder)
{
	struct dirent **entries;
	int i, n = scandir(folder, &entries, NULL, by_name), files = 0;
	char path[4096];
	bool failed = n < 0;

	if (failed)
		perror(folder);
	for (i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.' && !failed) {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			failed = replay_file(path) != 0;
			if (failed)
				perror(path);
			files++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return failed ? -1 : files;
}

static uint64_t draw(uint64_t n)
{
	static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n ? seed % n : 0;
}

/* Makes `with` (n bytes, outside of it) of `gone` bytes at a place. */
static void replace(struct input *it, size_t at, size_t gone, const void *with, size_t n)
{
	if (it->size - gone + n > GROWN_MAX)
		return;
	memmove(it->data + at + n, it->data + at + gone, it->size - at - gone);
	memcpy(it->data + at, with, n);
	it->size += n - gone;
}

/* What texts and binaries are sensitive to. */
static void insert_token(struct input *it)
{
	static const char *const tokens[] = {
		"0",
		"-1",
		"18446744073709551615",
		"18446744073709551616",
		"9223372036854775808",
		"4294967296",
		"0x",
		"00000000000000000001",
		"\n",
		"\n\n",
		" ",
		"\t",
		"\"",
		"\\",
		"\\u0000",
		"{",
		"}",
		"[",
		"]",
		",",
		":",
		"%s%n",
		"\x1b[2J",
		"\xff",
		"\xc0\xaf",
		"\xed\xa0\x80",
		"\xe2\x80\xae",
		"null",
		"1e999",
		"ffffffffffffffff",
	};
	const size_t at = draw(it->size + 1), which = draw(sizeof(tokens) / sizeof(tokens[0]));
	const size_t gone = draw(2) ? draw(it->size - at + 1) % 24 : 0;

	replace(it, at, gone, tokens[which], strlen(tokens[which]));
}

static void insert_bytes(struct input *it)
{
	static const uint64_t words[] = {0,	     1,		UINT64_MAX, INT64_MAX,
					 UINT32_MAX, INT32_MAX, 4096,	    UINT64_C(1) << 63};
	const uint64_t word = draw(2) ? words[draw(sizeof(words) / sizeof(words[0]))] : draw(UINT64_MAX);
	const size_t n = (size_t)1 << draw(4), at = draw(it->size + 1), left = it->size - at;

	replace(it, at, draw(2) ? (n < left ? n : left) : 0, &word, n);
}

/* A piece of another input, or of this one, here instead of another piece. */
static void splice_in(struct input *it)
{
	const struct input *from = &inputs[draw(n_inputs)];
	const size_t at = draw(it->size + 1), start = draw(from->size + 1);
	const size_t n = draw(4) ? draw(from->size - start + 1) % 200 : draw(from->size - start + 1);

	replace(it, at, draw(2) ? draw(it->size - at + 1) % 200 : 0, from->data + start, n);
}

static void change(struct input *it)
{
	size_t at, n;

	switch (draw(7)) {
	case 0:
		if (it->size)
			it->data[draw(it->size)] ^= (uint8_t)(1u << draw(8));
		break;
	case 1:
		if (it->size)
			it->data[draw(it->size)] = (uint8_t)draw(256);
		break;
	case 2:
		at = draw(it->size + 1);
		n = draw(it->size - at + 1);
		replace(it, at, draw(3) ? n % 32 : n, "", 0);
		break;
	case 3:
		insert_token(it);
		break;
	case 4:
		insert_bytes(it);
		break;
	default:
		splice_in(it);
	}
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static unsigned long mutate_all(double seconds)
{
	const double end = now() + seconds;
	struct input it = {.data = malloc(GROWN_MAX)};
	unsigned long runs = 0;
	uint64_t changes;

	if (!it.data)
		abort();
	while (n_inputs && now() < end) {
		const struct input *base = &inputs[runs % n_inputs];

		memcpy(it.data, base->data, base->size);
		it.size = base->size;
		for (changes = 1 + draw(CHANGES_MAX); changes; changes--)
			change(&it);
		run(it.data, it.size);
		runs++;
	}
	free(it.data);
	return runs;
}

int main(int argc, char **argv)
{
	double seconds = 0;
	int i = 1, n, files = 0;

	snprintf(found, sizeof(found), "%s.found", argv[0]);
	signal(SIGABRT, aborted);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(keep_input);
	if (argc > 2 && !strcmp(argv[1], "-m")) {
		seconds = strtod(argv[2], NULL);
		i = 3;
	}
	for (; i < argc; i++) {
		n = replay_folder(argv[i]);
		if (n < 0)
			return 1;
		files += n;
	}
	printf("replayed %d files", files);
	if (seconds > 0)
		printf(", then ran %lu changed ones", mutate_all(seconds));
	putchar('\n');
	while (n_inputs)
		free(inputs[--n_inputs].data);
	return files ? 0 : 1;
}
