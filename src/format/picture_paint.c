/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How symbols look in pictures: told apart without colour, and by colours that most who are colour-blind tell apart. */
#include "format/picture.h"

#define GROUND(colour) "<rect width='11' height='11' fill='" colour "'/>"
#define SHAPE(path, colour) "<path d='" path "' fill='" colour "'/>"
#define LINES(path, colour, width)                                                                           \
	"<path d='" path "' fill='none' stroke='" colour "' stroke-width='" width "'/>"

#define GREEN "#006b4f"
#define TEAL "#0d6f86"
#define AMBER "#f6c667"
#define BROWN "#6b4300"

/*
 * As in the terminal: solid is mapped by PMD, what is mapped by ptes has a grain, and the emptier, the lighter. Dark and
 * light differ too, so that it holds in black and white.
 */
static const struct {
	char letter;
	const char *paint;
} looks[] = {
	[SYMBOL_HOLE] = {'a', SHAPE("M5 5h1.5v1.5H5z", "#8a8a8a")},
	[SYMBOL_PMD_THP] = {'b', GROUND(GREEN)},
	[SYMBOL_PTE_THP] = {'c', GROUND(AMBER) LINES("M2 0v11M5.5 0v11M9 0v11", BROWN, "1.4")},
	[SYMBOL_PTE_PARTIAL] = {'d', GROUND("#fbe3b4")
					     LINES("M0 5.5L5.5 0M0 11L11 0M5.5 11L11 5.5", BROWN, "1.2")},
	[SYMBOL_MTHP] = {'e', GROUND("#ead7f2") SHAPE("M0 0h5.5v5.5H0zM5.5 5.5H11V11H5.5z", "#7a3f98")},
	[SYMBOL_SMALL] = {'f', GROUND("#cfe4f5") SHAPE(
				       "M1 1h2v2H1zM4.5 1h2v2h-2zM8 1h2v2H8zM1 4.5h2v2H1zM4.5 4.5h2v2h-2z"
				       "M8 4.5h2v2H8zM1 8h2v2H1zM4.5 8h2v2h-2zM8 8h2v2H8z",
				       "#1b5e93")},
	[SYMBOL_SPARSE] = {'g', GROUND("#e6f0f8") SHAPE("M2 2h2v2H2zM7 7h2v2H7z", "#1b5e93")},
	[SYMBOL_MIXED] = {'h', GROUND("#f6d9e4") LINES("M0 0L11 11M11 0L0 11", "#9c2460", "1.8")},
	[SYMBOL_PMD_TEAM] = {'i', GROUND(TEAL) SHAPE("M3.5 3.5h4v4h-4z", "#ffffff")},
	[SYMBOL_PTE_TEAM] = {'j', GROUND("#d3ecf1") LINES("M0 2h11M0 5.5h11M0 9h11", TEAL, "1.4")},
	[SYMBOL_HUGETLB] = {'k', GROUND("#1b3f91") LINES("M2.5 2.5h6v6h-6z", "#ffffff", "1.4")},
	[SYMBOL_ZERO] = {'l', GROUND("#ffffff") LINES("M.75 .75h9.5v9.5H.75z", "#5c5c5c", "1.5")},
	[SYMBOL_SWAP] = {'m', GROUND("#fde0d3") SHAPE("M1 2h9L5.5 9.5z", "#b83a00")},
	[SYMBOL_PMD_UNKNOWN] = {'n', GROUND(GREEN) SHAPE("M7 1.5h2.5v8H7z", "#ffffff")},
	[SYMBOL_PTE_UNKNOWN] = {'o', GROUND("#fbe3b4")
					     LINES("M0 5.5L5.5 11M0 0L11 11M5.5 0L11 5.5", BROWN, "1.2")},
	[SYMBOL_UNKNOWN] = {'p', GROUND("#d9d9d9") LINES("M3.5 4a2 2 0 1 1 2.7 1.8L5.5 7v.6M5.5 8.6v1.4",
							 "#333333", "1.3")},
};
_Static_assert(sizeof(looks) / sizeof(looks[0]) == SYMBOL_COUNT, "a look for each symbol");

const char *picture_paint(enum symbol symbol)
{
	return looks[symbol].paint;
}

char picture_letter(enum symbol symbol)
{
	return looks[symbol].letter;
}
