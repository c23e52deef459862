/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may read a file that is replaced: each account tries before, after every call that changes
 * the temporary file, and afterwards.
 */
#include <grp.h>

#include "acl.h"

#define CONFIG in_dir("d/config.json")

/*
 * Users and groups are numbers here; a user's own group has the user's number. BACKUP is a group
 * that every system has, without the user with OWNER's number.
 */
enum { FRIEND = 60001, EVE, STRANGER, OWNER = NOBODY };
enum { BACKUP = 1, STAFF = 60011, MINE };

struct account {
	uid_t uid;
	gid_t gid;
};

static const struct account accounts[] = {{OWNER, OWNER}, {FRIEND, FRIEND}, {EVE, EVE},
        {STRANGER, STRANGER}, {STRANGER, OWNER}, {STRANGER, STAFF}, {STRANGER, BACKUP},
        {STRANGER, MINE}, {EVE, OWNER}, {EVE, STAFF}, {FRIEND, OWNER}};

static bool could_read[ARRAY_SIZE(accounts)];
static unsigned n_looks;
static int get_error, set_error, remove_error; /* which these calls fail with */

/* Changes only the effective ids, so that root can return. */
static void become(const struct account *a, gid_t other_group)
{
	CHECK(seteuid(0) == 0 && setgroups(other_group != 0, &other_group) == 0);
	CHECK(setegid(a->gid) == 0 && seteuid(a->uid) == 0);
}

static bool can_read(const char *path, const struct account *a)
{
	const struct account before = {geteuid(), getegid()};
	gid_t group = 0;
	int fd;

	CHECK(getgroups(1, &group) >= 0);
	become(a, 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	become(&before, group);
	return fd >= 0;
}

static void see_who_can_read(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++)
		could_read[i] = can_read(path, &accounts[i]);
}

/* Checks that no account has gained access; if exactly, that none has lost it. */
static void check_readers(const char *path, bool exactly)
{
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
		bool can = can_read(path, &accounts[i]);

		if (!CHECK(!can || could_read[i]) || (exactly && !CHECK(can == could_read[i])))
			printf("# %s: uid %u, gid %u: could %d, can %d\n", path, accounts[i].uid,
			        accounts[i].gid, could_read[i], can);
	}
}

static void look_at(int fd)
{
	char link[32], path[PATH_MAX] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (!CHECK(readlink(link, path, sizeof(path) - 1) > 0) || !strstr(path, "ecr-refresher."))
		return;
	check_readers(path, false);
	n_looks++;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

#define WRAP(type, name, parameters, fails, arguments)                                             \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		type r = fails ? fail(fails) : __real_##name arguments;                            \
		int error = errno;                                                                 \
                                                                                                   \
		look_at(fd);                                                                       \
		errno = error;                                                                     \
		return r;                                                                          \
	}

WRAP(ssize_t, write, (int fd, const void *data, size_t size), 0, (fd, data, size))
WRAP(int, fchown, (int fd, uid_t uid, gid_t gid), 0, (fd, uid, gid))
WRAP(int, fchmod, (int fd, mode_t mode), 0, (fd, mode))
WRAP(ssize_t, fgetxattr, (int fd, const char *name, void *value, size_t size), get_error,
        (fd, name, value, size))
WRAP(int, fsetxattr, (int fd, const char *name, const void *value, size_t size, int flags),
        set_error, (fd, name, value, size, flags))
WRAP(int, fremovexattr, (int fd, const char *name), remove_error, (fd, name))

/* Lists that setfacl makes, and others; the first is setfacl -m u:FRIEND:r on a 0600 file. */
static const struct acl_entry lists[][7] = {
        {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 4, FRIEND}, {ACL_GROUP_OBJ, 0, 0}, {ACL_MASK, 4, 0},
                {ACL_OTHER, 0, 0}},
        {{ACL_USER_OBJ, 6, 0}, {ACL_GROUP_OBJ, 0, 0}, {ACL_GROUP, 4, BACKUP}, {ACL_MASK, 4, 0},
                {ACL_OTHER, 0, 0}},
        {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 6, FRIEND}, {ACL_GROUP_OBJ, 6, 0}, {ACL_MASK, 4, 0},
                {ACL_OTHER, 0, 0}},
        {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 6, FRIEND}, {ACL_GROUP_OBJ, 4, 0}, {ACL_MASK, 0, 0},
                {ACL_OTHER, 0, 0}},
        {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 0, EVE}, {ACL_GROUP_OBJ, 4, 0}, {ACL_MASK, 6, 0},
                {ACL_OTHER, 4, 0}},
        {{ACL_USER_OBJ, 4, 0}, {ACL_GROUP_OBJ, 0, 0}, {ACL_GROUP, 0, STAFF}, {ACL_GROUP, 4, MINE},
                {ACL_MASK, 6, 0}, {ACL_OTHER, 4, 0}},
        {{ACL_USER_OBJ, 6, 0}, {ACL_GROUP_OBJ, 4, 0}, {ACL_MASK, 6, 0}, {ACL_OTHER, 0, 0}},
        {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 0, EVE}, {ACL_GROUP_OBJ, 4, 0}, {ACL_MASK, 0, 0},
                {ACL_OTHER, 4, 0}},
};
static const mode_t modes[] = {0600, 0640, 0660, 0644, 0664, 0604, 0400};
static const struct acl_entry open_to_eve[] = {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 6, EVE},
        {ACL_GROUP_OBJ, 6, 0}, {ACL_GROUP, 4, STAFF}, {ACL_MASK, 6, 0}, {ACL_OTHER, 4, 0}, {}};

