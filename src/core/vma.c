/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsers of maps and smaps. */
#include "core/vma.h"

#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "core/parse.h"

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* By name only; the survey refines shmem, hugetlb and file by device and page size. */
static enum vma_kind kind_of(const char *name, bool private)
{
	static const struct {
		const char *start;
		enum vma_kind kind;
	} table[] = {
		{"[heap]", VMA_HEAP},
		{"[stack", VMA_STACK},
		{"[anon:", VMA_ANON},
		{"[anon_shmem:", VMA_SHMEM},
		{"[", VMA_SPECIAL},
		{"/dev/zero", VMA_SHMEM},
		{"/memfd:", VMA_SHMEM},
		{"/SYSV", VMA_SHMEM},
		{"/dev/shm/", VMA_SHMEM},
		{"/dev/hugepages/", VMA_HUGETLB},
		{"/anon_hugepage", VMA_HUGETLB},
		{"/dev/", VMA_DEVICE},
		{"/dmabuf:", VMA_DEVICE},
		{"/sys/", VMA_DEVICE},
		{"/", VMA_FILE},
	};
	size_t i;

	/* What is mapped of /dev/zero itself is anonymous; MAP_SHARED makes a file that has no name any more (mmap_zero). */
	if (!*name || (private && !strcmp(name, "/dev/zero")))
		return VMA_ANON;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (starts(name, table[i].start))
			return table[i].kind;
	return VMA_DEVICE; /* "anon_inode:...", "socket:...", "dmabuf:..." */
}

