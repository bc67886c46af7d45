/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An arena: chunks that double up to a limit, freed whole. */
#include "core/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#ifdef ARENA_BY_PIECES /* under AddressSanitizer each is a chunk, so that it sees who writes beside one */
#define CHUNK_FIRST ((size_t)0)
#define CHUNK_LARGEST ((size_t)0)
#define PIECE_ALIGN 1 /* a chunk is aligned as it is */
#else
#define CHUNK_FIRST ((size_t)16 << 10)
#define CHUNK_LARGEST ((size_t)4 << 20)
#define PIECE_ALIGN alignof(max_align_t)
#endif

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* bytes behind the header */
	size_t used;
	alignas(max_align_t) char bytes[];
};

struct arena_taken {
	struct arena_taken *older;
	void (*release)(void *);
	void *memory;
};

static struct arena_chunk *chunk_add(struct arena *arena, size_t need)
{
	size_t size = arena->chunks ? arena->chunks->size * 2 : CHUNK_FIRST;
	struct arena_chunk *chunk;

	if (size > CHUNK_LARGEST)
		size = CHUNK_LARGEST;
	if (size < need && arena->chunks) {
		/* One of its own, behind the newest, which goes on serving small ones. */
		chunk = mem_alloc(sizeof(*chunk) + need);
		chunk->size = need;
		chunk->older = arena->chunks->older;
		arena->chunks->older = chunk;
		return chunk;
	}
	if (size < need)
		size = need;
	chunk = mem_alloc(sizeof(*chunk) + size);
	chunk->size = size;
	chunk->older = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = PIECE_ALIGN;
	struct arena_chunk *chunk = arena->chunks;
	void *memory;

	size = size ? (size + align - 1) / align * align : align;
	if (!chunk || chunk->size - chunk->used < size)
		chunk = chunk_add(arena, size);
	memory = chunk->bytes + chunk->used;
	chunk->used += size;
	arena->used += size;
	return memory;
}

void arena_defer(struct arena *arena, void (*release)(void *), void *memory)
{
	struct arena_taken *taken = arena_alloc(arena, sizeof(*taken));

	*taken = (struct arena_taken){arena->taken, release, memory};
	arena->taken = taken;
}

void *arena_take(struct arena *arena, void *memory)
{
	arena_defer(arena, free, memory);
	return memory;
}

static void free_taken(struct arena *arena)
{
	struct arena_taken *taken;

	for (taken = arena->taken; taken; taken = taken->older)
		taken->release(taken->memory);
	arena->taken = NULL;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *memory = arena_alloc(arena, size);

	if (size)
		memcpy(memory, bytes, size);
	return memory;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		len = 0;
	text = arena_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

void arena_reset(struct arena *arena)
{
	struct arena_chunk *keep = NULL, *chunk, *older;

	free_taken(arena);
	for (chunk = arena->chunks; chunk && CHUNK_LARGEST; chunk = chunk->older)
		if (!keep || chunk->size > keep->size)
			keep = chunk;
	for (chunk = arena->chunks; chunk; chunk = older) {
		older = chunk->older;
		if (chunk != keep)
			free(chunk);
	}
	if (keep) {
		memset(keep->bytes, 0, keep->used);
		keep->used = 0;
		keep->older = NULL;
	}
	arena->chunks = keep;
	arena->used = 0;
}

void arena_fini(struct arena *arena)
{
	struct arena_chunk *chunk, *older;

	free_taken(arena);
	for (chunk = arena->chunks; chunk; chunk = older) {
		older = chunk->older;
		free(chunk);
	}
	arena->chunks = NULL;
	arena->used = 0;
}
