/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel with page teams tells besides: where it is, it says itself (thpscope-kernel(7)). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "proc/internal.h"

static void give(struct capabilities *caps, enum capability capability)
{
	caps->mask |= UINT32_C(1) << capability;
}

/* A file of a process of ours. The entries of our own tables are shown to everybody, if without frames. */
static void probe_own(struct proc_kernel *proc, enum capability capability, const char *name,
		      const char *missing)
{
	struct capabilities *caps = &proc->kernel.caps;
	int self = openat(proc->proc, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (*name && self >= 0 && !faccessat(self, name, R_OK, AT_EACCESS))
		give(caps, capability);
	else if (*name)
		caps->missing[capability] = missing;
	if (self >= 0)
		close(self);
}

/*
 * A processor has the flag la57 if five levels are in use: with four the kernel takes it away (arch/x86/kernel/cpu/common.c,
 * 6.1). 0: it does not say what it has.
 */
static unsigned probe_levels(struct kernel *kernel)
{
	struct buf text = {0};
	const char *flags = NULL, *end;
	unsigned levels = 0;

	if (!kernel_text(kernel, "proc/cpuinfo", &text) && text.data)
		flags = strstr(text.data, "\nflags");
	end = flags ? strchr(flags + 1, '\n') : NULL;
	if (end) {
		flags = strstr(flags, " la57");
		levels = flags && flags < end && (flags[5] == ' ' || flags[5] == '\n') ? 5 : 4;
	}
	buf_fini(&text);
	return levels;
}

static void probe_usage(struct proc_kernel *proc)
{
	char name[32];

	proc->team_usage = -ENOENT;
	if (!kernel_teams_file(&proc->kernel, "team_usage", name, sizeof(name)))
		return;
	proc->team_usage = openat(proc->proc, name, O_RDONLY | O_CLOEXEC);
	if (proc->team_usage < 0)
		proc->team_usage = proc_errno();
}

void proc_probe_teams(struct proc_kernel *proc)
{
	struct kernel *kernel = &proc->kernel;
	struct capabilities *caps = &kernel->caps;

	/* Either tells as much: without the bit nothing needs to be said, with it nothing of PAGEMAP_SCAN. */
	if (kernel->pagemap_pmd_bit >= 0) {
		give(caps, CAP_PAGEMAP_BIT);
		caps->missing[CAP_PAGEMAP_SCAN] = NULL;
	}
	if (kernel->pagemap_pmd_bit >= 0 && kernel->kpf.team)
		give(caps, CAP_TEAMS);
	else if (kernel->teams_abi)
		caps->missing[CAP_TEAMS] =
			"this kernel has page teams, but tells of them in another way than this thpscope "
			"understands (/sys/kernel/mm/pageteam/abi); a thpscope that came with it would";
	else
		caps->missing[CAP_TEAMS] = "this kernel has no page teams; no mainline kernel has them";
	probe_usage(proc);
	kernel_teams_file(kernel, "page_table", proc->page_table, sizeof(proc->page_table));
	probe_own(proc, CAP_ENTRIES, proc->page_table,
		  "this kernel says that it shows page tables, but /proc/self has no such file that could be "
		  "read");
	if (capable(caps, CAP_ENTRIES))
		kernel->table_levels = probe_levels(kernel);
	probe_own(proc, CAP_QUEUE, kernel->queue_file,
		  "this kernel says that it shows khugepaged's queue, but /proc/self has no such file that "
		  "could "
		  "be read");
}

int proc_team(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps)
{
	const struct proc_kernel *proc = (const struct proc_kernel *)kernel;
	const int64_t pages = INT64_C(1) << kernel->pmd_order;
	uint64_t word;
	ssize_t got;

	if (proc->team_usage < 0)
		return proc->team_usage == -ENOENT ? -ENOTSUP : proc->team_usage;
	got = proc_words(proc->team_usage, pfn, 1, &word);
	if (got < 0 && got != -EINVAL)
		return (int)got;
	if (got != 1 || !word || word > INT64_MAX)
		return -ENOENT;
	*usage = (int64_t)word;
	*pmd_maps = *usage > pages ? *usage - pages : 0;
	return 0;
}