/* Makes a directory of the owner that all may enter. */
static void make_directory(bool inherited)
{
	CHECK_INT(chmod(fixture_dir, 0755), 0);
	CHECK_INT(mkdir(in_dir("d"), 0755), 0);
	if (inherited)
		put_acl(in_dir("d"), ACL_OF_NEW_FILES, open_to_eve);
	CHECK_INT(chown(in_dir("d"), OWNER, OWNER), 0);
}

/* Begins a case; if inherited, new files in its directory inherit a list. */
static void begin(const char *name, bool inherited)
{
	_cleanup_(freep) char *longer =
	        xasprintf("%s, whatever new files in the directory inherit", name);

	fixture_begin(inherited ? longer : name);
	make_directory(inherited);
}

static void make_file(gid_t gid, mode_t mode, const struct acl_entry *acl)
{
	put_text(CONFIG, FOREIGN, 0600);
	removexattr(CONFIG, ACL_OF_FILE);
	CHECK_INT(chown(CONFIG, OWNER, gid), 0);
	CHECK_INT(chmod(CONFIG, mode), 0);
	if (acl)
		put_acl(CONFIG, ACL_OF_FILE, acl);
	see_who_can_read(CONFIG);
}

/* Updates the file as the owner, who is in one more group, and returns to root. */
static int update_as_owner(const char *path, const char *auth)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};
	int r;

	become(&(struct account){OWNER, OWNER}, MINE);
	n_looks = 0;
	r = auth ? update_with(path, auth, false, &o, NULL) : update_without(path, AUTH, &o, NULL);
	CHECK(r < 0 || o.written);
	become(&(struct account){0, 0}, 0);
	return r;
}

static void check_carried_over(bool exactly)
{
	CHECK_INT(update_as_owner(CONFIG, AUTH), 0);
	CHECK(n_looks > 0);
	CHECK_AUTH(CONFIG, REGISTRY, AUTH);
	check_readers(CONFIG, exactly);
}

static void test_lists(void)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lists); i++) {
		const struct acl_entry *list = lists[i / 2];

		begin("an access list stays as it is", i % 2 != 0);
		make_file(OWNER, 0600, list);
		check_carried_over(true);
		check_acl(CONFIG, list);
		CHECK_INT(update_as_owner(CONFIG, NULL), 0);
		CHECK_TEXT(CONFIG, FOREIGN);
		check_acl(CONFIG, list);
		fixture_end();
	}
}

static void test_long_list(void)
{
	struct acl_entry list[ACL_MAX_ENTRIES + 1] = {{ACL_USER_OBJ, 6, 0}};

	fixture_begin("a long access list stays as it is");
	for (size_t i = 1; i < ACL_MAX_ENTRIES - 3; i++)
		list[i] = (struct acl_entry){ACL_USER, 4, FRIEND + 100 + (uint32_t)i};
	list[ACL_MAX_ENTRIES - 3] = (struct acl_entry){ACL_GROUP_OBJ, 0, 0};
	list[ACL_MAX_ENTRIES - 2] = (struct acl_entry){ACL_MASK, 4, 0};
	list[ACL_MAX_ENTRIES - 1] = (struct acl_entry){ACL_OTHER, 0, 0};
	make_directory(false);
	make_file(OWNER, 0600, list);
	check_carried_over(true);
	check_acl(CONFIG, list);
	fixture_end();
}

static void test_modes(void)
{
	static const gid_t groups[] = {OWNER, MINE};

	for (size_t i = 0; i < 4 * ARRAY_SIZE(modes); i++) {
		mode_t mode = modes[i / 4];
		gid_t gid = groups[i % 2];
		struct stat st = {};

		begin("a file without a list gets none", (i & 2) != 0);
		make_file(gid, mode, NULL);
		check_carried_over(true);
		check_no_acl(CONFIG);
		CHECK_INT(stat(CONFIG, &st), 0);
		CHECK_INT(st.st_mode & 07777, mode);
		CHECK_INT(st.st_gid, gid);
		fixture_end();
	}
}

