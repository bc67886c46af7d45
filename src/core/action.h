/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vocabulary of scripts (thpscope-script(7)): what a specimen or a model can be told to do. src/script parses
 * text into these; whoever carries them out (backend/local's specimen, the model) reads only these.
 */
#ifndef CORE_ACTION_H
#define CORE_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

/* Names of areas and family members: a letter, then letters, digits, '_' or '-'. */
#define NAME_MAX_LEN 31

enum action_kind {
	/* done by a member of the specimen's family */
	ACTION_MAP,	    /* map anon|shmem|file|private-file|hugetlb SIZE as AREA [...] */
	ACTION_UNMAP,	    /* unmap TARGET */
	ACTION_TOUCH,	    /* touch TARGET: write one byte to each page */
	ACTION_READ,	    /* read TARGET: read one byte of each page */
	ACTION_WRITE,	    /* write TARGET: like touch, with a byte that differs from what is there */
	ACTION_COLLAPSE,    /* collapse TARGET: MADV_COLLAPSE */
	ACTION_SPLIT,	    /* split TARGET: the PMD mapping of each region, not the folio */
	ACTION_SPLIT_FOLIO, /* split-folio TARGET: MADV_COLD of one page per region */
	ACTION_ADVISE,	    /* advise TARGET WORD: madvise */
	ACTION_PROTECT,	    /* protect TARGET none|r|rw */
	ACTION_MOVE,	    /* move AREA by BYTES: mremap to an address that many bytes past an aligned one */
	ACTION_DISCARD,	    /* discard TARGET: MADV_DONTNEED; punch TARGET: a hole in the file too */
	ACTION_PUNCH,
	ACTION_FORK, /* fork [PROC] as NAME */
	ACTION_EXIT, /* exit PROC */
	/* needs a kernel with the handle for it */
	ACTION_HOLD, /* hold mmap_lock of PROC TIME */
	/* done by the runner */
	ACTION_SAY,	 /* say "TEXT" */
	ACTION_ASK,	 /* ask "QUESTION" answer "ANSWER" */
	ACTION_EXPECT,	 /* expect TARGET FIELD OP VALUE */
	ACTION_REQUIRE,	 /* require FIGURE OP VALUE: else the rest of the script is skipped */
	ACTION_WAIT,	 /* wait TIME for TARGET FIELD OP VALUE: poll until it holds */
	ACTION_SCHEDULE, /* schedule TASK...: the order in which the model's tasks advance */
	ACTION_ON,	 /* on SOURCE...: the sources on which this script runs (real, model:GEN, lab) */
	ACTION_KIND_COUNT
};

enum map_kind {
	MAP_KIND_ANON,
	MAP_KIND_SHMEM,	       /* a memfd, MAP_SHARED */
	MAP_KIND_FILE,	       /* an unlinked file, MAP_SHARED */
	MAP_KIND_PRIVATE_FILE, /* the same, MAP_PRIVATE */
	MAP_KIND_HUGETLB,
	MAP_KIND_COUNT
};

/* What madvise can be told; the words are those of MADV_..., in lower case with '-'. */
enum advice {
	ADVICE_NONE, /* map: nothing is advised; has no word */
	ADVICE_NORMAL,
	ADVICE_RANDOM,
	ADVICE_SEQUENTIAL,
	ADVICE_WILLNEED,
	ADVICE_HUGEPAGE,
	ADVICE_NOHUGEPAGE,
	ADVICE_COLD,
	ADVICE_PAGEOUT,
	ADVICE_FREE,
	ADVICE_MERGEABLE,
	ADVICE_UNMERGEABLE,
	ADVICE_DONTFORK,
	ADVICE_DOFORK,
	ADVICE_WIPEONFORK,
	ADVICE_KEEPONFORK,
	ADVICE_POPULATE_READ,
	ADVICE_POPULATE_WRITE,
	ADVICE_GUARD_INSTALL,
	ADVICE_GUARD_REMOVE,
	ADVICE_COUNT
};

enum protection { PROTECTION_NONE, PROTECTION_R, PROTECTION_RW, PROTECTION_COUNT };

/* Of a family member's area, all or a part: [PROC] AREA[INDEX]+OFFSET LEN. */
struct target {
	char process[NAME_MAX_LEN + 1]; /* "" means "main", the first of the family */
	char area[NAME_MAX_LEN + 1];
	bool has_index;
	uint64_t index;	 /* slot within the area, counted from the area's first whole slot */
	uint64_t offset; /* bytes from the slot (or the area) on */
	bool has_len;
	uint64_t len; /* bytes; without has_len: one page if an offset was given, else the slot or area */
	bool has_offset;
};

enum compare { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE, COMPARE_COUNT };

struct action {
	enum action_kind kind;
	int line;	  /* from 1 */
	const char *text; /* the line itself, trimmed: what a remote agent is sent, what a failure quotes */
	struct target target; /* fork, exit, hold: only its process; map: the new area */
	union {
		struct {
			enum map_kind kind;
			uint64_t size;	    /* bytes */
			uint64_t page_size; /* hugetlb: "page SIZE"; 0: as large as a PMD maps */
			uint64_t skew;	    /* start this many bytes past an aligned address */
			enum advice advice; /* hugepage, nohugepage or none */
			bool noreserve;	    /* PROT_NONE, nothing accounted */
		} map;
		enum advice advice;
		enum protection protection;
		uint64_t bytes;		     /* move: by */
		char name[NAME_MAX_LEN + 1]; /* fork: the child's */
		uint64_t ns;		     /* hold */
		struct {
			const char *text, *answer; /* say (answer NULL), ask */
		} say;
		struct {
			const char *field; /* "mapping", "backing", "present" ...; require: a figure */
			enum compare compare;
			const char *value; /* "pmd", "512"; alternatives with '|' between: "thp|mixed" */
			uint64_t ns;	   /* wait: at most */
		} expect;		   /* expect, require, wait */
		struct {
			const char *const *words;
			size_t n;
		} list; /* schedule, on */
	};
};

/* A parsed script. Everything lives in its arena. */
struct script {
	struct arena arena;
	const char *name; /* for messages */
	struct action *actions;
	size_t n;
};

/* The word that begins a line: "map", "split-folio". */
const char *action_name(enum action_kind kind);

/* The words of a line: "private-file", "hugepage" (ADVICE_NONE: ""), "rw", "==". */
const char *map_kind_name(enum map_kind kind);
const char *advice_name(enum advice advice);
const char *protection_name(enum protection protection);
const char *compare_name(enum compare compare);

#endif
