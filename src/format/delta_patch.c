/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different between two lines. Both are our own writers' and therefore well formed. */
#include "format/delta_patch.h"

#include <string.h>

#define PLACE '\1' /* writers escape it, so that it is in no line */

struct member {
	const char *key, *value;
	size_t key_len, value_len; /* the key's without quotes */
};

/* Behind the string that begins here. */
static const char *skip_string(const char *at)
{
	for (at++; *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at + 1;
}

/* Behind the value that begins here. */
static const char *skip_value(const char *at)
{
	unsigned depth = 0;

	for (;;) {
		if (*at == '"') {
			at = skip_string(at);
		} else if (*at == '{' || *at == '[') {
			depth++;
			at++;
		} else if (depth && (*at == '}' || *at == ']')) {
			depth--;
			at++;
		} else if (depth) {
			at++;
			continue;
		} else {
			at += strcspn(at, ",}]");
		}
		if (!depth)
			return at;
	}
}

/* The member behind the brace or comma at *at; false at the closing brace. */
static bool next_member(const char **at, struct member *member)
{
	if (**at == '}' || (*at)[1] == '}')
		return false;
	member->key = *at + 2;
	*at = skip_string(*at + 1);
	member->key_len = (size_t)(*at - 1 - member->key);
	member->value = ++*at;
	*at = skip_value(*at);
	member->value_len = (size_t)(*at - member->value);
	return true;
}

static bool key_is(const struct member *member, const char *key)
{
	return !strncmp(member->key, key, member->key_len) && !key[member->key_len];
}

static bool same_key(const struct member *one, const struct member *other)
{
	return one->key_len == other->key_len && !memcmp(one->key, other->key, one->key_len);
}

/* The member of that key, looked for from *at on first, where it mostly is; false if there is none. */
static bool find_member(const char *object, const char **at, const struct member *wanted,
			struct member *found)
{
	const char *from = *at;

	while (next_member(at, found))
		if (same_key(found, wanted))
			return true;
	for (*at = object; *at != from && next_member(at, found);)
		if (same_key(found, wanted))
			return true;
	*at = from;
	return false;
}

static bool filled(const char *value)
{
	return value[0] == '{' && value[1] != '}';
}

struct differing {
	struct delta_patch *patch;
	const char *key; /* of the outermost object, or NULL within */
};

static void put_key(struct differing *differing, const struct member *member)
{
	struct buf *form = &differing->patch->form;

	if (form->data[form->len - 1] != '{')
		buf_putc(form, ',');
	buf_add(form, member->key - 1, member->key_len + 2);
	buf_putc(form, ':');
}

static void differ(struct differing *differing, const char *before, const char *now);

static void put_value(struct differing *differing, const struct member *member, const char *before)
{
	struct differing within = {.patch = differing->patch};
	struct buf *form = &differing->patch->form;
	const size_t len = form->len;
	size_t from;

	put_key(differing, member);
	/* To merge with an empty object changes nothing: what was in it has to be named. */
	if (*member->value != '{' || (!filled(member->value) && !filled(before))) {
		delta_patch_value(differing->patch, member->value, member->value_len);
		return;
	}
	from = form->len;
	buf_putc(form, '{');
	differ(&within, before, member->value);
	if (form->len == from + 1) {
		form->len = len;
		form->data[len] = '\0';
		return;
	}
	buf_putc(form, '}');
}

static bool left_out(const struct differing *differing, const struct member *member)
{
	return differing->key && (key_is(member, "type") || key_is(member, "pid") ||
				  key_is(member, "schema") || key_is(member, differing->key));
}

/* What is no more. */
static void put_gone(struct differing *differing, const char *before, const char *now)
{
	const char *at = before, *there = now;
	struct member old, found;

	while (next_member(&at, &old)) {
		if (left_out(differing, &old) || find_member(now, &there, &old, &found))
			continue;
		put_key(differing, &old);
		buf_puts(&differing->patch->form, "null");
	}
}

static void differ(struct differing *differing, const char *before, const char *now)
{
	const char *at = now, *there = before, *reached = before;
	struct member member, old;
	bool added = false, found;

	while (next_member(&at, &member)) {
		if (left_out(differing, &member))
			continue;
		found = find_member(before, &there, &member, &old);
		/* A reader puts what is new behind what there was. */
		if (!differing->key && found && (added || there < reached))
			differing->patch->misordered = true;
		added |= !found;
		reached = found ? there : reached;
		if (found && old.value_len == member.value_len &&
		    !memcmp(old.value, member.value, member.value_len))
			continue;
		put_value(differing, &member, found && *old.value == '{' ? old.value : "{}");
	}
	put_gone(differing, before, now);
}

bool delta_patch_diff(struct delta_patch *patch, const char *before, const char *now, const char *key)
{
	struct differing differing = {.patch = patch, .key = key};
	const size_t len = patch->form.len;

	differ(&differing, before, now);
	return patch->form.len != len;
}

void delta_patch_start(struct delta_patch *patch, const char *head)
{
	buf_clear(&patch->form);
	buf_clear(&patch->values);
	patch->n_values = 0;
	patch->several = patch->misordered = false;
	buf_puts(&patch->form, head);
}

void delta_patch_value(struct delta_patch *patch, const char *value, size_t len)
{
	buf_putc(&patch->form, PLACE);
	buf_add(&patch->values, value, len);
	buf_putc(&patch->values, '\0');
	patch->n_values++;
	patch->several |= *value == '[';
}

void delta_patch_fini(struct delta_patch *patch)
{
	buf_fini(&patch->form);
	buf_fini(&patch->values);
}

void delta_patch_put(const struct delta_patch *patch, struct buf *out)
{
	const char *value = patch->values.data, *at = patch->form.data;
	size_t len;

	for (; *at; at += len) {
		len = strcspn(at, "\1");
		buf_add(out, at, len);
		if (at[len] != PLACE)
			continue;
		buf_puts(out, value);
		value += strlen(value) + 1;
		len++;
	}
	buf_puts(out, "}\n");
}
