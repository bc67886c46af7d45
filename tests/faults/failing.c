/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a program under test: the Nth call of a group of calls of the C library fails.
 *
 * FAILING names a file that holds a struct plan (tests/lib/faults.py writes it). It is mapped and shared, so that calls
 * of forked processes count as well and the tests read the counts, whatever end the program came to. Calls that the C
 * library makes by itself (of stdio, of opendir) do not pass here; their callers do.
 */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* The order of GROUPS in tests/lib/faults.py. */
enum group {
	MEMORY,
	READ,
	WRITE,
	OPEN,
	LOOK,  /* stat and the like, readdir */
	IOCTL, /* and the modes of a terminal */
	POLL,
	PTRACE,
	TARGET, /* process_madvise, process_vm_readv, pidfd_open, kcmp, kill ...: by syscall() or by name */
	START,	/* processes and threads */
	WAIT,
	PIPE,
	FILES, /* what ends or changes one: close, fsync, rename, ftruncate, mkdir, fcntl, dup2 */
	MAP,   /* mmap of what is no heap of the C library's */
	GROUPS
};

/* BROKEN: the Nth falls short, and the next one fails. */
enum kind { COUNT, FAIL, SHORT, BROKEN };

struct plan {
	char program[64]; /* whose calls: its name without folders */
	uint64_t groups;  /* bits */
	uint64_t kind, nth, times, error;
	/* What came of it. */
	uint64_t seen, struck, of_group[GROUPS];
	char last[64]; /* the call that failed */
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static struct plan *plan;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAILING");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
	struct plan *mapped;

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*mapped), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (mapped != MAP_FAILED && !strcmp(mapped->program, program_invocation_short_name))
		plan = mapped;
}

/* Counts a call; what it is to do: COUNT is nothing else than usual. */
static enum kind strike(enum group group, const char *name)
{
	uint64_t seen;

	if (!plan)
		return COUNT;
	__atomic_add_fetch(&plan->of_group[group], 1, __ATOMIC_RELAXED);
	if (!(plan->groups >> group & 1))
		return COUNT;
	seen = __atomic_add_fetch(&plan->seen, 1, __ATOMIC_RELAXED);
	if (plan->kind == COUNT || seen < plan->nth || (plan->times && seen - plan->nth >= plan->times))
		return COUNT;
	__atomic_add_fetch(&plan->struck, 1, __ATOMIC_RELAXED);
	strncpy(plan->last, name, sizeof(plan->last) - 1);
	if (plan->kind == BROKEN)
		return seen == plan->nth ? SHORT : FAIL;
	return (enum kind)plan->kind;
}

/* Whether it fails: errno is set. */
static bool fails(enum group group, const char *name)
{
	if (strike(group, name) != FAIL)
		return false;
	errno = (int)plan->error;
	return true;
}

/* For calls that move bytes: *size is less if it is to fall short. Whole words stay whole, as the kernel's do. */
static bool fails_or_cuts(enum group group, const char *name, size_t *size)
{
	const enum kind kind = strike(group, name);

	if (kind == FAIL) {
		errno = (int)plan->error;
		return true;
	}
	/* Of a large buffer a text would fill but the beginning. */
	if (kind == SHORT && *size >= 4096)
		*size = 104;
	else if (kind == SHORT && *size >= 16 && *size % 8 == 0)
		*size = *size / 16 * 8;
	else if (kind == SHORT && *size > 1 && *size != 8)
		*size /= 2;
	return false;
}

