/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a claim, cut into a tree. */
#include <errno.h>
#include <string.h>

#include "core/system.h"
#include "script/claim_value.h"

/* Parentheses and nots within one another. */
#define MAX_DEPTH 32

/* What a word can be of. */
enum mode {
	MODE_PROCESS,
	MODE_VMAS,
	MODE_REGION,
};

static int parse_or(struct lexer *lexer, enum mode mode, const struct claim **claim);

static struct claim *make(struct lexer *lexer, enum claim_kind kind)
{
	struct claim *claim = arena_alloc(lexer->arena, sizeof(*claim));

	claim->kind = kind;
	claim->field = FIELD_COUNT;
	return claim;
}

/* Of what is said of all regions that are meant. */
static int number(struct lexer *lexer, struct claim *claim)
{
	if (lexer->n_sets == CLAIM_MAX_SETS)
		return lexer_fail(lexer, &lexer->next, "more than %d of all, any, count, pmd and pte",
				  CLAIM_MAX_SETS);
	claim->set = lexer->n_sets++;
	return 0;
}

/* FIELD OP VALUE of a region */
static int parse_region(struct lexer *lexer, struct claim *claim, const struct token *token)
{
	struct claim_wanted wanted = {FIELD_COUNT};

	claim->kind = CLAIM_REGION;
	claim->field = claim_region_field(claim->word);
	if (claim->field == FIELD_VALUE)
		return lexer_fail(lexer, token,
				  "value is what a script wrote to its own memory; it is not read here");
	if (claim->field == FIELD_COUNT)
		return lexer_unknown(lexer, token, "field of a region", claim_region_word, NULL);
	if (field_kind(claim->field) == FIELD_WORD)
		wanted.words = claim->field;
	wanted.share = claim->field == FIELD_PMD || claim->field == FIELD_PTE;
	if (wanted.share && lexer->quantified)
		return lexer_fail(lexer, token, "%s counts regions; one of them is 'mapping == %s'",
				  claim->word, claim->word);
	if (wanted.share && number(lexer, claim))
		return -EINVAL;
	lexer->n_single += !wanted.share && !lexer->quantified;
	return claim_comparison(lexer, &wanted, claim);
}

/* SUM OP VALUE of a process or of VMAs */
static int parse_sum(struct lexer *lexer, enum mode mode, struct claim *claim, const struct token *token)
{
	const struct claim_memory *memory;
	struct claim_wanted wanted = {FIELD_COUNT};
	unsigned i;

	claim->kind = CLAIM_MEMORY;
	for (; (memory = claim_memory(claim->nth)); claim->nth++) {
		if (strcmp(memory->word, claim->word))
			continue;
		wanted.share = memory->share;
		return claim_comparison(lexer, &wanted, claim);
	}
	claim->kind = CLAIM_REGIONS;
	for (claim->nth = 0; mode == MODE_PROCESS && claim->nth < CLAIM_N_TOTALS; claim->nth++) {
		if (strcmp(claim_totals_words[claim->nth], claim->word))
			continue;
		wanted.share = claim->nth < STATE_COUNT;
		return claim_comparison(lexer, &wanted, claim);
	}
	claim->kind = CLAIM_PROCESS;
	claim->field = field_named(SUBJECT_PROCESS, claim->word);
	if (mode == MODE_PROCESS && claim->field != FIELD_COUNT)
		return claim_comparison(lexer, &wanted, claim);
	i = claim_region_field(claim->word);
	if (i != FIELD_COUNT && i != FIELD_VALUE)
		return lexer_fail(
			lexer, token,
			"%s is of a region: an address in front says which, as in '0x7f0000000000: %s "
			"...', or 'all', 'any' or 'count'",
			claim->word, claim->word);
	if (mode == MODE_VMAS && field_named(SUBJECT_PROCESS, claim->word) != FIELD_COUNT)
		return lexer_fail(lexer, token, "%s is of the whole process, not of a VMA", claim->word);
	return lexer_unknown(lexer, token, mode == MODE_PROCESS ? "figure of a process" : "figure of a VMA",
			     mode == MODE_PROCESS ? claim_process_word : claim_memory_word, NULL);
}

