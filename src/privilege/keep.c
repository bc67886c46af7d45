/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capabilities: which of them what needs, and dropping the rest. */
#include <cap-ng.h>
#include <errno.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "privilege/privilege.h"

/* libcap-ng knows more of them than its headers' kernel may have (capng_have_capability says no). */
#define CAPABILITIES 64

/*
 * Each was found by leaving it out (tests/cli/test_privilege holds them to it): what fails then stands behind it.
 */
static const struct {
	unsigned capability;
	unsigned what;
} needs[] = {
	{CAP_SYS_PTRACE, PRIVILEGE_LOOK}, /* maps, pagemap and smaps of other users' processes; ptrace */
	{CAP_DAC_READ_SEARCH,
	 PRIVILEGE_LOOK}, /* pagemap of theirs is theirs, 0400; kpageflags of one who is not root */
	{CAP_SYS_ADMIN, PRIVILEGE_LOOK}, /* page frame numbers in pagemap; tracefs that nobody has mounted */
	{CAP_PERFMON, PRIVILEGE_LOOK},	 /* events of others, without CAP_SYS_ADMIN */
	{CAP_IPC_LOCK, PRIVILEGE_LOOK},	 /* rings of events beyond perf_event_mlock_kb */
	{CAP_SYS_NICE, PRIVILEGE_ACT},	 /* process_madvise */
	{CAP_KILL, PRIVILEGE_ACT},	 /* to ask whether who is stopped still lives: pidfd_send_signal */
	{CAP_DAC_OVERRIDE, PRIVILEGE_FILES}, /* in folders of others, as in the home of who called sudo */
	{CAP_CHOWN, PRIVILEGE_FILES},  /* a file that takes the place of another user's stays that user's */
	{CAP_FOWNER, PRIVILEGE_FILES}, /* and has its mode; in a folder with the sticky bit */
};
#define N_NEEDS (sizeof(needs) / sizeof(needs[0]))

bool privilege_is_setuid(void)
{
	return getauxval(AT_SECURE) && (getuid() != geteuid() || getgid() != getegid());
}

static bool is_needed(unsigned capability, unsigned what)
{
	size_t i;

	/* Who has it by file capabilities must not write where only root may. */
	if (getuid())
		what &= ~(unsigned)PRIVILEGE_FILES;
	for (i = 0; i < N_NEEDS; i++)
		if (needs[i].capability == capability)
			return needs[i].what & what;
	return false;
}

static bool has(capng_type_t set, unsigned capability)
{
	return capng_have_capability(set, capability) == 1;
}

/* What of one capability stays, of the sets that an exec reads too. */
static unsigned kept(unsigned capability, unsigned what)
{
	unsigned sets = 0;

	if (is_needed(capability, what) && has(CAPNG_PERMITTED, capability))
		sets |= CAPNG_EFFECTIVE | CAPNG_PERMITTED;
	if (what & PRIVILEGE_START) {
		if (has(CAPNG_INHERITABLE, capability))
			sets |= CAPNG_INHERITABLE;
		/*
		 * An ambient one is lost with the permitted one. Of root, an exec gives all within bounds: if that were
		 * more than before, it would be as of a set-user-ID program (commit_creds() in kernel/cred.c,
		 * begin_new_exec() in fs/exec.c, 6.18), with no dump, no event counted, no PR_SET_PDEATHSIG. We use
		 * neither.
		 */
		if (has(CAPNG_AMBIENT, capability) || (!getuid() && has(CAPNG_PERMITTED, capability)))
			sets |= CAPNG_PERMITTED;
	}
	return sets;
}

int privilege_keep(unsigned what)
{
	unsigned sets[CAPABILITIES], i;
	bool bounds;

	if (capng_get_caps_process())
		return -EPERM;
	/* Without it the bounding set is as it is; and without capabilities it bounds nobody who is not root. */
	bounds = !(what & PRIVILEGE_START) && has(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (i = 0; i < CAPABILITIES; i++)
		sets[i] = kept(i, what);
	if (bounds) {
		capng_clear(CAPNG_SELECT_BOUNDS);
		if (capng_apply(CAPNG_SELECT_BOUNDS))
			return -EPERM;
	}
	if (!(what & PRIVILEGE_START)) {
		capng_clear(CAPNG_SELECT_AMBIENT);
		if (capng_apply(CAPNG_SELECT_AMBIENT))
			return -EPERM;
	}
	capng_clear(CAPNG_SELECT_CAPS);
	for (i = 0; i < CAPABILITIES; i++)
		if (sets[i])
			capng_update(CAPNG_ADD, (capng_type_t)sets[i], i);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
