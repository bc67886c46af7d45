/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is, of what decided a claim. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "script/claim_scene.h"

/* Exact, and as a claim would have it: "2M", "4k". */
static void say_size(uint64_t bytes, struct buf *out)
{
	static const char units[] = "kMGT";
	uint64_t size = bytes >> 10;
	unsigned unit = 0;

	if (!bytes || bytes % 1024) {
		buf_printf(out, "%" PRIu64, bytes);
		return;
	}
	for (; size && size % 1024 == 0 && units[unit + 1]; unit++)
		size /= 1024;
	buf_printf(out, "%" PRIu64 "%c", size, units[unit]);
}

/* Rounded down, so that what is not all is never 100%. */
static void say_share(uint64_t part, uint64_t whole, struct buf *out)
{
	const uint64_t share = (uint64_t)((unsigned __int128)part * 10000 / whole);

	buf_printf(out, "%" PRIu64 ".%02" PRIu64 "%%", share / 100, share % 100);
}

static void say_number(const struct claim *claim, uint64_t number, struct buf *out)
{
	if (claim->kind == CLAIM_MEMORY)
		say_size(number, out);
	else
		buf_printf(out, "%" PRIu64, number);
}

static void say_amount(const struct claim *claim, const struct scene *scene, struct buf *out)
{
	const struct amount amount = claim_amount(claim, scene);
	const bool part = claim->kind != CLAIM_MEMORY || claim_memory(claim->nth)->share;
	const bool share = !claim->value;

	buf_printf(out, "%s is ", claim->word);
	if (share && !amount.whole) {
		buf_puts(out, claim->kind == CLAIM_MEMORY ? "no share: nothing is present"
							  : "no share: there are no regions");
		return;
	}
	if (share) {
		say_share(amount.low, amount.whole, out);
		buf_puts(out, " (");
	}
	say_number(claim, amount.low, out);
	if (amount.high != amount.low) {
		buf_puts(out, " to ");
		say_number(claim, amount.high, out);
	}
	if (part && amount.whole) {
		buf_puts(out, " of ");
		say_number(claim, amount.whole, out);
		if (claim->kind != CLAIM_MEMORY)
			buf_puts(out, amount.whole == 1 ? " region" : " regions");
	}
	if (share)
		buf_putc(out, ')');
	if (amount.high != amount.low && amount.why && *amount.why)
		buf_printf(out, ": %s", amount.why);
}

static void say_measure(const struct claim *claim, const struct scene *scene, const struct measure *measure,
			struct buf *out)
{
	const enum verdict verdict = claim_verdict(claim, scene);
	const char *why = measure_missing(scene->caps, claim->field);
	char text[32];

	measure_say(claim->field, measure, text, sizeof(text));
	if (verdict == VERDICT_UNKNOWN && why)
		buf_puts(out, why);
	else if (verdict == VERDICT_HELD || measure_known(measure))
		buf_printf(out, "%s is %s", claim->word, text);
	else
		buf_printf(out, "%s is not known", claim->word);
}

/* One region that decides it, and how many more are like it. */
static void say_piece(const struct claim *claim, const struct scene *scene, enum verdict like,
		      struct buf *out)
{
	struct scene inner = *scene;
	struct piece piece;
	const struct region *region;
	uint64_t more = 0;
	bool told = false;

	inner.piece = &piece;
	inner.pieces.runs = true;
	for (pieces_rewind(&inner.pieces); pieces_next(&inner.pieces, &piece);) {
		if (claim_verdict(claim->left, &inner) != like)
			continue;
		more += piece.n - !told;
		if (told)
			continue;
		told = true;
		if (like == VERDICT_UNKNOWN) {
			claim_say(claim->left, &inner, out);
			return;
		}
		region = piece.region;
		buf_printf(out, "at 0x%" PRIx64 " ", piece.start);
		claim_say(claim->left, &inner, out);
		if (!process_vma_at(scene->process, piece.start))
			buf_puts(out, " (nothing is mapped there)");
		else
			buf_printf(out, " (%s-mapped %s, %u present)",
				   mapping_name(region ? region->mapping : MAPPING_NONE),
				   backing_name(region ? region->backing : BACKING_NONE),
				   region ? region->present : 0);
	}
	if (more)
		buf_printf(out, "; the same goes for %" PRIu64 " more region%s", more, more == 1 ? "" : "s");
}

