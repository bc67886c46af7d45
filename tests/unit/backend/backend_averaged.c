/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/proc: whether kpagecount is an average, where no huge page can be had to try it on. */
#include "kid.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static char root[] = "/tmp/backend_averaged-XXXXXX";
static char config[128];
static bool may_average; /* Linux 6.15 and later */
static bool wanted;	 /* what the first probe, with a huge page, said */

/* A root with this machine's proc and sys and a /boot of ours. */
static int make_root(void **state)
{
	unsigned major, minor;
	struct utsname name;
	char path[64];

	(void)state;
	if (!mkdtemp(root) || uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return -1;
	may_average = major > 6 || (major == 6 && minor >= 15);
	snprintf(path, sizeof(path), "%s/proc", root);
	if (symlink("/proc", path))
		return -1;
	snprintf(path, sizeof(path), "%s/sys", root);
	if (symlink("/sys", path))
		return -1;
	snprintf(path, sizeof(path), "%s/boot", root);
	if (mkdir(path, 0755))
		return -1;
	snprintf(config, sizeof(config), "%s/boot/config-%s", root, name.release);
	return 0;
}

static int remove_root(void **state)
{
	static const char *const names[] = {"proc", "sys"};
	char path[64];
	size_t i;

	(void)state;
	unlink(config);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/boot", root);
	rmdir(path);
	return rmdir(root);
}

static struct kernel *open_root(void)
{
	struct kernel *kernel = NULL;
	char error[256] = "";

	if (proc_kernel_open(root, &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	return kernel;
}

static void need_counts(void)
{
	struct kernel *kernel = open_proc();
	bool counts = capable(&kernel->caps, CAP_KPAGECOUNT) && capable(&kernel->caps, CAP_PFN);

	wanted = kernel_averaged(kernel);
	kernel_close(kernel);
	if (!counts)
		SKIP("kpagecount", "no counts to ask for");
}

/* An address space that is full: no room for a huge page to try. Undone by *before. */
static void fill_up(struct rlimit *before)
{
	FILE *file = fopen("/proc/self/statm", "r");
	struct rlimit full;
	unsigned long pages;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	assert_int_equal(getrlimit(RLIMIT_AS, before), 0);
	full = *before;
	full.rlim_cur = pages * (rlim_t)getpagesize() + (1 << 20);
	assert_int_equal(setrlimit(RLIMIT_AS, &full), 0);
}

static void write_config(const char *text)
{
	int fd = open(config, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_return_code(fd, errno);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* The same answer where huge pages are forbidden to us, and they stay forbidden. */
static void test_thp_disabled(void **state)
{
	struct kernel *kernel;
	int before;

	(void)state;
	need_counts();
	before = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	assert_int_equal(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
	kernel = open_root();
	assert_int_equal(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
	assert_int_equal(prctl(PR_SET_THP_DISABLE, before & 1, before & ~1, 0, 0), 0);
	assert_int_equal(kernel_averaged(kernel), wanted);
	assert_true(capable(&kernel->caps, CAP_KPAGECOUNT));
	kernel_close(kernel);
}

static void test_unknown(void **state)
{
	struct rlimit before;
	struct kernel *kernel;

	(void)state;
	need_counts();
	fill_up(&before);
	kernel = open_root();
	setrlimit(RLIMIT_AS, &before);
	assert_int_equal(capable(&kernel->caps, CAP_KPAGECOUNT), !may_average);
	assert_int_equal(kernel_averaged(kernel), may_average);
	if (may_average)
		assert_non_null(strstr(kernel->caps.missing[CAP_KPAGECOUNT], "no huge page was to be had"));
	kernel_close(kernel);
}

static void config_says(const char *text, bool known, bool averaged)
{
	struct rlimit before;
	struct kernel *kernel;

	write_config(text);
	fill_up(&before);
	kernel = open_root();
	setrlimit(RLIMIT_AS, &before);
	assert_int_equal(capable(&kernel->caps, CAP_KPAGECOUNT), known || !may_average);
	assert_int_equal(kernel_averaged(kernel), averaged && may_average);
	/* Why some mapcounts are not known is said as long as any is read. */
	if (known && averaged && may_average)
		assert_non_null(strstr(kernel->caps.missing[CAP_KPAGECOUNT], "CONFIG_NO_PAGE_MAPCOUNT"));
	else if (known)
		assert_null(kernel->caps.missing[CAP_KPAGECOUNT]);
	kernel_close(kernel);
}

static void test_config(void **state)
{
	(void)state;
	need_counts();
	config_says("CONFIG_A=y\n# CONFIG_NO_PAGE_MAPCOUNT is not set\nCONFIG_PAGE_MAPCOUNT=y\n", true,
		    false);
	config_says("# CONFIG_PAGE_MAPCOUNT is not set\nCONFIG_NO_PAGE_MAPCOUNT=y\n", true, true);
	config_says("CONFIG_NO_PAGE_MAPCOUNT=yes\nXCONFIG_PAGE_MAPCOUNT=y\n", false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thp_disabled),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
