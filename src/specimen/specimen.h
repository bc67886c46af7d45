/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The specimen as a program's whole life: thpscope-specimen's, and thpscope-agent's when it starts itself. */
#ifndef SPECIMEN_SPECIMEN_H
#define SPECIMEN_SPECIMEN_H

/* Serves over SPECIMEN_FD until that is closed; returns what main does. To be called first thing, with no other thread. */
int specimen_main(void);

#endif
