/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tightest limit of a process's memory cgroup, version 2 or 1. */
#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "core/system.h"
#include "local/local_parts.h"

/* Where cgroup file systems are by convention (systemd's, and those before it), below the kernel's root. */
struct hierarchy {
	const char *controller; /* of version 1; "": version 2 */
	const char *mount, *now, *most;
};
static const struct hierarchy hierarchies[] = {
	/* A controller is in one hierarchy at a time: where version 1 has it, version 2 has not. */
	{"memory", "sys/fs/cgroup/memory", "memory.usage_in_bytes", "memory.limit_in_bytes"},
	{"", "sys/fs/cgroup", "memory.current", "memory.max"},
	{"", "sys/fs/cgroup/unified", "memory.current", "memory.max"},
};

/* A number of bytes; "max" is UINT64_MAX. False: no such file, or no number in it. */
static bool read_bytes(struct kernel *kernel, const char *dir, const char *file, uint64_t *value)
{
	char path[4352], *stop;
	struct buf text = {0};
	bool ok = false;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (!kernel_text(kernel, path, &text) && text.data) {
		stop = text.data + strcspn(text.data, "\n");
		*stop = '\0';
		*value = UINT64_MAX;
		ok = !strcmp(text.data, "max") || parse_number(text.data, value);
	}
	buf_fini(&text);
	return ok;
}

/* From the process's own cgroup up to the root: each level's limit holds for all below. */
static bool walk(struct kernel *kernel, const struct hierarchy *hierarchy, const char *path,
		 struct arena *arena, struct why_memcg *memcg)
{
	char *at = arena_text(arena, path, strlen(path)), *slash;
	uint64_t now, most, room = UINT64_MAX;
	bool known = false;
	char dir[4224];

	for (;;) {
		snprintf(dir, sizeof(dir), "%s%s", hierarchy->mount, at);
		if (read_bytes(kernel, dir, hierarchy->most, &most) &&
		    read_bytes(kernel, dir, hierarchy->now, &now)) {
			known = true;
			/* (That of version 1 without a limit is the largest number of whole pages.) */
			if (most < (uint64_t)INT64_MAX / 2 && (most > now ? most - now : 0) < room) {
				room = most > now ? most - now : 0;
				*memcg = (struct why_memcg){.path = *at ? arena_text(arena, at, strlen(at))
									: "/",
							    .now = now < most ? now : most,
							    .most = most};
			}
		}
		if (!*at)
			return known;
		slash = strrchr(at, '/');
		*slash = '\0';
	}
}

bool local_memcg(struct kernel *kernel, struct kernel_process *process, struct arena *arena,
		 struct why_memcg *memcg)
{
	struct buf text = {0};
	const char *path;
	bool known = false;
	size_t i;

	memset(memcg, 0, sizeof(*memcg));
	if (!kernel_process_text(process, "cgroup", &text) && text.data) {
		for (i = 0; !known && i < sizeof(hierarchies) / sizeof(hierarchies[0]); i++) {
			path = system_cgroup(text.data, text.len, hierarchies[i].controller, arena);
			/* One outside of our namespace's root has no path below our mount. */
			if (path && strncmp(path, "/..", 3) && strlen(path) < 4096)
				known = walk(kernel, &hierarchies[i], path, arena, memcg);
			/* The root of version 2 has no such files, and no limit. */
			if (path && !strcmp(path, "/") && !*hierarchies[i].controller)
				known = true;
		}
	}
	buf_fini(&text);
	return known;
}
