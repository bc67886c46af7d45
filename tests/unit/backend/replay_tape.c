/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings: to and fro in them, cut off anywhere, damaged anywhere, and what is none. */
#include "replay_common.h"

#include <time.h>
#include <zstd.h>

static void any_order(void **state)
{
	enum { N = 600 };
	struct moment **moments = make_moments(N, 64);
	struct made made = {0};
	struct tape *tape;
	uint64_t seed = 1;
	size_t i, whole = 0;

	(void)state;
	record_all(&made, moments, N, NULL);
	tape = opened(&made);
	assert_int_equal(tape_count(tape), N);
	assert_null(tape_broken(tape));
	for (i = 0; i < N; i++) {
		assert_int_equal(tape_at(tape, i)->ns, i * SECOND / 10);
		assert_int_equal(tape_at(tape, i)->wall_ns, moments[i]->wall_ns);
		assert_int_equal(tape_at(tape, i)->changed, i && i % 7 == 0);
		assert_false(tape_at(tape, i)->happened);
		whole += tape_at(tape, i)->base == i;
		assert_moment(tape, i, moments[i]);
	}
	print_message("# %zu of %d are whole, %zu bytes\n", whole, N, made.bytes.len);
	assert_in_range(whole, N / RECORDER_DELTAS_MAX + 1, N / 8);
	for (i = N; i-- > 0;)
		assert_moment(tape, i, moments[i]);
	for (i = 0; i < 200; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		assert_moment(tape, (seed >> 33) % N, moments[(seed >> 33) % N]);
	}
	assert_int_equal(tape_find(tape, 0), 0);
	assert_int_equal(tape_find(tape, SECOND / 10 - 1), 0);
	assert_int_equal(tape_find(tape, SECOND / 10), 1);
	assert_int_equal(tape_find(tape, UINT64_MAX), N - 1);
	tape_close(tape);
	end_file(&made);
	free_moments(moments, N);
}

/* Everything that a moment can say, and what changes by chance. */
static void all_kinds(void **state)
{
	enum { N = 120 };
	struct moment *moments[N];
	struct made made = {0};
	struct tape *tape;
	uint64_t seed = 7;
	size_t i;

	(void)state;
	moments[0] = sample_all();
	moments[0]->mono_ns = moments[0]->clock_ns = SECOND;
	for (i = 1; i < N; i++) {
		moments[i] = copied(moments[i - 1]);
		mutate(moments[i], &seed);
		moments[i]->seq = moments[i - 1]->seq + 1;
		moments[i]->mono_ns = moments[i]->clock_ns = moments[i - 1]->mono_ns + SECOND;
	}
	record_all(&made, moments, N, NULL);
	tape = opened(&made);
	if (tape_broken(tape))
		fail_msg("%s", tape_broken(tape));
	assert_int_equal(tape_count(tape), N);
	for (i = N; i-- > 0;)
		assert_moment(tape, i, moments[i]);
	tape_close(tape);
	end_file(&made);
	for (i = 0; i < N; i++)
		moment_free(moments[i]);
}

