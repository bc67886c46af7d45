/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An arena: memory of one survey or moment, taken piece by piece and freed whole. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena_taken;

/* Zero-initialise; owned by one thread at a time. */
struct arena {
	struct arena_chunk *chunks; /* newest first */
	struct arena_taken *taken;
	size_t used; /* bytes handed out since the last reset */
};

/* `size` zeroed bytes, aligned for any type; valid until arena_reset or arena_fini. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* From now on `memory`, of malloc or mem_grow, is freed with the arena (NULL is fine). Returns it. */
void *arena_take(struct arena *arena, void *memory);

/* From now on release(memory) is called when the arena is freed. */
void arena_defer(struct arena *arena, void (*release)(void *), void *memory);

/* Copies of bytes into the arena; arena_text adds the closing NUL. */
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
char *arena_text(struct arena *arena, const char *text, size_t len);

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets everything handed out, keeps the largest chunk for the next use. */
void arena_reset(struct arena *arena);

/* Frees all. The struct may be used again. */
void arena_fini(struct arena *arena);

#endif