/* seq_path() writes a newline in a path as \012 and nothing else so (fs/proc/task_mmu.c show_map_vma). */
static const char *unescape(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_text(arena, text, len), *to = copy;
	const char *from = copy;

	while (*from) {
		if (starts(from, "\\012")) {
			*to++ = '\n';
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return copy;
}

/* Where a line stands. */
struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *cursor, unsigned base, uint64_t *value, char then)
{
	const char *rest = parse_u64(cursor->at, cursor->end, base, value);

	if (!rest || rest == cursor->end || *rest != then)
		return false;
	cursor->at = rest + 1;
	return true;
}

/* "start-end perms offset major:minor inode   name" */
static bool parse_header(const struct line *line, struct arena *arena, struct vma *vma)
{
	struct cursor cursor = {line->text, line->text + line->len};
	uint64_t major, minor;
	const char *rest;

	memset(vma, 0, sizeof(*vma));
	vma->eligible = -1;
	if (!take(&cursor, 16, &vma->start, '-') || !take(&cursor, 16, &vma->end, ' ') ||
	    vma->end <= vma->start)
		return false;
	if (cursor.end - cursor.at < 5 || cursor.at[4] != ' ')
		return false;
	memcpy(vma->perms, cursor.at, 4);
	cursor.at += 5;
	if (!take(&cursor, 16, &vma->offset, ' ') || !take(&cursor, 16, &major, ':') ||
	    !take(&cursor, 16, &minor, ' '))
		return false;
	rest = parse_u64(cursor.at, cursor.end, 10, &vma->inode);
	if (!rest)
		return false;
	vma->dev_major = (uint32_t)major;
	vma->dev_minor = (uint32_t)minor;
	if (arena) {
		while (rest < cursor.end && *rest == ' ')
			rest++;
		vma->name = unescape(arena, rest, (size_t)(cursor.end - rest));
		vma->kind = kind_of(vma->name, vma->perms[3] == 'p');
		vma->deleted =
			strlen(vma->name) > 10 && !strcmp(vma->name + strlen(vma->name) - 10, " (deleted)");
	}
	return true;
}

/*
 * The next VMA of the n. The kernel tells a page of text at a time and then looks again for what is mapped behind the
 * last VMA told: one that grew meanwhile towards lower addresses is told whole, over those that it took in. The later
 * line is the newer. False if it tells nothing new: then it is out of order.
 */
static bool append(struct vma *vmas, size_t *n, const struct vma *next)
{
	if (*n && next->end <= vmas[*n - 1].end)
		return false;
	while (*n && vmas[*n - 1].start >= next->start)
		--*n;
	if (*n && vmas[*n - 1].end > next->start)
		vmas[*n - 1].end = next->start;
	vmas[(*n)++] = *next;
	return true;
}

int vma_parse_maps(const char *text, size_t len, struct arena *arena, struct vma **vmas, size_t *n,
		   size_t *line)
{
	const char *end = text + len, *at = text;
	size_t lines = 0;
	struct line next;

	*n = 0;
	while (parse_line(&at, end, &next))
		lines++;
	*vmas = arena_alloc(arena, lines * sizeof(**vmas));
	for (*line = 1; parse_line(&text, end, &next); ++*line) {
		struct vma vma;

		if (!next.whole || !parse_header(&next, arena, &vma) || !append(*vmas, n, &vma))
			return -EBADMSG;
	}
	return 0;
}

#define SMAPS_FIELDS 64
#define SMAPS_FLAGS 64

/* One block of smaps being read. */
struct block {
	struct smaps_field fields[SMAPS_FIELDS];
	const char *flags[SMAPS_FLAGS];
	size_t n_fields, n_flags;
	int thp_eligible;
	bool complete; /* VmFlags, the last line of a block, was seen */
};

/* The same field has the same place in each block: then its name is already in the arena. */
static const char *intern(struct arena *arena, const char *known, const char *text, size_t len)
{
	if (known && strlen(known) == len && !memcmp(known, text, len))
		return known;
	return arena_text(arena, text, len);
}

static void parse_flags(struct block *block, struct arena *arena, const char *at, const char *end)
{
	block->n_flags = 0;
	block->complete = true;
	while (at < end && block->n_flags < SMAPS_FLAGS) {
		const char *space;

		if (*at == ' ') {
			at++;
			continue;
		}
		space = memchr(at, ' ', (size_t)(end - at));
		if (!space)
			space = end;
		block->flags[block->n_flags] =
			intern(arena, block->flags[block->n_flags], at, (size_t)(space - at));
		block->n_flags++;
		at = space;
	}
}

/* "Name:   123 kB", "THPeligible:    1", "VmFlags: rd wr"; other lines carry nothing that is kept. */
static bool parse_field(struct block *block, struct arena *arena, const struct line *line)
{
	const char *colon = memchr(line->text, ':', line->len), *end = line->text + line->len, *at;
	size_t name;
	uint64_t value;

	if (!colon || colon == line->text)
		return false;
	name = (size_t)(colon - line->text);
	if (name == 7 && !memcmp(line->text, "VmFlags", 7)) {
		parse_flags(block, arena, colon + 1, end);
		return true;
	}
	for (at = colon + 1; at < end && *at == ' '; at++)
		;
	at = parse_u64(at, end, 10, &value);
	if (!at)
		return true;
	if (name == 11 && !memcmp(line->text, "THPeligible", 11)) {
		block->thp_eligible = value != 0;
	} else if (end - at == 3 && !memcmp(at, " kB", 3) && block->n_fields < SMAPS_FIELDS) {
		block->fields[block->n_fields].name =
			intern(arena, block->fields[block->n_fields].name, line->text, name);
		block->fields[block->n_fields].kb = value;
		block->n_fields++;
	}
	return true;
}

static void hang(const struct block *block, struct arena *arena, struct vma *vma)
{
	struct smaps *smaps;

	if (!vma)
		return;
	smaps = arena_alloc(arena, sizeof(*smaps));
	smaps->fields = arena_copy(arena, block->fields, block->n_fields * sizeof(block->fields[0]));
	smaps->n_fields = block->n_fields;
	smaps->flags = arena_copy(arena, block->flags, block->n_flags * sizeof(block->flags[0]));
	smaps->n_flags = block->n_flags;
	smaps->thp_eligible = block->thp_eligible;
	vma->smaps = smaps;
}

/* A header line begins with hexadecimal digits and '-'; no field does. */
static bool is_header(const struct line *line)
{
	uint64_t value;
	const char *rest = parse_u64(line->text, line->text + line->len, 16, &value);

	return rest && rest < line->text + line->len && *rest == '-';
}

int vma_parse_smaps(const char *text, size_t len, struct arena *arena, struct vma *vmas, size_t n,
		    size_t *line)
{
	const char *end = text + len;
	struct block block = {.thp_eligible = -1};
	struct vma header, *vma = NULL;
	bool inside = false, any_complete = false;
	struct line next;
	size_t at = 0;

	for (*line = 1; parse_line(&text, end, &next); ++*line) {
		if (!next.whole)
			return -EBADMSG;
		if (!is_header(&next)) {
			if (!inside || !parse_field(&block, arena, &next))
				return -EBADMSG;
			continue;
		}
		if (!parse_header(&next, NULL, &header))
			return -EBADMSG;
		hang(&block, arena, vma);
		any_complete |= block.complete;
		block.n_fields = 0;
		block.n_flags = 0;
		block.thp_eligible = -1;
		block.complete = false;
		inside = true;
		while (at < n && vmas[at].start < header.start)
			at++;
		vma = at < n && vmas[at].start == header.start && vmas[at].end == header.end ? &vmas[at]
											     : NULL;
	}
	/* Every block ends in VmFlags where any does: without it the file was cut between two lines. */
	if (any_complete && !block.complete)
		return -EBADMSG;
	hang(&block, arena, vma);
	return 0;
}

uint64_t smaps_kb(const struct smaps *smaps, const char *field, uint64_t missing)
{
	size_t i;

	for (i = 0; smaps && i < smaps->n_fields; i++)
		if (!strcmp(smaps->fields[i].name, field))
			return smaps->fields[i].kb;
	return missing;
}

bool smaps_has_flag(const struct smaps *smaps, const char *flag)
{
	size_t i;

	for (i = 0; smaps && i < smaps->n_flags; i++)
		if (!strcmp(smaps->flags[i], flag))
			return true;
	return false;
}

const char *vma_file_name(const struct vma *vma)
{
	const char *slash = strrchr(vma->name, '/');

	return slash && slash[1] ? slash + 1 : vma->name;
}
