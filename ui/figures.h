/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people read them. Pure; the text is written into the caller's buffer and returned. */
#ifndef UI_FIGURES_H
#define UI_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#define FIGURE_MAX 32
typedef char figure_text[FIGURE_MAX];

/* "2 MiB", "1.5 GiB", "128 TiB": 0 stands for 2^64. */
const char *figure_bytes(figure_text text, uint64_t bytes);

/* "0", "512K", "1.5M", "1023M", "1.2G": of kB, rounded down, in the largest unit that there is one of; at most six columns. */
const char *figure_short(figure_text text, uint64_t kb);

/* A time gone by, in its largest unit: "12 s", "3 min", "5 h", "2 d". */
const char *figure_age(figure_text text, uint64_t ns);

/* "1,234,567". */
const char *figure_count(figure_text text, uint64_t count);

/*
 * part of whole as "97%", never rounded to none or all: "<1%", "99%". "" of nothing; "?" where the part is not
 * known.
 */
char *figure_share(figure_text text, uint64_t part, uint64_t whole, bool known);

/* Thousandths of something a second: "0", "<0.1", "0.5", "12", "999", "1.2k", "34M"; rounded down, SI units, at most five columns. */
const char *figure_rate(figure_text text, uint64_t milli);

/* A count of region.h: "unknown" for UNKNOWN_COUNT. */
const char *figure_known(figure_text text, int64_t count);

#endif
