/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Far ends that say what a test has them say, over a socket. */
#ifndef REMOTE_COMMON_H
#define REMOTE_COMMON_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "format/delta.h"
#include "format/wire.h"
#include "remote/remote.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define FAR_HOST "far-away"

/* The agent's clock when it greets: far from ours. */
#define FAR_MONO_NS UINT64_C(5000000000)

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * S + (uint64_t)now.tv_nsec;
}

static inline void far_greets(struct buf *say)
{
	const struct wire_hello hello = {
		.release = "6.12.1",
		.host = FAR_HOST,
		.page_size = 4096,
		.pmd_size = 2 << 20,
		.mono_ns = FAR_MONO_NS,
		.caps = {.mask = 1u << CAP_PFN | 1u << CAP_SPECIMEN,
			 .missing = {[CAP_TEAMS] = "this kernel has no page teams"}},
	};

	wire_put_hello_agent(say, &hello);
}

static inline void far_moment(struct buf *say, uint64_t id, const struct moment *before,
			      const struct moment *now, bool more)
{
	const struct sink sink = {sink_buf, say};

	wire_put_begin(say, id);
	delta_write(before, now, &sink);
	wire_put_answer(say, id, 0, "", more);
}

/* A moment of one process with one region, whose first page is at `pfn`, so long after the greeting. */
static inline struct moment *far_small(uint64_t seq, uint64_t after_ns, uint64_t pfn)
{
	static const struct vma vma = {.start = 0x200000,
				       .end = 0x600000,
				       .perms = "rw-p",
				       .kind = VMA_ANON,
				       .name = "",
				       .n_regions = 1};
	const struct region region = {.start = 0x200000,
				      .len = 2 << 20,
				      .mapping = MAPPING_PMD,
				      .backing = BACKING_THP,
				      .present = 512,
				      .pfn = pfn,
				      .order = 9};
	struct moment *moment = mem_alloc(sizeof(*moment));
	struct process *process = arena_alloc(&moment->arena, sizeof(*process));

	*process = (struct process){.pid = 4242,
				    .comm = "redis-server",
				    .rss_kb = UNKNOWN_COUNT,
				    .page_tables_kb = UNKNOWN_COUNT,
				    .vmas = arena_copy(&moment->arena, &vma, sizeof(vma)),
				    .n_vmas = 1,
				    .regions = arena_copy(&moment->arena, &region, sizeof(region)),
				    .n_regions = 1};
	process->totals.regions = process->totals.state[STATE_PMD_MAPPED] = 1;
	moment->source = "live";
	moment->seq = seq;
	moment->mono_ns = FAR_MONO_NS + after_ns;
	moment->page_size = 4096;
	moment->pmd_size = 2 << 20;
	moment->system.release = moment->system.cow_rule = "";
	moment->system.free_pmd_blocks = UNKNOWN_COUNT;
	moment->processes = process;
	moment->n_processes = 1;
	return moment;
}

/* A far end that has said all this already, n bytes, and has gone, or waits for ever. Its own end in *far. */
static inline struct link *far_said(const char *bytes, size_t n, bool gone, int *far)
{
	const int room = 8 << 20;
	struct link *link;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	assert_int_equal(write(pair[1], bytes, n), (ssize_t)n);
	if (gone)
		shutdown(pair[1], SHUT_WR);
	link = link_socket(pair[0], "test");
	*far = pair[1];
	return link;
}

/* All that was said to it; after the link was closed. The caller's buf. */
static inline void far_heard(int far, struct buf *heard)
{
	ssize_t got;

	while ((got = read(far, buf_reserve(heard, 4096), 4096)) > 0)
		heard->len += (size_t)got;
	heard->data[heard->len] = '\0';
}

#endif
