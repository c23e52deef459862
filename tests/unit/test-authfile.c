/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of one config.json in a real directory, and what happens to the files around it. */
#include <grp.h>
#include <time.h>

#include "authfile-fixture.h"

#define CONFIG in_dir("config.json")

static mode_t mode_of(const char *path)
{
	struct stat st = {};

	CHECK_INT(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static ino_t inode_of(const char *path)
{
	struct stat st = {};

	CHECK_INT(lstat(path, &st), 0);
	return st.st_ino;
}

static void test_new_file(void)
{
	fixture_begin("a new file and its directories are private to the user");
	check_update(in_dir("a/b/config.json"), true);
	CHECK_INT(mode_of(in_dir("a/b/config.json")), 0600);
	CHECK_INT(mode_of(in_dir("a/b")), 0700);
	CHECK_INT(mode_of(in_dir("a")), 0700);
	check_update(in_dir("a/b/config.json"), false);
	fixture_end();

	fixture_begin("an empty or blank file becomes a file with the entry");
	put_text(CONFIG, "", 0600);
	check_update(CONFIG, true);
	put_text(CONFIG, " \n\t", 0600);
	check_update(CONFIG, true);
	fixture_end();
}

static void test_nothing_desired(void)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {}, p = {};

	fixture_begin("if there is nothing to remove, nothing is created");
	CHECK_INT(update_without(in_dir("a/config.json"), AUTH, &o, NULL), 0);
	CHECK(!o.written && !authfile_has_changed(&o));
	CHECK(access(in_dir("a"), F_OK) < 0);
	CHECK_INT(update_without(CONFIG, AUTH, &p, NULL), 0);
	CHECK(!p.written && access(CONFIG, F_OK) < 0);
	fixture_end();
}

static void test_modes(void)
{
	static const mode_t modes[] = {0600, 0644, 0640, 0400, 0666, 0777};

	fixture_begin("a file keeps its mode and its other contents");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		ino_t before;

		unlink(CONFIG);
		put_text(CONFIG, FOREIGN, modes[i]);
		before = inode_of(CONFIG);
		check_update(CONFIG, true);
		CHECK_INT(mode_of(CONFIG), modes[i]);
		CHECK(inode_of(CONFIG) != before); /* replaced, never half-written */
		CHECK_AUTH(CONFIG, "example.com", "Zm9v");
	}
	fixture_end();

	fixture_begin("a file does not keep the set-user-id bit and the like");
	put_text(CONFIG, FOREIGN, 04755);
	check_update(CONFIG, true);
	CHECK_INT(mode_of(CONFIG), 0755);
	fixture_end();
}

