/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen without a terminal: moments and commands go in, a grid of cells comes out. No curses, no I/O, no clock,
 * so that a test sees exactly what a user sees.
 *
 * Order of calls: screen_init, then any of the others, screen_fini last. One thread.
 *
 * A view is one file: its state is a member of struct screen, its calls a row of the table in screen.c.
 */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include "core/cow.h"
#include "ui/act.h"
#include "ui/captions.h"
#include "ui/cells.h"
#include "ui/rates.h"
#include "ui/dialog.h"
#include "ui/events.h"
#include "ui/glossary.h"
#include "ui/inquiry.h"
#include "ui/keymap.h"
#include "ui/lesson.h"
#include "ui/looks.h"
#include "ui/map_layout.h"
#include "ui/minimap.h"
#include "ui/mouse.h"
#include "ui/processes.h"
#include "ui/prompt.h"
#include "ui/recording.h"
#include "ui/scene.h"
#include "ui/scroll.h"
#include "ui/tasks.h"
#include "ui/timeline.h"
#include "ui/twin.h"
#include "ui/view_hot.h"

/* The least that the views are made for. */
#define SCREEN_ROWS_MIN 12
#define SCREEN_COLS_MIN 40

enum view_id {
	VIEW_MAP,
	VIEW_REGION,
	VIEW_HELP,
	VIEW_PROCESSES,
	VIEW_MISSING,
	VIEW_EVENTS,
	VIEW_WHY,
	VIEW_SHARERS,
	VIEW_HOT,
	VIEW_TASKS,
	VIEW_LESSON,
	VIEW_COUNTERS,
	VIEW_GLOSSARY,
	VIEW_COUNT
};

/* The map's cursor stays on its address, whatever happens to the lines around it, at any zoom. */
struct map_state {
	pid_t pid; /* 0: nowhere yet */
	uint64_t addr;
	bool exact; /* one went to this address: its region is meant, not the worst of its cell */
	enum line_kind
		heading; /* on the line of this kind that stands for others, not on one of them; LINE_BLANK */
	unsigned column; /* where up and down go back to */
	unsigned zoom;	 /* wished for: 2^zoom regions to a cell */
	struct match filter, search; /* n 0: none */
	char filter_text[PROMPT_BYTES], search_text[PROMPT_BYTES];
	char before_text[PROMPT_BYTES]; /* of what the prompt changes, for when it is left */
	pid_t before_pid;		/* and where the cursor was */
	uint64_t before_addr;
	bool before_exact;
	size_t before_opened; /* and how many lines were unfolded */
	size_t before_row;    /* and how far below the top line the cursor was */
	struct map_layout layout;
	uint64_t choice; /* counts what the user changed of how the map is laid out */
	bool built;	 /* layout is of what follows */
	uint64_t built_scene, built_choice;
	int built_cols, built_rows;
	bool built_big;
	bool info_big; /* a line says what the numbers in big cells are */
	size_t line;   /* the cursor's; layout.n if there is none */
	size_t top;
	int rows, cols; /* of the pane, when last laid out */
	int room;	/* rows for lines */
	bool divided;	/* a column right of the pane is free for the scroll bar */
	char said[160]; /* the last message */
	pid_t asked;	/* whose smaps are asked for, at the newest moment then; 0: nobody's */
	uint64_t asked_ns;
};

struct region_state {
	uint32_t page;	      /* the cursor's, counted from the start of the slot */
	enum cow_row cow_row; /* the rule of its verdict; COW_ROW_COUNT: that of the kernel */
	int rows, cols;
};

/* What khugepaged had done when the screen was opened. */
struct header_state {
	bool begun, known;
	uint64_t collapsed, scans;
};

/* A key that the bottom line shows: where, and what a click there does. */
#define HINTS_MAX 32
struct hint {
	int row, col, cols; /* of the screen */
	const struct keymap_row *keys;
	int key_cols; /* so many are the key's, the rest is what it is for */
};

