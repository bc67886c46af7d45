/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --lab: a kernel that is booted for this program, and sources over its agents. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/lab_kernel.h"
#include "remote/remote.h"

/* One at a time, as there is one --lab; a socket of it is a link of its own. */
static struct lab *running;
static char name[64];

/* Under emulation an agent takes long to begin, two CPUs busy. */
#define GREETING_NS UINT64_C(30000000000)

static const struct remote_options *as_remote(void)
{
	static const struct remote_options options = {.name = name, .greeting_ns = GREETING_NS};

	return &options;
}

/* By its release, unless that does not tell which of the lab's kernels it is. */
static const char *called(const char *kernel, const char *release)
{
	return strchr(kernel, '/') || !strncmp(release, kernel, strlen(kernel)) ? release : kernel;
}

int lab_source_another(const struct source *first, struct source **source, char *error, size_t size)
{
	const int fd = lab_connect(running, error, size);

	if (fd < 0)
		return fd;
	*source = remote_source_later(link_socket(fd, name), as_remote(), first);
	return 0;
}

int lab_source_open(const struct source_options *options, struct source **source)
{
	const struct lab_options guest = {.memory_mb = options->lab_memory_mb, .cpus = options->lab_cpus};
	const char *kernel = *options->lab ? options->lab : LAB_KERNEL_USUAL;
	int code = lab_kernel_boot(kernel, &guest, &running), err;
	char error[512] = "";

	if (code)
		return code;
	snprintf(name, sizeof(name), "lab:%s", called(kernel, lab_release(running)));
	cmd_wait("%s is up; its agent begins", name);
	err = lab_connect(running, error, sizeof(error));
	if (err >= 0)
		err = remote_source_open(link_socket(err, name), as_remote(), source, error, sizeof(error));
	cmd_wait_over();
	return err ? cmd_error(cmd_code(err), "%s", error) : 0;
}

void lab_source_end(void)
{
	lab_free(running);
	running = NULL;
}
