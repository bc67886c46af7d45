/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking, waiting, stopping. */
#include "ui/inquiry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/act.h"
#include "ui/map_view.h"
#include "ui/screen.h"
#include "ui/theme.h"

void inquiry_ask(struct screen *screen, const struct inquiry *inquiry)
{
	struct inquiry_state *state = &screen->inquiry;
	const bool of_hot = state->open != INQUIRY_NONE && state->of_hot;
	size_t i;

	answer_free(state->answer);
	*state = (struct inquiry_state){
		.open = inquiry->kind, .of_hot = of_hot, .asked = *inquiry, .busy = true, .ask = true};
	for (i = 0; i < screen->scene.n; i++)
		if (screen->scene.shown[i].pid == inquiry->pid)
			snprintf(state->comm, sizeof(state->comm), "%s", screen->scene.shown[i].comm);
}

/* How many folios are behind a region beside the one of a page, at least; 0: none, or it is not known. */
static unsigned other_folios(const struct region *region)
{
	unsigned order, n = 0;

	for (order = 0; region && region->orders_known && order <= ORDER_MAX; order++)
		n += (region->orders[order] + (1U << order) - 1) >> order;
	return n ? n - 1 : 0;
}

/* Of whom an open pane is, if that process still has a map. */
static const struct shown *asked_whom(const struct screen *screen)
{
	const struct inquiry *asked = &screen->inquiry.asked;
	const struct shown *shown;

	for (shown = screen->scene.shown; shown < screen->scene.shown + screen->scene.n; shown++)
		if (shown->pid == asked->pid && shown->outcome == OUTCOME_OK && shown->process &&
		    shown->process->start_time == asked->start_time)
			return shown;
	return NULL;
}

/* The page of a region that is seen under a cursor, if that is in this region. */
static uint64_t place_in(const struct screen *screen, const struct shown *shown, uint64_t addr)
{
	struct spot spot;

	return map_spot(screen, &spot) && spot.shown == shown && spot.line->kind == LINE_CELLS &&
			       spot.start == addr
		       ? act_place(screen, &spot)
		       : addr;
}

/* From a pane, of what it is about: the map's cursor may be on something else by now. */
static void ask_on(struct screen *screen, enum inquiry_kind kind)
{
	struct inquiry inquiry = screen->inquiry.asked;
	const struct shown *shown = asked_whom(screen);
	const struct region *region;

	if (!shown) {
		map_say(screen, "process %d cannot be asked any more", (int)inquiry.pid);
		return;
	}
	region = process_region_at(shown->process, inquiry.addr);
	if (kind == INQUIRY_WHY && region)
		inquiry.addr = region->start;
	else if (kind == INQUIRY_SHARERS && inquiry.kind == INQUIRY_WHY)
		inquiry.addr = place_in(screen, shown, inquiry.addr);
	inquiry.kind = kind;
	inquiry.timeout_ns = SHARERS_NS;
	inquiry.ask = false;
	inquiry_ask(screen, &inquiry);
	if (kind == INQUIRY_SHARERS)
		screen->inquiry.others = other_folios(region);
}

void inquiry_open(struct screen *screen, enum inquiry_kind kind)
{
	struct inquiry inquiry = {.kind = kind, .timeout_ns = SHARERS_NS};
	struct spot spot;

	if (screen->inquiry.open == INQUIRY_WHY || screen->inquiry.open == INQUIRY_SHARERS) {
		ask_on(screen, kind);
		return;
	}
	if (!map_spot(screen, &spot) || spot.line->kind != LINE_CELLS) {
		map_say(screen, "put the cursor on a region first");
		return;
	}
	if (spot.shown->outcome != OUTCOME_OK || !spot.shown->process) {
		map_say(screen, "process %d cannot be asked any more", (int)spot.shown->pid);
		return;
	}
	inquiry.pid = spot.shown->pid;
	inquiry.start_time = spot.shown->process->start_time;
	inquiry.addr = kind == INQUIRY_SHARERS ? act_place(screen, &spot) : spot.start;
	inquiry_ask(screen, &inquiry);
	if (kind == INQUIRY_SHARERS)
		screen->inquiry.others = other_folios(spot.region);
}

void inquiry_act(struct screen *screen, enum command command)
{
	const struct inquiry *asked = &screen->inquiry.asked;

	if (asked_whom(screen))
		act_begin_at(screen, command, asked->pid, asked->start_time, asked->addr);
	else
		map_say(screen, "process %d is not there any more, or cannot be read", (int)asked->pid);
}

