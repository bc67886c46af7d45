/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the survey reads besides pagemap and scan: counts, flags of a first page, smaps. */
#include <errno.h>
#include <string.h>

#include "core/survey_parts.h"

void survey_read_smaps(struct survey *survey)
{
	struct buf text = {0};
	size_t line;

	if (survey->smaps_read)
		return;
	survey->smaps_read = true;
	if (!kernel_process_text(survey->process, "smaps", &text))
		survey->smaps_error = vma_parse_smaps(text.data, text.len, survey->arena, survey->out->vmas,
						      survey->out->n_vmas, &line);
	buf_fini(&text);
}

uint64_t survey_smaps_pmd_kb(const struct vma *vma)
{
	return smaps_kb(vma->smaps, "AnonHugePages", 0) + smaps_kb(vma->smaps, "ShmemPmdMapped", 0) +
	       smaps_kb(vma->smaps, "FilePmdMapped", 0);
}

uint64_t survey_expected_pages(struct survey *survey, const struct vma *vma)
{
	uint64_t kb;

	if (!vma->smaps || survey->options->exact)
		return UINT64_MAX;
	kb = smaps_kb(vma->smaps, "Rss", 0) + smaps_kb(vma->smaps, "Swap", 0) +
	     smaps_kb(vma->smaps, "Shared_Hugetlb", 0) + smaps_kb(vma->smaps, "Private_Hugetlb", 0);
	return (kb << 10) / survey->kernel->page_size;
}

bool survey_maybe_hugetlb(const struct survey *survey, const struct vma *vma)
{
	if (vma->kind == VMA_HUGETLB)
		return true;
	/* With flags, KPF_HUGE tells. */
	if (capable(&survey->kernel->caps, CAP_KPAGEFLAGS) && capable(&survey->kernel->caps, CAP_PFN))
		return false;
	return vma->kind == VMA_FILE || vma->kind == VMA_SHMEM;
}

uint32_t survey_any_word(const struct survey *survey, const struct slot *slot)
{
	uint32_t i, n = (uint32_t)(slot->len / slot->page_size), held = 0;

	if (slot->uniform)
		return slot->pagemap[0] & (PM_PRESENT | PM_SWAP) ? n : 0;
	for (i = 0; i < n; i++)
		held += (survey->pagemap[i] & (PM_PRESENT | PM_SWAP)) != 0;
	return held;
}

void survey_huge_zero(struct survey *survey, struct slot *slot)
{
	uint64_t flags, pfn = survey->pagemap[0] & PM_PFN_MASK;

	if (!(survey->pagemap[0] & PM_PRESENT) || !slot->pfns || !pfn)
		return;
	if (kernel_flags(survey->kernel, pfn, 1, &flags) == 1)
		slot->huge_zero = flags >> KPF_ZERO & 1 && flags >> KPF_THP & 1;
}

/* Whether the count of page i has to be read. */
static bool wants_count(const struct slot *slot, size_t i, bool skip_exclusive)
{
	uint64_t word = slot->pagemap[i];

	if (!(word & PM_PRESENT) || !(word & PM_PFN_MASK))
		return false;
	return !(skip_exclusive && word & PM_MMAP_EXCLUSIVE);
}

/* One run of consecutive frames. */
static int read_run(struct survey *survey, uint64_t pfn, size_t n, uint64_t *count)
{
	ssize_t got;

	while (n) {
		got = kernel_counts(survey->kernel, pfn, n, count);
		if (got <= 0)
			return got ? (int)got : -ENODATA;
		pfn += (uint64_t)got;
		n -= (size_t)got;
		count += got;
	}
	return 0;
}

int survey_read_counts(struct survey *survey, struct slot *slot, bool skip_exclusive, size_t n)
{
	bool plain = true;
	size_t i, run;
	int err = 0;

	if (!capable(&survey->kernel->caps, CAP_KPAGECOUNT) || !slot->pfns)
		return 0;
	if (slot->uniform) {
		err = read_run(survey, slot->pagemap[0] & PM_PFN_MASK, n, survey->count);
	} else {
		for (i = 0; i < n && !err; i += run) {
			run = 1;
			survey->count[i] = 1;
			if (!wants_count(slot, i, skip_exclusive))
				continue;
			while (i + run < n && wants_count(slot, i + run, skip_exclusive) &&
			       !((slot->pagemap[i + run] - slot->pagemap[i] - run) & PM_PFN_MASK))
				run++;
			err = read_run(survey, slot->pagemap[i] & PM_PFN_MASK, run, survey->count + i);
		}
	}
	slot->counts_known = !err;
	for (i = 0; i < n && !err && plain; i++)
		plain = survey->count[i] == 1;
	if (!err && !plain)
		slot->averaged = kernel_averaged(survey->kernel);
	return err;
}
