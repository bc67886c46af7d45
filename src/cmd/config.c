/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds and reads the configuration file. */
#include "cmd/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "count/count.h"

#define FILE_MAX 65536

/* $XDG_CONFIG_HOME, which has to be absolute (XDG Base Directory Specification), or ~/.config. */
static bool find(struct buf *path)
{
	const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (folder && *folder == '/')
		buf_puts(path, folder);
	else if (home && *home == '/')
		buf_printf(path, "%s/.config", home);
	else
		return false;
	buf_puts(path, "/thpscope/config");
	return true;
}

static void add(struct config *config, const char *line)
{
	if (!config->n_mistakes++)
		snprintf(config->brief, sizeof(config->brief), "config:%s", line);
	buf_puts(&config->mistakes, line);
	buf_putc(&config->mistakes, '\n');
}

static void complain(void *data, unsigned line, const char *what)
{
	char text[280];

	snprintf(text, sizeof(text), "%u: %s", line, what);
	add(data, text);
}

/* 0, or the negative errno. Nothing but a file is read: a pipe would make us wait. */
static int read_file(const char *path, struct buf *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = 0;
	struct stat status;
	ssize_t got = 1;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		error = -errno;
	else if (S_ISDIR(status.st_mode))
		error = -EISDIR;
	else if (!S_ISREG(status.st_mode))
		error = -EINVAL;
	while (!error && got > 0) {
		got = read(fd, buf_reserve(text, FILE_MAX), FILE_MAX);
		if (got < 0)
			error = -errno;
		else
			text->len += (size_t)got;
		if (text->len > FILE_MAX)
			error = -EFBIG;
	}
	close(fd);
	return error;
}

/* Takes out events that nobody knows. */
static void check_counters(struct config *config)
{
	struct settings *settings = &config->settings;
	struct count_event event;
	char error[256];
	size_t i, kept = 0;

	for (i = 0; i < settings->n_counters; i++) {
		if (strcmp(settings->counters[i].name, COUNT_DEFAULT) &&
		    count_name(settings->counters[i].name, &event, error, sizeof(error)))
			complain(config, settings->counters[i].line, error);
		else
			settings->counters[kept++] = settings->counters[i];
	}
	settings->n_counters = kept;
}

void config_read(struct config *config)
{
	struct buf text = {0};
	struct stat there;
	char line[128];
	int error;

	memset(config, 0, sizeof(*config));
	settings_init(&config->settings);
	if (!find(&config->path))
		return;
	error = read_file(config->path.data, &text);
	if (!error) {
		settings_parse(text.data ? text.data : "", text.len, &config->settings, complain, config);
		check_counters(config);
	} else if (error != -ENOENT && error != -ENOTDIR) {
		/* It may have ruled triggers out. (Where not even that it is there is known, it is somebody else's.) */
		config->settings.read_only = !lstat(config->path.data, &there);
		snprintf(line, sizeof(line), " cannot be read: %s%s", strerror(-error),
			 config->settings.read_only ? "; read-only counts as on" : "");
		add(config, line);
	}
	buf_fini(&text);
}

void config_fini(struct config *config)
{
	buf_fini(&config->path);
	buf_fini(&config->mistakes);
}

void config_say(const struct config *config)
{
	const char *line = config->mistakes.data, *end;

	for (; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		cmd_error(0, "%s:%.*s", config->path.data, (int)(end - line), line);
	}
}
