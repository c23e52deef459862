/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

int file_read_fd(int fd, size_t limit, struct secret *ret)
{
	_secret_ struct secret s = {};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uintmax_t)st.st_size > limit)
		return -EFBIG;
	/* A file may grow while it is read, and those of /proc say 0: the end is where read() says.
	 */
	for (size_t room = (size_t)st.st_size + 1;; room = room > 0 ? room : 16384) {
		char *end = secret_reserve(&s, room);
		ssize_t n = read(fd, end, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		secret_grown(&s, (size_t)n);
		room -= (size_t)n;
		if (s.size > limit)
			return -EFBIG;
	}
	secret_move(ret, &s);
	return 0;
}

int file_read(int dir_fd, const char *path, size_t limit, struct secret *ret)
{
	_cleanup_(closep) int fd =
	        openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return file_read_fd(fd, limit, ret);
}

int file_write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

static int write_and_sync(int dir_fd, const char *name, const void *data, size_t size, mode_t mode)
{
	_cleanup_(closep) int fd =
	        openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int r;

	if (fd < 0)
		return -errno;
	r = file_write_all(fd, data, size);
	if (r < 0)
		return r;
	return fsync(fd) < 0 ? -errno : 0;
}

int file_replace(int dir_fd, const char *name, const void *data, size_t size, unsigned mode)
{
	_cleanup_(freep) char *temporary = xasprintf(".%s.%d", name, getpid());
	int r;

	/* Ours by name and process id: what bears it was left behind by a crash. */
	unlinkat(dir_fd, temporary, 0);
	r = write_and_sync(dir_fd, temporary, data, size, mode);
	if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dir_fd, temporary, 0);
		return r;
	}
	return file_sync_directory(dir_fd);
}

int file_sync_directory(int dir_fd)
{
	/* EINVAL: vboxsf and 9p have nothing to sync a directory with (fsync(2)). */
	return fsync(dir_fd) < 0 && errno != EINVAL ? -errno : 0;
}

DIR *file_list(int dir_fd)
{
	_cleanup_(closep) int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		fd = -1; /* its own now */
	return dir;
}

void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

int file_make_directories(const char *dir)
{
	_cleanup_(freep) char *path = xstrdup(dir);

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST && access(path, F_OK) < 0)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int file_read_as_owner(const char *dir, const char *name, size_t limit, struct secret *ret)
{
	_cleanup_(freep) char *path = xconcat(dir, "/", name, NULL);
	struct stat st;
	int r;

	/* What another user may put there is never opened with our privileges. */
	if (geteuid() != 0 || stat(dir, &st) < 0 || st.st_uid == 0)
		return file_read(AT_FDCWD, path, limit, ret);
	if (seteuid(st.st_uid) < 0)
		return -errno;
	r = file_read(AT_FDCWD, path, limit, ret);

	if (seteuid(0) < 0)
		_exit(EXIT_FAILURE);
	return r;
}
