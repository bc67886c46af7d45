/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sRGB, dichromats, CIE L*a*b* and CIEDE2000, from their definitions. */
#include "vision.h"

#include <math.h>

#define DEGREE (M_PI / 180)

const char *const vision_names[VISION_COUNT] = {"full sight", "protanopia", "deuteranopia", "tritanopia"};

static const double machado[VISION_COUNT][3][3] = {
	[VISION_FULL] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	[VISION_PROTANOPIA] = {{0.152286, 1.052583, -0.204868},
			       {0.114503, 0.786281, 0.099216},
			       {-0.003882, -0.048116, 1.051998}},
	[VISION_DEUTERANOPIA] = {{0.367322, 0.860646, -0.227968},
				 {0.280085, 0.672501, 0.047413},
				 {-0.011820, 0.042940, 0.968881}},
	[VISION_TRITANOPIA] = {{1.255528, -0.076749, -0.178779},
			       {-0.078411, 0.930809, 0.147602},
			       {0.004733, 0.691367, 0.303900}},
};

static void linear(uint32_t rgb, double out[3])
{
	double c;
	int i;

	for (i = 0; i < 3; i++) {
		c = (rgb >> (16 - 8 * i) & 0xff) / 255.0;
		out[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
	}
}

static double bend(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

struct lab vision_lab(enum vision vision, uint32_t rgb)
{
	static const double to_xyz[3][3] = {{0.4124564, 0.3575761, 0.1804375},
					    {0.2126729, 0.7151522, 0.0721750},
					    {0.0193339, 0.1191920, 0.9503041}};
	static const double white[3] = {0.95047, 1, 1.08883};
	double in[3], seen[3], xyz[3];
	int i;

	linear(rgb, in);
	for (i = 0; i < 3; i++) { /* what no screen can show is shown as near as it can */
		seen[i] = machado[vision][i][0] * in[0] + machado[vision][i][1] * in[1] +
			  machado[vision][i][2] * in[2];
		seen[i] = fmin(fmax(seen[i], 0), 1);
	}
	for (i = 0; i < 3; i++)
		xyz[i] = bend((to_xyz[i][0] * seen[0] + to_xyz[i][1] * seen[1] + to_xyz[i][2] * seen[2]) /
			      white[i]);
	return (struct lab){116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])};
}

/* The angle of a hue, 0 to 360 degrees. */
static double hue(double a, double b)
{
	double h = a == 0 && b == 0 ? 0 : atan2(b, a) / DEGREE;

	return h < 0 ? h + 360 : h;
}

/* From one angle to another the short way; 0 where one of them is none. */
static double turn(double from, double to, double chroma)
{
	double d = to - from;

	if (chroma == 0)
		return 0;
	return d > 180 ? d - 360 : d < -180 ? d + 360 : d;
}

static double middle(double one, double other, double chroma)
{
	if (chroma == 0)
		return one + other;
	if (fabs(one - other) <= 180)
		return (one + other) / 2;
	return one + other < 360 ? (one + other + 360) / 2 : (one + other - 360) / 2;
}

double vision_difference(const struct lab *one, const struct lab *other)
{
	double c = (hypot(one->a, one->b) + hypot(other->a, other->b)) / 2, c7 = pow(c, 7);
	double g = 1.5 - 0.5 * sqrt(c7 / (c7 + 6103515625.0)); /* 25^7 */
	double c1 = hypot(g * one->a, one->b), c2 = hypot(g * other->a, other->b);
	double h1 = hue(g * one->a, one->b), h2 = hue(g * other->a, other->b);
	double dh = 2 * sqrt(c1 * c2) * sin(turn(h1, h2, c1 * c2) / 2 * DEGREE);
	double l = (one->l + other->l) / 2 - 50, h = middle(h1, h2, c1 * c2), t, sl, sc, sh, rt;

	c = (c1 + c2) / 2;
	c7 = pow(c, 7);
	t = 1 - 0.17 * cos((h - 30) * DEGREE) + 0.24 * cos(2 * h * DEGREE) +
	    0.32 * cos((3 * h + 6) * DEGREE) - 0.20 * cos((4 * h - 63) * DEGREE);
	sl = 1 + 0.015 * l * l / sqrt(20 + l * l);
	sc = 1 + 0.045 * c;
	sh = 1 + 0.015 * c * t;
	rt = -2 * sqrt(c7 / (c7 + 6103515625.0)) * sin(60 * exp(-pow((h - 275) / 25, 2)) * DEGREE);
	return sqrt(pow((other->l - one->l) / sl, 2) + pow((c2 - c1) / sc, 2) + pow(dh / sh, 2) +
		    rt * (c2 - c1) / sc * dh / sh);
}

double vision_contrast(uint32_t one, uint32_t other)
{
	double a[3], b[3], x, y;

	linear(one, a);
	linear(other, b);
	x = 0.2126 * a[0] + 0.7152 * a[1] + 0.0722 * a[2] + 0.05;
	y = 0.2126 * b[0] + 0.7152 * b[1] + 0.0722 * b[2] + 0.05;
	return x > y ? x / y : y / x;
}
