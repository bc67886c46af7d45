/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trigger as one transaction: facts before, the call, what the kernel said, facts after. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/aftermath.h"
#include "core/clock.h"
#include "core/system.h"
#include "core/verdict.h"
#include "local/effects.h"
#include "local/happened.h"
#include "local/local_parts.h"
#include "local/oblige.h"
#include "local/vmstat.h"
#include "target/target.h"

struct transaction {
	struct local_source *local;
	const struct trigger *trigger;
	struct arena *arena;
	struct event *event;
	struct member *member;	 /* of the specimen's family, or NULL: somebody else's process */
	struct effects effects;	 /* of a fork without an address: none */
	enum trigger_way way;	 /* that was gone */
	char reason[256];	 /* what the errno means, where the kernel gave no verdict */
	pid_t caller;		 /* who asks the kernel */
	pid_t thread;		 /* and which thread of it */
	uint64_t from_ns, to_ns; /* CLOCK_MONOTONIC around the call; 0: there was none */
	uint64_t moves;		 /* vmstat_moves() before all of it */
	bool moved;		 /* cow: and otherwise behind it, or it is not known */
	bool lost;		 /* collapse: records of that time */
	const char *unheard;	 /* why what the kernel says is not heard; NULL: it is */
};

static int fail(struct local_source *local, int err, const char *text)
{
	snprintf(local->source.error, sizeof(local->source.error), "%s", text);
	return err;
}

/* What there is no way to do, whoever it is for. */
static int check_possible(struct local_source *local, const struct trigger *trigger)
{
	if (!local->kernel->here)
		return fail(local, -ENOTSUP, "a recorded process can be looked at, not acted on");
	if (trigger->kind == TRIGGER_COLLAPSE && trigger->inject)
		return fail(local, -ENOTSUP,
			    "a collapse needs no call by the process itself; ask without inject");
	return 0;
}

/* It cannot be told who has the PID: that nobody has is known by two errnos alone. */
static int explain_unread(struct local_source *local, pid_t pid, int err)
{
	char *error = local->source.error;
	const size_t size = sizeof(local->source.error);

	if (err == -EACCES) {
		snprintf(error, size, "process %d belongs to somebody else", (int)pid);
		return -EPERM;
	}
	if (err == -ENOENT || err == -ESRCH) {
		snprintf(error, size, "there is no process %d", (int)pid);
		return -ESRCH;
	}
	snprintf(error, size, "process %d: %s", (int)pid, strerror(-err));
	return err;
}

/* The process that was meant is there; its name, if wanted, in the arena. */
static int identify(struct local_source *local, const struct trigger *trigger, struct arena *arena,
		    const char **comm)
{
	struct kernel_process *process;
	struct buf text = {0};
	struct stat_line stat;
	int err = kernel_process_open(local->kernel, trigger->pid, &process);

	if (!err) {
		err = kernel_process_text(process, "stat", &text);
		if (!err)
			err = system_stat(text.data ? text.data : "", text.len, &stat);
		kernel_process_close(process);
	}
	buf_fini(&text);
	if (err)
		return explain_unread(local, trigger->pid, err);
	if (trigger->start_time && stat.start_time != trigger->start_time) {
		snprintf(local->source.error, sizeof(local->source.error),
			 "another process has the PID %d by now", (int)trigger->pid);
		return -ESRCH;
	}
	if (comm)
		*comm = arena_text(arena, stat.comm, strlen(stat.comm));
	return 0;
}

/*
 * The kernel's last word on it. The calling thread's records alone are looked at, which with one region a call are all of
 * this one; they have no address (facts C). Another thread may ask about another region meanwhile (core/job.h).
 */
static void note_verdict(struct transaction *act)
{
	const struct trace_record *records, *record, *last = NULL;
	size_t n = happened_listen(act->local->happened, &records), i;

	for (i = 0; i < n; i++) {
		record = &records[i];
		act->lost |= record->kind == TRACE_LOST;
		if (record->by_tid == act->thread && record->mono_ns >= act->from_ns &&
		    record->mono_ns <= act->to_ns && *record->status)
			last = record;
	}
	if (last)
		act->event->verdict = arena_text(act->arena, last->status, strlen(last->status));
}

