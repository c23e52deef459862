/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces a file that other programs save without a lock. The user controls everything here. */
#include "write/authfile/authfile-replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "write/authfile/authfile-reason.h"
#include "write/authfile/membership.h"

#define MAX_SWAPS_BACK 100

/* Returns 0 if the file is still what was read, -EAGAIN if not, or another negative errno. */
static int check_unchanged(int dir_fd, const char *name, const struct authfile_content *old)
{
	_cleanup_(authfile_content_done) struct authfile_content now = {.fd = -1};
	int r = authfile_content_read(dir_fd, name, &now);

	if (r == 0)
		r = authfile_content_read_access(&now);
	if (r < 0)
		return r;
	return authfile_content_equal(&now, old) ? 0 : -EAGAIN;
}

/* Writes the new text beside the file, under a name that is returned owned. Returns as
 * authfile_access_give() does. */
static int write_temporary(const struct authfile_path *p, const struct authfile_content *old,
        const struct secret *text, char **ret_name, struct stat *ret_st)
{
	_cleanup_(file_temporary_done) struct file_temporary t = {.fd = -1};
	int r = file_temporary_open(p->dir_fd, p->name, 0600, &t);

	if (r == 0)
		r = file_write_all(t.fd, text->data, text->size);
	if (r == 0 && old->exists)
		r = authfile_access_give(t.fd, &old->access);
	if (r >= 0 && (fsync(t.fd) < 0 || fstat(t.fd, ret_st) < 0))
		r = -errno;
	if (r >= 0)
		*ret_name = TAKE_PTR(t.name);
	return r;
}

/*
 * Reports whether no process has the file open for writing: only then does the kernel grant a read
 * lease (fcntl(2)). If leases are not available, for another user's file or on some file systems,
 * the answer is yes.
 */
static bool has_no_writer(int dir_fd, const char *name)
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
 * Another program saved between our read and our swap: its update is in the temporary file now, and
 * is swapped back at once. If a program saves even while we swap back, its update is newer still
 * and is swapped back in turn: the temporary file is removed only when it holds superseded text.
 */
static void restore_foreign_update(
        const struct authfile_path *p, const char *temporary, struct stat placed)
{
	for (unsigned i = 0; i < MAX_SWAPS_BACK; i++) {
		struct stat theirs, out;

		/* Its text is not read: it may be a symlink, a directory, or too large. */
		if (fstatat(p->dir_fd, temporary, &theirs, AT_SYMLINK_NOFOLLOW) < 0 ||
		        swap(p->dir_fd, temporary, p->name) < 0)
			return; /* the file was removed meanwhile, and stays so */
		if (fstatat(p->dir_fd, temporary, &out, AT_SYMLINK_NOFOLLOW) == 0 &&
		        authfile_same_state(&out, &placed))
			return;
		placed = theirs;
	}
}

/*
 * Checks the status right before the swap. The swap itself notices what it has replaced; but a
 * program that reads between swap and swap back sees a file without the latest update, so that
 * should be rare.
 */
static bool has_same_status(const struct authfile_path *p, const struct authfile_content *old)
{
	struct stat now;

	return fstatat(p->dir_fd, p->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       authfile_same_state(&now, &old->st);
}

/*
 * Swaps the two names and checks what came out. Returns 0; -EAGAIN if another program saved in
 * between, and its update is kept; -EINVAL and the like if the file system cannot swap.
 */
static int exchange(const struct authfile_path *p, const char *temporary,
        const struct authfile_content *old, const struct stat *placed)
{
	int r = has_same_status(p, old) ? swap(p->dir_fd, temporary, p->name) : -EAGAIN;

	if (r == -ENOENT)
		r = -EAGAIN; /* the file has just been removed */
	else if (r == 0 && !(has_no_writer(p->dir_fd, temporary) &&
	                           check_unchanged(p->dir_fd, temporary, old) == 0)) {
		restore_foreign_update(p, temporary, *placed);
		r = -EAGAIN;
	}
	unlinkat(p->dir_fd, temporary, 0);
	return r;
}

/* Creates a new file, only if it still does not exist. */
static int create(const struct authfile_path *p, const char *temporary)
{
	int r = renameat2(p->dir_fd, temporary, p->dir_fd, p->name, RENAME_NOREPLACE) < 0 ? -errno
	                                                                                  : 0;

	if (r == -EINVAL || r == -ENOSYS)
		r = linkat(p->dir_fd, temporary, p->dir_fd, p->name, 0) < 0 ? -errno : 0;
	if (r == -EPERM || r == -EOPNOTSUPP) /* no hard links, as on FAT */
		r = renameat(p->dir_fd, temporary, p->dir_fd, p->name) < 0 ? -errno : 0;

	unlinkat(p->dir_fd, temporary, 0);
	return r == -EEXIST ? -EAGAIN : r;
}

/* Compares and renames, as quickly as possible, if names cannot be swapped. */
static int rename_over(
        const struct authfile_path *p, const char *temporary, const struct authfile_content *old)
{
	int r = check_unchanged(p->dir_fd, p->name, old);

	if (r == 0 && renameat(p->dir_fd, temporary, p->dir_fd, p->name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(p->dir_fd, temporary, 0);
	return r;
}

/* Allocates the space before the first byte is overwritten, and undoes what fails all the same. */
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

/* Writes to the inode itself, which must stay if the file is a mount point. */
static int write_in_place(const struct authfile_path *p, const struct authfile_content *old,
        const struct secret *text, struct stat *ret_st)
{
	_cleanup_(closep) int fd = openat(p->dir_fd, p->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = check_unchanged(p->dir_fd, p->name, old);
	if (r == 0)
		r = overwrite(fd, text, &old->text);
	if (r < 0)
		return r;
	return fstat(fd, ret_st) < 0 ? -errno : 0;
}

/* Swaps the names, or does the closest thing that the file system supports. */
static int place(const struct authfile_path *p, const struct authfile_content *old,
        const struct secret *text, const char *temporary, struct stat *ret_st)
{
	_cleanup_(freep) char *another = NULL;
	int r = old->exists ? exchange(p, temporary, old, ret_st) : create(p, temporary);

	if (r == -EBUSY)
		return write_in_place(p, old, text, ret_st);
	if (r == -EINVAL || r == -ENOSYS || r == -EOPNOTSUPP) {
		r = write_temporary(p, old, text, &another, ret_st);
		return r < 0 ? r : rename_over(p, another, old);
	}
	return r;
}

static bool is_mount_point(const struct authfile_path *p)
{
	struct statx st;

	return statx(p->dir_fd, p->name, AT_SYMLINK_NOFOLLOW, 0, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int authfile_replace(const struct authfile_path *p, struct authfile_content *old,
        const struct secret *text, struct stat *ret_st, struct reason *ret_reason)
{
	_cleanup_(freep) char *temporary = NULL;
	int r = authfile_content_read_access(old);

	if (r == 0)
		r = write_temporary(p, old, text, &temporary, ret_st);
	/* A mount point is written in place and keeps its group. */
	if (r > 0 && !is_mount_point(p)) {
		/* Removed for now: a look-up may hang, and this process be killed. */
		unlinkat(p->dir_fd, temporary, 0);
		free(TAKE_PTR(temporary));
		r = membership_check(old->access.gid, ret_reason);
		if (r < 0)
			return reason_prefix(ret_reason, r, "%s: ", p->path);
		r = write_temporary(p, old, text, &temporary, ret_st);
	}
	if (r >= 0)
		r = place(p, old, text, temporary, ret_st);
	return r == 0 || r == -EAGAIN ? r : authfile_set_reason(p->path, -r, ret_reason);
}
