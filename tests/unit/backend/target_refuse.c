/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every refusal, provoked for real: its errno, its sentence, and a process that is as before. */
#include "target_common.h"

#include <elf.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "core/system.h"
#include "fault/fault.h"

#define PR_SET_DISPATCH 59 /* PR_SET_SYSCALL_USER_DISPATCH, younger than some C libraries */

static struct trigger cow_of(const struct child *child, bool inject)
{
	return (struct trigger){.kind = TRIGGER_COW,
				.pid = child->pid,
				.addr = child->told->memory,
				.inject = inject,
				.order = -1};
}

static void be_idle(struct told *told, void *argument)
{
	(void)argument;
	told->memory = (uint64_t)(uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGION);
	told->ready = 1;
	for (;;)
		pause();
}

static void test_identity(void **state)
{
	struct child child = start_ready(be_idle, NULL);
	struct kernel *kernel = open_kernel();
	struct kernel_process *process;
	struct trigger trigger = cow_of(&child, false);
	struct pulled pulled;

	(void)state;
	assert_int_equal(kernel_process_open(kernel, child.pid, &process), 0);
	trigger.start_time = process->start_time;
	kernel_process_close(process);
	kernel_close(kernel);
	pulled = pull(trigger);
	assert_done(&pulled);
	trigger.start_time++;
	assert_refused(trigger, -ESRCH, "another one has its number");
	trigger.start_time = 0;
	trigger.addr = 0x1000;
	assert_refused(trigger, -EFAULT, "nothing mapped at 0x1000");
	trigger.addr = child.told->memory;
	assert_free(child.pid);
	kill(child.pid, SIGKILL);
	UNTIL(*status_field(child.pid, "State") == 'Z');
	assert_refused(trigger, -ESRCH, "zombie");
	end_child(&child);
	trigger.pid = child.pid;
	assert_refused(trigger, -ESRCH, "No such process");
	trigger.kind = TRIGGER_COLLAPSE;
	assert_refused(trigger, -ESRCH, "No such process");
}

static void test_thread_named(void **state)
{
	struct child child = start_ready(be_worker, NULL);
	struct trigger trigger = cow_of(&child, false);

	(void)state;
	assert_int_equal(other_threads(child.pid, &trigger.pid, 1), 1);
	assert_refused(trigger, -ESRCH, "is a thread");
	end_worker(&child);
}

static void test_ways(void **state)
{
	static const struct {
		enum trigger_kind kind;
		enum trigger_way way;
		int order;
		const char *word;
	} table[] = {
		{TRIGGER_SPLIT, TRIGGER_WAY_USUAL, -1, "--inject"},
		{TRIGGER_SPLIT, TRIGGER_WAY_ADVICE, -1, "--inject"},
		{TRIGGER_SPLIT, TRIGGER_WAY_PROTECT, -1, "mprotect is for the specimen alone"},
		{TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_PUNCH, -1, "punch is for the specimen alone"},
		{TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, 4, "not into order 4"},
		{TRIGGER_COW, TRIGGER_WAY_POPULATE, -1, "--inject"},
		{TRIGGER_FORK, TRIGGER_WAY_USUAL, -1, "specimen"},
	};
	struct child child = start_ready(be_idle, NULL);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct trigger trigger = cow_of(&child, false);

		trigger.kind = table[i].kind;
		trigger.way = table[i].way;
		trigger.order = table[i].order;
		assert_refused(trigger, -ENOTSUP, table[i].word);
	}
	end_child(&child);
}

/* Lockdown, or no debugfs, or it works: and then into an order too. */
static void test_debugfs(void **state)
{
	struct child child = start_ready(be_idle, NULL);
	struct trigger trigger = cow_of(&child, false);
	int fd = open("/sys/kernel/debug/split_huge_pages", O_WRONLY);
	struct pulled pulled;

	(void)state;
	trigger.kind = TRIGGER_SPLIT_FOLIO;
	trigger.way = TRIGGER_WAY_DEBUGFS;
	pulled = pull(trigger);
	if (fd < 0 && errno == EPERM) {
		assert_int_equal(pulled.err, -EPERM);
		assert_non_null(strstr(pulled.error, "locked down"));
	} else if (fd < 0) {
		assert_true(pulled.err == -ENOTSUP || pulled.err == -EPERM);
		assert_non_null(strstr(pulled.error, "debugfs"));
	} else {
		assert_done(&pulled);
		assert_string_equal(pulled.report.how, "debugfs split_huge_pages");
		close(fd);
	}
	trigger.way = TRIGGER_WAY_USUAL;
	trigger.order = 4;
	if (fd < 0)
		assert_refused(trigger, -ENOTSUP, "debugfs can, but debugfs");
	end_child(&child);
}

