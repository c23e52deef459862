/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other programs save the file while it is being written; no update may be lost. Linked with
 * --wrap=renameat2, so that they can save at the worst moment; in one case a thread saves all the
 * time.
 */
#include "acl.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define CONFIG in_dir("config.json")
#define OTHER(n) "{\"auths\":{\"example.com\":{\"auth\":\"b3RoZXI=\"}},\"n\":" #n "}"

int __real_renameat2(int old_fd, const char *old, int new_fd, const char *new, unsigned flags);
int __wrap_renameat2(int old_fd, const char *old, int new_fd, const char *new, unsigned flags);

/* Called right before and right after the nth exchange of names, from 0. */
static struct {
	void (*before[3])(void);
	void (*after[3])(void);
	size_t n;
} meanwhile;

int __wrap_renameat2(int old_fd, const char *old, int new_fd, const char *new, unsigned flags)
{
	size_t n = meanwhile.n++;
	int r, error;

	if (n < ARRAY_SIZE(meanwhile.before) && meanwhile.before[n])
		meanwhile.before[n]();
	r = __real_renameat2(old_fd, old, new_fd, new, flags);
	error = errno;
	if (n < ARRAY_SIZE(meanwhile.after) && meanwhile.after[n])
		meanwhile.after[n]();
	errno = error;
	return r;
}

/* Begins a case with a file, in which nothing happens meanwhile. */
static void begin(const char *name)
{
	fixture_begin(name);
	put_text(CONFIG, FOREIGN, 0644);
	memset(&meanwhile, 0, sizeof(meanwhile));
}

static void save_other(void)
{
	save_text(CONFIG, OTHER(1));
}

static void save_newer(void)
{
	save_text(CONFIG, OTHER(2));
}

static void write_in_place(void)
{
	put_text(CONFIG, OTHER(1), 0644);
}

static void take_away(void)
{
	CHECK_INT(unlink(CONFIG), 0);
}

static long long number_in(const char *path)
{
	_cleanup_(freep) char *text = get_text(path);
	struct json_object *root = text ? json_tokener_parse(text) : NULL, *n;
	long long value = json_object_object_get_ex(root, "n", &n) ? json_object_get_int64(n) : -1;

	json_object_put(root);
	return value;
}

/* Checks that the update succeeds, and that the file has their entry and ours. */
static void check_both(int number)
{
	check_update(CONFIG, true);
	CHECK_INT(number_in(CONFIG), number);
	CHECK_AUTH(CONFIG, "example.com", "b3RoZXI=");
}

static void test_saved_before(void)
{
	begin("a program saves between our reading and our writing");
	meanwhile.before[0] = save_other;
	check_both(1);
	fixture_end();

	begin("a program writes into the file between our reading and our writing");
	meanwhile.before[0] = write_in_place;
	check_both(1);
	fixture_end();

	begin("a program saves each time");
	meanwhile.before[0] = save_newer;
	meanwhile.before[2] = save_other; /* 1 is the swap back */
	check_both(1);
	fixture_end();

	begin("a program saves, and again while that is swapped back");
	meanwhile.before[0] = save_other;
	meanwhile.after[0] = save_newer;
	check_both(2);
	fixture_end();

	begin("a program saves, and again after that was swapped back");
	meanwhile.before[0] = save_other;
	meanwhile.after[1] = save_newer;
	check_both(2);
	fixture_end();
}

static void test_removed(void)
{
	begin("a program removes the file between our reading and our writing");
	meanwhile.before[0] = take_away;
	check_update(CONFIG, true);
	CHECK_AUTH(CONFIG, REGISTRY, AUTH);
	CHECK_INT(number_in(CONFIG), -1);
	fixture_end();

	begin("a program saves, and removes the file while that is swapped back");
	meanwhile.before[0] = save_other;
	meanwhile.after[0] = take_away;
	check_update(CONFIG, true);
	fixture_end();
}

static void test_created(void)
{
	begin("a program creates the file while we do");
	CHECK_INT(unlink(CONFIG), 0);
	meanwhile.before[0] = save_other;
	check_both(1);
	fixture_end();
}

/* Checks that the change is noticed, and that another run of the writer repairs it. */
static void check_noticed(void)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};
	struct reason reason = {};

	if (!CHECK_INT(update_with(CONFIG, AUTH, false, &o, &reason), 0))
		printf("# %s\n", reason.text);
	CHECK(authfile_has_changed(&o));
	CHECK_INT(count_temporaries(fixture_dir), 0);
}

static void test_saved_after(void)
{
	begin("a program saves right after us: its file stays, and the change is noticed");
	meanwhile.after[0] = save_other;
	check_noticed();
	CHECK_TEXT(CONFIG, OTHER(1));
	fixture_end();

	begin("a program removes the file right after us: it stays so, and the change is noticed");
	meanwhile.after[0] = take_away;
	check_noticed();
	CHECK(access(CONFIG, F_OK) < 0);
	fixture_end();
}

static void put_symlink(void)
{
	take_away();
	put_text(in_dir("theirs.json"), OTHER(1), 0600);
	CHECK_INT(symlink("theirs.json", CONFIG), 0);
}

static void put_directory(void)
{
	take_away();
	CHECK_INT(mkdir(CONFIG, 0700), 0);
}

static void put_fifo(void)
{
	take_away();
	CHECK_INT(mkfifo(CONFIG, 0600), 0);
}

static void put_large(void)
{
	save_text(CONFIG, OTHER(1));
	CHECK_INT(truncate(CONFIG, AUTHFILE_MAX_SIZE + 1), 0);
}

