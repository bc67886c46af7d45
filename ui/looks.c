/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The next theme, ground, layout. */
#include "ui/looks.h"

#include <stdarg.h>
#include <stdio.h>

#include "ui/screen.h"

static void say(struct screen *screen, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct screen *screen, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(screen->looks.said, sizeof(screen->looks.said), format, args);
	va_end(args);
	screen->message = screen->looks.said;
}

static void next_theme(struct screen *screen)
{
	struct looks_state *looks = &screen->looks;
	const enum theme_name name = theme_next(&looks->theme);

	if (name == looks->theme.name) {
		say(screen, "This terminal has neither colours nor shapes: there is one theme.");
		return;
	}
	looks->wish.name = name;
	looks->change = true;
	say(screen, "theme %s", theme_names[name]);
}

static void next_ground(struct screen *screen)
{
	static const char *const names[] = {
		[GROUND_UNKNOWN] = "as the terminal says", [GROUND_DARK] = "dark", [GROUND_LIGHT] = "light"};
	struct looks_state *looks = &screen->looks;

	if (!looks->theme.colours) {
		say(screen, "Without colours the ground is the terminal's.");
		return;
	}
	looks->wish.ground = (looks->wish.ground + 1) % (GROUND_LIGHT + 1);
	looks->change = true;
	say(screen, "ground: %s", names[looks->wish.ground]);
}

static void next_layout(struct screen *screen)
{
	static const char *const names[LAYOUT_WISHES] = {
		[LAYOUT_AUTO] = "layout auto: what has room",
		[LAYOUT_MAP] = "layout map: no region beside it",
		[LAYOUT_REGION] = "layout region: nothing else beside the map"};
	struct looks_state *looks = &screen->looks;
	enum layout_wish next;

	if (screen_lists(screen)) {
		say(screen, "That is for a map: open a process first.");
		return;
	}
	if (looks->layout == LAYOUT_AUTO)
		looks->more = screen->twin.rows || screen->minimap.pane.rows ||
			      (screen->panes[VIEW_LESSON].rows && screen->cols >= LAYOUT_THREE_FROM);
	next = layout_next(screen->cols, looks->layout, looks->more);
	if (next == looks->layout) {
		say(screen, "This window has room for one layout.");
		return;
	}
	looks->layout = next;
	say(screen, "%s", names[looks->layout]);
}

bool looks_command_is(enum command command)
{
	return command == COMMAND_THEME || command == COMMAND_GROUND || command == COMMAND_LAYOUT;
}

void looks_command(struct screen *screen, enum command command)
{
	if (command == COMMAND_THEME)
		next_theme(screen);
	else if (command == COMMAND_GROUND)
		next_ground(screen);
	else
		next_layout(screen);
}
