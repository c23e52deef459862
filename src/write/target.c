/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "../common/alloc.h"
#include "../common/file.h"
#include "target-path.h"

#define MAX_ATTEMPTS 100
#define ATTEMPT_PAUSE_NSEC 10000000
#define LEFTOVER_SECONDS 3600
#define TEMPORARY_INFIX ".ecr-refresher."

/* What is in the file now. */
struct content {
	bool exists;
	struct stat st;
	struct secret text;
};

static void content_done(struct content *c)
{
	secret_done(&c->text);
}

static int explain(const char *path, int error, struct reason *ret_reason)
{
	const char *what = strerror(error), *mend = "";

	switch (error) {
	case EISDIR:
		mend = "; a file is needed here: remove the directory (docker makes one when a "
		       "container mounts a file that is not there)";
		break;
	case EINVAL:
		what = "it is not a regular file";
		mend = "; remove it";
		break;
	case EFBIG:
		what = "it is larger than 4 MiB";
		mend = "; is it really a config.json? Move it away";
		break;
	case EACCES:
	case EPERM:
		mend = "; the user must be able to read it and to write in its directory: check "
		       "owner and mode";
		break;
	case ENOSPC:
	case EDQUOT:
		mend = "; make room. The file is as it was";
		break;
	case EROFS:
		mend = "; remount the file system for writing";
		break;
	case EAGAIN:
		what = "it keeps changing while it is written";
		mend = "; the next run tries again";
		break;
	}
	return reason_set(ret_reason, error,
	        error == EINVAL ? "not-a-file" : strerrorname_np(error), "%s: %s%s", path, what,
	        mend);
}

/* Reads without following a symlink and without waiting for a FIFO. */
static int read_content(int dir_fd, const char *name, struct content *c)
{
	_cleanup_(closep) int fd =
	        openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*c = (struct content){};
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	c->exists = true;
	if (fstat(fd, &c->st) < 0)
		return -errno;
	return file_read_fd(fd, TARGET_MAX_SIZE, &c->text);
}

