/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capitals act: from a key to a trigger. What it would do is planned first (source.h); of several ways a menu lets one
 * choose; on a process that is not the specimen's a dialog asks. Pure: plans and triggers are asked of the caller.
 *
 *	key -> ACT_PLANNING -> [ACT_CHOOSING: menu ->] [ACT_ASKING: dialog ->] ACT_RUNNING -> an event
 */
#ifndef UI_ACT_H
#define UI_ACT_H

#include "core/order.h"
#include "ui/keymap.h"
#include "ui/menu.h"

enum act_stage { ACT_IDLE, ACT_PLANNING, ACT_CHOOSING, ACT_ASKING, ACT_RUNNING };

#define ACT_TRIGGERS 8

struct act_state {
	enum act_stage stage;
	enum command command; /* that began it */
	struct trigger triggers[ACT_TRIGGERS];
	size_t n;
	bool disturbed;	     /* a key came while it was planned: nothing opens under the user's fingers */
	bool insisted;	     /* the last key asked for another one meanwhile: the bottom line tells why not */
	struct plans *plans; /* while it is chosen */
	struct menu menu;
	size_t of_item[MENU_ITEMS]; /* which plan each item stands for */
	struct trigger chosen;
	char said[640];	  /* the last message */
	uint64_t over_ns; /* when the last one was over: a moment younger than this shows it */
	/* what is asked of the caller, who clears it */
	bool plan; /* make plans of `triggers` */
	bool go;   /* carry `chosen` out */
};

struct screen;
struct spot;

/* What of the region is meant: the subpage that is seen under a cursor, else its start. */
uint64_t act_place(const struct screen *screen, const struct spot *spot);

/* Whether a command is one of these: COMMAND_COLLAPSE, _SPLIT, _WRITE, _FORK, _ASK. */
bool act_command_is(enum command command);

/* Begins one, on what is under the map's cursor, or says why not. */
void act_begin(struct screen *screen, enum command command);

/* The same on a region of a process, wherever the cursor is. */
void act_begin_at(struct screen *screen, enum command command, pid_t pid, uint64_t start_time, uint64_t addr);

/* A key came that is not for a dialog or menu of this. */
void act_disturb(struct act_state *act);

/* For the menu. */
void act_menu_ended(struct screen *screen, enum menu_end how);

/* For the dialog DIALOG_ACT. */
void act_answered(struct screen *screen, bool yes);

/* The screen became too small for what is open: nothing is done. */
void act_withdraw(struct screen *screen);

/* What is under way, in the caller's text; false if nothing is. */
bool act_under_way(const struct screen *screen, char *text, size_t size);

/* Frees what it holds. */
void act_fini(struct act_state *act);

#endif
