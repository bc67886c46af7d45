/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared libraries that few runs need, loaded when they are: to load and relocate them would cost every start. */
#ifndef CORE_LIBRARY_H
#define CORE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* A function of a library, and the pointer that gets its address. */
struct library_function {
	const char *name;
	void *pointer;
};

/*
 * Loads the library of that soname, where the dynamic linker looks for those of the start, and finds n functions in it. It
 * stays loaded. False: it is not there, or not all of them are in it. One thread, before any that calls them.
 */
bool library_load(const char *soname, const struct library_function *functions, size_t n);

/*
 * A table of the functions that are called, each of the type that the library's header gives it, and what library_load
 * fills it by:
 *
 *	#define CALLS(call) call(pfm_initialize) call(pfm_strerror)
 *	static struct { CALLS(LIBRARY_POINTER) } lib;
 *	static const struct library_function functions[] = {CALLS(LIBRARY_FUNCTION)};
 *
 * and then lib.pfm_initialize().
 */
#define LIBRARY_POINTER(name) __typeof__(name) *(name);
#define LIBRARY_FUNCTION(name) {#name, &lib.name},

#endif
