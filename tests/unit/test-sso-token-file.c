/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/sso-token-file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "tap.h"

static void test_path(void)
{
	_cleanup_(freep) char *sso = sso_token_file_path("/d", "SHA1", "dev");
	_cleanup_(freep) char *login = sso_token_file_path(
	        "/d", "SHA256", "arn:aws:sts::012345678910:assumed-role/Admin/admin");

	/* The names are those of the AWS CLI. */
	tap_begin("a file is named by the hash of its session");
	CHECK_STRING(sso, "/d/34c6fceca75e456f25e7e99531e2425c6c1de443.json");
	CHECK_STRING(
	        login, "/d/4b0ba8f99f075c0633e122fd73346ce203a3faf18ea0310eb2d29df1bab2e255.json");
	tap_end();
}

static void check_round(const char *text)
{
	_json_ struct json_object *before = json_parse(text, strlen(text));
	_json_ struct json_object *after = NULL;
	_secret_ struct secret rendered = {};

	sso_token_file_render(before, &rendered);
	after = json_parse(rendered.data, rendered.size);
	tap_check(after && json_object_equal(before, after), __FILE__, __LINE__, "%s became %s",
	        text, secret_string(&rendered));
}

static void test_render(void)
{
	static const char in_order[] = "{\"b\": 1, \"a\": [true, null], \"c\": {\"d\": \"e\"}}";
	_json_ struct json_object *o = json_parse(in_order, strlen(in_order));
	_secret_ struct secret text = {};

	tap_begin("a file's members are written unchanged");
	check_round("{}");
	check_round("{\"text\": \"\\\" \\\\ \\n \\u0000 \\u007f \\u00e9 \\ud83d\\ude00\"}");
	check_round("{\"numbers\": [0, -1, 1.5, 1e300, 9223372036854775807]}");
	check_round("{\"deep\": [[{\"x\": [{}]}], false]}");
	check_round("{\"\": {\"key\\n\": \"\"}}");
	sso_token_file_render(o, &text);
	CHECK_STRING(secret_string(&text), in_order);
	tap_end();
}

static void test_set(void)
{
	static const char before[] = "{\"keep\": 1, \"token\": \"old\"}";
	_json_ struct json_object *o = json_parse(before, strlen(before));
	_secret_ struct secret text = {};

	tap_begin("a member is replaced in its place, or added");
	sso_token_file_set(o, "token", "new");
	sso_token_file_set(o, "more", "\"");
	sso_token_file_render(o, &text);
	CHECK_STRING(secret_string(&text), "{\"keep\": 1, \"token\": \"new\", \"more\": \"\\\"\"}");
	tap_end();
}

static void check_expiry(const char *text, int error, int64_t expected)
{
	_json_ struct json_object *o = json_object_new_object();
	int64_t t = -1;

	json_object_object_add(o, "expiresAt", json_object_new_string(text));
	tap_begin("expiresAt \"%s\"", text);
	CHECK_INT(sso_token_file_expiry(o, "expiresAt", &t), error);
	CHECK_INT(t, expected);
	tap_end();
}

static void test_expiry(void)
{
	check_expiry("2020-06-30T23:13:03Z", 0, 1593558783);
	check_expiry("2020-06-30T23:13:03UTC", 0, 1593558783);
	check_expiry("2020-07-01T01:13:03+02:00", 0, 1593558783);
	check_expiry("UTC", -EINVAL, -1);
	check_expiry("tomorrow", -EINVAL, -1);
	check_expiry("2020-06-30T23:13:03 and some more than fits UTC", -EINVAL, -1);
}

static void test_printable(void)
{
	tap_begin("only text that is valid in a header counts as a token");
	CHECK(text_is_word("aoal-GcwhbxUgw4:MGUCMQ~/+=_", SIZE_MAX));
	CHECK(!text_is_word("", SIZE_MAX));
	CHECK(!text_is_word("a b", SIZE_MAX));
	CHECK(!text_is_word("token\r\nX-Header: y", SIZE_MAX));
	CHECK(!text_is_word("t\xc3\xb6ken", SIZE_MAX));
	CHECK(!text_is_word("\x7f", SIZE_MAX));
	tap_end();
}