static void test_foreign_group(void)
{
	struct stat st = {};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		begin("a group without the user keeps its access", false);
		make_file(BACKUP, modes[i], NULL);
		check_carried_over(modes[i] != 0604);
		CHECK_INT(update_as_owner(CONFIG, NULL), 0);
		check_readers(CONFIG, modes[i] != 0604);
		CHECK_INT(stat(CONFIG, &st), 0);
		CHECK_INT(st.st_gid, OWNER);
		fixture_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		begin("a group without the user keeps its access beside an access list", true);
		make_file(BACKUP, 0600, lists[i]);
		check_carried_over(false);
		CHECK_INT(can_read(CONFIG, &(struct account){STRANGER, BACKUP}), could_read[6]);
		fixture_end();
	}
}

static void test_new_file(void)
{
	fixture_begin(
	        "a new file is the owner's alone, whatever new files in the directory inherit");
	make_directory(true);
	put_text(in_dir("d/model"), "", 0600);
	removexattr(in_dir("d/model"), ACL_OF_FILE);
	CHECK_INT(chmod(in_dir("d/model"), 0600), 0);
	CHECK_INT(chown(in_dir("d/model"), OWNER, OWNER), 0);
	see_who_can_read(in_dir("d/model"));
	CHECK_INT(update_as_owner(CONFIG, AUTH), 0);
	check_readers(CONFIG, true);
	fixture_end();
}

static void test_other_owner(void)
{
	begin("another account's file becomes the user's alone", true);
	make_file(OWNER, 0600, lists[0]);
	CHECK_INT(chown(CONFIG, STRANGER, OWNER), 0);
	put_acl(CONFIG, ACL_OF_FILE,
	        (const struct acl_entry[]){{ACL_USER_OBJ, 6, 0}, {ACL_USER, 6, OWNER},
	                {ACL_USER, 4, EVE}, {ACL_GROUP_OBJ, 4, 0}, {ACL_MASK, 6, 0},
	                {ACL_OTHER, 4, 0}, {}});
	see_who_can_read(CONFIG);
	check_carried_over(false);
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++)
		CHECK(can_read(CONFIG, &accounts[i]) == (accounts[i].uid == OWNER));
	fixture_end();
}

/* Every case, with calls that fail: the bits of i select them. */
static void test_refusals(void)
{
	for (unsigned i = 0; i < 8 * (ARRAY_SIZE(lists) + ARRAY_SIZE(modes)); i++) {
		size_t n = i / 8;

		begin("no account gains access if access lists are refused", n % 2 != 0);
		make_file(i & 4 ? BACKUP : OWNER,
		        n < ARRAY_SIZE(lists) ? 0600 : modes[n - ARRAY_SIZE(lists)],
		        n < ARRAY_SIZE(lists) ? lists[n] : NULL);
		get_error = i & 1 ? EACCES : 0;
		set_error = i & 2 ? EPERM : 0;
		remove_error = i & 2 ? EPERM : 0;
		check_carried_over(false);
		get_error = set_error = remove_error = 0;
		fixture_end();
	}
}

static void test_failures(void)
{
	begin("a temporary failure leaves the file unchanged", false);
	make_file(OWNER, 0600, lists[0]);
	get_error = EIO;
	CHECK_INT(update_as_owner(CONFIG, AUTH), -EIO);
	get_error = 0;
	set_error = ENOSPC;
	CHECK_INT(update_as_owner(CONFIG, AUTH), -ENOSPC);
	set_error = 0;
	CHECK_TEXT(CONFIG, FOREIGN);
	check_acl(CONFIG, lists[0]);
	CHECK_INT(count_temporaries(in_dir("d")), 0);
	fixture_end();
}

static void test_symlink(void)
{
	begin("access is kept at the end of a symlink", false);
	make_file(OWNER, 0600, lists[0]);
	CHECK_INT(symlink("d/config.json", in_dir("link")), 0);
	CHECK_INT(update_as_owner(in_dir("link"), AUTH), 0);
	check_acl(CONFIG, lists[0]);
	fixture_end();
}

int main(void)
{
	if (geteuid() != 0 || !knows_acls("/tmp")) {
		tap_skip(
		        "who may read", geteuid() != 0 ? "needs root" : "/tmp has no access lists");
		return tap_finish();
	}
	CHECK_INT(setgroups(0, NULL), 0);
	test_lists();
	test_long_list();
	test_modes();
	test_foreign_group();
	test_new_file();
	test_other_owner();
	test_refusals();
	test_failures();
	test_symlink();
	return tap_finish();
}
