/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question in the middle of the screen, which has all keys until it is answered. No is the default. Pure. */
#ifndef UI_DIALOG_H
#define UI_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/cells.h"
#include "ui/mouse.h"

#define DIALOG_BYTES 2048
#define DIALOG_ANSWER 32

/* What is asked; DIALOG_NONE: nothing. */
enum dialog_kind { DIALOG_NONE, DIALOG_LEAVE, DIALOG_ACT, DIALOG_CLEAR };

enum dialog_end { DIALOG_OPEN, DIALOG_NO, DIALOG_YES };

/* Zero-initialised it is closed. */
struct dialog {
	enum dialog_kind kind;
	char question[DIALOG_BYTES];
	char yes[DIALOG_ANSWER]; /* what that answer is called */
	bool on_yes;		 /* where Enter would answer */
	int top, rows, lines;	 /* of the question: the first line in sight, those in sight, all */
	struct pane answers[2];	 /* where no and yes were drawn last */
};

/* Asks, with exact words (of several lines): what will be done to whom, and what the answer that does it is called ("End it"). */
void dialog_open(struct dialog *dialog, enum dialog_kind kind, const char *question, const char *yes);

/* A name, in the caller's text, as a question may hold it: whoever chose it adds no line to the question. */
const char *dialog_name(const char *name, char *text, size_t size);

/*
 * A key (keymap.h): arrows, Tab, h and l choose, Enter answers with what is chosen; y and n at once; Esc, q and
 * Ctrl-C are no. Pasted text is no answer. After an answer it is closed. A question longer than the screen scrolls by up,
 * down and the page keys, and yes is no answer before its end was in sight: it scrolls on instead.
 */
enum dialog_end dialog_key(struct dialog *dialog, uint32_t key);

/* The mouse, at the screen's coordinates: a click on an answer gives it. */
enum dialog_end dialog_mouse(struct dialog *dialog, const struct mouse *mouse);

/* The keys that answer, on the bottom line; of one that was not read to its end what to do first. After dialog_draw. */
void dialog_keys_draw(const struct dialog *dialog, const struct pane *pane);

/* Over what the pane shows, from 40 × 12 on. */
void dialog_draw(struct dialog *dialog, const struct pane *pane);

/* For what else stands over the views: an empty box with a frame; the cursor of what is below; keys up to one without a word. */
void dialog_frame(const struct pane *box);
void dialog_quiet(const struct pane *pane);
struct dialog_hint {
	const char *key, *word;
};
void dialog_hints_draw(const struct pane *pane, const struct dialog_hint *hints);

#endif
