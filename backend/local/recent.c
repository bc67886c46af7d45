/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last live moment: what the next one may carry over, and when the specimen's smaps was read. */
#include "local/recent.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* The specimen's smaps by itself: so often, and never for more than one part in so many of the time. */
#define FAMILY_NS UINT64_C(3000000000)
#define FAMILY_SHARE 100

void recent_begin(struct recent *recent, struct survey_options *options, uint64_t now, const pid_t *family,
		  size_t n)
{
	recent->past = (struct survey_past){recent->moment, now};
	options->past = recent->moment ? &recent->past : NULL;
	if (!n || now < recent->family_ns)
		return;
	recent->smaps_of = mem_alloc((options->n_smaps_of + n) * sizeof(*recent->smaps_of));
	if (options->n_smaps_of)
		memcpy(recent->smaps_of, options->smaps_of, options->n_smaps_of * sizeof(*family));
	memcpy(recent->smaps_of + options->n_smaps_of, family, n * sizeof(*family));
	options->smaps_of = recent->smaps_of;
	options->n_smaps_of += n;
}

static enum vma_advice advice_of(const struct smaps *smaps)
{
	if (!smaps->n_flags) /* a kernel without VmFlags */
		return VMA_ADVICE_UNKNOWN;
	if (smaps_has_flag(smaps, "hg"))
		return VMA_ADVICE_HUGEPAGE;
	return smaps_has_flag(smaps, "nh") ? VMA_ADVICE_NOHUGEPAGE : VMA_ADVICE_NONE;
}

void recent_note_smaps(struct moment *moment)
{
	struct process *process;
	size_t i, k;

	for (i = 0; i < moment->n_processes; i++) {
		process = &moment->processes[i];
		for (k = 0; k < process->n_vmas; k++) {
			struct vma *vma = &process->vmas[k];

			if (!vma->smaps)
				continue;
			vma->eligible = vma->smaps->thp_eligible;
			vma->advice = advice_of(vma->smaps);
			vma->eligible_ns = moment->mono_ns;
		}
	}
}

static bool same_vma(const struct vma *one, const struct vma *other)
{
	return one->start == other->start && one->end == other->end && !strcmp(one->perms, other->perms) &&
	       !strcmp(one->name, other->name);
}

static void hand_on(const struct process *from, struct process *to)
{
	size_t i, k = 0;

	for (i = 0; i < to->n_vmas; i++) {
		while (k < from->n_vmas && from->vmas[k].start < to->vmas[i].start)
			k++;
		if (k == from->n_vmas)
			return;
		if (to->vmas[i].eligible_ns || !same_vma(&from->vmas[k], &to->vmas[i]))
			continue;
		to->vmas[i].eligible = from->vmas[k].eligible;
		to->vmas[i].advice = from->vmas[k].advice;
		to->vmas[i].eligible_ns = from->vmas[k].eligible_ns;
	}
}

void recent_end(struct recent *recent, struct moment *moment)
{
	const struct moment *last = recent->moment;
	struct process *process;
	size_t i, k;

	for (i = 0; last && i < moment->n_processes; i++) {
		process = &moment->processes[i];
		for (k = 0; k < last->n_processes; k++)
			if (last->processes[k].pid == process->pid &&
			    last->processes[k].start_time == process->start_time &&
			    !strcmp(last->processes[k].comm, process->comm))
				hand_on(&last->processes[k], process);
	}
	if (recent->smaps_of)
		recent->family_ns = moment->mono_ns + (moment->cost_ns > FAMILY_NS / FAMILY_SHARE
							       ? moment->cost_ns * FAMILY_SHARE
							       : FAMILY_NS);
	free(recent->smaps_of);
	recent->smaps_of = NULL;
	moment_free(recent->moment);
	recent->moment = moment_hold(moment);
}

void recent_fini(struct recent *recent)
{
	moment_free(recent->moment);
	free(recent->smaps_of);
	memset(recent, 0, sizeof(*recent));
}
