/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far apart two colours are, for people who see all of them and for the three kinds of dichromats. */
#ifndef UI_VISION_H
#define UI_VISION_H

#include <stdint.h>

enum vision { VISION_FULL, VISION_PROTANOPIA, VISION_DEUTERANOPIA, VISION_TRITANOPIA, VISION_COUNT };

struct lab {
	double l, a, b;
};

/*
 * A colour 0xRRGGBB of sRGB as it is seen, in CIE L*a*b* (D65). Dichromats as Machado, Oliveira and Fernandes have them
 * (A Physiologically-based Model for Simulation of Color Vision Deficiency, 2009, severity 1): a matrix on linear RGB.
 */
struct lab vision_lab(enum vision vision, uint32_t rgb);

/* CIEDE2000 with all weights 1 (Sharma, Wu and Dalal 2005). Of large patches side by side 1 is just seen. */
double vision_difference(const struct lab *one, const struct lab *other);

/* Contrast as WCAG has it: 1 to 21. */
double vision_contrast(uint32_t one, uint32_t other);

extern const char *const vision_names[VISION_COUNT];

#endif
