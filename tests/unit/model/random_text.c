/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions as the lines of a script (random.h). */
#include <stdio.h>

#include "random.h"

static void put_target(const struct target *target, char *text, size_t size)
{
	if (target->has_offset)
		snprintf(text, size, "%s %s+%llu %llu", target->process, target->area,
			 (unsigned long long)target->offset, (unsigned long long)target->len);
	else
		snprintf(text, size, "%s %s", target->process, target->area);
}

static void put_map(const struct action *action, char *text, size_t size)
{
	char of[80] = "", skew[48] = "";

	if (*action->map.of.area)
		snprintf(of, sizeof(of), " of %s %s", action->map.of.process, action->map.of.area);
	if (action->map.skew)
		snprintf(skew, sizeof(skew), " skew %llu", (unsigned long long)action->map.skew);
	snprintf(text, size, "map %s %s %llu as %s%s%s%s%s%s", action->target.process,
		 map_kind_name(action->map.kind), (unsigned long long)action->map.size, action->target.area,
		 of, action->map.advice ? " " : "", advice_name(action->map.advice), skew,
		 action->map.noreserve ? " noreserve" : "");
}

static void put_hold(const struct action *action, char *text, size_t size)
{
	char how[48] = "1ms";

	if (*action->name)
		snprintf(how, sizeof(how), "as %s", action->name);
	snprintf(text, size, "hold mmap_lock of %s for %s %s", action->target.process,
		 hold_mode_name(action->hold.mode), how);
}

/* What follows a target. */
static void put_rest(const struct action *action, char *text, size_t size)
{
	*text = '\0';
	switch ((int)action->kind) { /* a few of many */
	case ACTION_STORE:
		snprintf(text, size, " %u", action->value);
		break;
	case ACTION_ADVISE:
		snprintf(text, size, " %s", advice_name(action->advice));
		break;
	case ACTION_PROTECT:
		snprintf(text, size, " %s", protection_name(action->protection));
		break;
	case ACTION_UFFD:
		snprintf(text, size, " %s", uffd_mode_name(action->uffd));
		break;
	case ACTION_UFFD_WP:
		snprintf(text, size, " %s", action->uffd == UFFD_WP ? "on" : "off");
		break;
	case ACTION_MOVE:
	case ACTION_TRUNCATE:
		snprintf(text, size, " %s %llu", action->kind == ACTION_MOVE ? "by" : "to",
			 (unsigned long long)action->bytes);
		break;
	case ACTION_PIN:
	case ACTION_REFERENCE:
		snprintf(text, size, " as %s", action->name);
		break;
	default:
		break;
	}
}

void random_text(const struct action *action, char *text, size_t size)
{
	char target[128], rest[48];

	switch ((int)action->kind) { /* a few of many */
	case ACTION_MAP:
		put_map(action, text, size);
		break;
	case ACTION_SET:
		snprintf(text, size, "set %s %s", action->set.knob, action->set.value);
		break;
	case ACTION_HOLD:
		put_hold(action, text, size);
		break;
	case ACTION_FORK:
		snprintf(text, size, "fork %s as %s", action->target.process, action->name);
		break;
	case ACTION_EXIT:
	case ACTION_KHUGEPAGED:
		snprintf(text, size, "%s %s", action_name(action->kind), action->target.process);
		break;
	case ACTION_RELEASE:
		snprintf(text, size, "release %s", action->name);
		break;
	case ACTION_DEVICE:
		snprintf(text, size, "device %s writes %u", action->name, action->value);
		break;
	default:
		put_target(&action->target, target, sizeof(target));
		put_rest(action, rest, sizeof(rest));
		snprintf(text, size, "%s %s%s", action_name(action->kind), target, rest);
		break;
	}
}