/* The C library's own, found before main() or, by another constructor's call, before that. */
#define NEXT(type, name, params)                                                                             \
	static type(*next_##name) params;                                                                    \
	__attribute__((constructor)) static void find_##name(void)                                           \
	{                                                                                                    \
		next_##name = (type(*) params)dlsym(RTLD_NEXT, #name);                                       \
	}

/* A call that gives `bad` when it fails. */
#define CALL(group, type, name, params, args, bad)                                                           \
	NEXT(type, name, params)                                                                             \
	type name params                                                                                     \
	{                                                                                                    \
		if (!next_##name)                                                                            \
			find_##name();                                                                       \
		if (fails(group, #name))                                                                     \
			return bad;                                                                          \
		return next_##name args;                                                                     \
	}

/* The same of one that moves `size` bytes. */
#define MOVE(group, type, name, params, args, bad)                                                           \
	NEXT(type, name, params)                                                                             \
	type name params                                                                                     \
	{                                                                                                    \
		if (!next_##name)                                                                            \
			find_##name();                                                                       \
		if (fails_or_cuts(group, #name, &size))                                                      \
			return bad;                                                                          \
		return next_##name args;                                                                     \
	}

/* One that is done all the same: what is closed stays closed. */
#define DONE(group, type, name, params, args, bad)                                                           \
	NEXT(type, name, params)                                                                             \
	type name params                                                                                     \
	{                                                                                                    \
		type result;                                                                                 \
		if (!next_##name)                                                                            \
			find_##name();                                                                       \
		result = next_##name args;                                                                   \
		return fails(group, #name) ? bad : result;                                                   \
	}

/* Straight to the C library: dlsym() allocates. */
void *malloc(size_t size)
{
	return fails(MEMORY, "malloc") ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(MEMORY, "calloc") ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return size && fails(MEMORY, "realloc") ? NULL : __libc_realloc(memory, size);
}

/* A stream remembers that it failed, as ferror() tells. Only what it holds itself is moved here. */
static void mark_failed(FILE *file)
{
	if (file)
		file->_flags |= 0x20; /* _IO_ERR_SEEN (libio.h) */
}

#define STREAM(group, type, name, params, args, bad)                                                         \
	NEXT(type, name, params)                                                                             \
	type name params                                                                                     \
	{                                                                                                    \
		if (!next_##name)                                                                            \
			find_##name();                                                                       \
		if (fails(group, #name)) {                                                                   \
			mark_failed(file);                                                                   \
			return bad;                                                                          \
		}                                                                                            \
		return next_##name args;                                                                     \
	}

MOVE(READ, ssize_t, read, (int fd, void *to, size_t size), (fd, to, size), -1)
MOVE(READ, ssize_t, pread, (int fd, void *to, size_t size, off_t at), (fd, to, size, at), -1)
MOVE(READ, ssize_t, pread64, (int fd, void *to, size_t size, off64_t at), (fd, to, size, at), -1)
MOVE(READ, ssize_t, recv, (int fd, void *to, size_t size, int flags), (fd, to, size, flags), -1)
CALL(READ, ssize_t, recvmsg, (int fd, struct msghdr *to, int flags), (fd, to, flags), -1)
MOVE(WRITE, ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size), -1)
MOVE(WRITE, ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at), -1)
MOVE(WRITE, ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at), -1)
MOVE(WRITE, ssize_t, send, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags), -1)
STREAM(READ, size_t, fread, (void *to, size_t size, size_t n, FILE *file), (to, size, n, file), 0)
STREAM(READ, char *, fgets, (char *to, int size, FILE *file), (to, size, file), NULL)
STREAM(WRITE, size_t, fwrite, (const void *from, size_t size, size_t n, FILE *file), (from, size, n, file), 0)
STREAM(WRITE, int, fputs, (const char *text, FILE *file), (text, file), EOF)
DONE(WRITE, int, fflush, (FILE * file), (file), EOF)

CALL(OPEN, FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL)
CALL(OPEN, FILE *, fopen64, (const char *path, const char *mode), (path, mode), NULL)
CALL(OPEN, FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL)
CALL(OPEN, DIR *, opendir, (const char *path), (path), NULL)
CALL(OPEN, DIR *, fdopendir, (int fd), (fd), NULL)
CALL(OPEN, int, mkostemp, (char *path, int flags), (path, flags), -1)
CALL(OPEN, int, mkostemp64, (char *path, int flags), (path, flags), -1)
CALL(OPEN, char *, mkdtemp, (char *path), (path), NULL)
CALL(OPEN, int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)

CALL(LOOK, struct dirent *, readdir, (DIR * dir), (dir), NULL)
CALL(LOOK, struct dirent64 *, readdir64, (DIR * dir), (dir), NULL)
CALL(LOOK, int, stat, (const char *path, struct stat *to), (path, to), -1)
CALL(LOOK, int, stat64, (const char *path, struct stat64 *to), (path, to), -1)
CALL(LOOK, int, lstat, (const char *path, struct stat *to), (path, to), -1)
CALL(LOOK, int, lstat64, (const char *path, struct stat64 *to), (path, to), -1)
CALL(LOOK, int, fstat, (int fd, struct stat *to), (fd, to), -1)
CALL(LOOK, int, fstat64, (int fd, struct stat64 *to), (fd, to), -1)
CALL(LOOK, int, fstatat64, (int at, const char *path, struct stat64 *to, int flags), (at, path, to, flags),
     -1)
CALL(LOOK, int, access, (const char *path, int mode), (path, mode), -1)
CALL(LOOK, int, faccessat, (int at, const char *path, int mode, int flags), (at, path, mode, flags), -1)
CALL(LOOK, ssize_t, readlink, (const char *path, char *to, size_t size), (path, to, size), -1)
CALL(LOOK, char *, realpath, (const char *path, char *to), (path, to), NULL)

CALL(LOOK, char *, getcwd, (char *to, size_t size), (to, size), NULL)
CALL(IOCTL, int, tcgetattr, (int fd, struct termios *to), (fd, to), -1)
CALL(IOCTL, int, tcsetattr, (int fd, int when, const struct termios *how), (fd, when, how), -1)

CALL(POLL, int, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms), -1)
CALL(POLL, int, ppoll, (struct pollfd * fds, nfds_t n, const struct timespec *time, const sigset_t *mask),
     (fds, n, time, mask), -1)

CALL(TARGET, ssize_t, process_vm_readv,
     (pid_t pid, const struct iovec *to, unsigned long n, const struct iovec *from, unsigned long m,
      unsigned long flags),
     (pid, to, n, from, m, flags), -1)
CALL(TARGET, ssize_t, process_vm_writev,
     (pid_t pid, const struct iovec *from, unsigned long n, const struct iovec *to, unsigned long m,
      unsigned long flags),
     (pid, from, n, to, m, flags), -1)

CALL(TARGET, int, kill, (pid_t pid, int number), (pid, number), -1)

CALL(START, pid_t, fork, (void), (), -1)
CALL(START, int, posix_spawn,
     (pid_t * pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *how,
      char *const argv[], char *const env[]),
     (pid, path, actions, how, argv, env), (int)plan->error)
CALL(START, int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *), void *with),
     (thread, how, run, with), (int)plan->error)

CALL(WAIT, pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options), -1)
CALL(WAIT, int, waitid, (idtype_t type, id_t id, siginfo_t *to, int options), (type, id, to, options), -1)

CALL(PIPE, int, pipe2, (int fds[2], int flags), (fds, flags), -1)
CALL(PIPE, int, socketpair, (int domain, int type, int protocol, int fds[2]), (domain, type, protocol, fds),
     -1)
CALL(PIPE, int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1)
CALL(PIPE, int, connect, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size), -1)
CALL(PIPE, int, eventfd, (unsigned value, int flags), (value, flags), -1)
CALL(PIPE, int, signalfd, (int fd, const sigset_t *mask, int flags), (fd, mask, flags), -1)

DONE(FILES, int, close, (int fd), (fd), -1)
DONE(FILES, int, fclose, (FILE * file), (file), EOF)
CALL(FILES, int, fsync, (int fd), (fd), -1)
CALL(FILES, int, rename, (const char *from, const char *to), (from, to), -1)
CALL(FILES, int, unlink, (const char *path), (path), -1)
CALL(FILES, int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
CALL(FILES, int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
CALL(FILES, int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), -1)
CALL(FILES, int, unlinkat, (int at, const char *path, int flags), (at, path, flags), -1)
CALL(FILES, int, rmdir, (const char *path), (path), -1)
CALL(FILES, int, fchdir, (int fd), (fd), -1)
CALL(FILES, int, ftruncate, (int fd, off_t size), (fd, size), -1)
CALL(FILES, int, ftruncate64, (int fd, off64_t size), (fd, size), -1)
CALL(FILES, off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence), -1)
CALL(FILES, off64_t, lseek64, (int fd, off64_t at, int whence), (fd, at, whence), -1)
CALL(FILES, int, dup2, (int fd, int to), (fd, to), -1)
CALL(FILES, int, flock, (int fd, int how), (fd, how), -1)

CALL(MAP, void *, mmap, (void *at, size_t size, int prot, int flags, int fd, off_t from),
     (at, size, prot, flags, fd, from), MAP_FAILED)
CALL(MAP, void *, mmap64, (void *at, size_t size, int prot, int flags, int fd, off64_t from),
     (at, size, prot, flags, fd, from), MAP_FAILED)

/* Those with arguments that not every caller gives. */

#define OPENS(name, params, last, args)                                                                      \
	static int (*next_##name)(params, ...);                                                              \
	__attribute__((constructor)) static void find_##name(void)                                           \
	{                                                                                                    \
		next_##name = (int (*)(params, ...))dlsym(RTLD_NEXT, #name);                                 \
	}                                                                                                    \
	int name(params, ...)                                                                                \
	{                                                                                                    \
		va_list list;                                                                                \
		mode_t mode;                                                                                 \
		va_start(list, last);                                                                        \
		mode = last & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                              \
		va_end(list);                                                                                \
		if (!next_##name)                                                                            \
			find_##name();                                                                       \
		return fails(OPEN, #name) ? -1 : next_##name(args, mode);                                    \
	}
#define COMMA ,

OPENS(open, const char *path COMMA int flags, flags, path COMMA flags)
OPENS(open64, const char *path COMMA int flags, flags, path COMMA flags)
OPENS(openat, int at COMMA const char *path COMMA int flags, flags, at COMMA path COMMA flags)
OPENS(openat64, int at COMMA const char *path COMMA int flags, flags, at COMMA path COMMA flags)

/* On the way to the kernel all are words; one that was not given is not read there. */
#define WORDS(group, type, name, first, next, words, then)                                                   \
	static type (*next_##name)(first, ...);                                                              \
	__attribute__((constructor)) static void find_##name(void)                                           \
	{                                                                                                    \
		next_##name = (type(*)(first, ...))dlsym(RTLD_NEXT, #name);                                  \
	}                                                                                                    \
	type name(first, ...)                                                                                \
	{                                                                                                    \
		long word[6];                                                                                \
		va_list list;                                                                                \
		int i;                                                                                       \
		va_start(list, next);                                                                        \
		for (i = 0; i < words; i++)                                                                  \
			word[i] = va_arg(list, long);                                                        \
		va_end(list);                                                                                \
		if (!next_##name)                                                                            \
			find_##name();                                                                       \
		return fails(group, #name) ? -1 : then;                                                      \
	}

WORDS(IOCTL, int, ioctl, int fd COMMA unsigned long request, request, 1, next_ioctl(fd, request, word[0]))
WORDS(FILES, int, fcntl, int fd COMMA int what, what, 1, next_fcntl(fd, what, word[0]))
WORDS(FILES, int, fcntl64, int fd COMMA int what, what, 1, next_fcntl64(fd, what, word[0]))
WORDS(TARGET, int, prctl, int what, what, 4, next_prctl(what, word[0], word[1], word[2], word[3]))
WORDS(PTRACE, long, ptrace, int request, request, 3, next_ptrace(request, word[0], word[1], word[2]))
WORDS(TARGET, long, syscall, long number, number, 6,
      next_syscall(number, word[0], word[1], word[2], word[3], word[4], word[5]))
