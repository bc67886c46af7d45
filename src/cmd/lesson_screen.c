/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lessons on the screen: a script from stop to stop, beside the live map. */
#include "cmd/lesson_screen.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "cmd/watch.h"
#include "script/find.h"
#include "script/lesson.h"

#define WAIT_NAP_NS 5000000
#define FAMILY_MOST 64

int lesson_screen(struct source *source, const struct script *script, const struct source_options *from)
{
	const struct timespec nap = {.tv_nsec = WAIT_NAP_NS};
	struct watch_options show = {.title = "lesson", .source = *from};
	struct watch watch = {.follow = true};
	pid_t pids[FAMILY_MOST];
	struct buf next = {0};
	char error[256] = "", on[40];
	int code, err;

	if (cmd_is_far(from))
		cmd_wait("laying out the memory of '%s'", script->name);
	cmd_on(from, source, on, sizeof(on));
	err = lesson_start(source, script, on, &show.lesson, error, sizeof(error));
	if (err) {
		source_close(source);
		return cmd_error(err == -ENOTSUP ? EXIT_IMPOSSIBLE : cmd_code(err), "%s", error);
	}
	script_next_lesson(script->name, NULL, &next);
	lesson_set_next(show.lesson, next.len ? next.data : "");
	buf_fini(&next);
	while (lesson_go_on(show.lesson, false) == LESSON_WAITS)
		nanosleep(&nap, NULL);
	source_family(source, pids, FAMILY_MOST, &watch.n);
	watch.pids = pids;
	code = watch_run(source, &watch, &show);
	lesson_free(show.lesson);
	return code;
}