/* Where a writer was killed: what was whole is there, and what is to be cut off before another one goes on. */
static void cut_anywhere(void **state)
{
	enum { N = 9 };
	struct moment **moments = make_moments(N, 3);
	struct made made = {0};
	struct tape *tape;
	char error[512];
	size_t ends[N + 1], len, i, whole = 0;
	uint64_t behind;
	size_t kept;

	(void)state;
	record_all(&made, moments, N, ends);
	ends[N] = SIZE_MAX;
	for (len = 0; len <= made.bytes.len; len++) {
		while (whole < N && ends[whole] <= len)
			whole++;
		fill_file(&made, made.bytes.data, len);
		tape = NULL;
		*error = '\0';
		/* A moment of which nothing but the checksum is missing is there, until another one is written. */
		if (!whole && tape_open(made.path, &tape, error, sizeof(error))) {
			assert_non_null(strstr(error, made.path));
			continue;
		}
		tape = tape ? tape : opened(&made);
		assert_in_range(tape_count(tape), whole + !whole, whole + (ends[whole] - len <= 4));
		for (i = 0; i < tape_count(tape); i++)
			assert_moment(tape, i, moments[i]);
		if (whole && ends[whole - 1] == len) {
			assert_null(tape_broken(tape));
			assert_int_equal(tape_whole(tape, &behind, &kept), 0);
			assert_int_equal(behind, len);
		} else {
			assert_non_null(strstr(tape_broken(tape), "cut off"));
			if (!whole)
				assert_int_equal(tape_whole(tape, &behind, &kept), -EBADMSG);
			else
				assert_int_equal(tape_whole(tape, &behind, &kept), 0);
			if (whole)
				assert_int_equal(kept, whole);
			assert_int_equal(behind, whole ? ends[whole - 1] : 0);
		}
		tape_close(tape);
	}
	end_file(&made);
	free_moments(moments, N);
}

/* No bit can be another without being noticed, and what came before is as it was. */
static void damaged_anywhere(void **state)
{
	enum { N = 6 };
	struct moment **moments = make_moments(N, 3);
	struct made made = {0};
	struct tape *tape;
	char error[512];
	size_t ends[N], at, i, of, noticed = 0;
	uint64_t behind;
	size_t kept;

	(void)state;
	record_all(&made, moments, N, ends);
	for (at = 0; at < made.bytes.len; at++) {
		for (of = 0; ends[of] <= at; of++)
			;
		made.bytes.data[at] ^= (char)(1 << at % 8);
		fill_file(&made, made.bytes.data, made.bytes.len);
		made.bytes.data[at] ^= (char)(1 << at % 8);
		if (tape_open(made.path, &tape, error, sizeof(error))) {
			assert_int_equal(of, 0);
			noticed++;
			continue;
		}
		/* A frame's header has a bit that means nothing. */
		assert_in_range(tape_count(tape), of, N);
		assert_true(tape_broken(tape) || tape_count(tape) == N);
		noticed += tape_broken(tape) != NULL;
		for (i = 0; i < tape_count(tape); i++)
			assert_moment(tape, i, moments[i]);
		if (tape_count(tape) < N)
			assert_true(tape_broken(tape) && (of == N - 1 || tape_whole(tape, &behind, &kept)));
		tape_close(tape);
	}
	print_message("# %zu of %zu were noticed\n", noticed, made.bytes.len);
	assert_true(noticed >= made.bytes.len - N);
	end_file(&made);
	free_moments(moments, N);
}

/* The frames in another order: a delta says what it leads on from. */
static void reordered(void **state)
{
	enum { N = 5 };
	struct moment **moments = make_moments(N, 3), *moment;
	struct made made = {0};
	struct buf other = {0};
	struct tape *tape;
	char error[512];
	size_t ends[N];
	int err = 0;

	(void)state;
	record_all(&made, moments, N, ends);
	buf_add(&other, made.bytes.data, ends[0]);
	buf_add(&other, made.bytes.data + ends[1], ends[2] - ends[1]);
	buf_add(&other, made.bytes.data + ends[0], ends[1] - ends[0]);
	fill_file(&made, other.data, other.len);
	tape = opened(&made);
	if (tape_count(tape) > 1)
		err = tape_read(tape, 1, &moment, error, sizeof(error));
	assert_true(err == -EBADMSG || tape_count(tape) == 1);
	assert_int_equal(tape_count(tape), 1);
	assert_non_null(tape_broken(tape));
	assert_moment(tape, 0, moments[0]);
	tape_close(tape);
	buf_fini(&other);
	end_file(&made);
	free_moments(moments, N);
}

