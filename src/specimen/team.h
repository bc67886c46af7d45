/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where files are that page teams make up. */
#ifndef SPECIMEN_TEAM_H
#define SPECIMEN_TEAM_H

#include <stddef.h>

/*
 * Finds a tmpfs mounted with huge=team that can be reached from here, by /proc/self/mountinfo. 0 and its directory, or -1 and
 * errno: ENODEV where there is none.
 */
int team_dir(char *dir, size_t size);

#endif
