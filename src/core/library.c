/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_load(const char *soname, const struct library_function *functions, size_t n)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL), *address;
	size_t i;

	for (i = 0; library && i < n; i++) {
		address = dlsym(library, functions[i].name);
		if (!address)
			return false;
		/* (POSIX, unlike C, has pointers to functions and to data alike: dlsym.) */
		memcpy(functions[i].pointer, &address, sizeof(address));
	}
	return library;
}
