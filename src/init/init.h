/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope-agent as process 1 of the lab's guest: file systems, an agent at each port, a command if one is asked for. */
#ifndef INIT_INIT_H
#define INIT_INIT_H

/*
 * Of process 1, whose program /init is run again, as an agent on stdin and stdout, for each link. Never returns: the
 * guest is rebooted, which ends QEMU, when the host has gone or nothing can be done.
 */
void init_main(void) __attribute__((noreturn));

#endif