static void be_mapped(struct told *told, void *argument)
{
	const int *flags = argument; /* MAP_, PROT_ */
	char *memory = mmap(NULL, REGION, flags[1], flags[0], -1, 0);

	if (memory == MAP_FAILED)
		_exit(1);
	told->memory = (uint64_t)(uintptr_t)memory;
	told->ready = 1;
	for (;;)
		pause();
}

static void test_mappings(void **state)
{
	int shared[] = {MAP_SHARED | MAP_ANONYMOUS, PROT_READ | PROT_WRITE},
	    readonly[] = {MAP_PRIVATE | MAP_ANONYMOUS, PROT_READ},
	    huge[] = {MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, PROT_READ | PROT_WRITE};
	struct child child = start_ready(be_mapped, shared);
	struct trigger trigger;

	(void)state;
	assert_refused(cow_of(&child, false), -EINVAL, "shared");
	assert_refused(cow_of(&child, true), -EINVAL, "shared");
	end_child(&child);
	child = start_ready(be_mapped, readonly);
	assert_refused(cow_of(&child, false), -EINVAL, "may not write");
	end_child(&child);
	/* Mapped, never touched: none need be reserved. */
	child = start_ready(be_mapped, huge);
	trigger = cow_of(&child, true);
	trigger.kind = TRIGGER_SPLIT;
	assert_refused(trigger, -EINVAL, "hugetlb");
	trigger.kind = TRIGGER_SPLIT_FOLIO;
	assert_refused(trigger, -EINVAL, "hugetlb");
	end_child(&child);
}

/* System V shared memory would stay cut in pieces: the kernel joins none. And less than a slot is no huge page. */
static void be_attached(struct told *told, void *argument)
{
	const int id = shmget(IPC_PRIVATE, 3 * REGION, IPC_CREAT | 0600);
	const uintptr_t at = (uintptr_t)shmat(id, NULL, 0);

	(void)argument;
	shmctl(id, IPC_RMID, NULL);
	told->memory = (at + REGION - 1) / REGION * REGION;
	told->ready = 1;
	for (;;)
		pause();
}

static void be_small(struct told *told, void *argument)
{
	(void)argument;
	told->memory = (uintptr_t)make_memory();
	munmap((void *)(uintptr_t)(told->memory + REGION - 4096), REGIONS * REGION);
	told->ready = 1;
	for (;;)
		pause();
}

static void test_not_cut(void **state)
{
	struct child child = start_ready(be_attached, NULL);
	struct trigger trigger = cow_of(&child, true);

	(void)state;
	trigger.kind = TRIGGER_SPLIT;
	assert_refused(trigger, -EINVAL, "System V");
	end_child(&child);
	child = start_ready(be_small, NULL);
	trigger = cow_of(&child, true);
	trigger.kind = TRIGGER_SPLIT;
	assert_refused(trigger, -EINVAL, "less than 2048 KiB");
	end_child(&child);
}

static void test_traced(void **state)
{
	struct child child = start_ready(be_idle, NULL);
	struct trigger trigger = cow_of(&child, false);
	char who[64];

	(void)state;
	assert_int_equal(ptrace(PTRACE_SEIZE, child.pid, 0, 0), 0);
	snprintf(who, sizeof(who), "traced by process %d", (int)getpid());
	assert_refused(trigger, -EBUSY, who);
	trigger.kind = TRIGGER_SPLIT;
	trigger.inject = true;
	assert_refused(trigger, -EBUSY, who);
	/* What needs no tracer is done all the same. */
	trigger.kind = TRIGGER_COLLAPSE;
	assert_int_equal(pull(trigger).err, 0);
	end_child(&child);
}

