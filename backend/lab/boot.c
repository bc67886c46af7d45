/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Booting the lab's guest, and saying why it did not come up. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "lab/initramfs.h"
#include "lab/parts.h"

/* KVM boots in less than a second; where it takes so long, or the kernel says nothing so long, it does not work. */
#define KVM_LIMIT_MS 8000
#define KVM_SILENT_MS 2000
#define WAIT_MS 100
#define LAST_LINES 4096

struct boot {
	const struct lab_options *options;
	const char *qemu;
	struct buf archive; /* the initramfs */
	char *error;
	size_t size;
};

static int fail(const struct boot *boot, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(const struct boot *boot, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(boot->error, boot->size, format, args);
	va_end(args);
	return err;
}

int lab_check_image(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[4];
	bool is;

	if (fd < 0)
		return -errno;
	/* Linux 6.12, Documentation/arch/x86/boot.rst. */
	is = pread(fd, magic, sizeof(magic), 0x202) == sizeof(magic) && !memcmp(magic, "HdrS", sizeof(magic));
	close(fd);
	return is ? 0 : -ENOEXEC;
}

static int check_kernel(const struct boot *boot)
{
	const char *path = boot->options->kernel;
	const int err = lab_check_image(path);

	if (err == -ENOEXEC)
		return fail(boot, err,
			    "%s is no bzImage of Linux, which arch/x86/boot/bzImage of a built kernel is",
			    path);
	return err ? fail(boot, err, "cannot read the kernel %s: %s", path, strerror(-err)) : 0;
}

static uint64_t available_mb(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kb = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb >> 10;
}

static int check_memory(const struct boot *boot)
{
	const unsigned wanted = boot->options->memory_mb ? boot->options->memory_mb : LAB_MEMORY_MB;
	const uint64_t there = available_mb();

	if (!there || there >= wanted)
		return 0;
	return fail(boot, -ENOMEM, "the lab's machine gets %u MiB of memory, and %llu MiB are available here",
		    wanted, (unsigned long long)there);
}

/* A folder that only we can enter, with the initramfs in it. */
static int prepare(const struct boot *boot, struct lab *lab)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct buf path = {0};
	size_t done = 0;
	ssize_t n = 0;
	int fd, err = 0;

	if (!runtime || *runtime != '/' || access(runtime, W_OK | X_OK))
		runtime = "/tmp";
	buf_printf(&path, "%s/thpscope-lab-XXXXXX", runtime);
	if (!mkdtemp(path.data)) {
		err = -errno;
		buf_fini(&path);
		return fail(boot, err, "cannot make a folder in %s: %s", runtime, strerror(-err));
	}
	lab->path = path.data;
	lab->folder = open(lab->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(lab->folder, LAB_INITRAMFS, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (; fd >= 0 && n >= 0 && done<boot->archive.len; done += n> 0 ? (size_t)n : 0)
		n = write(fd, boot->archive.data + done, boot->archive.len - done);
	if (fd < 0 || n < 0) {
		err = -errno;
		fail(boot, err, "cannot write in %s: %s", lab->path, strerror(-err));
		unlinkat(lab->folder, LAB_INITRAMFS, 0);
		rmdir(lab->path);
	}
	close(fd);
	return err;
}

static bool has_ended(const struct lab *lab)
{
	struct pollfd ended = {.fd = lab->ended, .events = POLLIN};

	return poll(&ended, 1, 0) > 0;
}

/* A kernel that runs has said its name by then. */
static bool is_silent(const struct lab *lab)
{
	struct stat status;

	return fstatat(lab->folder, LAB_CONSOLE, &status, 0) || !status.st_size;
}

/* 0: it is up; -EIO: QEMU has ended; -ETIMEDOUT: it is not within this time, or says nothing, by KVM. */
static int wait_ready(struct lab *lab, unsigned limit_ms)
{
	const int64_t begin = lab_now_ms(), end = begin + limit_ms;
	struct buf text = {0};
	uint32_t type;
	int got = 0;

	/* QEMU listens before the guest begins. */
	while (lab->control < 0 && lab_now_ms() < end && !has_ended(lab)) {
		lab->control = lab_dial(lab, LAB_CONTROL);
		if (lab->control < 0)
			poll(NULL, 0, 2);
	}
	while (lab->control >= 0 && !got && lab_now_ms() < end &&
	       !(lab->kvm && lab_now_ms() - begin > KVM_SILENT_MS && is_silent(lab)))
		got = lab_hear(lab, WAIT_MS, &type, &text);
	if (got == 1 && type == LAB_READY)
		snprintf(lab->release, sizeof(lab->release), "%.*s", (int)text.len, text.data);
	buf_fini(&text);
	if (got == 1 && type == LAB_READY)
		return 0;
	return got < 0 || has_ended(lab) ? -EIO : -ETIMEDOUT;
}

/* The last line that says something, without what is around the words of a panic and time stamps. */
static void last_line(const char *text, size_t len, struct buf *line)
{
	static const char frame[] = "---[ end ";
	const char *end = text + len, *begin, *stamp;

	buf_clear(line);
	while (end > text && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' ' || !end[-1]))
		end--;
	for (begin = end; begin > text && begin[-1] != '\n' && begin[-1] != '\r';)
		begin--;
	stamp = *begin == '[' ? memchr(begin, ']', (size_t)(end - begin)) : NULL;
	if (stamp)
		begin = stamp + 1;
	while (begin < end && *begin == ' ')
		begin++;
	if ((size_t)(end - begin) > sizeof(frame) && !memcmp(begin, frame, sizeof(frame) - 1)) {
		begin += sizeof(frame) - 1;
		while (end > begin && (end[-1] == '-' || end[-1] == ']' || end[-1] == ' '))
			end--;
	}
	buf_add(line, begin, (size_t)(end - begin));
}

/* The end of a file of the folder; its last line too. */
static void read_end(const struct lab *lab, const char *name, struct buf *text, struct buf *line)
{
	int fd = openat(lab->folder, name, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t got;

	buf_clear(text);
	if (fd >= 0) {
		got = pread(fd, buf_reserve(text, LAST_LINES), LAST_LINES,
			    size > LAST_LINES ? size - LAST_LINES : 0);
		text->len += got > 0 ? (size_t)got : 0;
		close(fd);
	}
	last_line(text->data ? text->data : "", text->len, line);
}

/* Keeps the console's log where it outlives the folder. The path, to be freed; NULL: it could not be kept. */
static char *keep_log(const struct boot *boot, const struct lab *lab)
{
	struct buf path = {0}, text = {0};
	int from = openat(lab->folder, LAB_CONSOLE, O_RDONLY | O_CLOEXEC), to = -1;
	ssize_t got = 0;

	if (boot->options->cache && from >= 0) {
		buf_printf(&path, "%s/console.log", boot->options->cache);
		to = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	}
	while (to >= 0 && (got = read(from, buf_reserve(&text, 65536), 65536)) > 0)
		if (write(to, text.data, (size_t)got) != got)
			got = -1;
	if (to < 0 || got < 0) {
		buf_fini(&path);
		path.data = NULL;
	}
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	buf_fini(&text);
	return path.data;
}

static const char needs[] =
	"a kernel for the lab has VIRTIO_PCI, VIRTIO_CONSOLE, DEVTMPFS, TMPFS, BLK_DEV_INITRD, "
	"SERIAL_8250_CONSOLE built in, no modules";

static int explain(const struct boot *boot, const struct lab *lab, int err, unsigned limit_ms)
{
	struct buf text = {0}, console = {0}, complaint = {0};
	char *log = keep_log(boot, lab);

	read_end(lab, LAB_COMPLAINTS, &text, &complaint);
	read_end(lab, LAB_CONSOLE, &text, &console);
	buf_putc(&console, '\0');
	buf_putc(&complaint, '\0');
	if (err == -EIO && *complaint.data)
		fail(boot, err, "QEMU ended: %s", complaint.data);
	else if (err == -EIO)
		fail(boot, err, "%s did not boot; it said last: %s%s%s%s", boot->options->kernel,
		     *console.data ? console.data : "nothing", log ? " (all of it: " : "", log ? log : "",
		     log ? ")" : "");
	else
		fail(boot, -EIO, "%s did not come up within %u s%s%s; %s%s%s%s", boot->options->kernel,
		     limit_ms / 1000, *console.data ? ", its console's last line is " : "", console.data,
		     needs, log ? " (console: " : "", log ? log : "", log ? ")" : "");
	free(log);
	buf_fini(&text);
	buf_fini(&console);
	buf_fini(&complaint);
	return -EIO;
}

/* One attempt; on failure nothing of it is left. */
static int attempt(const struct boot *boot, bool kvm, struct lab *lab)
{
	unsigned limit_ms = boot->options->limit_ms ? boot->options->limit_ms : LAB_LIMIT_MS;
	int err;

	lab->control = -1;
	lab->kvm = kvm;
	lab->share = boot->options->share ? mem_strdup(boot->options->share) : NULL;
	if (kvm && limit_ms > KVM_LIMIT_MS)
		limit_ms = KVM_LIMIT_MS;
	err = prepare(boot, lab);
	if (err)
		return err;
	err = lab_start(lab, boot->options, boot->qemu);
	if (err) {
		unlinkat(lab->folder, LAB_INITRAMFS, 0);
		rmdir(lab->path);
		return fail(boot, err, "cannot start QEMU: %s", strerror(-err));
	}
	err = wait_ready(lab, limit_ms);
	if (!err)
		return 0;
	err = explain(boot, lab, err, limit_ms);
	lab_stop(lab);
	return err;
}

static void forget(struct lab *lab)
{
	if (lab->control >= 0)
		close(lab->control);
	if (lab->folder >= 0)
		close(lab->folder);
	free(lab->path);
	free(lab->share);
	buf_fini(&lab->said);
	*lab = (struct lab){.control = -1, .folder = -1};
}

/* That KVM does not work is known when the same kernel comes up without it. */
static int boot_any(const struct boot *boot, struct lab *lab)
{
	const bool kvm = lab_try_kvm(boot->options->cache);
	int err;

	if (kvm) {
		err = attempt(boot, true, lab);
		if (!err)
			return 0;
		forget(lab);
	}
	err = attempt(boot, false, lab);
	if (!err && kvm) {
		lab_kvm_failed(boot->options->cache);
		*boot->error = '\0';
	}
	return err;
}

int lab_boot(const struct lab_options *options, struct lab **out, char *error, size_t size)
{
	char *qemu = lab_find_qemu();
	struct boot boot = {.options = options, .qemu = qemu, .error = error, .size = size};
	struct lab *lab = mem_alloc(sizeof(*lab));
	int err;

	*lab = (struct lab){.control = -1, .folder = -1};
	err = check_kernel(&boot);
	if (!err && !qemu)
		err = fail(&boot, -ENOTSUP, "the lab needs QEMU: apt-get install qemu-system-x86");
	if (!err)
		err = check_memory(&boot);
	if (!err) {
		err = initramfs_write(&boot.archive, options->agent);
		if (err == -ENOEXEC)
			fail(&boot, err, "%s is not linked statically, as the init of a guest has to be",
			     options->agent);
		else if (err)
			fail(&boot, err, "cannot read %s: %s", options->agent, strerror(-err));
	}
	if (!err)
		err = boot_any(&boot, lab);
	buf_fini(&boot.archive);
	free(qemu);
	if (err) {
		forget(lab);
		free(lab);
		return err;
	}
	pthread_mutex_init(&lab->lock, NULL);
	*out = lab;
	return 0;
}

void lab_free(struct lab *lab)
{
	if (!lab)
		return;
	lab_stop(lab);
	pthread_mutex_destroy(&lab->lock);
	forget(lab);
	free(lab);
}