/* From outside: how every process that is not of the family is reached, and what debugfs does to any. */
static int from_outside(struct transaction *act, const struct trigger *trigger)
{
	struct source *source = &act->local->source;
	struct target_report report = {0};
	int err = target_trigger(act->local->kernel, trigger, &report, source->error, sizeof(source->error));

	if (err)
		return err;
	act->event->how = report.how;
	/* --inject asks for it where there is another way too; who called is in what was called. */
	if (strncmp(report.how, "ptrace: ", 8)) {
		act->event->by = "thpscope";
		act->event->by_pid = act->caller = getpid();
	}
	act->event->result = report.result;
	act->event->error = report.error;
	/* Which of several it took is in what it called. */
	if (trigger->kind == TRIGGER_SPLIT_FOLIO)
		act->way = strstr(report.how, "MADV_COLD") ? TRIGGER_WAY_ADVICE : TRIGGER_WAY_DEBUGFS;
	memcpy(act->reason, report.reason, sizeof(act->reason));
	return 0;
}

/* The family's own: debugfs, where it can be written to, splits a folio best. */
static int by_member(struct transaction *act)
{
	struct source *source = &act->local->source;
	const struct trigger *trigger = act->trigger;
	struct trigger debugfs = *trigger;
	struct obliged obliged;
	int err;

	debugfs.way = TRIGGER_WAY_DEBUGFS;
	if (trigger->kind == TRIGGER_SPLIT_FOLIO &&
	    (trigger->way == TRIGGER_WAY_USUAL || trigger->way == TRIGGER_WAY_DEBUGFS)) {
		act->way = TRIGGER_WAY_DEBUGFS;
		err = from_outside(act, &debugfs);
		if (!err || trigger->way == TRIGGER_WAY_DEBUGFS || trigger->order > 0)
			return err;
	}
	err = family_trigger(act->local->family, trigger, act->effects.n ? &act->effects.vma : NULL, &obliged,
			     source->error, sizeof(source->error));
	if (err)
		return err;
	act->way = obliged.way;
	act->event->how = obliged.how;
	act->event->error = obliged.error;
	act->event->child = obliged.child;
	memcpy(act->reason, obliged.reason, sizeof(act->reason));
	return 0;
}

/* Whether khugepaged will come back for it, as far as is known: by the last sample, which may not have this VMA. */
static bool again(const struct transaction *act)
{
	const struct moment *moment = act->local->recent.moment;
	const struct vma *vma = NULL;
	size_t i;

	for (i = 0; moment && i < moment->n_processes && !vma; i++)
		if (moment->processes[i].pid == act->trigger->pid)
			vma = process_vma_at(&moment->processes[i], act->trigger->addr);
	if (!vma && act->effects.n)
		vma = &act->effects.vma;
	return moment && vma && aftermath_again(moment, vma);
}

/* What the answer means. An EINVAL without a verdict has many reasons: the facts tell which it is. */
static const char *meaning(const struct transaction *act)
{
	const struct event *event = act->event;
	const bool collapse = event->kind == EVENT_COLLAPSE;
	const char *text = "";

	if (*event->verdict)
		text = verdict_requested(event->verdict);
	if (*text)
		return text;
	/* Of a piece of a slot it has nothing to do, and says that it did it (madvise_collapse, mm/khugepaged.c). */
	if (collapse ? ((event->error == EINVAL || event->error == EFAULT) && !act->lost) ||
			       *event->verdict || (!event->error && event->len < act->local->kernel->pmd_size)
		     : event->kind == EVENT_COW && (event->error == EFAULT || event->error == ENOMEM))
		text = local_refusal(&act->local->source, act->trigger, act->arena);
	if (!*text && *event->verdict)
		text = verdict_text(event->verdict);
	return *text ? text : act->reason;
}