/* Of several threads one alone is traced: the process's own status says nothing of it. */
static void test_thread_traced(void **state)
{
	struct child child = start_ready(be_worker, NULL);
	pid_t tid = 0;
	char who[64];

	(void)state;
	assert_int_equal(other_threads(child.pid, &tid, 1), 1);
	assert_int_equal(ptrace(PTRACE_SEIZE, tid, 0, 0), 0);
	snprintf(who, sizeof(who), "raced by process %d", (int)getpid());
	assert_refused(cow_of(&child, false), -EBUSY, who);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, tid, 0, 0), 0);
	assert_int_equal(waitpid(tid, NULL, __WALL), tid);
	assert_int_equal(ptrace(PTRACE_DETACH, tid, 0, 0), 0);
	assert_works(&child);
	end_worker(&child);
}

#ifdef __x86_64__
/* A whole 32-bit program: its header, and a loop. Its memory is its own page. */
static void test_32bit(void **state)
{
	static const unsigned char loop[] = {0xeb, 0xfe};
	struct {
		Elf32_Ehdr head;
		Elf32_Phdr load;
		unsigned char code[sizeof(loop)];
	} program = {
		.head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
			 .e_type = ET_EXEC,
			 .e_machine = EM_386,
			 .e_version = EV_CURRENT,
			 .e_entry = 0x10000 + sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr),
			 .e_phoff = sizeof(Elf32_Ehdr),
			 .e_ehsize = sizeof(Elf32_Ehdr),
			 .e_phentsize = sizeof(Elf32_Phdr),
			 .e_phnum = 1},
		.load = {.p_type = PT_LOAD,
			 .p_vaddr = 0x10000,
			 .p_filesz = sizeof(program),
			 .p_memsz = sizeof(program),
			 .p_flags = PF_R | PF_W | PF_X,
			 .p_align = 0x1000}};
	struct trigger trigger = {.kind = TRIGGER_COW, .addr = 0x10000};
	int fd = (int)syscall(SYS_memfd_create, "thpscope-32", 0), out;
	pid_t pid;

	(void)state;
	memcpy(program.code, loop, sizeof(loop));
	assert_int_equal(write(fd, &program, sizeof(program)), sizeof(program));
	pid = fork();
	if (!pid) {
		char path[64], *argv[] = {path, NULL};

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		execv(path, argv);
		_exit(errno == ENOEXEC ? 77 : 1);
	}
	UNTIL((out = waitpid(pid, NULL, WNOHANG)) || strstr(smaps_field(pid, 0x10000, "VmFlags"), "rd"));
	close(fd);
	if (out)
		SKIP("ia32", "this kernel runs no 32-bit programs");
	trigger.pid = pid;
	assert_refused(trigger, -ENOTSUP, "32-bit");
	trigger.inject = true;
	assert_refused(trigger, -ENOTSUP, "32-bit");
	trigger.kind = TRIGGER_SPLIT;
	assert_refused(trigger, -ENOTSUP, "32-bit");
	assert_free(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void be_dispatching(struct told *told, void *argument)
{
	static char selector; /* 0: allow; the kernel reads it at every call */

	(void)argument;
	if (prctl(PR_SET_DISPATCH, 1, 0, 0, &selector))
		told->bad = errno;
	be_idle(told, NULL);
}

static void test_dispatch(void **state)
{
	struct child child = start_ready(be_dispatching, NULL);

	(void)state;
	if (child.told->bad) {
		end_child(&child);
		SKIP("user_dispatch", "this kernel has no syscall user dispatch");
	}
	assert_refused(cow_of(&child, true), -ENOTSUP, "syscall user dispatch");
	/* Without a call of ours it does not matter. */
	assert_int_equal(pull(cow_of(&child, false)).err, 0);
	assert_free(child.pid);
	end_child(&child);
}

/* Spins in a critical section of rseq(2), and goes back into it whenever the kernel sends it out. */
static void be_critical(struct told *told, void *argument)
{
	(void)argument;
	told->memory = (uint64_t)(uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGION);
	told->ready = 1;
	__asm__ volatile(".pushsection .data.target_rseq, \"aw\"\n\t"
			 ".balign 32\n"
			 "9:\n\t"
			 ".long 0, 0\n\t"
			 ".quad 2f, 3f - 2f, 4f\n\t"
			 ".popsection\n"
			 "1:\n\t"
			 "leaq 9b(%%rip), %%rax\n\t"
			 "movq %%rax, %0\n"
			 "2:\n\t"
			 "pause\n\t"
			 "jmp 2b\n"
			 "3:\n\t"
			 "ud2\n\t"
			 ".long 0x53053053\n"
			 "4:\n\t"
			 "jmp 1b\n\t"
			 : "=m"(*(uint64_t *)((char *)__builtin_thread_pointer() + __rseq_offset + 8))
			 :
			 : "rax", "memory");
}

static void test_rseq(void **state)
{
	struct child child = start_ready(be_critical, NULL);
	int i, refused = 0;

	(void)state;
	/* Sent out, as whoever loses the CPU is, it is outside for two instructions: often, on a busy machine. */
	for (i = 0; i < 200 && refused < 8; i++) {
		const struct pulled pulled = pull(cow_of(&child, true));

		if (pulled.err == -EAGAIN && strstr(pulled.error, "rseq"))
			refused++;
		else
			assert_done(&pulled);
	}
	assert_int_equal(refused, 8);
	/* To be stopped is nothing else to it than to lose the CPU. */
	assert_int_equal(pull(cow_of(&child, false)).err, 0);
	assert_free(child.pid);
	end_child(&child);
}

#endif

static void filter_call(int number, uint32_t verdict)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(1);
}

