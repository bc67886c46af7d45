/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format/why: text in so many columns, JSON on one line, names made harmless in both. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/why.h"

static const struct why_reason reasons[] = {
	{"guard", WHY_DECISIVE, true, "There are guard regions in it.", "1 pages", "none"},
	{"pinned", WHY_SUSPECTED, false, "Pinned.", "/a\x1b[31m/b", ""},
};
static const char *const unknown[] = {"the weather"};
static const struct vma vma = {
	.start = 0x200000, .end = 0x600000, .perms = "rw-p", .kind = VMA_ANON, .name = "[anon:x\033]"};
static const struct region region = {
	.start = 0x200000, .mapping = MAPPING_PTE, .backing = BACKING_SMALL, .present = 511};
static const struct event_effect effect = {
	.pid = 7, .addr = 0x200000, .has = true, .after = {.mapping = MAPPING_PMD, .backing = BACKING_THP}};
static const struct event event = {.how = "process_madvise(MADV_COLLAPSE)",
				   .why = "Somebody holds a reference.",
				   .effects = &effect,
				   .n_effects = 1};

static struct why sample(void)
{
	return (struct why){.pid = 7,
			    .comm = "a\nb",
			    .start = 0x200000,
			    .len = 0x200000,
			    .vma = &vma,
			    .region = &region,
			    .reasons = reasons,
			    .n = 2,
			    .unknown = unknown,
			    .n_unknown = 1,
			    .verdict = "",
			    .not_asked = ""};
}

static void test_text(void **state)
{
	const struct why_reason several[] = {reasons[0], reasons[0]};
	struct text_options options = {.width = 60, .ascii = true};
	struct why why = sample();
	struct buf out = {0};

	(void)state;
	text_why(&out, &why, &options);
	assert_string_equal(out.data, "0x200000 of process 7 (a\\x0ab), 2048 kB: not huge\n"
				      "  mapping pte, backing small, 511 pages present\n"
				      "  in VMA 0x200000-0x600000 rw-p, anon [anon:x\\x1b]\n"
				      "\n"
				      "decisive, also on request: There are guard regions in it.\n"
				      "  [guard]\n"
				      "  fact: 1 pages\n"
				      "  remedy: none\n"
				      "\n"
				      "suspected: Pinned. [pinned]\n"
				      "  fact: /a\\x1b[31m/b\n"
				      "\n"
				      "unknown: the weather\n");
	buf_clear(&out);
	why.asked = true;
	why.error = EAGAIN;
	why.verdict = "page_count";
	why.event = &event;
	text_why(&out, &why, &options);
	assert_non_null(strstr(out.data, "asked: process_madvise(MADV_COLLAPSE) was refused: EAGAIN,\n"
					 "  the kernel's verdict: page_count\n"
					 "  Somebody holds a reference.\n"
					 "  after: 0x200000 of process 7: mapping pmd, backing thp\n"));
	assert_null(strstr(out.data, "More than one"));
	buf_clear(&out);
	why = sample();
	why.reasons = several;
	text_why(&out, &why, &options);
	assert_non_null(strstr(out.data, "anon [anon:x\\x1b]\n\n"
					 "More than one reason is decisive: each by itself keeps the\n"
					 "  region from being huge, and what mends one alone does not\n"
					 "  help.\n\ndecisive"));
	buf_clear(&out);
	why = sample();
	why.not_asked = "it sleeps";
	why.region = NULL;
	text_why(&out, &why, &options);
	assert_non_null(strstr(out.data, "not huge, empty\n  mapping none, backing none\n"));
	assert_non_null(strstr(out.data, "asked: the kernel could not be asked: it sleeps\n"));
	buf_fini(&out);
}

