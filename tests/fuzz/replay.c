/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a fuzz target on every file of the folders named: a corpus as a regression test, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL, *exact;
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
	/* An exact-size copy, so that a sanitizer sees a read past the end. */
	exact = malloc(size ? size : 1);
	if (!exact)
		abort();
	memcpy(exact, data, size);
	free(data);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	char path[4096];
	struct dirent *entry;
	unsigned files = 0;
	DIR *dir;
	int i;

	for (i = 1; i < argc; i++) {
		dir = opendir(argv[i]);
		if (!dir) {
			perror(argv[i]);
			return 1;
		}
		while ((entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			if (replay_file(path)) {
				perror(path);
				return 1;
			}
			files++;
		}
		closedir(dir);
	}
	printf("replayed %u files\n", files);
	return files ? 0 : 1;
}