/* For run_apart(): root becomes an ordinary user. */
static void become_nobody(void)
{
	if (geteuid() == 0)
		CHECK(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

static void update_as_nobody(void)
{
	become_nobody();
	check_update(CONFIG, true);
}

static void test_owners(void)
{
	static const char name[] = "the group is kept if the user may give it";
	struct stat st = {};

	if (geteuid() != 0) {
		tap_skip(name, "needs root");
		return;
	}
	fixture_begin(name);
	put_text(CONFIG, FOREIGN, 0660);
	CHECK_INT(chown(CONFIG, 0, 1), 0);
	check_update(CONFIG, true);
	CHECK_INT(stat(CONFIG, &st), 0);
	CHECK_INT(st.st_gid, 1);
	CHECK_INT(st.st_mode & 07777, 0660);
	fixture_end();

	fixture_begin("another user's file in the user's directory becomes the user's");
	CHECK_INT(chown(fixture_dir, NOBODY, NOBODY), 0);
	put_text(CONFIG, FOREIGN, 0644); /* root's, as after sudo docker login */
	run_apart(update_as_nobody);
	CHECK_INT(stat(CONFIG, &st), 0);
	CHECK_INT(st.st_uid, NOBODY);
	fixture_end();
}

static void test_unchanged(void)
{
	struct stat before = {}, after = {};

	fixture_begin("a file that is up to date is not written");
	check_update(CONFIG, true);
	CHECK_INT(stat(CONFIG, &before), 0);
	check_update(CONFIG, false);
	CHECK_INT(stat(CONFIG, &after), 0);
	CHECK_INT(after.st_ino, before.st_ino);
	CHECK(memcmp(&after.st_mtim, &before.st_mtim, sizeof(after.st_mtim)) == 0);
	CHECK(memcmp(&after.st_ctim, &before.st_ctim, sizeof(after.st_ctim)) == 0);
	fixture_end();
}

static void test_removal(void)
{
	_cleanup_(authfile_result_done) struct authfile_result ours = {}, foreign = {};

	fixture_begin("an entry is removed if it is ours");
	put_text(CONFIG, FOREIGN, 0640);
	check_update(CONFIG, true);
	CHECK_INT(update_without(CONFIG, "c29tZWJvZHkncw==", &foreign, NULL), 0);
	CHECK(!foreign.written && !foreign.merged.removed[0]);
	CHECK_AUTH(CONFIG, REGISTRY, AUTH);
	CHECK_INT(update_without(CONFIG, AUTH, &ours, NULL), 0);
	CHECK(ours.written && ours.merged.removed[0]);
	CHECK_TEXT(CONFIG, FOREIGN);
	CHECK_INT(mode_of(CONFIG), 0640);
	fixture_end();
}

static void test_symlinks(void)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};
	char link[64] = "";

	fixture_begin("symlinks stay, and the file they lead to is replaced");
	CHECK_INT(mkdir(in_dir("real"), 0750), 0);
	CHECK_INT(symlink("real", in_dir("dir")), 0);
	CHECK_INT(symlink("dir/b", in_dir("relative")), 0);
	CHECK_INT(symlink(in_dir("relative"), in_dir("absolute")), 0);
	put_text(in_dir("real/b"), FOREIGN, 0640);
	CHECK_INT(update_with(in_dir("absolute"), AUTH, false, &o, NULL), 0);
	CHECK_STRING(o.path, in_dir("real/b"));
	CHECK_AUTH(in_dir("real/b"), REGISTRY, AUTH);
	CHECK_INT(mode_of(in_dir("real/b")), 0640);
	CHECK_INT(mode_of(in_dir("real")), 0750);
	CHECK(readlink(in_dir("relative"), link, sizeof(link) - 1) == 5);
	CHECK_STRING(link, "dir/b");
	check_update(in_dir("absolute"), false);
	CHECK_INT(count_temporaries(in_dir("real")), 0);
	fixture_end();

	fixture_begin("a dangling symlink is followed");
	CHECK_INT(symlink("new/place/config.json", CONFIG), 0);
	check_update(CONFIG, true);
	CHECK_AUTH(in_dir("new/place/config.json"), REGISTRY, AUTH);
	CHECK_INT(mode_of(in_dir("new/place/config.json")), 0600);
	CHECK(readlink(CONFIG, link, sizeof(link)) > 0);
	fixture_end();

	fixture_begin("a loop of symlinks is an error");
	CHECK_INT(symlink("b", in_dir("a")), 0);
	CHECK_INT(symlink("a", in_dir("b")), 0);
	check_failure(in_dir("a"), ELOOP, "no-directory", "loop");
	check_failure(in_dir("a/config.json"), ELOOP, "no-directory", "loop");
	fixture_end();

	fixture_begin("a symlink to a directory is an error");
	CHECK_INT(symlink(".", CONFIG), 0);
	check_failure(CONFIG, EISDIR, "EISDIR", "directory");
	fixture_end();
}

