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
	/* handed to a source's act, or to its begin as a task (action_has_task); done by a member of the family */
	ACTION_MAP,   /* map KIND SIZE as AREA [of OTHER] [...] */
	ACTION_UNMAP, /* unmap TARGET */
	ACTION_TOUCH, /* touch TARGET: store 1 to a byte of each page */
	ACTION_READ,  /* read TARGET: read that byte */
	ACTION_WRITE, /* write TARGET: add 1 to it */
	ACTION_STORE, /* store TARGET VALUE: like touch, with another number */
	ACTION_WALK,  /* walk TARGET TIME: from now on loads from random places, for so long */
	ACTION_USE,   /* use TARGET: read it a hundred times a second; rest TARGET: no more */
	ACTION_REST,
	ACTION_COLLAPSE,    /* collapse TARGET: MADV_COLLAPSE */
	ACTION_SPLIT,	    /* split TARGET: the PMD mapping of each region, not the folio */
	ACTION_SPLIT_FOLIO, /* split-folio TARGET: MADV_COLD of one page per region */
	ACTION_ADVISE,	    /* advise TARGET WORD: madvise */
	ACTION_PROTECT,	    /* protect TARGET none|r|rw */
	ACTION_MOVE,	    /* move AREA by BYTES: mremap to an address that many bytes past an aligned one */
	ACTION_DISCARD,	    /* discard TARGET: MADV_DONTNEED; punch TARGET: a hole in the file too */
	ACTION_PUNCH,
	ACTION_TRUNCATE, /* truncate AREA to SIZE: ftruncate of its file */
	ACTION_FORK,	 /* fork [PROC] as NAME */
	ACTION_EXIT,	 /* exit PROC */
	/* likewise; a running kernel has no handle for them, or none that is safe: the model's */
	ACTION_HOLD,	  /* hold mmap_lock of PROC [for read|write] TIME | as NAME */
	ACTION_PIN,	  /* pin TARGET as NAME: a device's long-term pin for writing (FOLL_PIN) */
	ACTION_REFERENCE, /* reference TARGET as NAME: a page reference and no pin, as vmsplice takes */
	ACTION_RELEASE,	  /* release NAME: what hold, pin or reference took */
	ACTION_DEVICE,	  /* device NAME writes VALUE: into each page pinned under that name */
	ACTION_UPROBE,	  /* uprobe TARGET: each page gives way to a private copy, as a breakpoint has it */
	ACTION_UFFD,	  /* uffd TARGET missing|wp|off: register with a userfaultfd; off: unregister */
	ACTION_UFFD_WP, /* uffd-wp TARGET [on|off]: UFFDIO_WRITEPROTECT; off: unprotect, and wake who waits */
	ACTION_UFFD_COPY,  /* uffd-copy TARGET: UFFDIO_COPY of a page of zeros to each */
	ACTION_KHUGEPAGED, /* khugepaged PROC: one visit to this process's mm slot */
	ACTION_SET,	   /* set KNOB VALUE: a THP knob */
	/* done by the runner; ACTION_TITLE stays the first of them */
	ACTION_TITLE,	 /* title "TEXT": what the script is called in a list */
	ACTION_SAY,	 /* say "TEXT" */
	ACTION_ASK,	 /* ask "QUESTION" answer "ANSWER" */
	ACTION_EXPECT,	 /* expect SUBJECT FIELD OP VALUE; expect FIGURE OP VALUE */
	ACTION_REQUIRE,	 /* require FIGURE OP VALUE: else the rest of the script is skipped */
	ACTION_WAIT,	 /* wait TIME for (as expect): poll until it holds */
	ACTION_TASK,	 /* task NAME ACTION...: begins it as a task that has taken no step */
	ACTION_SCHEDULE, /* schedule WORD...: the order in which tasks advance */
	ACTION_FINISH,	 /* finish [NAME...] [seed N]: these tasks, or all, run to their end */
	ACTION_ON,	 /* on SOURCE...: the sources on which this script runs (real, model:GEN, lab) */
	ACTION_ORDER,	 /* order N: of the model's huge pages */
	ACTION_WITHOUT,	 /* without RULE...: what the model's kernel lacks */
	ACTION_KIND_COUNT
};

/* Whether a source carries it out, at once or as a task. */
static inline bool action_has_task(enum action_kind kind)
{
	return kind < ACTION_TITLE;
}