#define GROUPS 300 /* of ten digits: more than a page of /proc/PID/status, before the line of seccomp */

/* argument: a member of GROUPS groups; NULL: of none. */
static void be_confined(struct told *told, void *argument)
{
	gid_t groups[GROUPS], i;

	for (i = 0; i < GROUPS; i++)
		groups[i] = 4000000000u + i;
	if (argument && setgroups(GROUPS, groups))
		_exit(1);
	told->memory = (uint64_t)(uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGION);
	filter_call(SYS_madvise, SECCOMP_RET_KILL_PROCESS);
	told->ready = 1;
	for (;;)
		pause();
}

/* Runs pull() in a process that has been prepared otherwise, and gives what it gave. */
static struct pulled pull_as(void (*prepare)(void), struct trigger trigger)
{
	struct pulled *pulled =
		mmap(NULL, sizeof(*pulled), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const pid_t pid = fork();
	struct pulled copy;
	int status;

	if (!pid) {
		prepare();
		*pulled = pull(trigger);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	copy = *pulled;
	munmap(pulled, sizeof(*pulled));
	return copy;
}

static void keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].effective = data[0].permitted = (uint32_t)keep;
	if (syscall(SYS_capset, &head, data))
		_exit(1);
}

static void lose_sys_admin(void)
{
	keep_capabilities(UINT64_C(1) << CAP_SYS_PTRACE | UINT64_C(1) << CAP_DAC_OVERRIDE |
			  UINT64_C(1) << CAP_SYS_NICE | UINT64_C(1) << CAP_KILL);
}

#ifdef __x86_64__
/* The target's filter would kill it for our call: suspended where that is allowed, refused where not. */
static void confined(void *argument)
{
	struct child child = start_ready(be_confined, argument);
	struct pulled pulled;

	pulled = pull_as(lose_sys_admin, cow_of(&child, true));
	assert_int_equal(pulled.err, -EPERM);
	assert_non_null(strstr(pulled.error, "seccomp"));
	assert_free(child.pid);
	pulled = pull(cow_of(&child, true));
	assert_done(&pulled);
	assert_free(child.pid);
	/* And it is in force again. */
	assert_string_equal(status_field(child.pid, "Seccomp"), "2");
	end_child(&child);
}

static void test_seccomp(void **state)
{
	bool many = true;

	(void)state;
	confined(NULL);
	confined(&many);
}

#endif

static void lose_kcmp(void)
{
	filter_call(SYS_kcmp, SECCOMP_RET_ERRNO | ENOSYS);
}

static void be_twins(struct told *told, void *argument)
{
	pid_t pid;

	told->memory = (uint64_t)(uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGION);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	told->pid = pid;
	told->ready = 1;
	(void)argument;
	for (;;)
		pause();
}

/*
 * Without kcmp one who may share the memory, since his is of the same size, is a reason to refuse; and what was read before
 * that is as it was, shared with the fork.
 */
