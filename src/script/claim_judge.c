/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a claim holds, in the logic of three values: what is not known decides nothing unless it cannot matter. */
#include "script/claim_scene.h"

static bool compare_share(const struct claim *claim, uint64_t part, uint64_t whole, enum compare compare)
{
	const unsigned __int128 a = (unsigned __int128)part * claim->shares;
	const unsigned __int128 b = (unsigned __int128)claim->share * whole;

	switch (compare) {
	case COMPARE_EQ:
		return a == b;
	case COMPARE_NE:
		return a != b;
	case COMPARE_LT:
		return a < b;
	case COMPARE_LE:
		return a <= b;
	case COMPARE_GT:
		return a > b;
	case COMPARE_GE:
		return a >= b;
	case COMPARE_COUNT:
		break;
	}
	return false;
}

static bool compare_one(const struct claim *claim, uint64_t number, uint64_t whole, enum compare compare)
{
	if (!claim->value)
		return compare_share(claim, number, whole, compare);
	return compare_number(number, compare, claim->value);
}

static enum verdict judge_amount(const struct claim *claim, const struct scene *scene)
{
	const struct amount amount = claim_amount(claim, scene);
	bool low, high;

	if (!claim->value && !amount.whole)
		return VERDICT_FAILED; /* of nothing there is no share */
	low = compare_one(claim, amount.low, amount.whole, claim->compare);
	high = compare_one(claim, amount.high, amount.whole, claim->compare);
	if (claim->compare == COMPARE_EQ || claim->compare == COMPARE_NE) {
		/* Between the bounds, but not at them, it may be so all the same. */
		if (amount.low != amount.high && !compare_one(claim, amount.low, amount.whole, COMPARE_GT) &&
		    !compare_one(claim, amount.high, amount.whole, COMPARE_LT))
			low = !high;
	}
	if (low == high)
		return low ? VERDICT_HELD : VERDICT_FAILED;
	return VERDICT_UNKNOWN;
}

/* Whether the region has no such thing, which is known, and not that it is not known: no one order, no team. */
static bool has_none(enum field field, const struct region *region)
{
	if (!region)
		return true;
	if (field == FIELD_ORDER)
		return region->backing != BACKING_UNKNOWN;
	return (field == FIELD_USAGE || field == FIELD_PMD_MAPS) && region->backing != BACKING_UNKNOWN &&
	       region->backing != BACKING_TEAM;
}

static enum verdict judge_region(const struct claim *claim, const struct scene *scene)
{
	struct measure measure;
	enum verdict verdict;

	if (claim->field == FIELD_PMD || claim->field == FIELD_PTE)
		return judge_amount(claim, scene);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): behind no quantifier the parser lets none of these pass */
	measure = measure_region(claim->field, scene->piece->region);
	verdict = measure_compare(scene->caps, claim->field, &measure, claim->compare, claim->value);
	/* To an expectation that has failed; here a 'not' in front would make it hold. */
	if (verdict == VERDICT_FAILED && !measure_known(&measure) &&
	    !has_none(claim->field, scene->piece->region) &&
	    !(measure.word && compare_word("unknown", COMPARE_EQ, claim->value)))
		return VERDICT_UNKNOWN;
	return verdict;
}

/* Of no region at all nothing is true. */
static enum verdict judge_each(const struct claim *claim, const struct scene *scene)
{
	const struct amount amount = claim_count(claim, scene);

	if (claim->kind == CLAIM_ALL)
		return amount.high < amount.whole || !amount.whole ? VERDICT_FAILED
		       : amount.low == amount.whole		   ? VERDICT_HELD
								   : VERDICT_UNKNOWN;
	return amount.low ? VERDICT_HELD : amount.high ? VERDICT_UNKNOWN : VERDICT_FAILED;
}

static enum verdict judge_both(const struct claim *claim, const struct scene *scene)
{
	const enum verdict decides = claim->kind == CLAIM_AND ? VERDICT_FAILED : VERDICT_HELD;
	const enum verdict left = claim_verdict(claim->left, scene);
	enum verdict right;