struct screen {
	struct keymap keymap; /* the usual one; the caller may bind others */
	/* what is told; texts are the caller's */
	const char *title; /* the verb; NULL: none */
	const char *const *narration;
	size_t n_narration;
	struct scene scene;
	struct moment *examined; /* the newest region in full, or NULL */
	bool examined_late;	 /* while paused: newer than the map */
	uint64_t interval_ns;	 /* 0: not known yet */
	double share;
	uint64_t quiet_ns; /* nothing new came for so long, and that is longer than usual; 0: it did */
	bool paused;
	bool big;   /* cells that are seen from the back row */
	bool flash; /* cells that changed: on from screen_init on */
	/* what the user did */
	enum view_id
		focus; /* VIEW_MAP, _REGION, _EVENTS, _COUNTERS; _TASKS, _LESSON, _PROCESSES only where there are any */
	bool help, missing; /* which of the two covers the views, if any */
	bool read_only;	    /* nothing is done to a process: keys that would are not offered */
	bool has_list;	    /* the map was opened from the list of processes, or is to be */
	struct processes_state processes;
	struct map_state map;
	struct region_state region;
	struct events_state events;
	struct rates_state counters;
	struct captions_state captions;
	struct act_state act;
	struct inquiry_state inquiry;
	struct hot_state hot;
	struct tasks_state tasks;
	struct lesson_state lesson;
	struct glossary_state glossary;
	struct scroll help_scroll, missing_scroll;
	struct header_state header;
	const char *message; /* until the next key, or NULL */
	struct looks_state looks;
	struct recording_state recording;
	struct prompt prompt;
	struct dialog dialog;
	struct hint hints[HINTS_MAX];
	unsigned n_hints;
	enum command clicked; /* what was clicked there last, if that was the last click */
	bool no_legend;	      /* there are cells, and no room for what their shapes mean: the help tells */
	struct pane panes[VIEW_COUNT]; /* where each view was drawn last; no rows: nowhere */
	struct pane twin;	       /* the same of what stands beside the map's lines */
	struct twins twins;
	struct minimap_state minimap;
	/* what is asked of the caller, who clears it */
	bool close, redraw, suspend, quit;
	bool choose;	 /* watch these processes */
	bool choose_too; /* ... some of which are watched already, and children as before */
	struct who *chosen;
	size_t n_chosen;
	enum dialog_kind agreed; /* what the caller's dialog asked was answered with yes */
	pid_t ask_eligible;	 /* read its smaps, for the headings of the map; 0: nobody's */
	bool count; /* count events of what is watched: their pane is on the screen. Nobody clears it but drawing */
	int rows, cols; /* when last drawn */
};

void screen_init(struct screen *screen);
void screen_fini(struct screen *screen);

/* Begins with the list of processes; before anything is drawn. Whether it is what is looked at now. */
void screen_open_list(struct screen *screen);
bool screen_lists(const struct screen *screen);

/* Which processes are in sight on the list; at most `room`, returns how many. */
size_t screen_visible(const struct screen *screen, pid_t *pids, size_t room);

/* Takes over a roster for the list; NULL is fine. */
void screen_take_roster(struct screen *screen, struct roster_view *roster);

/* For the list: opens the map of these processes, which it takes over (mem_alloc), and asks for them. */
void screen_choose(struct screen *screen, struct who *who, size_t n);

/* Opens the map at an address of a process, which joins those that are watched. */
void screen_join(struct screen *screen, pid_t pid, uint64_t start_time, uint64_t addr);

/* Takes over what was asked for by screen.act.plan; what came of a trigger, or happened by itself. NULL is fine. */
void screen_take_plans(struct screen *screen, struct plans *plans);
void screen_take_event(struct screen *screen, struct occurrence *happened);

/* Takes what came of the first deed that screen.tasks asks for, which is then asked for no more. */
void screen_take_deed(struct screen *screen, const struct deed *done);

/* Whether a moment is the first to show what a trigger or deed did: it is taken while paused, too. */
bool screen_shows_deed(const struct screen *screen, const struct moment *moment);

/*
 * Takes over the answer to screen.inquiry.ask (NULL is fine). Until there is one screen_waits is true, and
 * screen_progress tells how far it is (thousandths), or that nobody is at it any more.
 */
void screen_take_answer(struct screen *screen, struct answer *answer);
bool screen_waits(const struct screen *screen);
void screen_progress(struct screen *screen, bool busy, unsigned progress);

