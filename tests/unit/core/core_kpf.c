/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/kpf: flag names. */
#include "core_test.h"

#include <stdlib.h>

#include "core/kernel.h"
#include "core/kpf.h"

#define BIT(n) (UINT64_C(1) << (n))

static const struct kpf_bits none;

static void assert_names(uint64_t word, int team_bit, const char *expected)
{
	const struct kpf_bits bits = {.team = team_bit < 0 ? 0 : BIT(team_bit)};
	struct buf text = {0};

	kpf_names(word, &bits, &text);
	assert_string_equal(text.data ? text.data : "", expected);
	buf_fini(&text);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(kpf_name(0, 0, &none), "LOCKED");
	assert_string_equal(kpf_name(KPF_THP, 0, &none), "THP");
	assert_string_equal(kpf_name(42, 0, &none), "ARCH_3");
	assert_null(kpf_name(27, 0, &none));
	assert_null(kpf_name(63, 0, &none));
	assert_null(kpf_name(64, 0, &none));
	assert_null(kpf_name(1000, 0, &none));
	assert_names(0, -1, "");
	assert_names(BIT(KPF_HEAD) | BIT(5) | BIT(KPF_THP), -1, "LRU,HEAD,THP");
	assert_names(BIT(63) | 1, -1, "LOCKED,bit63");
}

/* Bit 34 is AnonExclusive on an anonymous page, MAPPEDTODISK on any other. */
static void test_bit_34(void **state)
{
	(void)state;
	assert_names(BIT(34) | BIT(KPF_ANON), -1, "ANON,ANON_EXCLUSIVE");
	assert_names(BIT(34), -1, "MAPPEDTODISK");
	assert_string_equal(kpf_name(34, BIT(KPF_ANON), &none), "ANON_EXCLUSIVE");
}

/* Bit 26 is PGTABLE in mainline; a kernel with teams says which bit is TEAM, whatever it was. */
static void test_team(void **state)
{
	const struct kpf_bits lab = {BIT(28), BIT(29), BIT(30)};
	struct buf text = {0};

	(void)state;
	assert_names(BIT(26), -1, "PGTABLE");
	assert_names(BIT(26), 26, "TEAM");
	assert_names(BIT(28), 28, "TEAM");
	assert_names(BIT(28), -1, "bit28");
	assert_names(BIT(26) | BIT(28), 28, "PGTABLE,TEAM");
	kpf_names(BIT(28) | BIT(29) | BIT(30) | BIT(31), &lab, &text);
	assert_string_equal(text.data, "TEAM,TEAM_PMD,DOUBLEMAP,bit31");
	buf_fini(&text);
}

/* Between, every anonymous page is flagged as KSM's. */
static void test_ksm(void **state)
{
	(void)state;
	assert_true(kpf_ksm_shown(""));
	assert_true(kpf_ksm_shown("6.9.12"));
	assert_false(kpf_ksm_shown("6.10.0"));
	assert_false(kpf_ksm_shown("6.12.117"));
	assert_false(kpf_ksm_shown("6.17.1-arch"));
	assert_true(kpf_ksm_shown("6.18.44"));
	assert_true(kpf_ksm_shown("7.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ksm),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bit_34),
		cmocka_unit_test(test_team),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