static void test_lock_and_save(const char *directory)
{
	_cleanup_(freep) char *path = xasprintf("%s/x.json", directory), *other = NULL;
	const struct timespec long_ago[2] = {};
	_cleanup_(closep) int first = -1, second = -1;
	_secret_ struct secret text = {}, read = {};
	struct reason reason = {};
	uint64_t soon = monotonic_now() + 100 * USEC_PER_MSEC;
	struct stat st = {};

	secret_set_string(&text, "{\"token\": 1}");
	tap_begin("one process at a time, until the deadline");
	first = sso_token_file_lock(path, soon, &reason);
	CHECK(first >= 0);
	second = sso_token_file_lock(path, soon, &reason);
	CHECK_INT(second, -ETIMEDOUT);
	CHECK(strstr(reason.text, path));
	tap_end();

	tap_begin("a file is replaced, and only its owner can read it");
	CHECK_INT(close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)), 0);
	CHECK_INT(sso_token_file_save(first, path, &text, &reason), 0);
	CHECK_INT(file_read(AT_FDCWD, path, 100, &read), 0);
	CHECK_STRING(secret_string(&read), "{\"token\": 1}");
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	tap_end();

	tap_begin("another program's temporary file stays, whatever its age");
	other = xasprintf("%s/.x.json.4242", directory);
	CHECK_INT(close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	CHECK_INT(utimensat(AT_FDCWD, other, long_ago, 0), 0);
	CHECK_INT(sso_token_file_save(first, path, &text, &reason), 0);
	CHECK_INT(unlink(other), 0);
	tap_end();
	unlink(path);
}

static void test_changed(const char *directory)
{
	_cleanup_(freep) char *path = xasprintf("%s/x.json", directory);
	_cleanup_(closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_secret_ struct secret text = {};

	tap_begin("a file that another program has written or removed is noticed");
	CHECK_INT(file_replace(fd, "x.json", "{}", 2, 0600), 0);
	CHECK_INT(sso_token_file_read(path, &text), 0);
	CHECK(!sso_token_file_is_changed(path, &text));
	CHECK_INT(file_replace(fd, "x.json", "[]", 2, 0600), 0);
	CHECK(sso_token_file_is_changed(path, &text));
	CHECK_INT(unlink(path), 0);
	CHECK(sso_token_file_is_changed(path, &text));
	CHECK_INT(sso_token_file_read(path, &text), -ENOENT);
	tap_end();
}

/* As when the AWS CLI writes: the file is empty for a moment. */
static void *write_in_two(void *path)
{
	struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	nanosleep(&pause, NULL);
	return write(fd, "{\"a\": 1}", 8) == 8 ? path : NULL;
}

static void test_torn(const char *directory)
{
	_cleanup_(freep) char *path = xasprintf("%s/x.json", directory);
	_secret_ struct secret text = {};
	pthread_t writer;
	void *wrote = NULL;

	tap_begin("a file that is being written is read again");
	CHECK_INT(close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	CHECK_INT(pthread_create(&writer, NULL, write_in_two, path), 0);
	CHECK_INT(sso_token_file_read(path, &text), 0);
	CHECK_INT(pthread_join(writer, &wrote), 0);
	CHECK(wrote);
	CHECK_STRING(secret_string(&text), "{\"a\": 1}");
	tap_end();
	unlink(path);
}

static void test_link(const char *directory)
{
	_cleanup_(freep) char *path = xasprintf("%s/x.json", directory);
	_cleanup_(freep) char *elsewhere = xasprintf("%s/elsewhere", directory);
	_cleanup_(freep) char *target = xasprintf("%s/y", elsewhere);
	_cleanup_(closep) int fd = -1;
	_secret_ struct secret text = {}, read = {};
	struct reason reason = {};
	struct stat st = {};

	tap_begin("a symlink is kept, and its target is replaced");
	secret_set_string(&text, "{\"token\": 1}");
	CHECK_INT(mkdir(elsewhere, 0700), 0);
	CHECK_INT(close(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	CHECK_INT(symlink("elsewhere/y", path), 0);
	fd = sso_token_file_lock(path, monotonic_now() + USEC_PER_SEC, &reason);
	CHECK_INT(sso_token_file_save(fd, path, &text, &reason), 0);
	CHECK(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
	CHECK_INT(file_read(AT_FDCWD, target, 100, &read), 0);
	CHECK_STRING(secret_string(&read), "{\"token\": 1}");
	tap_end();
	unlink(path);
	unlink(target);
	rmdir(elsewhere);
}

static void test_no_directory(const char *directory)
{
	_cleanup_(freep) char *path = xasprintf("%s/absent/x.json", directory);
	struct reason reason = {};

	tap_begin("the message for an unwritable directory names it and the user");
	CHECK_INT(sso_token_file_lock(path, monotonic_now(), &reason), -ENOENT);
	CHECK(strstr(reason.text, path) && strstr(reason.text, "user"));
	tap_end();
}

int main(void)
{
	char directory[] = "/tmp/ecr-test-token-cache-XXXXXX";

	test_path();
	test_render();
	test_set();
	test_expiry();
	test_printable();
	if (!mkdtemp(directory))
		return 1;
	test_lock_and_save(directory);
	test_changed(directory);
	test_torn(directory);
	test_link(directory);
	test_no_directory(directory);
	rmdir(directory);
	return tap_finish();
}
