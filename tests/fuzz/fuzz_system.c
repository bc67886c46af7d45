/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as stat, status, vmstat, meminfo, mountinfo, buddyinfo, cgroup, a configuration and a knob. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/moment.h"
#include "core/parse.h"
#include "core/system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct figure *figures, size_t n)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < n; i++)
		if (!figure_value(figures, n, figures[i].name) || !parse_number(figures[i].value, &value))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *word;
	const struct figure *figures;
	struct mount_device *mounts;
	struct arena arena = {0};
	struct stat_line stat;
	uint64_t value;
	size_t n;

	if (!system_stat(text, size, &stat) && strlen(stat.comm) >= sizeof(stat.comm))
		abort();
	n = system_vmstat(text, size, "thp_", &arena, &figures);
	check(figures, n);
	n = system_vmstat(text, size, "", &arena, &figures);
	check(figures, n);
	n = system_meminfo(text, size, &arena, &figures);
	check(figures, n);
	n = system_mounts(text, size, &arena, &mounts);
	if (n && !mounts)
		abort();
	system_status(text, size, "Uid", 1, &value);
	system_status(text, size, "VmRSS", 0, &value);
	word = system_knob(text, size, &arena);
	if (word && strlen(word) > size)
		abort();
	if (system_free_blocks(text, size, 9) < -1)
		abort();
	word = system_mount_huge(text, size, 0, 33, &arena);
	if (word && strcmp(word, "never") && strlen(word) > size)
		abort();
	word = system_cgroup(text, size, size & 1 ? "memory" : "", &arena);
	if (word && (*word != '/' || strlen(word) > size))
		abort();
	word = system_memory_cgroup(text, size, &arena);
	if (word && *word != '/')
		abort();
	system_config(text, size, "CONFIG_A");
	arena_fini(&arena);
	return 0;
}
