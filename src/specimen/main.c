/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope-specimen: a program whose address space holds little besides what a script maps. */
#include "specimen.h"

int main(void)
{
	return specimen_main();
}
