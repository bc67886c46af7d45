/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure parsers of the small text files that say how a machine is set up. */
#ifndef CORE_SYSTEM_H
#define CORE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct figure;

/* Knobs below transparent_hugepage/ that every kernel with THP has, and those that each folio size has since 6.8. */
#define SYSTEM_N_KNOBS 14
#define SYSTEM_N_SIZE_KNOBS 2
extern const char *const system_knobs[SYSTEM_N_KNOBS];
extern const char *const system_size_knobs[SYSTEM_N_SIZE_KNOBS];

/* What the names of those counters of vmstat begin with that are read. */
#define SYSTEM_VMSTAT "thp_"

/*
 * Whether a machine may have a figure of that name: a knob, kernel, page_size or pmd_size; a line of meminfo or a counter
 * of vmstat of which new ones come with new kernels. The names that are known, one by one; NULL behind the last.
 */
bool system_may_have(const char *name);
const char *system_figure_name(const void *data, size_t i);

/*
 * The chosen word of a knob's text: "always [madvise] never\n" gives "madvise", "511\n" gives "511".
 * In the arena; NULL for an empty text.
 */
const char *system_knob(const char *text, size_t len, struct arena *arena);

/*
 * "name value" lines whose name begins with `prefix` (vmstat: "thp_"); *figures in the arena. Lines that are
 * none are passed over. Returns how many.
 */
size_t system_vmstat(const char *text, size_t len, const char *prefix, struct arena *arena,
		     const struct figure **figures);

/* The lines of meminfo that speak of huge pages (name contains "Huge" or "Pmd"); value without "kB". */
size_t system_meminfo(const char *text, size_t len, struct arena *arena, const struct figure **figures);

/*
 * buddyinfo ("Node 0, zone   Normal   12 7 ... 3": free blocks by order, mm/vmstat.c frag_show_print): the blocks
 * of at least pmd_order in units of that order, over all lines. -1 if no line goes up to it.
 */
int64_t system_free_blocks(const char *text, size_t len, unsigned pmd_order);

#define PF_EXITING 0x00000004 /* include/linux/sched.h; set before exit.c tells perf of the end */
#define PF_KTHREAD 0x00200000

/* /proc/PID/stat: fields that matter. comm may hold spaces, newlines and parentheses. -EBADMSG if none. */
struct stat_line {
	char comm[64];
	char state;
	int64_t ppid;
	int64_t session;     /* the PID of its leader */
	uint64_t flags;	     /* PF_EXITING and others */
	uint64_t threads;    /* with the main one, also after that has exited ('Z', pthread_exit) */
	uint64_t start_time; /* clock ticks after boot */
};
int system_stat(const char *text, size_t len, struct stat_line *out);

/* /proc/PID/status: a number behind "name:" ("VmRSS", in kB), the n-th (from 0) of its line. False: there is none. */
bool system_status(const char *text, size_t len, const char *name, unsigned nth, uint64_t *value);

/*
 * Whether a device number belongs to a tmpfs or hugetlbfs mount, by mountinfo.
 */
struct mount_device {
	uint32_t major, minor;
	bool hugetlbfs; /* else tmpfs */
};
size_t system_mounts(const char *text, size_t len, struct arena *arena, struct mount_device **mounts);

/*
 * The huge= option of the tmpfs with a device number, by mountinfo: "never" where it has none, as shmem_show_options
 * leaves it out. In the arena; NULL: no such tmpfs.
 */
const char *system_mount_huge(const char *text, size_t len, uint32_t major, uint32_t minor,
			      struct arena *arena);

/*
 * A process's cgroup by /proc/PID/cgroup, "4:memory:/a/b" or "0::/a/b": that of a controller of version 1, or with
 * `controller` "" that of version 2. In the arena; NULL: there is none.
 */
const char *system_cgroup(const char *text, size_t len, const char *controller, struct arena *arena);

/* The one that counts its memory: that of version 1's memory controller, where version 1 has it, else of version 2. */
const char *system_memory_cgroup(const char *text, size_t len, struct arena *arena);

/* An option in a kernel's configuration, "CONFIG_X=y": 1; "# CONFIG_X is not set": 0; -1: neither. */
int system_config(const char *text, size_t len, const char *option);

#define SYSTEM_RELEASE(major, minor) ((uint64_t)(major) << 16 | (minor))

/* The first two numbers of a kernel's release ("6.12.117"), to be compared with SYSTEM_RELEASE(); 0: it has none. */
uint64_t system_release(const char *text);

#endif
