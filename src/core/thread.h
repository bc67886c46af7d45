/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads beside the one that has the terminal. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include <pthread.h>

/*
 * Starts a thread that leaves all signals to the thread that has the terminal, but for those that its own fault raises:
 * blocked, they would kill at once (force_sig_info_to_task(), kernel/signal.c), and nobody would give the terminal back. 0 or
 * a negative errno; the caller joins.
 */
int thread_start(pthread_t *thread, void *(*main)(void *argument), void *argument);

#endif
