/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Only to look: a filter of system calls, which nothing takes off again (seccomp(2)).
 *
 * It is a list of what is refused, in the kernel's own words. libseccomp would add names for numbers and one more library
 * to a program that is to be copied to other machines as one file (thpscope-agent); what it is good at, filters for
 * several architectures at once and lists of hundreds of calls, is not asked for here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privilege/privilege.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define FOREIGN 0x40000000u /* numbers from here on are x32's, which name the same calls */
/* x32's own among the others, which before Linux 5.4 were taken without that bit; nobody else has any of these. */
#define FOREIGN_FIRST 512
#define FOREIGN_LAST 547
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

/* Of calls since Linux 5.1 the numbers are everywhere the same; C libraries do not know all of them. */
static const unsigned refused[] = {
	SYS_ptrace,
	SYS_process_vm_writev,
	SYS_process_vm_readv, /* its pin copies a page that is not anon-exclusive (mm/gup.c, gup_must_unshare) */
	440,		      /* process_madvise */
	448,		      /* process_mrelease */
	438,		      /* pidfd_getfd: somebody else's descriptor, open for writing */
	SYS_move_pages,
	SYS_migrate_pages,
	/* What opens files unseen: its flags, or the call itself, stand in memory. */
	437, /* openat2 */
	425, /* io_uring_setup */
	426, /* io_uring_enter */
	427, /* io_uring_register */
	SYS_open_by_handle_at,
	SYS_fanotify_init, /* its events bring descriptors that the kernel opened */
#ifdef SYS_creat
	SYS_creat,
#endif
	SYS_truncate, /* of a file that a process maps */
	SYS_bpf,      /* programs that write to a process's memory */
	SYS_shmat,    /* memory that others have attached, and no file to be opened */
	SYS_mount,
	433, /* fspick: another huge= of a tmpfs that is mounted, as by mount */
	429, /* move_mount */
	SYS_swapon,
	SYS_swapoff,
};
#define N_REFUSED (sizeof(refused) / sizeof(refused[0]))

/* Of an open: so many instructions; in all: two for each call, those of two opens, and some around. */
#define OPEN_LEN 11
#define MOST (2 * (N_REFUSED + OPEN_LEN) + 11)

#define EXCLUSIVELY (O_CREAT | O_EXCL)
#define UNNAMED (O_TMPFILE & ~O_DIRECTORY)
#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define SAY_NO BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define SAY_YES BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define IF_NOT(what, k, past) BPF_JUMP(BPF_JMP | (what) | BPF_K, (k), 0, (past))

static bool in_force;

bool privilege_is_read_only(void)
{
	return in_force;
}

#ifdef ARCHITECTURE

static void add(struct sock_filter *filter, size_t *n, const struct sock_filter *more, size_t n_more)
{
	memcpy(filter + *n, more, n_more * sizeof(*more));
	*n += n_more;
}

/*
 * Reading is fine; and so is a file that is new, which no process's memory and no knob is. (All of these machines have the
 * lower half of an argument first.)
 */
static void add_open(struct sock_filter *filter, size_t *n, unsigned number, unsigned argument)
{
	const unsigned at = (unsigned)(offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
	const struct sock_filter flags = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at);
	const struct sock_filter more[OPEN_LEN] = {
		IF_NOT(BPF_JEQ, number, OPEN_LEN - 1),
		flags,
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, EXCLUSIVELY),
		IF_NOT(BPF_JEQ, EXCLUSIVELY, 1),
		SAY_YES,
		flags,
		IF_NOT(BPF_JSET, UNNAMED, 1),
		SAY_YES,
		IF_NOT(BPF_JSET, O_ACCMODE | O_TRUNC, 1),
		SAY_NO,
		SAY_YES,
	};

	add(filter, n, more, OPEN_LEN);
}

static size_t make(struct sock_filter *filter)
{
	const struct sock_filter begin[] = {FIELD(arch), IF_NOT(BPF_JEQ, ARCHITECTURE, 1),
					    BPF_STMT(BPF_JMP | BPF_JA, 1), SAY_NO, FIELD(nr)};
	size_t n = 0, i;

	add(filter, &n, begin, sizeof(begin) / sizeof(begin[0]));
#ifdef FOREIGN
	add(filter, &n,
	    (const struct sock_filter[]){IF_NOT(BPF_JGE, FOREIGN, 1), SAY_NO,
					 IF_NOT(BPF_JGE, FOREIGN_FIRST, 2),
					 BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, FOREIGN_LAST, 1, 0), SAY_NO},
	    5);
#endif
	for (i = 0; i < N_REFUSED; i++)
		add(filter, &n, (const struct sock_filter[]){IF_NOT(BPF_JEQ, refused[i], 1), SAY_NO}, 2);
#ifdef SYS_open
	add_open(filter, &n, SYS_open, 1);
#endif
	add_open(filter, &n, SYS_openat, 2);
	add(filter, &n, (const struct sock_filter[]){SAY_YES}, 1);
	return n;
}

static int install(void)
{
	struct sock_filter filter[MOST];
	const struct sock_fprog program = {(unsigned short)make(filter), filter};
	long result;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/* Of all threads; where one has a filter of its own nothing is changed and its number comes back. */
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
	return result < 0 ? -errno : result ? -EBUSY : 0;
}

#else

static int install(void)
{
	return -ENOTSUP;
}

#endif

int privilege_read_only(char *error, size_t size)
{
	int err = in_force ? 0 : privilege_keep(PRIVILEGE_LOOK);

	if (!err && !in_force)
		err = install();
	in_force = !err;
	if (err == -EINVAL || err == -ENOSYS)
		err = -ENOTSUP;
	if (err)
		snprintf(error, size,
			 "--read-only cannot be had here: %s (seccomp filters: CONFIG_SECCOMP_FILTER, "
			 "x86-64, arm64 or riscv64)",
			 strerror(-err));
	return err;
}