/* machine FIGURE OP VALUE */
static int parse_machine(struct lexer *lexer, struct claim *claim)
{
	const struct claim_wanted wanted = {FIELD_COUNT, .text = true};
	const struct token token = lexer->next;

	claim->kind = CLAIM_MACHINE;
	if (lexer->next.kind != TOKEN_WORD)
		return lexer_fail(lexer, &lexer->next,
				  "expected a figure of the machine, such as enabled or kernel, found %s",
				  lexer_found(lexer));
	claim->word = arena_text(lexer->arena, lexer->next.text, lexer->next.len);
	if (!system_may_have(claim->word))
		return lexer_unknown(lexer, &token, "figure of the machine", system_figure_name, NULL);
	lexer_take(lexer);
	return claim_comparison(lexer, &wanted, claim);
}

static int parse_primary(struct lexer *lexer, enum mode mode, const struct claim **out)
{
	struct token token = lexer->next;
	struct claim *claim;
	int err;

	if (token.kind == TOKEN_OPEN) {
		lexer_take(lexer);
		err = parse_or(lexer, mode, out);
		if (err)
			return err;
		if (lexer->next.kind != TOKEN_CLOSE)
			return lexer_fail(lexer, &lexer->next, "expected ')', found %s", lexer_found(lexer));
		lexer_take(lexer);
		return 0;
	}
	if (token.kind != TOKEN_WORD)
		return lexer_fail(lexer, &token, "expected what is to be so, as in 'pmd >= 95%%', found %s",
				  lexer_found(lexer));
	claim = make(lexer, CLAIM_REGION);
	claim->word = arena_text(lexer->arena, token.text, token.len);
	*out = claim;
	lexer_take(lexer);
	if (mode == MODE_REGION)
		return parse_region(lexer, claim, &token);
	if (lexer_is(&token, "machine"))
		return parse_machine(lexer, claim);
	return parse_sum(lexer, mode, claim, &token);
}

/* all|any|count CLAIM, of regions. *out stays NULL where there is no such word. */
static int parse_quantifier(struct lexer *lexer, const struct claim **out)
{
	static const struct {
		const char *word;
		enum claim_kind kind;
	} words[] = {{"all", CLAIM_ALL}, {"any", CLAIM_ANY}, {"count", CLAIM_COUNT}};
	const struct claim_wanted wanted = {FIELD_COUNT, .share = true};
	const bool before = lexer->quantified;
	struct claim *claim;
	size_t i;
	int err;

	*out = NULL;
	for (i = 0; i < 3 && !lexer_is(&lexer->next, words[i].word); i++)
		;
	if (i == 3)
		return 0;
	claim = make(lexer, words[i].kind);
	claim->word = words[i].word;
	*out = claim;
	lexer_take(lexer);
	if (claim->kind == CLAIM_COUNT && lexer->next.kind != TOKEN_OPEN)
		return lexer_fail(lexer, &lexer->next,
				  "expected '(' behind count, as in 'count (mapping == pmd) >= 3', found %s",
				  lexer_found(lexer));
	err = number(lexer, claim);
	if (err)
		return err;
	lexer->quantified = true;
	err = parse_primary(lexer, MODE_REGION, &claim->left);
	lexer->quantified = before;
	if (err || claim->kind != CLAIM_COUNT)
		return err;
	return claim_comparison(lexer, &wanted, claim);
}

/* ADDR: or ADDR-ADDR: or ADDR+LEN:, up to the end of what is in these parentheses. */
static int parse_place(struct lexer *lexer, const struct claim **out)
{
	struct claim *claim = make(lexer, CLAIM_PLACE), *each;
	const struct token token = lexer->next;
	const unsigned n_single = lexer->n_single;
	int err;

	*out = claim;
	err = lexer_place(lexer, &claim->from, &claim->to);
	if (!err && lexer->next.kind == TOKEN_END)
		err = lexer_fail(lexer, &lexer->next,
				 "expected what is to be so of '%.*s', as in 'mapping == pmd', found the end",
				 (int)token.len, token.text);
	if (!err)
		err = parse_or(lexer, MODE_REGION, &claim->left);
	if (err || lexer->n_single == n_single)
		return err;
	/* Of each of them: what is said of a single one. */
	each = make(lexer, CLAIM_ALL);
	each->left = claim->left;
	claim->left = each;
	return number(lexer, each);
}

