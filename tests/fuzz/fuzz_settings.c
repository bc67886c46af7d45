/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file: any bytes; what comes out is within its bounds, and Ctrl-C leaves. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ui/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(void *data, unsigned line, const char *what)
{
	if (!line || !*what || strchr(what, '\n'))
		abort();
	++*(unsigned *)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	unsigned mistakes = 0, i;
	keymap_text text;

	settings_init(&settings);
	settings_parse((const char *)data, size, &settings, complain, &mistakes);
	if (mistakes > size || settings.share_percent < 1 || settings.share_percent > 100 ||
	    settings.interval_ns < 16000000 || settings.interval_ns > 10000000000 ||
	    keymap_command(&settings.keymap, 3) != COMMAND_QUIT)
		abort();
	for (i = 0; i < keymap_n_rows; i++)
		if (strlen(keymap_keys(&settings.keymap, &keymap_rows[i], true, text)) >= sizeof(text))
			abort();
	return 0;
}
