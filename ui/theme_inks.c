/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The colours. Of the default calm middle tones hold on both grounds; a ground that is known gets more contrast. What
 * they have to keep to, and what they are measured by, is in tests/unit/ui/ui_theme.c and ui_vision.c.
 */
#include "ui/theme_inks.h"

#define OWN                                                                                                  \
	{                                                                                                    \
		-1, -1                                                                                       \
	}
/* For the 256 colours, in the order of enum ground; then for the basic eight. */
#define ON_ANY(any, dark, light)                                                                             \
	{                                                                                                    \
		{any, -1}, {dark, -1},                                                                       \
		{                                                                                            \
			light, -1                                                                            \
		}                                                                                            \
	}

const struct inks theme_inks[STYLE_CURSOR_SYMBOL] = {
	[STYLE_TEXT] = {{OWN, OWN, OWN}, {OWN, OWN, OWN}, false, false},
	[STYLE_DIM] = {ON_ANY(244, 245, 242), {OWN, OWN, OWN}, false, false},
	[STYLE_STRONG] = {{OWN, OWN, OWN}, {OWN, OWN, OWN}, true, false},
	[STYLE_BAR] = {{{252, 237}, {252, 237}, {236, 252}}, {{7, 4}, {7, 4}, {7, 4}}, false, true},
	[STYLE_BAR_STRONG] = {{{255, 237}, {255, 237}, {232, 252}}, {{7, 4}, {7, 4}, {7, 4}}, true, true},
	[STYLE_BAR_WARN] = {{{222, 237}, {222, 237}, {94, 252}}, {{3, 4}, {3, 4}, {3, 4}}, true, true},
	[STYLE_WARN] = {ON_ANY(130, 172, 130), ON_ANY(5, 3, 5), false, false},
	[STYLE_ERROR] = {ON_ANY(167, 167, 160), ON_ANY(1, 1, 1), true, false},
	[STYLE_CURSOR] = {{{231, 27}, {232, 255}, {231, 27}}, {{7, 5}, {4, 3}, {3, 4}}, true, true},
	[STYLE_QUIET_CURSOR] = {{{231, 242}, {18, 252}, {231, 242}}, {OWN, {4, 7}, {7, 0}}, false, true},
	[STYLE_FLASH] = {{{232, 222}, {232, 222}, {232, 222}}, {{0, 3}, {0, 3}, {0, 3}}, true, true},
	[STYLE_PAGE_NONE] = {ON_ANY(243, 244, 243), {OWN, OWN, OWN}, false, false},
	[STYLE_PAGE_ABSENT] = {ON_ANY(167, 167, 160), ON_ANY(1, 1, 1), false, false},
	[STYLE_PAGE_UNKNOWN] = {ON_ANY(244, 245, 242), {OWN, OWN, OWN}, false, false},
	[STYLE_PAGE_ONCE] = {{{110, 236}, {110, 236}, {25, 254}}, ON_ANY(-1, 6, 4), false, false},
	[STYLE_PAGE_TWICE] = {{{232, 110}, {232, 110}, {232, 110}}, {{0, 6}, {0, 6}, {0, 6}}, false, true},
	[STYLE_PAGE_FEW] = {{{232, 179}, {232, 179}, {232, 179}}, {{0, 3}, {0, 3}, {0, 3}}, false, true},
	[STYLE_PAGE_MANY] = {{{232, 173}, {232, 173}, {232, 173}}, {{0, 5}, {0, 5}, {0, 5}}, true, true},
	[STYLE_SYMBOL + SYMBOL_HOLE] = {ON_ANY(243, 245, 243), {OWN, OWN, OWN}, false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_THP] = {ON_ANY(28, 71, 28), ON_ANY(-1, 2, -1), false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_THP] = {ON_ANY(136, 179, 94), ON_ANY(5, 3, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_PARTIAL] = {ON_ANY(166, 173, 166), ON_ANY(5, 3, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_MTHP] = {ON_ANY(98, 140, 91), ON_ANY(5, 5, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_SMALL] = {ON_ANY(67, 110, 25), ON_ANY(-1, 6, 4), false, false},
	[STYLE_SYMBOL + SYMBOL_SPARSE] = {ON_ANY(66, 67, 24), ON_ANY(-1, 6, 4), false, false},
	[STYLE_SYMBOL + SYMBOL_MIXED] = {ON_ANY(132, 138, 95), ON_ANY(5, 5, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_TEAM] = {ON_ANY(30, 36, 29), ON_ANY(-1, 2, -1), true, false},
	[STYLE_SYMBOL + SYMBOL_PTE_TEAM] = {ON_ANY(100, 178, 58), ON_ANY(5, 3, 5), true, false},
	[STYLE_SYMBOL + SYMBOL_HUGETLB] = {ON_ANY(32, 74, 26), ON_ANY(-1, 6, 4), true, false},
	[STYLE_SYMBOL + SYMBOL_ZERO] = {ON_ANY(65, 108, 65), ON_ANY(-1, 2, -1), false, false},
	[STYLE_SYMBOL + SYMBOL_SWAP] = {ON_ANY(167, 167, 160), ON_ANY(1, 1, 1), false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_UNKNOWN] = {ON_ANY(28, 71, 28), ON_ANY(-1, 2, -1), false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_UNKNOWN] = {ON_ANY(136, 179, 94), ON_ANY(5, 3, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_UNKNOWN] = {ON_ANY(130, 172, 130), ON_ANY(5, 3, 5), false, false},
};

const struct under_cursor under_cursor[SYMBOL_COUNT] = {
	[SYMBOL_HOLE] = {231, 235},	   [SYMBOL_PMD_THP] = {120, 22},     [SYMBOL_PTE_THP] = {222, 94},
	[SYMBOL_PTE_PARTIAL] = {223, 124}, [SYMBOL_MTHP] = {225, 91},	     [SYMBOL_SMALL] = {153, 25},
	[SYMBOL_SPARSE] = {195, 24},	   [SYMBOL_MIXED] = {224, 95},	     [SYMBOL_PMD_TEAM] = {122, 23},
	[SYMBOL_PTE_TEAM] = {228, 58},	   [SYMBOL_HUGETLB] = {123, 26},     [SYMBOL_ZERO] = {194, 22},
	[SYMBOL_SWAP] = {224, 124},	   [SYMBOL_PMD_UNKNOWN] = {120, 22}, [SYMBOL_PTE_UNKNOWN] = {222, 94},
	[SYMBOL_UNKNOWN] = {229, 94},
};

/*
 * High contrast: 7:1 and more against the ground, below which nothing is.
 * Under a cursor a symbol's letter has its hue of the other ground.
 */
const struct brought_inks contrast_inks[STYLE_CURSOR_SYMBOL] = {
	[STYLE_TEXT] = {{{-1, -1}, {-1, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_DIM] = {{{252, -1}, {238, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_STRONG] = {{{-1, -1}, {-1, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_BAR] = {{{16, 231}, {231, 16}}, {{0, 7}, {7, 0}}},
	[STYLE_BAR_STRONG] = {{{16, 231}, {231, 16}}, {{0, 7}, {7, 0}}},
	[STYLE_BAR_WARN] = {{{16, 226}, {226, 16}}, {{0, 3}, {3, 0}}},
	[STYLE_WARN] = {{{226, -1}, {52, -1}}, {{3, -1}, {4, -1}}},
	[STYLE_ERROR] = {{{217, -1}, {88, -1}}, {{3, -1}, {4, -1}}},
	[STYLE_CURSOR] = {{{16, 230}, {231, 16}}, {{0, 7}, {7, 0}}},
	[STYLE_QUIET_CURSOR] = {{{16, 231}, {231, 16}}, {{0, 7}, {7, 0}}},
	[STYLE_FLASH] = {{{16, 226}, {231, 124}}, {{0, 3}, {7, 4}}},
	[STYLE_PAGE_NONE] = {{{251, -1}, {238, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_PAGE_ABSENT] = {{{217, -1}, {88, -1}}, {{3, -1}, {4, -1}}},
	[STYLE_PAGE_UNKNOWN] = {{{231, -1}, {16, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_PAGE_ONCE] = {{{153, 17}, {17, 230}}, {{6, -1}, {4, -1}}},
	[STYLE_PAGE_TWICE] = {{{231, 19}, {16, 178}}, {{0, 6}, {0, 7}}},
	[STYLE_PAGE_FEW] = {{{16, 178}, {231, 19}}, {{0, 3}, {7, 4}}},
	[STYLE_PAGE_MANY] = {{{16, 230}, {231, 17}}, {{0, 7}, {7, 0}}},
	[STYLE_SYMBOL + SYMBOL_HOLE] = {{{248, -1}, {234, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PMD_THP] = {{{147, -1}, {18, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_THP] = {{{185, -1}, {88, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_PARTIAL] = {{{143, -1}, {124, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_MTHP] = {{{228, -1}, {56, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_SMALL] = {{{157, -1}, {19, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_SPARSE] = {{{108, -1}, {239, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_MIXED] = {{{114, -1}, {236, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PMD_TEAM] = {{{44, -1}, {53, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_TEAM] = {{{194, -1}, {23, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_HUGETLB] = {{{225, -1}, {90, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_ZERO] = {{{231, -1}, {16, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_SWAP] = {{{208, -1}, {52, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PMD_UNKNOWN] = {{{74, -1}, {17, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_UNKNOWN] = {{{151, -1}, {238, -1}}, {{3, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_UNKNOWN] = {{{190, -1}, {91, -1}}, {{-1, -1}, {-1, -1}}},
};

/*
 * Colour-blind: found by a search over the palette for sixteen colours of which any two are as far apart as can be for
 * everybody (CIEDE2000, the least of full sight and the three dichromacies), at 3:1 and more against the ground; blue is
 * huge, yellow and red are ptes. Mapcounts go from dark blue to light yellow, or the other way round.
 */
const struct brought_inks blind_inks[STYLE_CURSOR_SYMBOL] = {
	[STYLE_TEXT] = {{{-1, -1}, {-1, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_DIM] = {{{248, -1}, {240, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_STRONG] = {{{-1, -1}, {-1, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_BAR] = {{{252, 238}, {236, 252}}, {{7, 4}, {7, 4}}},
	[STYLE_BAR_STRONG] = {{{231, 238}, {16, 252}}, {{7, 4}, {7, 4}}},
	[STYLE_BAR_WARN] = {{{220, 238}, {94, 252}}, {{3, 4}, {3, 4}}},
	[STYLE_WARN] = {{{214, -1}, {130, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_ERROR] = {{{209, -1}, {124, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_CURSOR] = {{{16, 231}, {231, 16}}, {{0, 7}, {7, 0}}},
	[STYLE_QUIET_CURSOR] = {{{16, 231}, {231, 16}}, {{0, 7}, {7, 0}}},
	[STYLE_FLASH] = {{{16, 226}, {231, 124}}, {{0, 3}, {7, 1}}},
	[STYLE_PAGE_NONE] = {{{244, -1}, {243, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_PAGE_ABSENT] = {{{209, -1}, {124, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_PAGE_UNKNOWN] = {{{250, -1}, {238, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_PAGE_ONCE] = {{{153, 17}, {17, 230}}, {{6, -1}, {4, -1}}},
	[STYLE_PAGE_TWICE] = {{{231, 26}, {16, 178}}, {{7, 4}, {0, 3}}},
	[STYLE_PAGE_FEW] = {{{16, 178}, {231, 26}}, {{0, 3}, {7, 4}}},
	[STYLE_PAGE_MANY] = {{{16, 230}, {231, 17}}, {{0, 7}, {7, 0}}},
	[STYLE_SYMBOL + SYMBOL_HOLE] = {{{242, -1}, {245, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PMD_THP] = {{{39, -1}, {17, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_THP] = {{{172, -1}, {136, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_PARTIAL] = {{{186, -1}, {167, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_MTHP] = {{{229, -1}, {161, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_SMALL] = {{{107, -1}, {22, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_SPARSE] = {{{65, -1}, {95, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_MIXED] = {{{190, -1}, {52, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PMD_TEAM] = {{{139, -1}, {26, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_TEAM] = {{{123, -1}, {31, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_HUGETLB] = {{{26, -1}, {20, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_ZERO] = {{{145, -1}, {236, -1}}, {{-1, -1}, {-1, -1}}},
	[STYLE_SYMBOL + SYMBOL_SWAP] = {{{160, -1}, {124, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_PMD_UNKNOWN] = {{{33, -1}, {89, -1}}, {{6, -1}, {4, -1}}},
	[STYLE_SYMBOL + SYMBOL_PTE_UNKNOWN] = {{{112, -1}, {16, -1}}, {{3, -1}, {1, -1}}},
	[STYLE_SYMBOL + SYMBOL_UNKNOWN] = {{{126, -1}, {105, -1}}, {{-1, -1}, {-1, -1}}},
};
