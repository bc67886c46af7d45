/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting QEMU, and the keeper that ends it when we end. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/close.h"
#include "core/mem.h"
#include "lab/parts.h"

#define MOST_WORDS 96

/* QEMU's command line; words that are made here are freed with it. */
struct words {
	char *list[MOST_WORDS + 1];
	size_t n;
};

static void word(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void word(struct words *words, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (words->n < MOST_WORDS && vasprintf(&words->list[words->n], format, args) < 0)
		mem_exhausted();
	words->n += words->n < MOST_WORDS;
	va_end(args);
}

static void words_fini(struct words *words)
{
	while (words->n)
		free(words->list[--words->n]);
}

static void option(struct words *words, const char *name, const char *value)
{
	word(words, "%s", name);
	word(words, "%s", value);
}

/* In QEMU's lists of options a comma is written twice. */
static void folder(struct words *words, const char *path, const char *tag, bool readonly)
{
	struct buf escaped = {0};

	for (; *path; path++)
		buf_printf(&escaped, *path == ',' ? ",," : "%c", *path);
	word(words, "-virtfs");
	word(words, "local,path=%s,security_model=none,multidevs=remap,readonly=%s,mount_tag=%s",
	     escaped.data ? escaped.data : "", readonly ? "on" : "off", tag);
	buf_fini(&escaped);
}

static void port(struct words *words, const char *socket, const char *name)
{
	word(words, "-chardev");
	word(words, "socket,id=at-%s,path=%s,server=on,wait=off", name, socket);
	word(words, "-device");
	word(words, "virtserialport,chardev=at-%s,name=" LAB_PORT_PREFIX "%s", name, name);
}

/*
 * Without ACPI only the keyboard controller or a triple fault end it; a panic does so at once. Nor is there a timer then
 * against which the guest could measure its time stamp counter: it would count ticks, of which a busy host loses some.
 * That the timer's interrupts come through is not tested, for on a busy host they may be late.
 */
static const char *command_line(const struct lab *lab, char *line, size_t size)
{
	const unsigned khz = lab->kvm ? 0 : lab_tsc_khz();
	int n = snprintf(line, size,
			 "console=ttyS0 loglevel=6 reboot=t panic=-1 mitigations=off tsc=reliable "
			 "no_timer_check rdinit=/init");

	if (khz)
		snprintf(line + n, size - (size_t)n, " tsc_early_khz=%u", khz);
	return line;
}

static void compose(struct words *words, const struct lab *lab, const struct lab_options *options,
		    const char *qemu)
{
	const unsigned cpus = options->cpus ? options->cpus : LAB_CPUS;
	char number[16], line[256];
	int i;

	word(words, "%s", qemu);
	word(words, "-nodefaults");
	word(words, "-no-user-config");
	word(words, "-no-reboot");
	option(words, "-name", "thpscope-lab");
	option(words, "-display", "none");
	option(words, "-machine", "pc");
	option(words, "-accel", lab->kvm ? "kvm" : "tcg,thread=multi");
	option(words, "-cpu", lab->kvm ? "host" : "max");
	/* As sockets: of a socket with several cores the BIOS's MP table, which is all that we have, names one. */
	word(words, "-smp");
	word(words, "%u,sockets=%u,cores=1,threads=1", cpus, cpus);
	word(words, "-m");
	word(words, "%u", options->memory_mb ? options->memory_mb : LAB_MEMORY_MB);
	option(words, "-kernel", options->kernel);
	option(words, "-initrd", LAB_INITRAMFS);
	option(words, "-append", command_line(lab, line, sizeof(line)));
	option(words, "-serial", "file:" LAB_CONSOLE);
	option(words, "-device", "virtio-serial-pci");
	port(words, LAB_CONTROL, LAB_CONTROL);
	for (i = 0; i < LAB_PORTS; i++) {
		snprintf(number, sizeof(number), "%d", i);
		port(words, number, number);
	}
	if (options->files)
		folder(words, "/", LAB_TAG_ROOT, true);
	if (options->files && options->share)
		folder(words, options->share, LAB_TAG_SHARE, false);
	words->list[words->n] = NULL;
}

/* Everything but standard descriptors and these three, ascending: what others hold open must not stay open with us. */
static void close_others(const int *keep)
{
	unsigned from = 3;
	int i;

	for (i = 0; i < 3; i++) {
		if (from < (unsigned)keep[i])
			close_between(from, (unsigned)keep[i] - 1);
		from = (unsigned)keep[i] + 1;
	}
	close_between(from, UINT_MAX);
}

/* In the keeper's child. QEMU inherits `ended`, and its end closes that. */
static void become_qemu(const struct lab *lab, char *const *words, int ended, pid_t keeper)
{
	const int complaints =
		openat(lab->folder, LAB_COMPLAINTS, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper || fchdir(lab->folder) || complaints < 0 || fcntl(ended, F_SETFD, 0))
		_exit(126);
	dup2(complaints, STDERR_FILENO);
	execv(words[0], words);
	_exit(127);
}

static void remove_all(const struct lab *lab)
{
	static const char *const names[] = {LAB_CONTROL,    "0",	  "1", "2", "3", LAB_CONSOLE,
					    LAB_COMPLAINTS, LAB_INITRAMFS};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(lab->folder, names[i], 0);
	rmdir(lab->path);
}

/*
 * Waits for the end of whoever started us, which closes `life`; then ends QEMU and cleans up. Other threads may have been
 * there at the fork, so nothing but system calls is made here.
 */
static void keep(const struct lab *lab, char *const *words, int life, int ended)
{
	int kept[3] = {lab->folder, life, ended}, null = open("/dev/null", O_RDWR), i, k;
	const pid_t self = getpid();
	pid_t qemu;
	char byte;

	for (i = 0; i < 3; i++)
		dup2(null, i);
	for (i = 0; i < 2; i++)
		for (k = i + 1; k < 3; k++)
			if (kept[k] < kept[i]) {
				int swap = kept[i];

				kept[i] = kept[k];
				kept[k] = swap;
			}
	close_others(kept);
	setsid(); /* Ctrl-C is not meant for us */
	prctl(PR_SET_NAME, "thpscope-keeper");
	qemu = fork();
	if (!qemu)
		become_qemu(lab, words, ended, self);
	close(ended);
	while (read(life, &byte, 1) < 0 && errno == EINTR)
		;
	if (qemu > 0) {
		kill(qemu, SIGKILL);
		waitpid(qemu, NULL, 0);
	}
	remove_all(lab);
	_exit(0);
}

int lab_start(struct lab *lab, const struct lab_options *options, const char *qemu)
{
	struct words words = {.n = 0};
	int life[2], ended[2], err;

	if (pipe2(life, O_CLOEXEC))
		return -errno;
	if (pipe2(ended, O_CLOEXEC)) {
		err = -errno;
		close(life[0]);
		close(life[1]);
		return err;
	}
	compose(&words, lab, options, qemu);
	lab->keeper = fork();
	err = lab->keeper < 0 ? -errno : 0;
	if (!lab->keeper)
		keep(lab, words.list, life[0], ended[1]);
	words_fini(&words);
	close(life[0]);
	close(ended[1]);
	lab->life = life[1];
	lab->ended = ended[0];
	if (err)
		lab_stop(lab);
	return err;
}

void lab_stop(struct lab *lab)
{
	close(lab->life);
	close(lab->ended);
	if (lab->keeper > 0)
		while (waitpid(lab->keeper, NULL, 0) < 0 && errno == EINTR)
			;
	lab->keeper = 0;
}