	if (left == decides)
		return left;
	right = claim_verdict(claim->right, scene);
	return right == decides || left != VERDICT_UNKNOWN ? right : left;
}

static enum verdict opposite(enum verdict verdict)
{
	return verdict == VERDICT_HELD ? VERDICT_FAILED : verdict == VERDICT_FAILED ? VERDICT_HELD : verdict;
}

static enum verdict find_verdict(const struct claim *claim, const struct scene *scene)
{
	struct measure measure;
	struct scene narrow;
	struct memo memo = {.known = 0};
	char found[256];

	switch (claim->kind) {
	case CLAIM_AND:
	case CLAIM_OR:
		return judge_both(claim, scene);
	case CLAIM_NOT:
		return opposite(claim_verdict(claim->left, scene));
	case CLAIM_VMAS:
		narrow = scene_of(scene, claim);
		narrow.memo = &memo;
		return scene_vmas(&narrow) ? claim_verdict(claim->left, &narrow) : VERDICT_FAILED;
	case CLAIM_PLACE:
		narrow = scene_of(scene, claim);
		narrow.memo = &memo;
		return claim_verdict(claim->left, &narrow);
	case CLAIM_ALL:
	case CLAIM_ANY:
		return judge_each(claim, scene);
	case CLAIM_REGION:
		return judge_region(claim, scene);
	case CLAIM_COUNT:
	case CLAIM_MEMORY:
	case CLAIM_REGIONS:
		return judge_amount(claim, scene);
	case CLAIM_PROCESS:
		measure = measure_process(claim->field, scene->process);
		return measure_compare(scene->caps, claim->field, &measure, claim->compare, claim->value);
	case CLAIM_MACHINE:
		break;
	}
	return measure_figure(scene->moment, claim->word, claim->compare, claim->value, found, sizeof(found));
}

/* Whether it is said of all regions that are meant, also amid those of one of them. */
static bool is_of_all(const struct claim *claim)
{
	return claim->kind == CLAIM_ALL || claim->kind == CLAIM_ANY || claim->kind == CLAIM_COUNT ||
	       (claim->kind == CLAIM_REGION && (claim->field == FIELD_PMD || claim->field == FIELD_PTE));
}

enum verdict claim_verdict(const struct claim *claim, const struct scene *scene)
{
	struct memo *memo = scene->piece && is_of_all(claim) ? scene->memo : NULL;
	const uint64_t bit = UINT64_C(1) << claim->set;
	enum verdict verdict;

	if (memo && memo->known & bit)
		return memo->verdicts[claim->set];
	verdict = find_verdict(claim, scene);
	if (memo) {
		memo->known |= bit;
		memo->verdicts[claim->set] = verdict;
	}
	return verdict;
}

static enum verdict judge(const struct claim *claim, const struct scene *scene, struct buf *found)
{
	claim_say(claim, scene, found);
	return claim_verdict(claim, scene);
}

enum verdict claim_judge(const struct claim *claim, const struct moment *moment,
			 const struct process *process, struct buf *found)
{
	struct memo memo = {.known = 0};
	struct scene scene = {.moment = moment,
			      .memo = &memo,
			      .caps = &moment->caps,
			      .process = process,
			      .page_size = moment->page_size,
			      .pieces = {.process = process, .to = UINT64_MAX, .slot = moment->pmd_size}};

	pieces_keep_whole(&scene.pieces);
	return judge(claim, &scene, found);
}

enum verdict claim_judge_pieces(const struct capabilities *caps, const struct pieces *pieces,
				enum field field, enum compare compare, const char *wanted, struct buf *found)
{
	const struct claim claim = {.kind = CLAIM_REGION,
				    .word = field_name(field),
				    .field = field,
				    .compare = compare,
				    .value = wanted},
			   each = {.kind = CLAIM_ALL, .left = &claim};
	const struct scene scene = {.caps = caps, .process = pieces->process, .pieces = *pieces};
	const enum verdict verdict =
		judge(field == FIELD_PMD || field == FIELD_PTE ? &claim : &each, &scene, found);

	return verdict == VERDICT_UNKNOWN && !measure_missing(caps, field) ? VERDICT_FAILED : verdict;
}