/* Whether it is the same file and, by all the file system tells, in the same state. */
static bool same_state(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A change of mode or owner is somebody's update, too. */
static bool same_content(const struct content *a, const struct content *b)
{
	return a->exists == b->exists && a->st.st_mode == b->st.st_mode &&
	       a->st.st_uid == b->st.st_uid && a->st.st_gid == b->st.st_gid &&
	       secret_equal(&a->text, &b->text);
}

/* Temporary files that a crash left behind; each held what was in the file at the time. */
static void remove_leftovers(const struct target_path *p)
{
	_cleanup_(freep) char *prefix = xasprintf(".%s" TEMPORARY_INFIX, p->name);
	_cleanup_(closedirp) DIR *dir = file_list(p->dir_fd);
	time_t now = time(NULL);

	for (struct dirent *e; dir && (e = readdir(dir));) {
		struct stat st;

		if (strncmp(e->d_name, prefix, strlen(prefix)) == 0 &&
		        fstatat(p->dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		        S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
		        st.st_mtime < now - LEFTOVER_SECONDS)
			unlinkat(p->dir_fd, e->d_name, 0);
	}
}

/* Mode and group of the file that is replaced, where the user may give them. */
static void take_over_attributes(int fd, const struct content *old)
{
	mode_t mode = old->st.st_mode & 0777;
	struct stat st;

	if (old->st.st_uid != geteuid())
		mode &= 0700; /* somebody else's idea of who may read; the token is this user's */
	else if (fstat(fd, &st) == 0 && st.st_gid != old->st.st_gid &&
	         fchown(fd, (uid_t)-1, old->st.st_gid) < 0)
		mode &= (mode_t)~070; /* another group than the one the mode was meant for */
	fchmod(fd, mode);
}

/* Writes the new text beside the target. The name is returned owned. */
static int write_temporary(const struct target_path *p, const struct content *old,
        const struct secret *text, char **ret_name, struct stat *ret_st)
{
	_cleanup_(freep) char *name = NULL;
	_cleanup_(closep) int fd = -1;
	uint64_t random = 0;
	int r;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	name = xasprintf(".%s" TEMPORARY_INFIX "%016" PRIx64, p->name, random);
	fd = openat(p->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, text->data, text->size);
	if (r == 0 && old->exists)
		take_over_attributes(fd, old);
	if (r == 0 && (fsync(fd) < 0 || fstat(fd, ret_st) < 0))
		r = -errno;
	if (r < 0) {
		unlinkat(p->dir_fd, name, 0);
		return r;
	}
	*ret_name = TAKE_PTR(name);
	return 0;
}

/*
 * Whether nobody has the file open for writing: the kernel grants a read lease only then
 * (fcntl(2)). Where leases cannot be had, for another's file or on some file systems, the answer is
 * yes.
 */
static bool is_at_rest(int dir_fd, const char *name)
{
	_cleanup_(closep) int fd =
	        openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return true;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno != EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

static int swap(int dir_fd, const char *a, const char *b)
{
	return renameat2(dir_fd, a, dir_fd, b, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

/*
 * Somebody saved between our read and our swap: what they saved is in the temporary file now and
 * goes back at once. If somebody saves even while we swap back, that is newer still and goes back
 * in turn: the temporary file is given up only when it holds what was superseded.
 */
static void put_back(const struct target_path *p, const char *temporary, struct stat placed)
{
	for (unsigned i = 0; i < MAX_ATTEMPTS; i++) {
		struct stat theirs, out;

		/* Not read: it may be a symlink, a directory, or too large. */
		if (fstatat(p->dir_fd, temporary, &theirs, AT_SYMLINK_NOFOLLOW) < 0 ||
		        swap(p->dir_fd, temporary, p->name) < 0)
			return; /* the target was removed meanwhile: that is what is wanted, then */
		if (fstatat(p->dir_fd, temporary, &out, AT_SYMLINK_NOFOLLOW) == 0 &&
		        same_state(&out, &placed))
			return;
		placed = theirs;
	}
}

/*
 * A look right before the swap. The swap finds out by itself what it has thrown out; but a program
 * that reads between swap and swap back sees a file without the latest update, so let that be rare.
 */
static bool is_unchanged(const struct target_path *p, const struct content *old)
{
	struct stat now;

	return fstatat(p->dir_fd, p->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       same_state(&now, &old->st);
}

/*
 * The swap, and the look at what came out. Returns 0; -EAGAIN where somebody else saved in between
 * and everything is as they left it; -EINVAL and the like where the file system cannot swap.
 */
static int exchange(const struct target_path *p, const char *temporary, const struct content *old,
        const struct stat *placed)
{
	_cleanup_(content_done) struct content out = {};
	int r = is_unchanged(p, old) ? swap(p->dir_fd, temporary, p->name) : -EAGAIN;

	if (r == -ENOENT)
		r = -EAGAIN; /* the target has just been removed */
	else if (r == 0 && !(is_at_rest(p->dir_fd, temporary) &&
	                           read_content(p->dir_fd, temporary, &out) == 0 &&
	                           same_content(&out, old))) {
		put_back(p, temporary, *placed);
		r = -EAGAIN;
	}
	unlinkat(p->dir_fd, temporary, 0);
	return r;
}

/* A new file: only if there still is none. */
static int create(const struct target_path *p, const char *temporary)
{
	int r = renameat2(p->dir_fd, temporary, p->dir_fd, p->name, RENAME_NOREPLACE) < 0 ? -errno
	                                                                                  : 0;

	if (r == -EINVAL || r == -ENOSYS)
		r = linkat(p->dir_fd, temporary, p->dir_fd, p->name, 0) < 0 ? -errno : 0;
	if (r == -EPERM || r == -EOPNOTSUPP) /* no hard links either, as on FAT */
		r = renameat(p->dir_fd, temporary, p->dir_fd, p->name) < 0 ? -errno : 0;

	unlinkat(p->dir_fd, temporary, 0);
	return r == -EEXIST ? -EAGAIN : r;
}

/* Where names cannot be swapped: the shortest look-then-rename there is. */
static int rename_over(
        const struct target_path *p, const char *temporary, const struct content *old)
{
	_cleanup_(content_done) struct content now = {};
	int r = read_content(p->dir_fd, p->name, &now);

	if (r == 0 && !same_content(&now, old))
		r = -EAGAIN;
	if (r == 0 && renameat(p->dir_fd, temporary, p->dir_fd, p->name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(p->dir_fd, temporary, 0);
	return r;
}

/* There must be room before the first byte is overwritten, and what fails anyhow is undone. */
static int overwrite(int fd, const struct secret *text, const struct secret *old)
{
	int r;

	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)text->size) < 0 && errno != EOPNOTSUPP)
		return -errno;
	r = file_write_all(fd, text->data, text->size);
	if (r == 0 && (ftruncate(fd, (off_t)text->size) < 0 || fsync(fd) < 0))
		r = -errno;
	if (r < 0 && lseek(fd, 0, SEEK_SET) == 0 &&
	        file_write_all(fd, secret_string(old), old->size) == 0 &&
	        ftruncate(fd, (off_t)old->size) == 0)
		fsync(fd);
	return r;
}

/* Where the file itself is a mount point: its inode has to stay. */
static int write_in_place(const struct target_path *p, const struct content *old,
        const struct secret *text, struct stat *ret_st)
{
	_cleanup_(closep) int fd = openat(p->dir_fd, p->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(content_done) struct content now = {};
	int r;

	if (fd < 0)
		return -errno;
	r = read_content(p->dir_fd, p->name, &now);
	if (r < 0)
		return r;
	if (!same_content(&now, old))
		return -EAGAIN;
	r = overwrite(fd, text, &old->text);
	if (r < 0)
		return r;
	return fstat(fd, ret_st) < 0 ? -errno : 0;
}

/* ret_st: the file as we left it, whatever became of it since. */
static int put(const struct target_path *p, const struct content *old, const struct secret *text,
        struct stat *ret_st)
{
	_cleanup_(freep) char *temporary = NULL;
	int r = write_temporary(p, old, text, &temporary, ret_st);

	if (r < 0)
		return r;
	r = old->exists ? exchange(p, temporary, old, ret_st) : create(p, temporary);
	if (r == -EBUSY)
		return write_in_place(p, old, text, ret_st);
	if (r == -EINVAL || r == -ENOSYS || r == -EOPNOTSUPP) {
		free(TAKE_PTR(temporary));
		r = write_temporary(p, old, text, &temporary, ret_st);
		return r < 0 ? r : rename_over(p, temporary, old);
	}
	return r;
}

/* One round. Returns 1 where the file was changed, 0 where it is as wanted, -EAGAIN for another
 * one. */
static int update_once(const struct target_path *p, const struct merge_entry *entries,
        size_t n_entries, bool dry_run, struct target_outcome *o, struct reason *ret_reason)
{
	_cleanup_(content_done) struct content old = {};
	int r = p->dir_fd < 0 ? 0 : read_content(p->dir_fd, p->name, &old);

	if (r < 0)
		return explain(p->path, -r, ret_reason);
	merge_result_done(&o->merged);
	r = merge(secret_string(&old.text), old.text.size, entries, n_entries, &o->merged,
	        ret_reason);
	if (r < 0)
		return reason_prefix(ret_reason, r, "%s: ", p->path);
	o->seen = old.st;
	if (!o->merged.changed)
		return 0;
	if (dry_run)
		return 1;
	r = put(p, &old, &o->merged.text, &o->seen);
	if (r == -EAGAIN)
		return r;
	if (r < 0)
		return explain(p->path, -r, ret_reason);
	r = file_sync_directory(p->dir_fd);
	return r < 0 ? explain(p->path, -r, ret_reason) : 1;
}

static bool wants_something(const struct merge_entry *entries, size_t n_entries)
{
	for (size_t i = 0; i < n_entries; i++)
		if (entries[i].auth->size > 0)
			return true;
	return false;
}

static int update(const struct target_path *p, const struct merge_entry *entries, size_t n_entries,
        bool dry_run, struct target_outcome *o, struct reason *ret_reason)
{
	const struct timespec pause = {.tv_nsec = ATTEMPT_PAUSE_NSEC};

	if (!*p->name || strcmp(p->name, ".") == 0 || strcmp(p->name, "..") == 0)
		return explain(p->path, EISDIR, ret_reason);
	for (unsigned i = 0; i < MAX_ATTEMPTS; i++) {
		int r = update_once(p, entries, n_entries, dry_run, o, ret_reason);

		if (r != -EAGAIN) {
			o->written |= r > 0;
			return r < 0 ? r : 0;
		}
		nanosleep(&pause, NULL);
	}
	return explain(p->path, EAGAIN, ret_reason);
}

int target_update(const char *path, const struct merge_entry *entries, size_t n_entries,
        bool dry_run, struct target_outcome *ret, struct reason *ret_reason)
{
	_cleanup_(target_path_done) struct target_path p = {.dir_fd = -1};
	/* A directory is made only for something that goes into it. */
	bool make_directory = !dry_run && wants_something(entries, n_entries);
	int r = target_path_open(path, !make_directory, &p, ret_reason);

	if (r < 0)
		return r;
	free(ret->path);
	ret->path = xstrdup(p.path);
	ret->watchable = target_path_is_local(&p);
	r = update(&p, entries, n_entries, dry_run, ret, ret_reason);
	if (r == 0 && ret->written && !dry_run)
		remove_leftovers(&p);
	return r;
}

bool target_has_changed(const struct target_outcome *o)
{
	struct stat now = {};

	if (!o->path)
		return false;
	if (stat(o->path, &now) < 0)
		now.st_ino = 0;
	return !same_state(&now, &o->seen);
}

void target_outcome_done(struct target_outcome *o)
{
	free(o->path);
	merge_result_done(&o->merged);
	*o = (struct target_outcome){};
}