/* Plain snapshots; a file that others compressed, all in one frame; two recordings in one file. */
static void other_files(void **state)
{
	enum { N = 40 };
	struct moment **moments = make_moments(N, 5);
	struct made made = {0};
	struct buf text = {0}, one;
	char packed[1 << 18];
	struct tape *tape;
	uint64_t behind;
	size_t kept;
	size_t i, len;

	(void)state;
	make_file(&made);
	for (i = 0; i < N; i++) {
		one = sample_json(moments[i]);
		buf_add(&text, one.data, one.len);
		buf_fini(&one);
	}
	len = ZSTD_compress(packed, sizeof(packed), text.data, text.len, 9);
	assert_false(ZSTD_isError(len));
	for (i = 0; i < 2; i++) {
		if (i)
			fill_file(&made, packed, len);
		else
			fill_file(&made, text.data, text.len);
		tape = opened(&made);
		assert_int_equal(tape_count(tape), N);
		assert_moment(tape, 30, moments[30]);
		assert_moment(tape, 7, moments[7]);
		assert_true(i || (tape_at(tape, 7)->changed && !tape_at(tape, 8)->changed));
		assert_int_equal(tape_whole(tape, &behind, &kept), i ? 0 : -EBADMSG);
		tape_close(tape);
	}
	buf_fini(&text);
	end_file(&made);
	free_moments(moments, N);
}

static void gone_on_with(void **state)
{
	struct moment *first = large(4), *second = later(first), *other = later(second);
	struct moment *all[] = {first, second, other, NULL};
	struct made made = {0}, more = {0};
	struct tape *tape;

	(void)state;
	/* After a boot: the monotonic clock begins anew, the wall's goes on. */
	all[2]->mono_ns = 5;
	all[2]->wall_ns += 60 * (int64_t)SECOND;
	all[3] = later(all[2]);
	record_all(&made, all, 2, NULL);
	record_all(&more, all + 2, 2, NULL);
	buf_add(&made.bytes, more.bytes.data, more.bytes.len);
	fill_file(&made, made.bytes.data, made.bytes.len);
	tape = opened(&made);
	assert_int_equal(tape_count(tape), 4);
	assert_int_equal(tape_at(tape, 2)->ns, 60 * SECOND + 2 * SECOND / 10);
	assert_int_equal(tape_at(tape, 3)->ns, 60 * SECOND + 3 * SECOND / 10);
	assert_int_equal(tape_at(tape, 3)->base, 2);
	assert_moment(tape, 3, all[3]);
	tape_close(tape);
	end_file(&made);
	end_file(&more);
	moment_free(first);
	moment_free(second);
	moment_free(all[2]);
	moment_free(all[3]);
}

/* In another run or the same: the monotonic clock of another boot may have come further than it was before. */
static void gone_on_with_later(void **state)
{
	static const struct {
		uint64_t mono, wall, passed; /* seconds */
		bool again;		     /* another run */
	} rows[] = {
		{4000, 4000, 4000, true},   /* the same boot */
		{4000, 90000, 90000, true}, /* another one, or a suspend */
		{4000, 4030, 4000, true},   /* the wall's clock was put right */
		{4000, 3000, 4000, true},   /* and back */
		{4000, 90000, 4000, false}, /* set while it was recorded */
	};
	struct moment *all[2];
	struct made made = {0}, more = {0};
	struct tape *tape;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		all[0] = large(4);
		all[1] = later(all[0]);
		all[1]->seq = rows[i].again ? 0 : all[0]->seq + 1;
		all[1]->mono_ns = all[0]->mono_ns + rows[i].mono * SECOND;
		all[1]->wall_ns = all[0]->wall_ns + (int64_t)(rows[i].wall * SECOND);
		record_all(&made, all, 1, NULL);
		record_all(&more, all + 1, 1, NULL);
		buf_add(&made.bytes, more.bytes.data, more.bytes.len);
		fill_file(&made, made.bytes.data, made.bytes.len);
		tape = opened(&made);
		assert_int_equal(tape_count(tape), 2);
		assert_int_equal(tape_at(tape, 1)->ns, rows[i].passed * SECOND);
		tape_close(tape);
		end_file(&made);
		end_file(&more);
		made = more = (struct made){0};
		moment_free(all[0]);
		moment_free(all[1]);
	}
}

