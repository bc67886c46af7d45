/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's file systems. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/parts.h"

#define HOST "/lab/host"
#define OVER "/lab/over"
#define ROOT "/lab/root"

void mounts_make(void)
{
	static const struct {
		const char *type, *where, *options;
	} mounts[] = {
		{"proc", "/proc"},
		{"sysfs", "/sys"},
		{"devtmpfs", "/dev"}, /* mounted already where the kernel does it by itself: EBUSY */
		{"devpts", "/dev/pts", "ptmxmode=666"},
		{"tmpfs", "/dev/shm"},
		{"tmpfs", "/dev/shm/team", "huge=team"}, /* where the kernel has page teams */
		{"tmpfs", "/tmp"},
		{"tmpfs", "/run"},
		{"debugfs", "/sys/kernel/debug"},
		{"tracefs", "/sys/kernel/tracing"},
		{"cgroup2", "/sys/fs/cgroup"},
	};
	size_t i;
	int fd;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, mounts[i].options);
	}
	rmdir("/dev/shm/team"); /* unless something is mounted there */
	chmod("/tmp", 01777);
	chmod("/dev/shm", 01777);
	/* So that a cgroup that is made in here can limit memory. */
	fd = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		dprintf(fd, "+memory");
		close(fd);
	}
}

static int fail(const char *what, char *error, size_t size)
{
	snprintf(error, size,
		 "the guest cannot mount %s: %s; its kernel needs 9P_FS, NET_9P_VIRTIO and OVERLAY_FS", what,
		 strerror(errno));
	return -1;
}

/* Nobody but us sees the host's files through it, and they do not change much: what was read once is kept. */
static int attach(const char *tag, const char *where, unsigned long flags, const char *how)
{
	char options[128];

	snprintf(options, sizeof(options), "trans=virtio,version=9p2000.L,msize=512000,access=any,%s", how);
	return mount(tag, where, "9p", flags, options);
}

static int lay_over(char *error, size_t size)
{
	static const char *const folders[] = {HOST, OVER, ROOT};
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		mkdir(folders[i], 0755);
	if (attach(LAB_TAG_ROOT, HOST, MS_RDONLY, "cache=loose"))
		return fail("the host's files", error, size);
	if (mount("tmpfs", OVER, "tmpfs", 0, NULL))
		return fail("a tmpfs", error, size);
	mkdir(OVER "/upper", 0755);
	mkdir(OVER "/work", 0755);
	if (mount("overlay", ROOT, "overlay", 0,
		  "lowerdir=" HOST ",upperdir=" OVER "/upper,workdir=" OVER "/work"))
		return fail("memory over the host's files", error, size);
	return 0;
}

const char *mounts_host(const char *share, char *error, size_t size)
{
	static const char *const own[] = {"/proc", "/sys", "/dev"};
	char path[4096];
	size_t i;

	if (lay_over(error, size))
		return NULL;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		snprintf(path, sizeof(path), ROOT "%s", own[i]);
		mkdir(path, 0755);
		if (mount(own[i], path, NULL, MS_BIND | MS_REC, NULL)) {
			fail(own[i], error, size);
			return NULL;
		}
	}
	snprintf(path, sizeof(path), ROOT "%s", share);
	if (*share && attach(LAB_TAG_SHARE, path, 0, "cache=none")) {
		fail(share, error, size);
		return NULL;
	}
	return ROOT;
}