static void test_not_a_file(void)
{
	fixture_begin("a directory instead of the file is an error that names it");
	CHECK_INT(mkdir(CONFIG, 0700), 0);
	check_failure(CONFIG, EISDIR, "EISDIR", "remove the directory");
	CHECK(access(CONFIG, F_OK) == 0);
	fixture_end();

	fixture_begin("a FIFO is an error, and opening it does not hang");
	CHECK_INT(mkfifo(CONFIG, 0600), 0);
	alarm(20);
	check_failure(CONFIG, EINVAL, "not-a-file", "regular file");
	alarm(0);
	CHECK(access(CONFIG, F_OK) == 0);
	fixture_end();

	fixture_begin("a file where the directory should be is an error");
	put_text(in_dir("a"), FOREIGN, 0600);
	check_failure(in_dir("a/config.json"), ENOTDIR, "no-directory", "a directory is needed");
	check_failure(in_dir("a/b/config.json"), ENOTDIR, "no-directory", "a directory is needed");
	CHECK_TEXT(in_dir("a"), FOREIGN);
	fixture_end();
}

static void test_too_large(void)
{
	struct stat before = {}, after = {};

	fixture_begin("a file of more than 4 MiB is left alone");
	put_text(CONFIG, "{}", 0600);
	CHECK_INT(truncate(CONFIG, AUTHFILE_MAX_SIZE + 1), 0);
	CHECK_INT(stat(CONFIG, &before), 0);
	check_failure(CONFIG, EFBIG, "EFBIG", "4 MiB");
	CHECK_INT(stat(CONFIG, &after), 0);
	CHECK(before.st_ino == after.st_ino && after.st_size == AUTHFILE_MAX_SIZE + 1);
	fixture_end();
}

static void test_not_json(void)
{
	static const struct {
		const char *text, *code, *line;
	} cases[] = {
	        {"{\n\"a\": 1,\n x}", "not-json", "line 3"},
	        {"# my logins", "not-json", "line 1"},
	        {"{}\n\n{}", "not-json", "line 3"},
	        {"{\"auths\":", "not-json", "line 1"},
	        {"\n[]", "not-object", "line 2"},
	        {"\"auths\"", "not-object", "line 1"},
	        {"{\n\n\"auths\": []}", "not-object", "line 3"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ino_t before;

		fixture_begin(
		        "a file that is not a JSON object is left alone; the error has the line");
		put_text(CONFIG, cases[i].text, 0640);
		before = inode_of(CONFIG);
		check_failure(CONFIG, EBADMSG, cases[i].code, cases[i].line);
		CHECK_TEXT(CONFIG, cases[i].text);
		CHECK(inode_of(CONFIG) == before && mode_of(CONFIG) == 0640);
		fixture_end();
	}
}

static void fail_to_read(void)
{
	become_nobody();
	check_failure(CONFIG, EACCES, "EACCES", "owner and mode");
}

static void fail_to_write(void)
{
	become_nobody();
	check_failure(in_dir("closed/config.json"), EACCES, "EACCES", "owner and mode");
	CHECK_INT(count_temporaries(in_dir("closed")), 0);
}

static void fail_to_enter(void)
{
	become_nobody();
	check_failure(in_dir("shut/config.json"), EACCES, "no-directory", "access");
}

static void test_permissions(void)
{
	fixture_begin("what the user may not read, write or enter is an error, and unchanged");
	put_text(CONFIG, FOREIGN, 0);
	CHECK_INT(mkdir(in_dir("closed"), 0755), 0);
	put_text(in_dir("closed/config.json"), FOREIGN, 0644);
	CHECK_INT(chmod(in_dir("closed"), 0555), 0);
	CHECK_INT(mkdir(in_dir("shut"), 0), 0);
	if (geteuid() == 0)
		CHECK_INT(chown(fixture_dir, NOBODY, NOBODY), 0);
	run_apart(fail_to_read);
	run_apart(fail_to_write);
	run_apart(fail_to_enter);
	CHECK_INT(mode_of(CONFIG), 0);
	CHECK_TEXT(in_dir("closed/config.json"), FOREIGN);
	chmod(in_dir("closed"), 0755);
	chmod(in_dir("shut"), 0755);
	fixture_end();
}

static void test_dry_run(void)
{
	_cleanup_(authfile_result_done) struct authfile_result new = {}, old = {}, same = {};
	struct stat before = {}, after = {};

	fixture_begin("a dry run reports what would be written, and writes nothing");
	CHECK_INT(update_with(in_dir("a/b/config.json"), AUTH, true, &new, NULL), 0);
	CHECK(new.written &&access(in_dir("a"), F_OK) < 0);
	put_text(CONFIG, FOREIGN, 0600);
	CHECK_INT(stat(CONFIG, &before), 0);
	CHECK_INT(update_with(CONFIG, AUTH, true, &old, NULL), 0);
	CHECK_INT(stat(CONFIG, &after), 0);
	CHECK(old.written && before.st_ino == after.st_ino);
	CHECK_TEXT(CONFIG, FOREIGN);
	check_update(CONFIG, true);
	CHECK_INT(update_with(CONFIG, AUTH, true, &same, NULL), 0);
	CHECK(!same.written);
	fixture_end();
}

static void put_leftover(const char *name, time_t age)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
	struct stat st;

	if (lstat(in_dir(name), &st) < 0)
		put_text(in_dir(name), "{}", 0600);
	CHECK_INT(utimensat(AT_FDCWD, in_dir(name), times, AT_SYMLINK_NOFOLLOW), 0);
}