static void test_no_kcmp(void **state)
{
	struct child child = start_ready(be_twins, NULL);
	const uint64_t before = pagemap_word(child.pid, child.told->memory);
	struct pulled pulled = pull_as(lose_kcmp, cow_of(&child, false));

	(void)state;
	assert_int_equal(pulled.err, -EPERM);
	assert_false(before & PM_MMAP_EXCLUSIVE);
	assert_true(before & PM_PRESENT);
	/* (In which frame it is the kernel may change at any time.) */
	assert_int_equal(pagemap_word(child.pid, child.told->memory) & ~PM_PFN_MASK, before & ~PM_PFN_MASK);
	assert_non_null(strstr(pulled.error, "may share"));
	assert_free(child.pid);
	kill(child.told->pid, SIGKILL);
	end_child(&child);
}

static void be_nobodys(struct told *told, void *argument)
{
	be_nobody();
	be_idle(told, argument);
}

static void test_permission(void **state)
{
	struct child roots, nobodys;
	struct trigger trigger;
	struct pulled pulled;

	(void)state;
	if (geteuid())
		SKIP("root", "only root can become somebody else");
	if (!nobody_sees_proc())
		SKIP("nobody", "/ is not searchable for others");
	roots = start_ready(be_idle, NULL);
	pulled = pull_as(be_nobody, cow_of(&roots, false));
	assert_int_equal(pulled.err, -EPERM);
	assert_non_null(strstr(pulled.error, "cannot be read"));
	end_child(&roots);
	/* The same user, who may trace, but not change the way another is scheduled. */
	nobodys = start_ready(be_nobodys, NULL);
	trigger = cow_of(&nobodys, false);
	trigger.kind = TRIGGER_COLLAPSE;
	pulled = pull_as(be_nobody, trigger);
	assert_int_equal(pulled.err, -EPERM);
	assert_non_null(strstr(pulled.error, "CAP_SYS_NICE"));
	assert_free(nobodys.pid);
	end_child(&nobodys);
}

/* A thread that waits for memory which nobody brings, with no signal to wake it but SIGKILL. */
static void *sleep_deeply(void *argument)
{
	struct told *told = argument;
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char *far = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), byte;
	struct uffdio_register range = {.range = {(uintptr_t)far, page},
					.mode = UFFDIO_REGISTER_MODE_MISSING};
	struct uffdio_api api = {.api = UFFD_API};
	const struct iovec local = {&byte, 1}, remote = {far, 1};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range)) {
		told->bad = 77;
		return NULL;
	}
	/* mm/gup.c: a fault for somebody else's sake is not interruptible. */
	told->answer = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	return NULL;
}

static void be_deep(struct told *told, void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, sleep_deeply, told))
		_exit(1);
	be_worker(told, argument);
}

static bool has_deep_thread(pid_t pid)
{
	pid_t tids[WORKERS + 1];
	size_t i, n = other_threads(pid, tids, WORKERS + 1);

	for (i = 0; i < n; i++)
		if (*status_field(tids[i], "State") == 'D')
			return true;
	return false;
}

/* It cannot be stopped: after a moment all are let go, who were stopped for it. */
static void test_asleep(void **state)
{
	struct child child = start_ready(be_deep, NULL);
	struct timespec before, after;

	(void)state;
	UNTIL(child.told->bad || has_deep_thread(child.pid));
	if (child.told->bad) {
		end_child(&child);
		SKIP("userfaultfd", "no userfaultfd for this user");
	}
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_refused(cow_of(&child, false), -EBUSY, "uninterruptible sleep");
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000,
			200, 3000);
	assert_works(&child);
	end_child(&child);
}

/* A page whose writes a thread of the process itself lets through, which is stopped with all others. */
static void be_guarded(struct told *told, void *argument)
{
	struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_WP};
	struct uffdio_writeprotect guard = {.mode = UFFDIO_WRITEPROTECT_MODE_WP};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	(void)argument;
	told->memory = (uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGION);
	range.range = guard.range = (struct uffdio_range){told->memory, REGION};
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ||
	    ioctl(fd, UFFDIO_WRITEPROTECT, &guard))
		told->bad = 77;
	told->ready = 1;
	for (;;)
		pause();
}