static void say_each(const struct claim *claim, const struct scene *scene, struct buf *out)
{
	const struct amount amount = claim_count(claim, scene);
	const enum verdict verdict = claim_verdict(claim, scene);

	if (!amount.whole)
		buf_puts(out, "there is no region");
	else if (claim->kind == CLAIM_COUNT || (amount.whole > 1 && verdict == VERDICT_HELD))
		say_amount(&(struct claim){.kind = CLAIM_COUNT,
					   .word = "it",
					   .left = claim->left,
					   .value = claim->kind == CLAIM_COUNT ? claim->value : ""},
			   scene, out);
	else if (amount.whole > 1 && claim->kind == CLAIM_ANY && verdict == VERDICT_FAILED)
		buf_printf(out, "it is none of %" PRIu64 " regions", amount.whole);
	else
		say_piece(claim, scene, verdict, out);
	if (claim->kind == CLAIM_COUNT && verdict == VERDICT_UNKNOWN) {
		buf_puts(out, "; ");
		say_piece(claim, scene, verdict, out);
	}
}

static void say_both(const struct claim *claim, const struct scene *scene, struct buf *out)
{
	const enum verdict verdict = claim_verdict(claim, scene);
	const struct claim *const sides[] = {claim->left, claim->right};
	struct buf said[2] = {0};
	size_t i;

	for (i = 0; i < 2; i++)
		if (claim_verdict(sides[i], scene) == verdict)
			claim_say(sides[i], scene, &said[i]);
	/* Of what is true one is enough, and nothing is said twice. */
	if (said[0].len && said[1].len &&
	    ((claim->kind == CLAIM_OR && verdict == VERDICT_HELD) || !strcmp(said[0].data, said[1].data)))
		buf_clear(&said[1]);
	buf_add(out, said[0].data, said[0].len);
	if (said[0].len && said[1].len)
		buf_puts(out, "; ");
	buf_add(out, said[1].data, said[1].len);
	buf_fini(&said[0]);
	buf_fini(&said[1]);
}

static void say_vmas(const struct claim *claim, const struct scene *scene, struct buf *out)
{
	const struct scene narrow = scene_of(scene, claim);
	const size_t n = scene_vmas(&narrow);

	if (!n && claim->vma_kind == VMA_KIND_COUNT)
		buf_printf(out, "no VMA is called '%s'", claim->word);
	else if (!n)
		buf_printf(out, "there is no VMA of the kind %s", claim->word);
	else
		claim_say(claim->left, &narrow, out);
	if (n > 1)
		buf_printf(out, ", in %zu VMAs", n);
}

void claim_say(const struct claim *claim, const struct scene *scene, struct buf *out)
{
	struct measure measure;
	struct scene narrow;
	struct memo memo = {.known = 0};
	char found[512] = "";

	switch (claim->kind) {
	case CLAIM_AND:
	case CLAIM_OR:
		say_both(claim, scene, out);
		return;
	case CLAIM_NOT:
		claim_say(claim->left, scene, out);
		return;
	case CLAIM_VMAS:
		say_vmas(claim, scene, out);
		return;
	case CLAIM_PLACE:
		narrow = scene_of(scene, claim);
		narrow.memo = &memo;
		claim_say(claim->left, &narrow, out);
		return;
	case CLAIM_ALL:
	case CLAIM_ANY:
	case CLAIM_COUNT:
		say_each(claim, scene, out);
		return;
	case CLAIM_REGION:
		if (claim->field == FIELD_PMD || claim->field == FIELD_PTE) {
			say_amount(claim, scene, out);
			return;
		}
		measure = measure_region(claim->field, scene->piece->region);
		say_measure(claim, scene, &measure, out);
		return;
	case CLAIM_MEMORY:
	case CLAIM_REGIONS:
		say_amount(claim, scene, out);
		return;
	case CLAIM_PROCESS:
		measure = measure_process(claim->field, scene->process);
		say_measure(claim, scene, &measure, out);
		return;
	case CLAIM_MACHINE:
		break;
	}
	measure_figure(scene->moment, claim->word, claim->compare, claim->value, found, sizeof(found));
	buf_puts(out, found);
}