/* What a file says, and the words that its refusal has. */
static void refused(const struct made *made, const char *bytes, size_t n, const char *words)
{
	struct tape *tape = NULL;
	char error[512] = "";

	fill_file(made, bytes, n);
	if (!tape_open(made->path, &tape, error, sizeof(error))) {
		struct moment *moment = NULL;

		assert_int_equal(tape_read(tape, tape_count(tape) - 1, &moment, error, sizeof(error)),
				 -EBADMSG);
		tape_close(tape);
	}
	if (!strstr(error, words))
		fail_msg("'%s' is not in: %s", words, error);
}

static void refused_text(const struct made *made, const char *text, const char *words)
{
	refused(made, text, strlen(text), words);
}

#define HEAD "{\"type\":\"snapshot\",\"schema\":\"thpscope-snapshot/"
#define REST                                                                                                 \
	"\",\"version\":\"0\",\"source\":\"live\",\"seq\":0,\"mono_ns\":1,\"pmd_size\":2097152,"             \
	"\"page_size\":4096,\"kernel\":{\"release\":\"6.1\",\"cow_rule\":\"\"},\"capabilities\":[],"         \
	"\"missing\":{}}\n"
#define END "{\"type\":\"end\",\"regions\":0}\n"

static void foreign(void **state)
{
	const size_t large = (size_t)64 << 20;
	struct made made = {0};
	struct buf text = {0};
	char *zeros = calloc(1, large), *packed = malloc(1 << 20);
	size_t len;

	(void)state;
	make_file(&made);
	refused_text(&made, "", "empty");
	refused_text(&made, "\177ELF", "neither a recording nor a snapshot");
	refused_text(&made, "hello\n", "neither a recording nor a snapshot");
	refused_text(&made, "{\n", "line 1");
	refused_text(&made, "{}\n", "line 1");
	refused_text(&made, "{\"type\":\"region\"}\n", "line 1");
	refused_text(&made, HEAD "2" REST END, "another version");
	refused_text(&made, HEAD "1" REST, "cut off");
	refused_text(&made, HEAD "1" REST HEAD "1" REST, "line 2");
	refused_text(&made, HEAD "1" REST "{\"type\":\"end\",\"regions\":1}\n", "line 2");
	refused_text(&made, HEAD "1" REST "{\"type\":\"end\",\"regions\":99999999999999999999999}\n",
		     "line 2");
	refused_text(&made, HEAD "1\",\"delta\":true,\"since\":4" REST END, "line 1");
	/* A bomb: a line of 64 MiB, and millions of lines that say nothing. */
	len = ZSTD_compress(packed, 1 << 20, zeros, large, 3);
	refused(&made, packed, len, "longer than any");
	memset(zeros, '\n', large);
	len = ZSTD_compress(packed, 1 << 20, zeros, large, 3);
	refused(&made, packed, len, "line 1");
	buf_fini(&text);
	free(zeros);
	free(packed);
	end_file(&made);
}

/* Of moments that make no sense behind some that do, those before are kept. */
static void senseless_later(void **state)
{
	struct moment *first = large(2), *moment;
	struct made made = {0};
	struct buf text = sample_json(first);
	char packed[1 << 16], error[512];
	struct tape *tape;
	size_t len;

	(void)state;
	make_file(&made);
	buf_puts(&text, HEAD "1" REST "{\"type\":\"end\",\"regions\":7}\n");
	fill_file(&made, text.data, text.len);
	tape = opened(&made);
	assert_int_equal(tape_count(tape), 1);
	assert_non_null(strstr(tape_broken(tape), "in moment 2"));
	assert_moment(tape, 0, first);
	tape_close(tape);
	/* Compressed it is sound as far as its checksum goes: it is found out when it is reached. */
	buf_clear(&text);
	moment_free(first);
	first = large(2);
	first->mono_ns = 1;
	first->wall_ns = 0;
	text = (buf_fini(&text), sample_json(first));
	buf_puts(&text, HEAD "1" REST "{\"type\":\"end\",\"regions\":7}\n");
	len = ZSTD_compress(packed, sizeof(packed), text.data, text.len, 3);
	fill_file(&made, packed, len);
	tape = opened(&made);
	assert_int_equal(tape_count(tape), 2);
	assert_int_equal(tape_read(tape, 1, &moment, error, sizeof(error)), -EBADMSG);
	assert_non_null(strstr(error, "in moment 2"));
	assert_int_equal(tape_count(tape), 1);
	assert_moment(tape, 0, first);
	tape_close(tape);
	buf_fini(&text);
	moment_free(first);
	end_file(&made);
}

