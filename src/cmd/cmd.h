/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs share: their table, exit codes, messages, and the common options. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/cow.h"
#include "core/kernel.h"
#include "core/source.h"

/* thpscope(1), EXIT STATUS. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_FINDING = 1, /* or the kernel refused a trigger, or an expectation failed */
	EXIT_USAGE = 2,
	EXIT_PERMISSION = 3,
	EXIT_NOTHING = 4,    /* no such process, or nothing mapped there */
	EXIT_IMPOSSIBLE = 5, /* not possible on this machine or source */
	EXIT_DAMAGED = 6,    /* damaged input */
	EXIT_IO = 7,	     /* disk full, file cannot be written, far end gone, out of memory */
	EXIT_BUG = 70,
};

struct script;

/* The newest generation, for a script that runs on all. */
#define ANY_GENERATION "6.18"

/* Where the facts come from; one of them at most. */
struct source_options {
	const char *root;   /* --root DIR: a recorded tree */
	const char *model;  /* --model GEN[:SCRIPT]: a model machine */
	const char *via;    /* --via COMMAND: a thpscope-agent that COMMAND talks to */
	const char *lab;    /* --lab[=KERNEL]: a kernel in QEMU, booted for us; "": the usual one */
	const char *replay; /* --replay FILE: a recording */
	const char *at;	    /* with it --at TIME: where in it; NULL: at its end */
	bool start;	    /* without that: at its beginning */
	bool keep;	    /* and --keep: what comes before the place where it is cut off or damaged */
	bool read_only;	    /* --read-only, or the setting: nothing changes a process */
	unsigned lab_memory_mb, lab_cpus; /* of that machine; 0: as lab/lab.h says */
	const struct script
		*script; /* of a model: which one whoever opens it runs; NULL: opening it runs its own */
};

/* One verb; argv[0] is its own name, source options are taken out. Returns an exit code. */
struct cmd {
	const char *name;
	const char *help; /* what --help prints; its first line is the synopsis */
	int (*run)(int argc, char **argv, const struct source_options *source);
};
extern const struct cmd cmd_view, cmd_check, cmd_collapse, cmd_cow, cmd_demo, cmd_diff, cmd_glossary, cmd_lab,
	cmd_lesson, cmd_matrix, cmd_model, cmd_record, cmd_replay, cmd_run, cmd_sharers, cmd_snapshot,
	cmd_split, cmd_why;

/* The verb of that name, or NULL. */
const struct cmd *cmd_find(const char *name);

/* The one that a mistaken word is near to, or an option for it ("--help" for help); NULL. */
const char *cmd_closest_verb(const char *word);

/* All of them by name, as a sentence has them. */
void cmd_list_verbs(struct buf *out);

/* One line on stderr: "thpscope: ...". Returns `code`, so that a caller can return it on. */
int cmd_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* From now on what cmd_error says is appended to `into`, one behind the other, and not said; NULL: it is said again. */
void cmd_keep_errors(struct buf *into);

/*
 * What is waited for, on the line of the terminal that stderr is, if it is one: "reading ..." for "reading". The next
 * one takes its place, a message of cmd_error too; cmd_wait_over takes it away. Main thread.
 */
void cmd_wait(const char *format, ...) __attribute__((format(printf, 1, 2)));
void cmd_wait_over(void);

