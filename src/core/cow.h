/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copy-on-write by kernel generation (facts B). */
#ifndef CORE_COW_H
#define CORE_COW_H

/*
 * The row of the write-fault table that a kernel release ("6.18.44-foo") follows, named by the first release
 * that had it: "4.5.5", "5.8", "5.9", "5.18", "5.19", "6.10", "6.15"; "" for a release before 4.5 or text
 * that is none.
 */
const char *cow_rule(const char *release);

#endif