/* What it all comes to, in words. */
static void judge(struct transaction *act)
{
	struct event *event = act->event;
	const struct event_effect *own = act->effects.n ? &act->effects.items[0] : NULL;
	const struct page_facts *was = &act->effects.page_before, *is = &act->effects.page_after;
	const bool judged = *event->verdict;
	const struct aftermath aftermath = {
		.kind = act->trigger->kind,
		.way = act->way,
		.error = event->error,
		/* (That a collapse succeeded need not be said twice.) */
		.said = event->error || strcmp(event->verdict, "succeeded") ? meaning(act) : "",
		.judged = judged,
		.lost = act->lost,
		.unheard = act->unheard,
		.before = own && own->had ? &own->before : NULL,
		.after = own && own->has ? &own->after : NULL,
		.page_size = act->local->kernel->page_size,
		.present_before = was->present,
		.present_after = is->present,
		.entry_before = was->entry,
		.shared_before = was->shared,
		.alone_after = is->alone,
		.frame_before = was->frame,
		.frame_after = is->frame,
		.moved = act->moved,
		.again = again(act),
		.child = event->child,
	};
	const char *text = aftermath_text(&aftermath, act->arena);

	event->why = arena_text(act->arena, text, strlen(text));
}

static enum event_kind event_of(enum trigger_kind kind)
{
	switch (kind) {
	case TRIGGER_COLLAPSE:
		return EVENT_COLLAPSE;
	case TRIGGER_SPLIT:
		return EVENT_SPLIT;
	case TRIGGER_SPLIT_FOLIO:
		return EVENT_SPLIT_FOLIO;
	case TRIGGER_COW:
		return EVENT_COW;
	case TRIGGER_FORK:
	case TRIGGER_KIND_COUNT:
		break;
	}
	return EVENT_FORK;
}

/* Where it is: the region, or of a write its page. */
static void note_place(struct transaction *act)
{
	const uint64_t page = act->local->kernel->page_size, pmd = act->local->kernel->pmd_size;
	struct event *event = act->event;
	const struct vma *vma = &act->effects.vma;
	uint64_t end;

	if (!act->effects.n || event->kind == EVENT_FORK)
		return;
	event->addr = act->effects.items[0].addr;
	end = event->addr / pmd * pmd + pmd;
	event->len = (end < vma->end ? end : vma->end) - event->addr;
	if (event->kind == EVENT_COW) {
		event->addr = act->trigger->addr / page * page;
		event->len = page;
	}
}

static void begin(struct transaction *act, const char *comm)
{
	struct event *event = act->event;
	const bool own = act->member || act->trigger->inject;

	*event = (struct event){
		.kind = event_of(act->trigger->kind),
		.triggered = true,
		.pid = act->trigger->pid,
		.by_pid = own ? act->trigger->pid : getpid(),
		.by = own ? comm : "thpscope",
		.how = "",
		.result = UNKNOWN_COUNT,
		.verdict = "",
		.why = "",
	};
	act->way = act->trigger->way;
	act->caller = event->by_pid;
	act->thread = own ? event->by_pid : (pid_t)syscall(SYS_gettid);
	note_place(act);
}

/* The call itself and what is read right behind it; 0 if the kernel was asked. */
static int carry_out(struct transaction *act)
{
	const struct trace_record *unused;
	struct kernel *kernel = act->local->kernel;
	const struct figure *then, *now;
	size_t n_now, n_then = vmstat_read(kernel, act->arena, &then);
	int err;

	happened_listen(act->local->happened, &unused); /* begins to, if it did not */
	act->unheard = happened_unheard(act->local->happened);
	if (act->unheard)
		act->unheard = arena_text(act->arena, act->unheard, strlen(act->unheard));
	act->event->wall_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	act->event->mono_ns = act->from_ns = clock_mono_ns();
	err = act->member ? by_member(act) : from_outside(act, act->trigger);
	act->to_ns = clock_mono_ns();
	if (err)
		return err;
	n_now = vmstat_read(kernel, act->arena, &now);
	act->event->n_deltas = vmstat_deltas(then, n_then, now, n_now, act->arena, &act->event->deltas);
	if (act->event->kind == EVENT_COLLAPSE)
		note_verdict(act);
	return 0;
}