/* A usage error, with a pointer to the verb's --help. */
int cmd_usage(const struct cmd *cmd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The option that getopt_long said '?' or ':' of, as it stands in argv or as "-x"; until the next call. */
const char *cmd_option_named(int option, char **argv);

/*
 * What getopt_long returned and the verb does not know itself: 'h' prints its help and sets *done, with 0; all else
 * is a usage error, the code of which is returned.
 */
int cmd_option_else(const struct cmd *cmd, int option, char **argv, bool *done);

/* An address, hexadecimal with or without 0x, as maps writes it. Returns what stands behind it, or NULL: it is none. */
const char *cmd_parse_addr(const char *text, uint64_t *addr);

/* The argument of --format where it is text or json: 0, or an exit code after a message. */
int cmd_parse_format(const struct cmd *cmd, const char *name, bool *json);

/* How to measure heat: a time from 10ms to an hour; a way by name. 0, or an exit code after a message. */
int cmd_parse_window(const struct cmd *cmd, const char *option, const char *text, uint64_t *window_ns);
int cmd_parse_heat_by(const struct cmd *cmd, const char *name, enum heat_by *by);

/*
 * Measures: 0 and *heat, whose parts are in the arena; or an exit code after a message. Of a terminal it is told what is
 * waited for. SIGINT ends it, with the exit code of that.
 */
int cmd_measure_heat(struct source *source, const struct heat_query *query, struct arena *arena,
		     struct heat *heat);

/* The exit code for an errno of kernel.h or source.h. */
int cmd_code(int err);

/* Takes the source options out of the arguments, up to a "--". 0, or an exit code after a message. */
int cmd_take_source(int *argc, char **argv, struct source_options *options);

/* 0 where none was given; else an exit code after a message: this verb is of this machine alone. */
int cmd_live_only(const struct cmd *cmd, const struct source_options *options);

/* The script of --model, by name or path, the model's own where none is given; and its generation. */
const char *cmd_model_script(const struct source_options *options, char *generation, size_t size);

/* What a source that was opened so is to a script's `on`: "real", "lab", "lab:team" or "model:GEN". */
void cmd_on(const struct source_options *options, const struct source *source, char *on, size_t size);

/* Reads and parses a script; 0 and *script (script_free), or an exit code after a message. */
int cmd_read_script(const char *name, struct script **script);

/* Likewise one of the lessons. */
int cmd_read_lesson(const char *name, struct script **script);

/* And one of the scenes. */
int cmd_read_scene(const char *name, struct script **script);

/*
 * A machine of the generation as the script wants it, its kernel without these n rules besides. NULL after a message. And the
 * source over a machine, of which it takes over a hold: 0, or an exit code after a message.
 */
struct machine;
struct machine *cmd_new_machine(const char *generation, const struct script *script,
				const char *const *without, size_t n);
int cmd_open_machine(struct machine *machine, struct source **source);

/* Makes '?' of what in text from elsewhere begins an escape, or turns the order of a line round; lines stay. */
void cmd_harmless(char *text);

/* run_print, with nothing in it that is not harmless: who writes a script, or refuses what is in one, may be anybody. */
struct run_event;
void cmd_print_run(void *file, const struct run_event *event);

/* What becomes of a run without a screen: an exit code, after a message where it is a finding. */
struct run_result;
int cmd_judge_run(struct source *source, const struct run_result *result);

/*
 * A run just ended with a step that broke an invariant: that sentence on stderr; what was done, as a script that does it
 * again, on stdout. EXIT_FINDING.
 */
int cmd_tell_broken(struct source *source);

/*
 * Drops what privileges the verb does not need from this source, and with --read-only more (privilege/privilege.h). Before
 * the verb. 0, or an exit code after a message: nothing may go on.
 */
int cmd_drop_privileges(const struct cmd *cmd, struct source_options *options);

/* What is needed to show processes of this machine, on a screen if there is one: a set of enum privilege. */
unsigned cmd_needs_to_watch(void);

/* Whether what is only looked at there would feel a trigger: neither a machine of our own nor what is recorded. */
bool cmd_reads_only(const struct source_options *options);

/* Opens a kernel for the options; 0, or an exit code after a message. kernel_close frees. */
int cmd_open_kernel(const struct source_options *options, struct kernel **kernel);

/* Opens a local source over such a kernel; 0, or an exit code after a message. source_close frees. */
int cmd_open_source(const struct source_options *options, struct source **source);

/*
 * Another one like `first`, quietly, on any thread while that is open: 0, or a negative errno with a sentence in error.
 */
int cmd_open_another(const struct source_options *options, struct source *first, struct source **source,
		     char *error, size_t size);

/* Which processes: PIDs and names as given, in order. */
struct targets {
	const char **names;  /* --name N, or arguments that are no number */
	const char *no_verb; /* the one of them that stands where a verb could; NULL */
	size_t n_names;
	pid_t *pids;
	size_t n_pids;
	size_t names_room, pids_room;
};

/* Adds an argument: a number is a PID, anything else a name. False for a number that is no PID. */
bool targets_add(struct targets *targets, const char *argument);
void targets_add_name(struct targets *targets, const char *name);

/*
 * Resolves the names, by exact comm, to PIDs in targets->pids, duplicates removed. 0, or an exit code after a
 * message: no process has such a name.
 */
int targets_resolve(struct targets *targets, struct source *source);
void targets_fini(struct targets *targets);

/*
 * For a verb that works on one process: resolves, and *pid is the only one. 0, or an exit code after a message, which
 * lists those that have the name if there are several.
 */
int targets_one(struct targets *targets, const struct cmd *cmd, struct source *source, pid_t *pid);

/* Exit code for a process that could not be surveyed; EXIT_FINE for OUTCOME_OK. Says the reason on stderr. */
int cmd_outcome(const struct process *process);

/* EXIT_IO after its sentence where a far end is gone for good (moment->lost), else 0. */
int cmd_lost(const struct moment *moment);

/* The exit code after a message: source_list failed. */
int cmd_no_list(const struct source *source, int err);

/* Says once on stderr what is not known of this moment, and what would give it. */
void cmd_say_missing(const struct moment *moment);

/* Columns of the terminal, or COLUMNS, or 80. */
unsigned cmd_width(void);

/* One text snapshot on stdout, as wide as the terminal or COLUMNS; with verdicts; or its events alone. An exit code. */
int cmd_print_text(const struct moment *moment);
int cmd_print_text_cow(const struct moment *moment, const struct cow_ask *ask);
int cmd_print_events(const struct moment *moment);

struct counters;
struct watch_options;

/* thpscope demo without a script, with events to count. An exit code. */
int cmd_run_demo(const struct source_options *options, const struct counters *counters);

/*
 * What the full-screen verbs end in: the live map (cmd/watch.h), or one text snapshot without a terminal. Takes the
 * source over. Returns an exit code.
 */
int cmd_view_source(struct source *source, const struct watch *watch, const struct watch_options *options);

/* The list of all processes: live, or a table without a terminal. Takes the source over. Returns an exit code. */
int cmd_list_source(struct source *source, const struct watch_options *options);

/* Whether a source is far or slow enough that whoever waits for it should be told for what. */
bool cmd_is_far(const struct source_options *options);

/* Whether stdin and stdout are a terminal that a full screen can be drawn on. */
bool cmd_has_screen(void);

#endif
