/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder: collects from a kernel, then writes a tree. */
#include "tree/record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "tree/about.h"
#include "tree/gather.h"
#include "tree/lines.h"
#include "tree/output.h"

#define ATTEMPTS 5

volatile sig_atomic_t tree_record_stop;
static struct output *under_way;

static const char *const process_texts[] = {"smaps", "stat", "status", "mountinfo", "cgroup", "comm"};
#define N_TEXTS (sizeof(process_texts) / sizeof(process_texts[0]))

struct recorded {
	pid_t pid;
	struct buf maps, texts[N_TEXTS];
	bool has_text[N_TEXTS];
	struct buf queue; /* khugepaged's, where the kernel shows it */
	bool has_queue;
	struct pages pages;
	struct spans mapped, around;
};

struct recorder {
	struct kernel *kernel;
	struct recorded *processes;
	size_t n;
	bool sizes_told;
	struct word_table flags, counts;
	char *error;
	size_t size;
};

static int __attribute__((format(printf, 3, 4)))
failed(struct recorder *recorder, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(recorder->error, recorder->size, format, args);
	va_end(args);
	return err;
}

static int process_failed(struct recorder *recorder, pid_t pid, int err)
{
	const int number = (int)pid;

	if (err == -ENOENT || err == -ESRCH)
		return failed(recorder, -ESRCH, "PID %d: no such process", number);
	if (err == -EACCES)
		return failed(recorder, err, "PID %d: not permitted to read it; run as its user or as root",
			      number);
	if (err == -EAGAIN)
		return failed(recorder, err,
			      "PID %d: its mappings keep changing; stop it first (kill -STOP %d)", number,
			      number);
	if (err == -EINTR && tree_record_stop)
		return failed(recorder, err, "interrupted; nothing was recorded");
	if (err == -EBADMSG && recorder->kernel->error[0])
		return failed(recorder, err, "PID %d: %s", number, recorder->kernel->error);
	return failed(recorder, err, "PID %d: cannot be read: %s", number, strerror(-err));
}

/* Its place in the tree is what the kernel calls it, which the tree says as the kernel did. */
static int read_queue(struct kernel_process *process, struct recorded *recorded)
{
	int err;

	if (!capable(&process->kernel->caps, CAP_QUEUE))
		return 0;
	err = kernel_process_text(process, process->kernel->queue_file, &recorded->queue);
	recorded->has_queue = !err;
	return err == -ENOENT || err == -ENODATA || err == -EACCES ? 0 : err;
}

static int read_texts(struct kernel_process *process, struct recorded *recorded)
{
	size_t i;
	int err;

	for (i = 0; i < N_TEXTS; i++) {
		err = kernel_process_text(process, process_texts[i], &recorded->texts[i]);
		recorded->has_text[i] = !err;
		/* What this kernel does not have, or does not show to us, the tree does not have either. */
		if (err && err != -ENOENT && err != -ENODATA && err != -EACCES)
			return err;
	}
	err = read_queue(process, recorded);
	if (err)
		return err;
	return recorded->has_text[1] ? 0 : -EACCES; /* stat: tells which process it is */
}

static int record_process(struct recorder *recorder, struct recorded *recorded)
{
	struct kernel_process *process;
	int err = kernel_process_open(recorder->kernel, recorded->pid, &process), attempt;

	if (err)
		return process_failed(recorder, recorded->pid, err);
	err = -EAGAIN;
	for (attempt = 0; attempt < ATTEMPTS && err == -EAGAIN; attempt++) {
		pages_fini(&recorded->pages);
		buf_clear(&recorded->maps);
		err = gather_pages(process, &recorded->pages, &recorded->maps, &recorder->sizes_told);
	}
	if (!err)
		err = walks_gather(process, &recorded->pages);
	if (!err)
		err = read_texts(process, recorded);
	kernel_process_close(process);
	if (!err) {
		gather_spans(recorder->kernel, &recorded->pages, &recorded->mapped, &recorded->around);
		gather_teams(recorder->kernel, &recorded->mapped, &recorded->pages.teams);
	}
	return err ? process_failed(recorder, recorded->pid, err) : 0;
}

