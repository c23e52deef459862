/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with --wrap=fsync. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "full-disk.h"
#include "tap.h"

#define NAME "tokens.json"

static char directory[] = "/tmp/test-file-XXXXXX";
static int dir_fd;

static bool exists(const char *name)
{
	return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_text(const char *name, const char *expected)
{
	_secret_ struct secret text = {};

	return file_read(dir_fd, name, 1000, &text) == 0 &&
	       strcmp(secret_string(&text), expected) == 0;
}

static unsigned count_files(void)
{
	_cleanup_(closedirp) DIR *dir = file_list(dir_fd);
	unsigned n = 0;

	for (struct dirent *e; (e = readdir(dir));)
		n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
	return n;
}

static int replace(const char *text, unsigned mode)
{
	return file_replace(dir_fd, NAME, text, strlen(text), mode);
}

static void test_replace(void)
{
	struct stat before, after;

	tap_begin("a file is created, then replaced by another one");
	CHECK_INT(replace("first", 0600), 0);
	CHECK(is_text(NAME, "first") && fstatat(dir_fd, NAME, &before, 0) == 0);
	CHECK_INT(replace("", 0640), 0);
	CHECK(is_text(NAME, "") && fstatat(dir_fd, NAME, &after, 0) == 0);
	CHECK(before.st_ino != after.st_ino);
	CHECK_INT(before.st_mode & 07777, 0600);
	CHECK_INT(after.st_mode & 07777, 0640);
	CHECK_INT(file_replace_unsynced(dir_fd, NAME, "third", 5, 0600), 0);
	CHECK(is_text(NAME, "third"));
	CHECK_INT(count_files(), 1);
	tap_end();

	tap_begin("on failure the old file is kept and the temporary one removed");
	is_disk_full = true;
	CHECK_INT(replace("fourth", 0600), -ENOSPC);
	is_disk_full = false;
	CHECK(is_text(NAME, "third"));
	CHECK_INT(count_files(), 1);
	tap_end();

	tap_begin("a symbolic link is replaced, not followed");
	CHECK_INT(symlinkat(NAME, dir_fd, "link"), 0);
	CHECK_INT(file_replace(dir_fd, "link", "fifth", 5, 0600), 0);
	CHECK(is_text(NAME, "third") && is_text("link", "fifth"));
	CHECK_INT(unlinkat(dir_fd, "link", 0), 0);
	tap_end();

	tap_begin("a directory is not replaced");
	CHECK_INT(mkdirat(dir_fd, "d", 0700), 0);
	CHECK_INT(file_replace(dir_fd, "d", "x", 1, 0600), -EISDIR);
	CHECK_INT(unlinkat(dir_fd, "d", AT_REMOVEDIR), 0);
	CHECK_INT(count_files(), 1);
	tap_end();
}

static void test_longest_name(void)
{
	_cleanup_(file_temporary_done) struct file_temporary t = {.fd = -1};
	char name[NAME_MAX + 1];

	tap_begin("a file may have the longest name");
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	CHECK_INT(file_replace(dir_fd, name, "x", 1, 0600), 0);
	CHECK(exists(name));
	CHECK_INT(file_temporary_open(dir_fd, name, 0600, &t), 0);
	CHECK(file_is_temporary(t.name, name));
	CHECK_INT(unlinkat(dir_fd, name, 0), 0);
	tap_end();
}

static void test_temporary(void)
{
	_cleanup_(file_temporary_done) struct file_temporary a = {.fd = -1}, b = {.fd = -1};
	_cleanup_(freep) char *name = NULL;

	tap_begin("a temporary file is recognized by the name that it will replace");
	CHECK_INT(file_temporary_open(dir_fd, "a", 0600, &a), 0);
	CHECK_INT(file_temporary_open(dir_fd, "a", 0600, &b), 0);
	CHECK(strcmp(a.name, b.name) != 0);
	CHECK(file_is_temporary(a.name, "a"));
	CHECK(!file_is_temporary(a.name, "b"));
	CHECK(!file_is_temporary("a", "a"));
	CHECK(!file_is_temporary(".a", "a"));
	CHECK(!file_is_temporary(".a.1", "a"));
	CHECK(!file_is_temporary(".aa.ecr-refresher.1", "a"));
	name = xstrdup(a.name);
	file_temporary_done(&a);
	CHECK(!exists(name));
	CHECK_INT(file_temporary_rename(&b, "a"), 0);
	file_temporary_done(&b);
	CHECK(exists("a"));
	CHECK_INT(unlinkat(dir_fd, "a", 0), 0);
	tap_end();
}

static void put_old(const char *name, int64_t age)
{
	struct timespec times[2] = {
	        {.tv_sec = timestamp_now() - age}, {.tv_sec = timestamp_now() - age}};

	if (!exists(name))
		CHECK_INT(file_replace(dir_fd, name, "", 0, 0600), 0);
	CHECK_INT(utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW), 0);
}