static void add_frame(struct buf *bytes, const struct buf *text)
{
	const size_t room = ZSTD_compressBound(text->len);
	ZSTD_CCtx *context = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	bytes->len += ZSTD_compress2(context, buf_reserve(bytes, room), room, text->data, text->len);
	ZSTD_freeCCtx(context);
}

/* A line that makes no sense, in a frame that is long: what is before it is there if the checksum behind it is right. */
static void senseless_damaged(void **state)
{
	struct moment *all[] = {large(4), NULL, NULL};
	struct buf text = {0}, bytes = {0}, json;
	struct made made = {0};
	struct tape *tape;
	int i;

	(void)state;
	make_file(&made);
	for (i = 0; i < 3; i++) {
		all[i] = i ? later(all[i - 1]) : all[0];
		json = sample_json(all[i]);
		buf_add(&text, json.data, json.len);
		buf_fini(&json);
		if (i)
			continue;
		add_frame(&bytes, &text);
		buf_clear(&text);
	}
	buf_puts(&text, "senseless\n");
	while (text.len < 1 << 20)
		buf_puts(&text, "and more of it\n");
	add_frame(&bytes, &text);
	for (i = 0; i < 2; i++) {
		bytes.data[bytes.len - 1] ^= (char)i; /* of the checksum */
		fill_file(&made, bytes.data, bytes.len);
		tape = opened(&made);
		assert_int_equal(tape_count(tape), i ? 1 : 3);
		assert_non_null(
			strstr(tape_broken(tape), i ? "is damaged in moment 2" : "makes no sense at line"));
		tape_close(tape);
	}
	for (i = 0; i < 3; i++)
		moment_free(all[i]);
	buf_fini(&text);
	buf_fini(&bytes);
	end_file(&made);
}

static int full_disk(void *ctx, const char *bytes, size_t n)
{
	unsigned *left = ctx;

	(void)bytes;
	(void)n;
	return *left ? (--*left, 0) : -ENOSPC;
}

/* What could not be written is not led on from. */
static void failed_write(void **state)
{
	struct moment *first = large(4), *second = later(first), *third = later(second);
	struct recorder *recorder = recorder_new();
	struct made made = {0};
	unsigned left = 1;
	const struct sink full = {full_disk, &left}, fine = {sink_buf, &made.bytes};
	struct tape *tape;

	(void)state;
	assert_int_equal(recorder_write(recorder, first, &full), 0);
	assert_int_equal(recorder_write(recorder, second, &full), -ENOSPC);
	assert_int_equal(recorder_write(recorder, third, &fine), 0);
	make_file(&made);
	fill_file(&made, made.bytes.data, made.bytes.len);
	tape = opened(&made);
	assert_moment(tape, 0, third);
	tape_close(tape);
	recorder_free(recorder);
	end_file(&made);
	moment_free(first);
	moment_free(second);
	moment_free(third);
}

