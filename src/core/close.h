/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closing what whoever was forked has of others: left open, a pipe or a terminal would not end with them. */
#ifndef CORE_CLOSE_H
#define CORE_CLOSE_H

/* Closes all descriptors from `first` to `last`; UINT_MAX: to the last there is. Safe after fork, and errno is as it was. */
void close_between(unsigned first, unsigned last);

#endif