static void test_write_guarded(void **state)
{
	struct child child = start_ready(be_guarded, NULL);

	(void)state;
	if (child.told->bad) {
		end_child(&child);
		SKIP("userfaultfd", "no userfaultfd for this user");
	}
	assert_refused(cow_of(&child, false), -EBUSY, "userfaultfd");
	assert_refused(cow_of(&child, true), -EBUSY, "userfaultfd");
	assert_free(child.pid);
	end_child(&child);
}

/* One page, private and shared by turns: of the shared one nothing is ever written. */
static void *remap(void *argument)
{
	struct told *told = argument;
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char *at = (char *)(uintptr_t)told->memory;
	int fd = (int)syscall(SYS_memfd_create, "thpscope-shared", 0);

	if (ftruncate(fd, (off_t)page))
		_exit(1);
	while (!told->stop) {
		if (mmap(at, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
			_exit(1);
		told->progress[0]++;
		if (mmap(at, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		    MAP_FAILED)
			_exit(1);
		munmap(at, page);
	}
	return NULL;
}

static void be_restless(struct told *told, void *argument)
{
	pthread_t thread;
	char *at = mmap(NULL, 3 * REGION, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argument;
	munmap(at, 3 * REGION);
	told->memory = (uint64_t)(uintptr_t)at + REGION;
	if (pthread_create(&thread, NULL, remap, told))
		_exit(1);
	told->ready = 1;
	pthread_join(thread, NULL);
	_exit(0);
}

/* The VMA is looked at again when all are stopped: what was private a moment ago may be shared, or gone. */
static void test_moved(void **state)
{
	struct child child = start_ready(be_restless, NULL);
	int i, moved = 0;

	(void)state;
	for (i = 0; i < 30000 && moved < 60; i++) {
		const struct pulled pulled = pull(cow_of(&child, false));

		if (pulled.err == -EFAULT && strstr(pulled.error, "a moment ago"))
			moved++;
		else if (pulled.err && pulled.err != -EFAULT && pulled.err != -ENXIO && pulled.err != -EINVAL)
			fail_msg("%d %s", pulled.err, pulled.error);
		/* What it did not refuse it did on a mapping that was private then. */
		assert_int_equal(pulled.report.error, 0);
	}
	assert_true(moved >= 60);
	assert_free(child.pid);
	end_child(&child);
}

static void test_not_here(void **state)
{
	struct child child = start_ready(be_idle, NULL);
	const struct trigger trigger = cow_of(&child, false);
	struct kernel *kernel = open_kernel();
	struct target_report report;
	char error[256];

	(void)state;
	kernel->here = false;
	assert_int_equal(target_trigger(kernel, &trigger, &report, error, sizeof(error)), -ENOTSUP);
	assert_non_null(strstr(error, "running kernel"));
	kernel_close(kernel);
	end_child(&child);
}

/* Of a thread that ends meanwhile status is empty: nothing is known of who would be acted on. */
static void test_no_status(void **state)
{
	const struct fault_plan plan = {
		.op = FAULT_PROCESS_TEXT, .file = "status", .nth = 1, .times = 1, .kind = FAULT_FAIL};
	struct child child = start_ready(be_idle, NULL);
	const struct trigger trigger = cow_of(&child, false);
	struct kernel *kernel = fault_kernel_wrap(open_kernel(), &plan);
	struct target_report report;
	char error[256];

	(void)state;
	assert_int_equal(target_trigger(kernel, &trigger, &report, error, sizeof(error)), -ESRCH);
	assert_non_null(strstr(error, "its status cannot be read"));
	assert_free(child.pid);
	kernel_close(kernel);
	end_child(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),  cmocka_unit_test(test_thread_named),
		cmocka_unit_test(test_ways),	  cmocka_unit_test(test_debugfs),
		cmocka_unit_test(test_mappings),  cmocka_unit_test(test_not_cut),
		cmocka_unit_test(test_traced),	  cmocka_unit_test(test_thread_traced),
#ifdef __x86_64__
		cmocka_unit_test(test_32bit),	  cmocka_unit_test(test_dispatch),
		cmocka_unit_test(test_rseq),	  cmocka_unit_test(test_seccomp),
#endif
		cmocka_unit_test(test_no_kcmp),	  cmocka_unit_test(test_permission),
		cmocka_unit_test(test_asleep),	  cmocka_unit_test(test_write_guarded),
		cmocka_unit_test(test_moved),	  cmocka_unit_test(test_not_here),
		cmocka_unit_test(test_no_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
