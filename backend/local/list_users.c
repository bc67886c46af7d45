/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of users, as the system's name service has them. */
#include <pwd.h>
#include <string.h>

#include "local/list.h"

const char *lister_user(uid_t uid, struct arena *arena)
{
	const struct passwd *entry = getpwuid(uid);

	return entry ? arena_text(arena, entry->pw_name, strlen(entry->pw_name)) : "";
}
