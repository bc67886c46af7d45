/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The snapshot line: the machine. */
#include <string.h>

#include "core/parse.h"
#include "format/json.h"
#include "format/json_lines.h"
#include "format/json_put.h"

void json_caps(struct buf *out, const struct capabilities *caps)
{
	const char *between = "";
	unsigned i;

	buf_puts(out, ",\"capabilities\":[");
	for (i = 0; i < CAP_COUNT; i++) {
		if (!capable(caps, (enum capability)i))
			continue;
		buf_printf(out, "%s\"%s\"", between, capability_name((enum capability)i));
		between = ",";
	}
	buf_puts(out, "],\"missing\":{");
	between = "";
	for (i = 0; i < CAP_COUNT; i++) {
		if (!capability_lacks(caps, (enum capability)i))
			continue;
		buf_printf(out, "%s\"%s\":", between, capability_name((enum capability)i));
		json_quote(out, caps->missing[i]);
		between = ",";
	}
	buf_putc(out, '}');
}

/* A number if it is one in the only way to write it, so that reading gives the same text back. */
static void write_value(struct buf *out, const char *value)
{
	const char *end = value + strlen(value);
	uint64_t number;

	if ((value[0] != '0' || !value[1]) && parse_u64(value, end, 10, &number) == end)
		buf_dec(out, number);
	else
		json_quote(out, value);
}

/* A level of figures nested by '/': those whose names begin with the first `skip` characters of the first. */
struct level {
	const struct figure *figures;
	size_t n;
	const char *path;
	size_t skip;
};

static bool on_level(const struct level *level, const char *name)
{
	return !strncmp(name, level->path, level->skip);
}

/* Whether the key of figure i was already written on this level. */
static bool key_written(const struct level *level, size_t i, size_t key_len)
{
	const char *key = level->figures[i].name + level->skip, *other;
	size_t j;

	for (j = 0; j < i; j++) {
		other = level->figures[j].name;
		if (on_level(level, other) && strcspn(other + level->skip, "/") == key_len &&
		    !strncmp(other + level->skip, key, key_len))
			return true;
	}
	return false;
}

static void write_level(struct buf *out, const struct level *level)
{
	struct level below = *level;
	const char *between = "", *name;
	struct buf key = {0};
	size_t i, len;

	buf_putc(out, '{');
	for (i = 0; i < level->n; i++) {
		name = level->figures[i].name;
		if (!on_level(level, name))
			continue;
		len = strcspn(name + level->skip, "/");
		if (key_written(level, i, len))
			continue;
		buf_puts(out, between);
		between = ",";
		buf_clear(&key);
		buf_add(&key, name + level->skip, len);
		json_quote(out, key.data);
		buf_putc(out, ':');
		if (name[level->skip + len]) {
			below.path = name;
			below.skip = level->skip + len + 1;
			write_level(out, &below);
		} else {
			write_value(out, level->figures[i].value);
		}
	}
	buf_putc(out, '}');
	buf_fini(&key);
}

static void write_figures(struct buf *out, const char *key, const struct figure *figures, size_t n)
{
	const struct level top = {.figures = figures, .n = n, .path = ""};

	if (!n)
		return;
	json_key(out, key);
	write_level(out, &top);
}

static const char *write_bit(struct buf *out, const char *between, const char *name, uint64_t word)
{
	if (!word)
		return between;
	buf_printf(out, "%s\"%s\":%d", between, name, __builtin_ctzll(word));
	return ",";
}

/* Bits of a page's flags that are not everywhere what they are here. */
static void write_bits(struct buf *out, const struct kpf_bits *bits)
{
	const char *between = "";

	buf_puts(out, "\"kpageflags_bits\":{");
	between = write_bit(out, between, "TEAM", bits->team);
	between = write_bit(out, between, "TEAM_PMD", bits->team_pmd);
	write_bit(out, between, "DOUBLEMAP", bits->double_map);
	buf_putc(out, '}');
}

static void write_kernel(struct buf *out, const struct system_figures *system)
{
	const char *between = "";

	json_key(out, "kernel");
	buf_putc(out, '{');
	if (system->release && system->release[0]) {
		buf_puts(out, "\"release\":");
		json_quote(out, system->release);
		between = ",";
	}
	if (system->cow_rule && system->cow_rule[0]) {
		buf_puts(out, between);
		buf_puts(out, "\"cow_rule\":");
		json_quote(out, system->cow_rule);
		between = ",";
	}
	if (system->kpf.team || system->kpf.team_pmd || system->kpf.double_map) {
		buf_puts(out, between);
		write_bits(out, &system->kpf);
	}
	buf_putc(out, '}');
}

void json_snapshot_line(struct buf *out, const struct moment *moment)
{
	buf_puts(out, "{\"type\":\"snapshot\"");
	json_key_string(out, "schema", JSON_SCHEMA);
	json_key_string(out, "version", THPSCOPE_VERSION);
	json_key_string(out, "source", moment->source);
	json_key_dec(out, "seq", moment->seq);
	if (moment->wall_ns)
		json_key_time(out, "time", moment->wall_ns);
	json_key_dec(out, "mono_ns", moment->mono_ns);
	json_key_dec(out, "pmd_size", moment->pmd_size);
	json_key_dec(out, "page_size", moment->page_size);
	if (moment->from || moment->to) {
		json_key(out, "range");
		buf_puts(out, "[\"");
		buf_hex(out, moment->from);
		buf_puts(out, "\",\"");
		buf_hex(out, moment->to);
		buf_puts(out, "\"]");
	}
	write_kernel(out, &moment->system);
	json_caps(out, &moment->caps);
	write_figures(out, "thp", moment->system.knobs, moment->system.n_knobs);
	write_figures(out, "vmstat", moment->system.vmstat, moment->system.n_vmstat);
	write_figures(out, "meminfo", moment->system.meminfo, moment->system.n_meminfo);
	buf_puts(out, "}\n");
}