enum map_kind {
	MAP_KIND_ANON,
	MAP_KIND_SHMEM,	       /* a memfd, MAP_SHARED */
	MAP_KIND_FILE,	       /* an unlinked file, MAP_SHARED */
	MAP_KIND_PRIVATE_FILE, /* the same, MAP_PRIVATE */
	MAP_KIND_HUGETLB,
	MAP_KIND_TEAM, /* a file of a tmpfs mounted huge=team, MAP_SHARED (seed 002) */
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

/* What a userfaultfd is told of. */
enum uffd_mode { UFFD_OFF, UFFD_MISSING, UFFD_WP, UFFD_MODE_COUNT };

/* How a lock is held. Without a word: for write. */
enum hold_mode { HOLD_WRITE, HOLD_READ, HOLD_MODE_COUNT };

/* How far a task advances. */
enum advance {
	ADVANCE_STEPS,	/* NAME, NAME*COUNT: so many steps */
	ADVANCE_FREELY, /* NAME*: until it ends or waits for a lock */
	ADVANCE_BEFORE, /* NAME@STEP: until it stands before a step whose name begins so */
	ADVANCE_COUNT
};

/* One word of a schedule. */
struct schedule_word {
	char name[NAME_MAX_LEN + 1];
	enum advance how;
	uint64_t count;	  /* ADVANCE_STEPS: at least 1 */
	const char *step; /* ADVANCE_BEFORE; else NULL */
};

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

/* Of what something is expected. */
enum expect_subject {
	SUBJECT_MEMORY,	 /* a target: its regions or pages */
	SUBJECT_PROCESS, /* target.process */
	SUBJECT_TASK,	 /* the task action.name */
	SUBJECT_FIGURE,	 /* the machine: what `require` knows */
	SUBJECT_VIOLATION /* expect violation "TEXT": value stands in the sentence of the invariant that was broken last */
};

struct action {
	enum action_kind kind;
	int line;	  /* from 1 */
	const char *text; /* the line itself, trimmed: what a remote agent is sent, what a failure quotes */
	struct target target; /* fork, exit, hold, khugepaged: only its process; map: the new area */
	/*
	 * fork: the child's; hold ("" where it is for a time), pin, reference: what release and device call it; task,
	 * expect of a task: the task's
	 */
	char name[NAME_MAX_LEN + 1];
	union {
		struct {
			enum map_kind kind;
			uint64_t size;	    /* bytes */
			uint64_t page_size; /* hugetlb: "page SIZE"; 0: as large as a PMD maps */
			uint64_t skew;	    /* start this many bytes past an aligned address */
			enum advice advice; /* hugepage, nohugepage or none */
			bool noreserve;	    /* PROT_NONE, nothing accounted */
			struct target of; /* whose file is mapped, from its start; its area "": a new file */
		} map;
		enum advice advice;
		enum protection protection;
		enum uffd_mode uffd; /* uffd; uffd-wp: UFFD_WP or UFFD_OFF */
		uint64_t bytes;	     /* move: by; truncate: to */
		uint8_t value;	     /* store, device */
		uint64_t ns;	     /* walk */
		struct {
			enum hold_mode mode;
			uint64_t ns; /* without a name */
		} hold;
		struct {
			const char *knob, *value; /* below /sys/kernel/mm/transparent_hugepage */
		} set;
		struct {
			const char *text, *answer; /* title, say (answer NULL), ask */
		} say;
		struct {
			enum expect_subject subject;
			const char *field; /* "mapping", "backing", "present" ...; a figure */
			enum compare compare;
			const char *value;  /* "pmd", "512"; alternatives with '|' between: "thp|mixed" */
			uint64_t ns;	    /* wait: at most */
		} expect;		    /* expect, require, wait */
		const struct action *inner; /* task: what it does; its text is the nested part of the line */
		struct {
			const struct schedule_word *words;
			size_t n;
		} schedule;
		struct {
			const char *const *words;
			size_t n;
			bool seeded; /* finish: step by step, whose is drawn from the seed; else in order */
			uint64_t seed;
		} list;		/* on, without; finish: 0 for all tasks */
		unsigned order; /* from 2 to 9 */
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
const char *uffd_mode_name(enum uffd_mode mode);
const char *hold_mode_name(enum hold_mode mode);
const char *compare_name(enum compare compare);

/*
 * Whether `map KIND ... of OTHER` makes sense, by the kind that OTHER's file was first mapped as: private-file maps any file
 * privately, else the kinds are the same.
 */
bool map_kind_fits(enum map_kind kind, enum map_kind file);

#endif