/* No more moments are written than are read. */
static void full_file(void **state)
{
	struct moment *first = large(4), *second = later(first), *third = later(second);
	struct recorder *recorder = recorder_new();
	struct buf bytes = {0};
	const struct sink sink = {sink_buf, &bytes};
	size_t len;

	(void)state;
	recorder_go_on(recorder, TAPE_MOMENTS_MAX - 2);
	assert_int_equal(recorder_write(recorder, first, &sink), 0);
	assert_int_equal(recorder_write(recorder, second, &sink), 0);
	len = bytes.len;
	assert_int_equal(recorder_write(recorder, third, &sink), -EOVERFLOW);
	assert_int_equal(bytes.len, len);
	recorder_free(recorder);
	buf_fini(&bytes);
	moment_free(first);
	moment_free(second);
	moment_free(third);
}

static uint64_t cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/*
 * Ten minutes, ten times a second, of 16 GiB mapped by PMD anywhere in memory, where a region in two seconds is another:
 * under 20 MB. Measured over 40 s, which hold their share of whole moments.
 */
static void budget(void **state)
{
	enum { N = 400, REGIONS = 8192, ALL = 6000 };
	struct recorder *recorder = recorder_new();
	struct made made = {0};
	const struct sink sink = {sink_buf, &made.bytes};
	struct moment *two[] = {large(REGIONS), large(REGIONS)}, *moment;
	uint64_t seed = 3, written_ns = 0, began;
	struct tape *tape;
	char error[512];
	size_t i, k;

	(void)state;
	for (i = 0; i < REGIONS; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		for (k = 0; k < 2; k++)
			two[k]->processes[0].regions[i].pfn = two[k]->processes[0].regions[i].thp =
				(seed >> 40) * 512;
	}
	for (i = 0; i < N; i++) {
		/* (The recorder holds the other one.) */
		moment = two[i % 2];
		moment->seq = i;
		moment->mono_ns = SECOND + i * SECOND / 10;
		for (k = 0; k <= i; k += 20)
			make_small(&moment->processes[0].regions[k * 17], (uint32_t)(k % 512));
		began = cpu_ns();
		assert_int_equal(recorder_write(recorder, moment, &sink), 0);
		written_ns += cpu_ns() - began;
	}
	recorder_free(recorder);
	moment_free(two[0]);
	moment_free(two[1]);
	print_message("# %d moments: %zu bytes, of 10 minutes %.1f MB; %.2f ms of CPU time each\n", N,
		      made.bytes.len, (double)made.bytes.len / N * ALL / 1e6, (double)written_ns / N / 1e6);
	assert_true(made.bytes.len / N * ALL < 20000000);
	make_file(&made);
	fill_file(&made, made.bytes.data, made.bytes.len);
	began = cpu_ns();
	tape = opened(&made);
	print_message("# opened in %.1f ms", (double)(cpu_ns() - began) / 1e6);
	began = cpu_ns();
	for (i = 0; i < 100; i++) {
		assert_int_equal(tape_read(tape, N - 1 - i, &moment, error, sizeof(error)), 0);
		moment_free(moment);
	}
	print_message(", gone back by one in %.2f ms", (double)(cpu_ns() - began) / 100 / 1e6);
	began = cpu_ns();
	for (i = 0; i < 20; i++) {
		assert_int_equal(tape_read(tape, i * 7919 % N, &moment, error, sizeof(error)), 0);
		moment_free(moment);
	}
	print_message(", anywhere in %.1f ms\n", (double)(cpu_ns() - began) / 20 / 1e6);
	tape_close(tape);
	end_file(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),	     cmocka_unit_test(all_kinds),
		cmocka_unit_test(cut_anywhere),	     cmocka_unit_test(damaged_anywhere),
		cmocka_unit_test(reordered),	     cmocka_unit_test(other_files),
		cmocka_unit_test(gone_on_with),	     cmocka_unit_test(gone_on_with_later),
		cmocka_unit_test(foreign),	     cmocka_unit_test(senseless_later),
		cmocka_unit_test(senseless_damaged), cmocka_unit_test(failed_write),
		cmocka_unit_test(full_file),	     cmocka_unit_test(budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
