/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount that has page teams. */
#include "team.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "36 35 0:33 / /dev/shm/team rw - tmpfs tmpfs rw,huge=team": its mount point, if it is one of teams. (A name with a blank is
   escaped there, and passed over.) */
static bool take(char *line, const char **where)
{
	char *options = strstr(line, " - tmpfs "), *at = line, *save;
	int field;

	if (!options)
		return false;
	*options = '\0';
	options += sizeof(" - tmpfs ") - 1;
	options[strcspn(options, "\n")] = '\0';
	options = strchr(options, ' ');
	for (options = options ? strtok_r(options, " ,", &save) : NULL;
	     options && strcmp(options, "huge=team");)
		options = strtok_r(NULL, " ,", &save);
	if (!options)
		return false;
	*where = strtok_r(at, " ", &save);
	for (field = 0; *where && field < 4; field++)
		*where = strtok_r(NULL, " ", &save);
	return *where && !strchr(*where, '\\');
}

int team_dir(char *dir, size_t size)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	const char *where;
	char line[1024];
	bool found = false;

	if (!file)
		return -1;
	while (!found && fgets(line, sizeof(line), file)) {
		found = take(line, &where) && strlen(where) < size;
		if (found)
			strcpy(dir, where);
	}
	fclose(file);
	errno = ENODEV;
	return found ? 0 : -1;
}
