/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope --complete: what a shell offers for a command line that is being typed. */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

/*
 * argv: the words behind "thpscope", up to the one under the cursor, which is the last and may be empty. Prints a line for
 * each word that begins like that one, behind a tab what it is; or ":files", ":directories" or ":commands", which the shell
 * knows itself. What is typed is completed as it stands: nothing is opened, no process but the list of them is looked at. An
 * exit code.
 */
int complete(int argc, char **argv);

#endif