/* vma NAME|KIND CLAIM, or with a ':' up to the end of what is in these parentheses. */
static int parse_vmas(struct lexer *lexer, const struct claim **out)
{
	struct claim *claim = make(lexer, CLAIM_VMAS);
	struct token token;

	*out = claim;
	lexer_take(lexer);
	token = lexer->next;
	if (token.kind != TOKEN_WORD && token.kind != TOKEN_STRING)
		return lexer_fail(
			lexer, &token,
			"expected the name of a VMA in quotes, as in '[heap]', or a kind such as anon, "
			"found %s",
			lexer_found(lexer));
	claim->word = arena_text(lexer->arena, token.text, token.len);
	claim->vma_kind = VMA_KIND_COUNT;
	if (token.kind == TOKEN_WORD) {
		claim->vma_kind = vma_kind_named(claim->word);
		if (claim->vma_kind == VMA_KIND_COUNT)
			return lexer_fail(
				lexer, &token,
				"'%s' is no kind of VMA (anon, heap, stack, file, shmem, hugetlb, device, "
				"special); a name stands in quotes",
				claim->word);
	}
	lexer_take(lexer);
	if (lexer->next.kind == TOKEN_COLON) {
		lexer_take(lexer);
		return parse_or(lexer, MODE_VMAS, &claim->left);
	}
	if (parse_quantifier(lexer, &claim->left))
		return -EINVAL;
	return claim->left ? 0 : parse_primary(lexer, MODE_VMAS, &claim->left);
}

static int parse_not(struct lexer *lexer, enum mode mode, const struct claim **out)
{
	struct claim *claim;
	int err;

	if (lexer->depth == MAX_DEPTH)
		return lexer_fail(lexer, &lexer->next, "more than %d parentheses and nots within one another",
				  MAX_DEPTH);
	lexer->depth++;
	if (lexer_is(&lexer->next, "not")) {
		claim = make(lexer, CLAIM_NOT);
		*out = claim;
		lexer_take(lexer);
		err = parse_not(lexer, mode, &claim->left);
	} else if (mode == MODE_PROCESS && lexer_at_place(lexer)) {
		err = parse_place(lexer, out);
	} else if (mode == MODE_PROCESS && lexer_is(&lexer->next, "vma")) {
		err = parse_vmas(lexer, out);
	} else {
		err = parse_quantifier(lexer, out);
		if (!err && !*out)
			err = parse_primary(lexer, mode, out);
	}
	lexer->depth--;
	return err;
}

/* Left to right: a and b and c is (a and b) and c. */
static int parse_chain(struct lexer *lexer, enum mode mode, enum claim_kind kind, const struct claim **out)
{
	struct claim *claim;
	int err = kind == CLAIM_OR ? parse_chain(lexer, mode, CLAIM_AND, out) : parse_not(lexer, mode, out);

	while (!err && lexer_is(&lexer->next, kind == CLAIM_OR ? "or" : "and")) {
		lexer_take(lexer);
		claim = make(lexer, kind);
		claim->left = *out;
		*out = claim;
		err = kind == CLAIM_OR ? parse_chain(lexer, mode, CLAIM_AND, &claim->right)
				       : parse_not(lexer, mode, &claim->right);
	}
	return err;
}

static int parse_or(struct lexer *lexer, enum mode mode, const struct claim **claim)
{
	return parse_chain(lexer, mode, CLAIM_OR, claim);
}

int claim_parse(const char *text, struct arena *arena, const struct claim **claim,
		struct claim_mistake *mistake)
{
	struct lexer lexer;
	int err = lexer_begin(&lexer, text, arena, mistake);

	*claim = NULL;
	if (!err)
		err = parse_or(&lexer, MODE_PROCESS, claim);
	if (!err && lexer.next.kind != TOKEN_END)
		err = lexer_fail(&lexer, &lexer.next, "expected 'and', 'or' or the end, found %s",
				 lexer_found(&lexer));
	/* A character that is of no word is worth more than what was expected there. */
	if (lexer.bad) {
		*mistake = lexer.first;
		err = -EINVAL;
	}
	if (err)
		*claim = NULL;
	return err;
}