/* The ranking as it was measured: nothing is asked. */
static void back_to_hot(struct screen *screen)
{
	struct inquiry_state *state = &screen->inquiry;

	answer_free(state->answer);
	state->answer = NULL;
	state->busy = state->of_hot = false;
	state->open = INQUIRY_HOT;
	state->asked = screen->hot.answer->inquiry;
}

void inquiry_back(struct screen *screen, bool closes)
{
	struct inquiry_state *state = &screen->inquiry;

	if (state->busy && !state->stopped) {
		state->cancel = true;
		state->stopped = true;
		if (!closes && state->open != INQUIRY_WHY)
			return;
	}
	if (state->of_hot && screen->hot.answer)
		back_to_hot(screen);
	else
		state->open = INQUIRY_NONE;
}

/* Whoever reads it here has a key for what a shell has a command for. */
static void name_keys(struct answer *answer)
{
	struct why_reason *reasons = arena_alloc(&answer->arena, answer->why.n * sizeof(*reasons));
	size_t i;

	for (i = 0; i < answer->why.n; i++) {
		reasons[i] = answer->why.reasons[i];
		reasons[i].remedy = why_from_afar(reasons[i].remedy, NULL, &answer->arena);
	}
	answer->why.reasons = reasons;
}

void screen_take_answer(struct screen *screen, struct answer *answer)
{
	struct inquiry_state *state = &screen->inquiry;

	if (!answer)
		return;
	if (!state->busy || answer->inquiry.kind != state->asked.kind ||
	    answer->inquiry.pid != state->asked.pid || answer->inquiry.addr != state->asked.addr ||
	    answer->inquiry.start_time != state->asked.start_time ||
	    answer->inquiry.ask != state->asked.ask) {
		answer_free(answer);
		return;
	}
	answer_free(state->answer);
	state->answer = NULL;
	state->busy = false;
	if (answer->inquiry.kind == INQUIRY_HOT && !answer->error)
		hot_take(screen, answer);
	else
		state->answer = answer;
	if (answer->inquiry.kind == INQUIRY_WHY && !answer->error)
		name_keys(answer);
}

bool screen_waits(const struct screen *screen)
{
	return screen->inquiry.busy && screen->inquiry.open != INQUIRY_NONE;
}

void screen_progress(struct screen *screen, bool busy, unsigned progress)
{
	if (screen->inquiry.busy && !busy && !screen->inquiry.ask)
		screen->inquiry.busy = false;
	screen->inquiry.progress = progress;
}

int inquiry_title(const struct inquiry_state *state, const struct pane *pane, int row, const char *what)
{
	int col = pane_printf(pane, row, 0, STYLE_STRONG, "%s %" PRIx64, what, state->asked.addr);

	col = pane_printf(pane, row, col + 2, STYLE_TEXT, "%d ", (int)state->asked.pid);
	if (col < pane->cols)
		pane_put_head(pane, row, col, pane->cols - col, STYLE_TEXT, state->comm);
	row++;
	if (state->busy && state->stopped)
		pane_put(pane, row++, 0, STYLE_WARN, "stopping…");
	else if (state->busy && state->asked.kind == INQUIRY_SHARERS)
		pane_printf(pane, row++, 0, STYLE_WARN, "looking… %u%%  (Esc stops)", state->progress / 10);
	else if (state->busy)
		pane_put(pane, row++, 0, STYLE_WARN,
			 state->asked.ask ? "asking the kernel…" : "looking for reasons…");
	else if (!state->answer)
		pane_put(pane, row++, 0, STYLE_WARN, "stopped before there was an answer");
	else if (state->answer->error)
		row += pane_wrap(pane, row, 6, STYLE_ERROR,
				 *state->answer->reason ? state->answer->reason
							: strerror(-state->answer->error));
	return row;
}

bool inquiry_huge(const struct inquiry_state *state)
{
	const struct answer *answer = state->answer;
	size_t i;

	if (!answer || answer->error || answer->inquiry.kind != INQUIRY_WHY)
		return false;
	for (i = 0; i < answer->why.n; i++)
		if (answer->why.reasons[i].weight == WHY_IS)
			return true;
	return false;
}

bool inquiry_done(const struct inquiry_state *state)
{
	const struct answer *answer = state->answer;

	return answer && !answer->error && answer->inquiry.kind == INQUIRY_WHY && answer->why.asked &&
	       !answer->why.error;
}

void inquiry_fini(struct inquiry_state *state)
{
	answer_free(state->answer);
	memset(state, 0, sizeof(*state));
}
