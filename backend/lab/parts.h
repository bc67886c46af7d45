/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the lab share: the guest as it runs, and who starts it. */
#ifndef LAB_PARTS_H
#define LAB_PARTS_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "lab/frames.h"
#include "lab/lab.h"

struct lab {
	pid_t keeper;
	int life;   /* as long as it is open the keeper lets QEMU run */
	int ended;  /* readable when QEMU has ended */
	int folder; /* of sockets and the console's log */
	int control;
	char *path; /* of the folder */
	bool kvm;
	char *share; /* the folder that the guest can write to; NULL: none */
	char release[65];
	pthread_mutex_t lock; /* of what follows: links are asked for by several threads */
	bool used[LAB_PORTS];
	struct buf said; /* by init, and not taken yet */
};

/* Names in the folder; a port's is its number. */
#define LAB_CONSOLE "console"
#define LAB_COMPLAINTS "complaints" /* QEMU's own stderr */
#define LAB_INITRAMFS "initramfs"

/*
 * Starts a keeper and, below it, QEMU in lab->folder: with KVM, or emulating. Fills keeper, life and ended. 0, or a
 * negative errno; that QEMU itself does not start shows in `ended`.
 */
int lab_start(struct lab *lab, const struct lab_options *options, const char *qemu);

/* Ends QEMU and waits for the keeper, which removes the folder too. */
void lab_stop(struct lab *lab);

/* The path of QEMU, to be freed; NULL: there is none in PATH. */
char *lab_find_qemu(void);

/* Whether KVM is worth a try: it can be opened, and did not fail since this machine was booted. And that it failed. */
bool lab_try_kvm(const char *cache);
void lab_kvm_failed(const char *cache);

/* Connects to a socket in the folder; a descriptor, or a negative errno. */
int lab_dial(const struct lab *lab, const char *name);

/*
 * Takes the next frame off the control port, for which it waits so long (-1: for ever). 1 with *type and the frame's
 * content in *text, cleared before; 0: none came; -EIO: the guest has ended. Whoever has the lock, or is alone.
 */
int lab_hear(struct lab *lab, int timeout_ms, uint32_t *type, struct buf *text);

/* Milliseconds of the monotonic clock. */
int64_t lab_now_ms(void);

/* clock.c: of the host's time stamp counter, which an emulated guest reads; 0: it is not steady. Takes 20 ms. */
unsigned lab_tsc_khz(void);

#endif