/* Take over a moment of all that is watched; of one region. NULL is fine. */
void screen_take(struct screen *screen, struct moment *moment);
void screen_take_region(struct screen *screen, struct moment *moment);

/* A key: for the dialog or the prompt while one is open, else the command that it is for. Pasted text is no key. */
void screen_key(struct screen *screen, uint32_t key);

/*
 * Something done with the mouse, at the screen's coordinates: the view there takes it, and the keys. A click on a key of
 * the bottom line is that key.
 */
void screen_mouse(struct screen *screen, const struct mouse *mouse);

/* Carries out a command and sets what it asks of the caller. */
void screen_command(struct screen *screen, enum command command);

/* Draws into the grid, which keeps its size; any size will do. */
void screen_draw(struct screen *screen, struct cells *cells);

/* The region that is to be examined with every moment; pid 0 for none. */
void screen_wants(const struct screen *screen, pid_t *pid, uint64_t *addr);

/* For the views: where the cursor of the map is. */
struct spot {
	const struct map_line *line;
	const struct shown *shown;
	const struct vma *vma;	     /* NULL on a process without a map */
	const struct region *region; /* what the map's survey has of it, or NULL: it holds nothing */
	uint64_t cells;		     /* on a cell: the regions it stands for, of which this is the worst,
					or the one to which one went */
	enum symbol symbol;	     /* on a cell: what it shows, which is the worst of them */
	uint64_t start, len;	     /* the region's; of a line that folds others all that they have */
	uint64_t slot;		     /* start of its slot */
	uint64_t page_size, pmd_size;
};
bool map_spot(const struct screen *screen, struct spot *spot);

/* The calls of one view. */
struct view {
	const enum command *commands; /* those that work here, up to COMMAND_NONE: for the bottom line */
	/* Makes the state fit the size and the newest moment; comes before draw and command. */
	void (*fit)(struct screen *screen, int rows, int cols);
	void (*draw)(const struct screen *screen, const struct pane *pane, bool focused);
	void (*command)(struct screen *screen, enum command command);
	/* At the pane's coordinates; NULL: it takes none. */
	void (*mouse)(struct screen *screen, const struct mouse *mouse);
	/* The prompt that a command of this view opened has a new text, is done, or was left. NULL: it opens none. */
	void (*typed)(struct screen *screen, enum prompt_kind kind, const char *text, enum prompt_end how);
};
/* Whether a command works in a view; in whose words the keys are told there. */
bool view_works(const struct view *view, enum command command);
enum keymap_place view_place(const struct view *view);

/* Esc on the map ends a filter first: whether it did. */
bool map_back(struct screen *screen);

extern const struct view view_map, view_region, view_help, view_missing, view_processes, view_events,
	view_why, view_sharers, view_tasks, view_lesson, view_counters, view_hot, view_glossary;

/* How many of a map's rows their pane takes by itself, if so many are to be left to the map; 0: it is not worth its place. */
int counters_rows(const struct screen *screen, int rows, int map_rows);

/* The lines around the views: header_take notes what a moment says first; header_draw returns how many rows it took. */
void header_take(struct screen *screen);
int header_draw(const struct screen *screen, const struct pane *pane);
void status_draw(struct screen *screen, const struct pane *pane, const struct view *view);
/* Whether a command that works in a view does anything just now: on what is shown, from where that comes. */
bool status_offers(const struct screen *screen, const struct view *view, enum command command);

/* Whether it would do something to a process, where nothing is to be done to any. */
bool status_ruled_out(const struct screen *screen, enum command command);
/* Nothing but the message, as much of it as fits. */
void status_draw_message(const struct screen *screen, const struct pane *pane);
/*
 * The message, above the bottom line (the pane's last row) if that cannot hold it, or above the events' strip; and how
 * many rows it takes where it has so many columns, 0 if it is not there.
 */
int status_long_rows(const struct screen *screen, const struct cells *cells, int cols);
void status_draw_long(const struct screen *screen, const struct pane *pane);

/* A line of narration without the newlines that set it off. */
const char *narration_line(const struct screen *screen, size_t line);

/* Whether map and region stand side by side. */
bool screen_wide(const struct screen *screen);

#endif