static void test_leftovers(void)
{
	static const char *const kept[] = {".config.json.ecr-refresher.2", "config.json",
	        ".other.json.ecr-refresher.3", "config.json.ecr-refresher.4", ".config.json.5",
	        ".config.json.ecr-refresher.6"};
	_cleanup_(authfile_result_done) struct authfile_result o = {};

	fixture_begin("temporary files of a crash are removed after an hour, and nothing else is");
	put_leftover(".config.json.ecr-refresher.1", 3700);
	put_leftover(kept[0], 3500);
	put_leftover("config.json", 7200);
	put_leftover(kept[2], 7200);
	put_leftover(kept[3], 7200);
	put_leftover(kept[4], 7200);
	CHECK_INT(symlink("config.json", in_dir(kept[5])), 0);
	put_leftover(kept[5], 7200);
	CHECK_INT(update_with(CONFIG, AUTH, false, &o, NULL), 0);
	CHECK(access(in_dir(".config.json.ecr-refresher.1"), F_OK) < 0);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		CHECK(access(in_dir(kept[i]), F_OK) == 0);
	fixture_end();
}

static void test_has_changed(void)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {}, none = {};

	fixture_begin("any later change is noticed");
	CHECK_INT(update_with(CONFIG, AUTH, false, &o, NULL), 0);
	CHECK(!authfile_has_changed(&o));
	put_text(CONFIG, "{}", 0600); /* in place */
	CHECK(authfile_has_changed(&o));
	CHECK_INT(update_with(CONFIG, AUTH, false, &o, NULL), 0);
	CHECK(!authfile_has_changed(&o));
	save_text(CONFIG, FOREIGN);
	CHECK(authfile_has_changed(&o));
	CHECK_INT(update_with(CONFIG, AUTH, false, &o, NULL), 0);
	CHECK(!authfile_has_changed(&o));
	CHECK_INT(unlink(CONFIG), 0);
	CHECK(authfile_has_changed(&o));
	CHECK_INT(update_without(CONFIG, AUTH, &none, NULL), 0);
	CHECK(!authfile_has_changed(&none));
	put_text(CONFIG, "{}", 0600);
	CHECK(authfile_has_changed(&none));
	fixture_end();
}

int main(void)
{
	test_new_file();
	test_nothing_desired();
	test_modes();
	test_owners();
	test_unchanged();
	test_removal();
	test_symlinks();
	test_not_a_file();
	test_too_large();
	test_not_json();
	test_permissions();
	test_dry_run();
	test_leftovers();
	test_has_changed();
	return tap_finish();
}
