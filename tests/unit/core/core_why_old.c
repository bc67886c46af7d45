/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/why: what kernels before 6.18 and before 6.6 refuse, and what cannot be told of them. */
#include "core_test.h"

#include <stdlib.h>

#include "core/mem.h"
#include "why_world.h"

/* Changes of a world; its release is set apart from them. */
static void off(struct world *w)
{
	knob(w, "enabled", "never");
}
static void empty(struct world *w)
{
	w->facts.region = NULL;
}
static void zero(struct world *w)
{
	w->region.zero = 512;
	w->region.exclusive = 0;
}
static void unknown_zero(struct world *w)
{
	zero(w);
	w->region.mapping = MAPPING_UNKNOWN;
}
static void read_only(struct world *w)
{
	w->vma.perms[1] = '-';
}
static void all_shared(struct world *w)
{
	w->region.exclusive = 0;
}
static void unknown_shared(struct world *w)
{
	all_shared(w);
	w->region.mapping = MAPPING_UNKNOWN;
}
static void all_swapped(struct world *w)
{
	w->region.swapped = 512;
	w->region.present = w->region.exclusive = 0;
}
static void empty_file(struct world *w)
{
	shmem(w);
	w->facts.region = NULL;
}
static void private_file(struct world *w)
{
	shmem(w);
	w->vma.perms[3] = 'p';
}
static void anon_vma(struct world *w)
{
	private_file(w);
	w->fields[0].kb = 4;
}
static void thp_anon_vma(struct world *w)
{
	anon_vma(w);
	w->region.backing = BACKING_THP;
}
static void unseen_anon_vma(struct world *w)
{
	anon_vma(w);
	w->region.backing = BACKING_UNKNOWN;
}

/* The last release that has it, and the first that has not. */
struct row {
	void (*change)(struct world *world);
	const char *old, *new;
	const char *id, *fact;
	enum why_weight weight;
	bool refused;  /* by the old one; by the new one it is not */
	bool promised; /* a remedy of the old one is a request */
};
static const struct row rows[] = {
	{empty, "6.17.9", "6.18.1", "empty", "Linux 6.17.9: before 6.18", WHY_DECISIVE, true, false},
	{zero, "6.17.9", "6.18.1", "zero-page", "Linux 6.17.9: before 6.18", WHY_DECISIVE, true, false},
	{read_only, "6.12.117", "6.18.1", "not-writable", "VMA r--p of Linux 6.12.117", WHY_DECISIVE, true,
	 false},
	{all_shared, "6.12.117", "6.18.1", "not-writable", "512 pages present, 0 of them", WHY_DECISIVE, true,
	 false},
	{all_swapped, "6.12.117", "6.18.1", "not-writable", "512 swapped; Linux 6.12.117", WHY_DECISIVE, true,
	 false},
	{plain, "6.17.9", "6.18.1", "write-protected", "Linux 6.17.9, 512 pages", WHY_SUSPECTED, false, true},
	{empty_file, "6.5.1", "6.6.1", "empty", "cannot be seen, Linux 6.5.1", WHY_DECISIVE, false, false},
	{anon_vma, "6.5.1", "6.6.1", "anon-vma", "Anonymous 4 kB in smaps; Linux 6.5.1", WHY_HINDERS, true,
	 false},
	{thp_anon_vma, "6.5.1", "6.6.1", "anon-vma", "Anonymous 4 kB", WHY_HINDERS, false, true},
	{unseen_anon_vma, "6.5.1", "6.6.1", "anon-vma", "Linux 6.5.1", WHY_HINDERS, false, false},
};

static void judge_of(struct world *world, void (*change)(struct world *world), const char *release)
{
	plain(world);
	if (change != plain)
		change(world);
	world->system.release = release;
	why_judge(&world->facts, &world->arena, &world->why);
}

static bool promised(const struct why *why)
{
	size_t i;

	for (i = 0; i < why->n; i++)
		if (strstr(why->reasons[i].remedy, "thpscope collapse"))
			return true;
	return false;
}

static void test_rows(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));
	const struct why_reason *reason;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		judge_of(world, rows[i].change, rows[i].old);
		reason = find(&world->why, rows[i].id);
		if (!reason)
			fail_msg("row %zu: no %s", i, rows[i].id);
		if (reason->weight != rows[i].weight || reason->refused != rows[i].refused ||
		    promised(&world->why) != rows[i].promised || !strstr(reason->fact, rows[i].fact))
			fail_msg("row %zu, %s: %s, refused %d, promised %d, fact '%s'", i, rows[i].id,
				 why_weight_name(reason->weight), reason->refused, promised(&world->why),
				 reason->fact);
		arena_fini(&world->arena);
		judge_of(world, rows[i].change, rows[i].new);
		reason = find(&world->why, rows[i].id);
		if (reason && reason->refused)
			fail_msg("row %zu, %s: refused by %s", i, rows[i].id, rows[i].new);
		arena_fini(&world->arena);
	}
	free(world);
}

/* What may be mapped huge already is not said to be refused. */
static void test_unknown_mapping(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	judge_of(world, unknown_shared, "6.1.192");
	assert_null(find(&world->why, "not-writable"));
	arena_fini(&world->arena);
	judge_of(world, unknown_zero, "6.1.192");
	assert_false(find(&world->why, "zero-page")->refused);
	assert_false(promised(&world->why));
	arena_fini(&world->arena);
	free(world);
}

/* A private file mapping may have been written once, and nothing shows it. */
static void test_refusal(void **state)
{
	static const struct {
		void (*change)(struct world *world);
		const char *text;
	} wants[] = {
		{private_file, "a second request"}, {anon_vma, "EINVAL"},
		{empty_file, "no page table"},	    {all_shared, "shared with others since a fork"},
		{empty, "nothing is here"},
	};
	struct world *world = mem_alloc(sizeof(*world));
	const char *text;
	size_t i;

	(void)state;
	judge_of(world, private_file, "6.1.192");
	assert_false(promised(&world->why));
	arena_fini(&world->arena);
	for (i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		plain(world);
		wants[i].change(world);
		world->system.release = "6.1.192";
		text = why_refusal(&world->facts, &world->arena);
		if (!strstr(text, wants[i].text) || text[strlen(text) - 1] == '.')
			fail_msg("%s: '%s'", wants[i].text, text);
		arena_fini(&world->arena);
	}
	free(world);
}

/* No madvise(MADV_COLLAPSE) before 6.1: it is not offered. */
static void test_no_request(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));

	(void)state;
	plain(world);
	off(world);
	world->system.release = "5.15.0-91-generic";
	why_judge(&world->facts, &world->arena, &world->why);
	assert_null(strstr(find(&world->why, "thp-off")->remedy, "collapse"));
	arena_fini(&world->arena);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_unknown_mapping),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