/* Flags and counts of all processes' frames, each frame read once, so that no two processes disagree. */
static int record_frames(struct recorder *recorder)
{
	struct spans all = {0};
	uint64_t bad;
	size_t i, j;

	for (i = 0; i < recorder->n; i++) {
		for (j = 0; j < recorder->processes[i].mapped.n; j++)
			spans_add(&all, recorder->processes[i].mapped.spans[j].pfn,
				  recorder->processes[i].mapped.spans[j].end);
		for (j = 0; j < recorder->processes[i].around.n; j++)
			spans_add(&all, recorder->processes[i].around.spans[j].pfn,
				  recorder->processes[i].around.spans[j].end);
	}
	spans_settle(&all);
	gather_words(recorder->kernel, &all, &recorder->flags, &recorder->counts);
	spans_fini(&all);
	if (tree_record_stop)
		return failed(recorder, -EINTR, "interrupted; nothing was recorded");
	if (words_settle(&recorder->flags, &bad) || words_settle(&recorder->counts, &bad))
		return failed(recorder, -EBADMSG, "the kernel told frame 0x%llx twice",
			      (unsigned long long)bad);
	return 0;
}

static void write_process(struct recorder *recorder, const struct recorded *recorded, struct output *output)
{
	struct buf lines = {0};
	size_t i;

	tree_output_put(output, &recorded->maps, "proc/%d/maps", (int)recorded->pid);
	for (i = 0; i < N_TEXTS; i++)
		if (recorded->has_text[i])
			tree_output_put(output, &recorded->texts[i], "proc/%d/%s", (int)recorded->pid,
					process_texts[i]);
	if (recorded->has_queue)
		tree_output_put(output, &recorded->queue, "proc/%d/%s", (int)recorded->pid,
				recorder->kernel->queue_file);
	lines_write(&recorded->pages, &recorder->flags, &recorder->counts, &recorded->around, &lines);
	tree_output_put(output, &lines, "proc/%d/pages.jsonl", (int)recorded->pid);
	buf_fini(&lines);
}

static void write_about(const struct recorder *recorder, struct output *output)
{
	const struct kernel *kernel = recorder->kernel;
	struct about about = {.page_size = kernel->page_size,
			      .pmd_size = kernel->pmd_size,
			      .vma_page_size = recorder->sizes_told,
			      .capabilities = kernel->caps.mask,
			      .wall_ns = kernel->wall_ns};
	struct buf text = {0};

	if (!about.wall_ns) {
		about.wall_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	}
	about_write(&about, &text);
	tree_output_put(output, &text, "tree.json");
	buf_fini(&text);
}

static int record_into(struct recorder *recorder, struct output *output)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < recorder->n; i++)
		err = record_process(recorder, &recorder->processes[i]);
	if (!err)
		err = record_frames(recorder);
	if (err)
		return err;
	write_about(recorder, output);
	tree_output_system(output, recorder->kernel);
	for (i = 0; i < recorder->n; i++)
		write_process(recorder, &recorder->processes[i], output);
	if (tree_record_stop)
		return failed(recorder, -EINTR, "interrupted; nothing was recorded");
	return 0;
}

/* The PIDs, each once. */
static void add_processes(struct recorder *recorder, const pid_t *pids, size_t n)
{
	size_t i, j;

	recorder->processes = mem_alloc(n * sizeof(*recorder->processes));
	for (i = 0; i < n; i++) {
		for (j = 0; j < recorder->n && recorder->processes[j].pid != pids[i];)
			j++;
		if (j == recorder->n)
			recorder->processes[recorder->n++].pid = pids[i];
	}
}

static void free_processes(struct recorder *recorder)
{
	struct recorded *recorded;
	size_t i, j;

	for (i = 0; i < recorder->n; i++) {
		recorded = &recorder->processes[i];
		buf_fini(&recorded->maps);
		buf_fini(&recorded->queue);
		for (j = 0; j < N_TEXTS; j++)
			buf_fini(&recorded->texts[j]);
		pages_fini(&recorded->pages);
		spans_fini(&recorded->mapped);
		spans_fini(&recorded->around);
	}
	free(recorder->processes);
	words_fini(&recorder->flags);
	words_fini(&recorder->counts);
}

void tree_record_give_up(void)
{
	struct output *output = under_way;

	under_way = NULL; /* removing may take memory, too */
	if (output)
		tree_output_abandon(output);
}

int tree_record(struct kernel *kernel, const pid_t *pids, size_t n, const char *dir, char *error, size_t size)
{
	struct recorder recorder = {.kernel = kernel, .error = error, .size = size};
	struct output *output;
	int err = tree_output_begin(dir, &output, error, size);

	if (err)
		return err;
	under_way = output;
	add_processes(&recorder, pids, n);
	err = record_into(&recorder, output);
	free_processes(&recorder);
	under_way = NULL;
	if (!err)
		return tree_output_commit(output, error, size);
	tree_output_abandon(output);
	return err;
}