/* Whatever the run does, what they put there must still exist. */
static void check_kept(void (*put)(void), mode_t type, off_t size)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};
	struct reason reason = {};
	struct stat st = {};

	meanwhile.before[0] = put;
	update_with(CONFIG, AUTH, false, &o, &reason);
	CHECK_INT(lstat(CONFIG, &st), 0);
	CHECK_INT(st.st_mode & S_IFMT, type);
	CHECK(size == 0 || st.st_size == size);
	CHECK_INT(count_temporaries(fixture_dir), 0);
}

static void test_replaced(void)
{
	begin("a program replaces the file by a symlink");
	check_kept(put_symlink, S_IFLNK, 0);
	CHECK_AUTH(in_dir("theirs.json"), "example.com", "b3RoZXI=");
	fixture_end();

	begin("a program replaces the file by a directory");
	check_kept(put_directory, S_IFDIR, 0);
	fixture_end();

	begin("a program replaces the file by a FIFO");
	alarm(20);
	check_kept(put_fifo, S_IFIFO, 0);
	alarm(0);
	fixture_end();

	begin("a program saves more than we read");
	check_kept(put_large, S_IFREG, AUTHFILE_MAX_SIZE + 1);
	fixture_end();
}

static void protect(void)
{
	CHECK_INT(chmod(CONFIG, 0600), 0);
}

static const struct acl_entry closed_to_nobody[] = {{ACL_USER_OBJ, 6, 0}, {ACL_USER, 0, NOBODY},
        {ACL_GROUP_OBJ, 4, 0}, {ACL_MASK, 4, 0}, {ACL_OTHER, 4, 0}, {}};

/* The mode stays. */
static void protect_from_one(void)
{
	put_acl(CONFIG, ACL_OF_FILE, closed_to_nobody);
}

static void test_protected(void)
{
	struct stat st = {};

	begin("the file is closed to others between our reading and our writing");
	meanwhile.before[0] = protect;
	check_update(CONFIG, true);
	CHECK_INT(stat(CONFIG, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0600);
	fixture_end();

	if (!knows_acls("/tmp")) {
		tap_skip("an access list", "/tmp has no access lists");
		return;
	}
	begin("an access list closes the file to one account meanwhile");
	meanwhile.before[0] = protect_from_one;
	check_update(CONFIG, true);
	check_acl(CONFIG, closed_to_nobody);
	fixture_end();
}

static int held_fd;

static void *let_go_soon(void *unused)
{
	static const char text[] = OTHER(3);
	const struct timespec pause = {.tv_nsec = 200000000};

	nanosleep(&pause, NULL);
	CHECK_INT(pwrite(held_fd, text, strlen(text), 0), (ssize_t)strlen(text));
	CHECK_INT(ftruncate(held_fd, (off_t)strlen(text)), 0);
	close(held_fd);
	return unused;
}

static void test_held_open(void)
{
	struct stat before = {}, after = {};
	pthread_t thread;

	begin("while a program writes into the file, it is not replaced");
	held_fd = open(CONFIG, O_WRONLY);
	CHECK_INT(fstat(held_fd, &before), 0);
	check_failure(CONFIG, EAGAIN, "EAGAIN", "keeps changing");
	CHECK_INT(stat(CONFIG, &after), 0);
	CHECK_INT(after.st_ino, before.st_ino);
	CHECK_TEXT(CONFIG, FOREIGN);
	fixture_end();

	begin("what it writes is kept, and our entry is written when it is done");
	held_fd = open(CONFIG, O_WRONLY);
	CHECK_INT(pthread_create(&thread, NULL, let_go_soon, NULL), 0);
	check_both(3);
	pthread_join(thread, NULL);
	fixture_end();

	begin("a program that only reads the file does not matter");
	held_fd = open(CONFIG, O_RDONLY);
	check_update(CONFIG, true);
	close(held_fd);
	fixture_end();
}

static atomic_bool stop;
static unsigned saved, lost;

/* Waits until the file has this number: for moments it may have the one before. */
static bool comes_to_have(const char *path, unsigned number)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < 200; i++) {
		if (number_in(path) == number)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* Saves again and again without reading the file, and checks that each update stays. */
static void *save_continuously(void *path)
{
	unsigned seed = 1;

	while (!stop) {
		const struct timespec pause = {.tv_nsec = rand_r(&seed) % 2000000};
		_cleanup_(freep) char *text = xasprintf(
		        "{\"auths\":{\"example.com\":{\"auth\":\"b3RoZXI=\"}},\"n\":%u}", ++saved);

		save_text(path, text);
		nanosleep(&pause, NULL);
		lost += !comes_to_have(path, saved);
	}
	return NULL;
}

static void test_continuously(void)
{
	_cleanup_(freep) char *path = NULL;
	unsigned served = 0;
	pthread_t thread;

	begin("a program saves all the time");
	path = xstrdup(CONFIG);
	CHECK_INT(pthread_create(&thread, NULL, save_continuously, path), 0);
	for (unsigned i = 0; i < 300; i++) {
		_cleanup_(authfile_result_done) struct authfile_result o = {};
		_cleanup_(freep) char *auth = xasprintf("QVdTOjAwM%03u", i);
		int r = update_with(path, auth, false, &o, NULL);

		CHECK(r == 0 || r == -EAGAIN);
		served += r == 0;
	}
	stop = true;
	pthread_join(thread, NULL);
	printf("# %u of 300 updates beside %u of theirs\n", served, saved);
	CHECK(served > 0 && saved > 1);
	CHECK_INT(lost, 0);
	check_update(path, true);
	CHECK_INT(number_in(path), saved);
	CHECK_AUTH(path, "example.com", "b3RoZXI=");
	fixture_end();
}

int main(void)
{
	test_saved_before();
	test_removed();
	test_created();
	test_saved_after();
	test_replaced();
	test_protected();
	test_held_open();
	test_continuously();
	return tap_finish();
}