/* Facts after, and the words for them. */
static void conclude(struct transaction *act)
{
	struct event *event = act->event;

	if (act->effects.n) {
		if (event->child)
			effects_add_child(&act->effects, event->child);
		effects_after(&act->effects);
		act->moved = event->kind == EVENT_COW &&
			     (!act->moves || vmstat_moves(act->local->kernel) != act->moves);
		event->effects =
			arena_copy(act->arena, act->effects.items, act->effects.n * sizeof(*event->effects));
		event->n_effects = act->effects.n;
	}
	happened_told(act->local->happened, event, act->caller, act->from_ns, act->to_ns);
	judge(act);
}

/* A process is not stopped for nothing. */
static bool is_split_already(const struct transaction *act)
{
	const struct event_effect *own = act->effects.n ? &act->effects.items[0] : NULL;

	if (act->trigger->kind != TRIGGER_SPLIT || act->member || !own ||
	    (own->had && own->before.mapping != MAPPING_PTE))
		return false;
	act->event->by = "";
	act->event->by_pid = 0;
	act->event->wall_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	act->event->mono_ns = clock_mono_ns();
	return true;
}

/* A page that cannot even be read: the facts may say why better than a list of what may be. */
static void explain_absent(struct transaction *act)
{
	struct source *source = &act->local->source;
	char before[sizeof(source->error)];
	const char *text;

	memcpy(before, source->error, sizeof(before));
	text = local_refusal(source, act->trigger, act->arena);
	if (*text)
		snprintf(source->error, sizeof(source->error), "process %d: %s", (int)act->trigger->pid,
			 text);
	else
		memcpy(source->error, before, sizeof(before));
}

int local_trigger(struct source *source, const struct trigger *trigger, const struct watch *watch,
		  struct arena *arena, struct event *event)
{
	struct local_source *local = local_of(source);
	struct transaction act = {.local = local, .trigger = trigger, .arena = arena, .event = event};
	const char *comm;
	int err = check_possible(local, trigger);

	if (!err)
		err = identify(local, trigger, arena, &comm);
	if (err)
		return err;
	act.member = family_member_of(local->family, trigger->pid);
	if (trigger->kind == TRIGGER_FORK && !act.member)
		return fail(local, -ENOTSUP, "only a specimen's process forks when it is told to");
	act.moves = trigger->kind == TRIGGER_COW ? vmstat_moves(local->kernel) : 0;
	if (trigger->kind != TRIGGER_FORK || trigger->addr)
		err = effects_before(&act.effects, local, trigger->pid, trigger->addr, watch, arena,
				     source->error, sizeof(source->error));
	if (!err) {
		begin(&act, comm);
		if (!is_split_already(&act))
			err = carry_out(&act);
		if (err == -ENXIO && trigger->kind == TRIGGER_COW)
			explain_absent(&act);
	}
	if (!err)
		conclude(&act);
	effects_fini(&act.effects);
	return err;
}

/* What a specimen is about to do. Nobody is asked: it is there for that. */
static int plan_member(struct local_source *local, struct member *member, const struct trigger *trigger,
		       struct buf *text)
{
	const bool fork = trigger->kind == TRIGGER_FORK;
	char *error = local->source.error;
	const size_t size = sizeof(local->source.error);
	struct effects effects = {0};
	struct arena arena = {0};
	const struct event_effect *own;
	int err = 0;

	if (!fork)
		err = effects_before(&effects, local, trigger->pid, trigger->addr, NULL, &arena, error, size);
	own = effects.items;
	if (!err)
		err = family_plan(local->family, member, trigger, fork ? NULL : &effects.vma,
				  own && own->had ? &own->before : NULL, text, error, size);
	effects_fini(&effects);
	arena_fini(&arena);
	return err;
}

int local_plan(struct source *source, const struct trigger *trigger, struct buf *text, bool *asks)
{
	struct local_source *local = local_of(source);
	struct member *member;
	int err = check_possible(local, trigger);

	*asks = false;
	if (!err)
		err = identify(local, trigger, NULL, NULL);
	if (err)
		return err;
	member = family_member_of(local->family, trigger->pid);
	if (member)
		return plan_member(local, member, trigger, text);
	if (trigger->kind == TRIGGER_FORK)
		return fail(local, -ENOTSUP, "only a specimen's process forks when it is told to");
	*asks = true;
	return target_plan(local->kernel, trigger, text, source->error, sizeof(source->error));
}