static const char *const leftovers[] = {
        "." NAME ".ecr-refresher.0123456789abcdef", "." NAME ".ecr-refresher.1"};
static const char *const earlier[] = {"." NAME ".4242", "." NAME ".new"};
static const char *const others[] = {"." NAME, "." NAME ".", "." NAME ".12x", "." NAME ".newer",
        "." NAME "x.1", NAME ".1", ".other.json.ecr-refresher.1", NAME ".ecr-refresher.1"};

static void put_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(leftovers); i++)
		put_old(leftovers[i], 3700);
	for (size_t i = 0; i < ARRAY_SIZE(earlier); i++)
		put_old(earlier[i], 3700);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		put_old(others[i], 3700);
	put_old("." NAME ".ecr-refresher.young", 3500);
	if (!exists("." NAME ".ecr-refresher.link"))
		CHECK_INT(symlinkat(NAME, dir_fd, "." NAME ".ecr-refresher.link"), 0);
	put_old("." NAME ".ecr-refresher.link", 3700);
}

static void check_others(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		CHECK(exists(others[i]));
	CHECK(exists("." NAME ".ecr-refresher.young"));
	CHECK(exists("." NAME ".ecr-refresher.link"));
}

static void test_sweep(void)
{
	tap_begin("a sweep removes what a crash left behind, and nothing else");
	put_all();
	file_sweep(dir_fd, NAME, FILE_NAMES_MARKED);
	for (size_t i = 0; i < ARRAY_SIZE(leftovers); i++)
		CHECK(!exists(leftovers[i]));
	for (size_t i = 0; i < ARRAY_SIZE(earlier); i++)
		CHECK(exists(earlier[i]));
	check_others();
	tap_end();

	tap_begin("replacing a file also removes leftovers with the names of earlier versions");
	put_all();
	CHECK_INT(replace("new", 0600), 0);
	for (size_t i = 0; i < ARRAY_SIZE(leftovers); i++)
		CHECK(!exists(leftovers[i]));
	for (size_t i = 0; i < ARRAY_SIZE(earlier); i++)
		CHECK(!exists(earlier[i]));
	check_others();
	tap_end();

	if (geteuid() != 0) {
		tap_skip("another user's file is kept", "only root can make one");
		return;
	}
	tap_begin("another user's file is kept");
	put_all();
	for (size_t i = 0; i < ARRAY_SIZE(leftovers); i++)
		CHECK_INT(fchownat(dir_fd, leftovers[i], 65534, -1, 0), 0);
	file_sweep(dir_fd, NAME, FILE_NAMES_EARLIER);
	for (size_t i = 0; i < ARRAY_SIZE(leftovers); i++)
		CHECK(exists(leftovers[i]));
	tap_end();
}

static void test_make_directories(void)
{
	_cleanup_(freep) char *path = xasprintf("%s/a/b//c/", directory);
	_cleanup_(freep) char *below_file = xasprintf("%s/" NAME "/d", directory);

	tap_begin("missing directories are made, private to the user");
	CHECK_INT(file_make_directories(path), 0);
	CHECK_INT(file_make_directories(path), 0);
	CHECK(exists("a/b/c"));
	CHECK_INT(file_make_directories("/"), 0);
	CHECK_INT(file_make_directories(below_file), -ENOTDIR);
	tap_end();
}

int main(void)
{
	_cleanup_(freep) char *command = NULL;
	int r;

	if (!mkdtemp(directory))
		return 1;
	dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	umask(022);
	test_replace();
	test_longest_name();
	test_temporary();
	test_sweep();
	test_make_directories();
	close(dir_fd);
	command = xconcat("rm -rf ", directory, NULL);
	r = system(command);
	return r ? 1 : tap_finish();
}
