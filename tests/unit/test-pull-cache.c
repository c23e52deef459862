/* SPDX-License-Identifier: Apache-2.0 */
/* The user's cache: which entries are found, removed and listed, and the lock. */
#include "pull/pull-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "tap.h"

#define NOW INT64_C(1790000000)

static char directory[] = "/tmp/ecr-test-cache-XXXXXX";

static struct token make_token(const char *region, const char *who, int64_t expires_at)
{
	struct token t = {.identity = xstrdup(""),
	        .identity_settings = xstrdup(who),
	        .service = SERVICE_ECR,
	        .partition = partition_by_name("aws"),
	        .fetched_at = NOW - 60,
	        .expires_at = expires_at};

	snprintf(t.region, sizeof(t.region), "%s", region);
	if (expires_at)
		secret_set_string(&t.authorization, "QVdTOnBhc3N3b3Jk");
	return t;
}

/* Returns the result of pull_cache_find(), and checks what it found. */
static int find(int fd, const char *region, const char *who)
{
	_cleanup_(token_done) struct token key = make_token(region, who, 0), found = {};
	int r = pull_cache_find(fd, &key, &found);

	if (r > 0) {
		CHECK_STRING(found.region, region);
		CHECK_STRING(found.identity_settings, who);
		CHECK_STRING(secret_string(&found.authorization), "QVdTOnBhc3N3b3Jk");
	}
	return r;
}

static int save(int fd, const char *region, const char *who, int64_t expires_at)
{
	_cleanup_(token_done) struct token t = make_token(region, who, expires_at);

	return pull_cache_save(fd, &t, NOW);
}

static unsigned count(int fd)
{
	_cleanup_(tokens_done) struct tokens tokens = {};

	pull_cache_list(fd, NOW, &tokens);
	return (unsigned)tokens.count;
}

static void test_keys(int fd)
{
	tap_begin("an entry is found only by its own key");
	CHECK_INT(find(fd, "eu-central-1", "me\nand \"more\"\n"), 0);
	CHECK_INT(save(fd, "eu-central-1", "me\nand \"more\"\n", NOW + 3600), 0);
	CHECK_INT(find(fd, "eu-central-1", "me\nand \"more\"\n"), 1);
	CHECK_INT(find(fd, "eu-central-1", "you"), 0);
	CHECK_INT(find(fd, "eu-west-1", "me\nand \"more\"\n"), 0);
	CHECK_INT(save(fd, "eu-west-1", "me\nand \"more\"\n", NOW + 3600), 0);
	CHECK_INT(find(fd, "eu-central-1", "me\nand \"more\"\n"), 1);
	CHECK_INT(count(fd), 2);
	tap_end();
}

static void test_eviction(int fd)
{
	tap_begin("expired entries are removed when another is saved");
	CHECK_INT(save(fd, "xx-old-1", "me", NOW - 1), 0);
	CHECK_INT(find(fd, "xx-old-1", "me"), 1);
	CHECK_INT(save(fd, "xx-new-1", "me", NOW + 1), 0);
	CHECK_INT(find(fd, "xx-old-1", "me"), 0);
	CHECK_INT(find(fd, "xx-new-1", "me"), 1);
	tap_end();
}