/* It is said where no one act helps against all: of what a request overcomes, and of what one write does, it is not so. */
static void test_together(void **state)
{
	static const struct {
		struct why_reason reasons[3];
		bool said;
	} rows[] = {
		{{{"empty", WHY_DECISIVE, false, "", "", "touch it; or 'thpscope collapse 1 0x0', which ..."},
		  {"shmem-off", WHY_DECISIVE, false, "", "", ""}},
		 false},
		{{{"thp-off", WHY_DECISIVE, false, "", "", "or madvise(MADV_COLLAPSE) by the process itself"},
		  {"max-ptes-none", WHY_DECISIVE, false, "", "", ""}},
		 false},
		{{{"empty", WHY_DECISIVE, false, "", "", "write to it"},
		  {"thp-not-requested", WHY_DECISIVE, false, "", "", "madvise(MADV_HUGEPAGE)"}},
		 true},
		{{{"guard", WHY_DECISIVE, true, "", "", ""}, {"thp-off", WHY_HINDERS, false, "", "", ""}},
		 false},
		{{{"guard", WHY_DECISIVE, true, "", "", ""}, {"thp-off", WHY_DECISIVE, false, "", "", ""}},
		 true},
		{{{"not-writable", WHY_DECISIVE, true, "", "", ""},
		  {"empty", WHY_DECISIVE, true, "", "", ""}},
		 false},
		{{{"zero-page", WHY_DECISIVE, true, "", "", ""},
		  {"not-writable", WHY_DECISIVE, true, "", "", ""}},
		 false},
		{{{"not-writable", WHY_DECISIVE, true, "", "", ""},
		  {"empty", WHY_DECISIVE, true, "", "", ""},
		  {"thp-off", WHY_DECISIVE, false, "", "", ""}},
		 true},
		{{{"not-writable", WHY_DECISIVE, true, "", "", ""},
		  {"thp-off", WHY_DECISIVE, false, "", "", ""}},
		 true},
	};
	const struct text_options options = {.width = 60, .ascii = true};
	struct why why = sample();
	struct buf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why.reasons = rows[i].reasons;
		why.n = rows[i].reasons[2].id ? 3 : 2;
		text_why(&out, &why, &options);
		if (!!strstr(out.data, "More than one") != rows[i].said)
			fail_msg("row %zu: %s", i, out.data);
		buf_clear(&out);
	}
	buf_fini(&out);
}

static void test_json(void **state)
{
	struct why why = sample();
	struct buf out = {0};

	(void)state;
	json_why(&out, &why);
	assert_string_equal(
		out.data,
		"{\"type\":\"why\",\"schema\":\"thpscope-snapshot/1\",\"pid\":7,\"comm\":\"a\\u000ab\","
		"\"addr\":\"0x200000\",\"len\":2097152,\"huge\":false,\"mapping\":\"pte\",\"backing\":"
		"\"small\","
		"\"reasons\":[{\"id\":\"guard\",\"weight\":\"decisive\",\"refused\":true,"
		"\"text\":\"There are guard regions in it.\",\"fact\":\"1 pages\",\"remedy\":\"none\"},"
		"{\"id\":\"pinned\",\"weight\":\"suspected\",\"refused\":false,\"text\":\"Pinned.\","
		"\"fact\":\"/a\\u001b[31m/b\"}],\"unknown\":[\"the weather\"]}\n");
	buf_clear(&out);
	why.asked = true;
	why.error = EAGAIN;
	why.verdict = "page_count";
	why.event = &event;
	json_why(&out, &why);
	assert_non_null(strstr(out.data, ",\"asked\":{\"errno\":\"EAGAIN\",\"verdict\":\"page_count\","
					 "\"how\":\"process_madvise(MADV_COLLAPSE)\","
					 "\"why\":\"Somebody holds a reference.\",\"mapping\":\"pmd\","
					 "\"backing\":\"thp\"}}\n"));
	buf_clear(&out);
	why.error = 0;
	why.verdict = "";
	why.event = NULL;
	json_why(&out, &why);
	assert_non_null(strstr(out.data, ",\"asked\":{\"errno\":\"\"}}\n"));
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
