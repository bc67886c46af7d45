/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a value of the command line or of a knob: numbers, sizes, times, addresses, releases. What is taken has one
 * meaning, however it is asked. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/cow.h"
#include "core/mem.h"
#include "core/parse.h"
#include "core/system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Written as we write it, it reads the same: as a number, as a size and (with the smallest unit) as a time. */
static void check_again(uint64_t value)
{
	uint64_t again = ~value;
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	must(parse_number(text, &again) && again == value);
	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	must(parse_size(text, &again) && again == value);
	snprintf(text, sizeof(text), "%" PRIu64 "ns", value);
	must(parse_time(text, &again) && again == value);
}

static void check_numbers(const char *text)
{
	const uint64_t marker = UINT64_C(0x5a5a5a5a5a5a5a5a);
	uint64_t number = marker, bytes = marker, ns = marker, addr = marker;
	const char *rest;

	if (parse_number(text, &number)) {
		must(parse_size(text, &bytes) && bytes == number);
		must(!parse_time(text, &ns));
		check_again(number);
	} else {
		must(number == marker);
	}
	if (parse_size(text, &bytes))
		check_again(bytes);
	if (parse_time(text, &ns))
		check_again(ns);
	rest = cmd_parse_addr(text, &addr);
	must(rest ? rest > text && rest <= text + strlen(text) : addr == marker);
}

static void check_release(const char *text)
{
	const char *rule = cow_rule(text);
	const uint64_t release = system_release(text);

	must(cow_row_name(cow_row_named(text))[0] ? !strcmp(cow_row_name(cow_row_named(text)), text) : true);
	must(cow_row_named(rule) == cow_row_of(text));
	/* Both read the same two numbers; the one has bounds for them. */
	must(!release || release < SYSTEM_RELEASE(4, 5) || rule[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	check_numbers(text);
	check_release(text);
	free(text);
	return 0;
}