/* Makes a file that is two hours old. */
static void make_old(int fd, const char *name)
{
	const struct timespec times[] = {{NOW - 7200, 0}, {NOW - 7200, 0}};

	close(openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CHECK_INT(utimensat(fd, name, times, 0), 0);
}

static void test_leftovers(int fd)
{
	static const char *const others[] = {".app.json.swp", ".config.json.123", ".json.1",
	        ".0123456789abcdef.json.", ".0123456789abcdef.json.12x", ".0123456789abcdef.json",
	        ".0123456789ABCDEF.json.12", ".0123456789abcde.json.12", "0123456789abcdef.json.12",
	        ".0123456789abcdef.jsonx.1", ".app.json.ecr-refresher.1",
	        "0123456789abcdef.json.ecr-refresher.1"};
	static const char *const ours[] = {
	        ".0123456789abcdef.json.ecr-refresher.0f", ".0123456789abcdef.json.4242"};

	tap_begin("leftovers of a crash are removed, files of other programs stay");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		make_old(fd, others[i]);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		make_old(fd, ours[i]);
	CHECK_INT(save(fd, "xx-new-1", "me", NOW + 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		CHECK_INT(unlinkat(fd, others[i], 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		CHECK(unlinkat(fd, ours[i], 0) < 0 && errno == ENOENT);
	tap_end();
}

static void test_list(int fd)
{
	unsigned before = count(fd);

	tap_begin("only valid entries are listed");
	CHECK_INT(save(fd, "xx-gone-1", "me", NOW - 1), 0);
	CHECK_INT(count(fd), before);
	CHECK_INT(file_replace(fd, "0123456789abcdef.json", "{", 1, 0600), 0);
	CHECK_INT(file_replace(fd, "another.json", "{}", 2, 0600), 0);
	CHECK_INT(count(fd), before);
	CHECK_INT(unlinkat(fd, "another.json", 0), 0);
	tap_end();
}

static int lock(int fd, const char *region, uint64_t usec, bool *ret_waited)
{
	_cleanup_(token_done) struct token key = make_token(region, "me", 0);

	return pull_cache_lock(fd, &key, monotonic_now() + usec, ret_waited);
}

static void test_lock(int fd)
{
	bool waited;
	int first, other;

	tap_begin("a pull of the same token waits, of another region does not");
	first = lock(fd, "eu-central-1", 0, &waited);
	CHECK(first >= 0 && !waited);
	other = lock(fd, "eu-west-1", 0, &waited);
	CHECK(other >= 0 && !waited);
	close(other);
	CHECK_INT(lock(fd, "eu-central-1", 50 * USEC_PER_MSEC, &waited), -ETIMEDOUT);
	CHECK(waited);
	close(first);
	first = lock(fd, "eu-central-1", 0, &waited);
	CHECK(first >= 0 && !waited);
	close(first);
	tap_end();
}

static void test_lock_of_another_user(int fd)
{
	bool waited;
	int held;

	if (geteuid() != 0) {
		tap_skip("another user's lock is refused", "needs root");
		return;
	}
	tap_begin("another user's lock is refused");
	held = lock(fd, "eu-central-1", 0, &waited);
	CHECK_INT(fchown(held, 1, 1), 0);
	CHECK_INT(lock(fd, "eu-central-1", USEC_PER_SEC, &waited), -EPERM);
	CHECK(!waited);
	close(held);
	CHECK_INT(unlinkat(fd, "lock", 0), 0);
	tap_end();
}

static void test_place(void)
{
	struct stat st;
	int fd;

	tap_begin("the environment names the directory, or disables the cache");
	setenv("XDG_CACHE_HOME", directory, 1);
	CHECK_INT(pull_cache_open(false), -ENOENT);
	fd = pull_cache_open(true);
	CHECK(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0700);
	close(fd);
	fd = pull_cache_open(false);
	CHECK(fd >= 0);
	close(fd);
	setenv("AWS_ECR_CACHE_DIR", "/nonexistent/directory", 1);
	CHECK(pull_cache_open(false) < 0);
	setenv("AWS_ECR_DISABLE_CACHE", "false", 1); /* any value, as in the Go helper */
	unsetenv("AWS_ECR_CACHE_DIR");
	CHECK_INT(pull_cache_open(true), -ENOENT);
	unsetenv("AWS_ECR_DISABLE_CACHE");
	tap_end();
}

int main(void)
{
	_cleanup_(freep) char *remove = NULL;
	int fd;

	if (!mkdtemp(directory))
		return 1;
	test_place();
	fd = pull_cache_open(true);
	test_keys(fd);
	test_eviction(fd);
	test_leftovers(fd);
	test_list(fd);
	test_lock(fd);
	test_lock_of_another_user(fd);
	close(fd);
	remove = xasprintf("rm -rf %s", directory);
	if (system(remove) != 0)
		return 1;
	return tap_finish();
}
