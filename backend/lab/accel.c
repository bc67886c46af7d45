/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KVM or emulation: that /dev/kvm can be opened does not mean that it works (inside of a virtual machine, say). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "lab/parts.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* Which boot of this machine this is; false: not known. */
static bool this_boot(char *id, size_t size)
{
	FILE *file = fopen(BOOT_ID, "re");
	const bool known = file && fgets(id, (int)size, file);

	if (file)
		fclose(file);
	return known;
}

static void verdict_path(const char *cache, struct buf *path)
{
	buf_printf(path, "%s/kvm-failed", cache);
}

bool lab_try_kvm(const char *cache)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	char now[64], then[64] = "";
	struct buf path = {0};
	FILE *file;

	if (fd < 0)
		return false;
	close(fd);
	if (!cache || !this_boot(now, sizeof(now)))
		return true;
	verdict_path(cache, &path);
	file = fopen(path.data, "re");
	if (file && !fgets(then, sizeof(then), file))
		*then = '\0';
	if (file)
		fclose(file);
	buf_fini(&path);
	return strcmp(now, then) != 0;
}

/* Where it cannot be kept, the next boot tries again. */
void lab_kvm_failed(const char *cache)
{
	struct buf path = {0};
	char now[64];
	FILE *file;

	if (!cache || !this_boot(now, sizeof(now)))
		return;
	verdict_path(cache, &path);
	file = fopen(path.data, "we");
	if (file) {
		fputs(now, file);
		fclose(file);
	}
	buf_fini(&path);
}
