/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/timestamp.h"

#define TEMPORARY_INFIX ".ecr-refresher."
#define NAME_ROOM (NAME_MAX - 1 - (int)strlen(TEMPORARY_INFIX) - 16) /* a longer name is cut */
#define LEFTOVER_SEC 3600 /* a temporary file of this age was left behind by a crash */
#define LOCK_PAUSE_NSEC 20000000
#define MAX_ENTRIES 10000 /* of a directory that are searched for leftovers */

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
	/*
	 * A file may grow while it is read, and files of /proc have size 0: only read() knows the
	 * end.
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

int file_temporary_open(int dir_fd, const char *name, unsigned mode, struct file_temporary *ret)
{
	_cleanup_(freep) char *temporary = NULL;
	uint64_t random = 0;
	int fd;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	temporary = xasprintf(".%.*s" TEMPORARY_INFIX "%016" PRIx64, NAME_ROOM, name, random);
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	*ret = (struct file_temporary){.dir_fd = dir_fd, .name = TAKE_PTR(temporary), .fd = fd};
	return 0;
}

int file_temporary_rename(struct file_temporary *t, const char *name)
{
	if (renameat(t->dir_fd, t->name, t->dir_fd, name) < 0)
		return -errno;
	free(TAKE_PTR(t->name));
	return 0;
}

void file_temporary_done(struct file_temporary *t)
{
	if (t->name)
		unlinkat(t->dir_fd, t->name, 0);
	free(t->name);
	closep(&t->fd);
	*t = (struct file_temporary){.fd = -1};
}

/* Returns what follows ".NAME", cut to max bytes, in the name of a file, or NULL. */
static const char *after_hidden_name(const char *entry, const char *name, int max)
{
	size_t size = strnlen(name, (size_t)max);

	return entry[0] == '.' && strncmp(entry + 1, name, size) == 0 ? entry + 1 + size : NULL;
}

bool file_is_temporary(const char *entry, const char *name)
{
	const char *rest = after_hidden_name(entry, name, NAME_ROOM);

	return rest && strncmp(rest, TEMPORARY_INFIX, strlen(TEMPORARY_INFIX)) == 0;
}

/* Earlier versions made ".NAME.PID" and ".NAME.new". */
static bool has_earlier_name(const char *entry, const char *name)
{
	const char *rest = after_hidden_name(entry, name, NAME_MAX);

	return rest && *rest++ == '.' &&
	       (strcmp(rest, "new") == 0 || (*rest && rest[strspn(rest, "0123456789")] == '\0'));
}

bool file_is_leftover(
        int dir_fd, const char *entry, const char *name, enum file_names names, int64_t now)
{
	struct stat st;

	if (!file_is_temporary(entry, name) &&
	        !(names == FILE_NAMES_EARLIER && has_earlier_name(entry, name)))
		return false;
	return fstatat(dir_fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid() && now - st.st_mtime > LEFTOVER_SEC;
}

void file_sweep(int dir_fd, const char *name, enum file_names names)
{
	_cleanup_(closedirp) DIR *dir = file_list(dir_fd);
	const int64_t now = timestamp_now();
	struct dirent *e;

	for (unsigned n = 0; dir && n < MAX_ENTRIES && (e = readdir(dir)); n++)
		if (file_is_leftover(dir_fd, e->d_name, name, names, now))
			unlinkat(dir_fd, e->d_name, 0);
}

static int replace(int dir_fd, const char *name, const void *data, size_t size, unsigned mode,
        bool is_durable, enum file_names leftovers)
{
	_cleanup_(file_temporary_done) struct file_temporary t = {.fd = -1};
	int r = file_temporary_open(dir_fd, name, mode, &t);

	if (r == 0)
		r = file_write_all(t.fd, data, size);
	if (r == 0 && is_durable && fsync(t.fd) < 0)
		r = -errno;
	if (r == 0)
		r = file_temporary_rename(&t, name);
	if (r == 0 && is_durable)
		r = file_sync_directory(dir_fd);
	if (r == 0)
		file_sweep(dir_fd, name, leftovers);
	return r;
}

int file_replace(int dir_fd, const char *name, const void *data, size_t size, unsigned mode)
{
	return replace(dir_fd, name, data, size, mode, true, FILE_NAMES_EARLIER);
}

int file_replace_foreign(int dir_fd, const char *name, const void *data, size_t size, unsigned mode)
{
	return replace(dir_fd, name, data, size, mode, true, FILE_NAMES_MARKED);
}

int file_replace_unsynced(
        int dir_fd, const char *name, const void *data, size_t size, unsigned mode)
{
	return replace(dir_fd, name, data, size, mode, false, FILE_NAMES_EARLIER);
}

int file_lock(int fd, uint64_t deadline)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NSEC};

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (monotonic_now() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int file_sync_directory(int dir_fd)
{
	/* EINVAL: vboxsf and 9p cannot sync a directory (fsync(2)). */
	return fsync(dir_fd) < 0 && errno != EINVAL ? -errno : 0;
}

DIR *file_list(int dir_fd)
{
	_cleanup_(closep) int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		fd = -1; /* owned by dir now */
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
	char *end = path;

	do {
		char saved;
		int error;

		end = strchrnul(end + 1, '/');
		saved = *end;
		*end = '\0';
		/* If it exists, mkdir() may also fail with EROFS or EACCES. */
		error = mkdir(path, 0700) < 0 ? errno : 0;
		if (error && error != EEXIST && access(path, F_OK) < 0)
			return -error;
		*end = saved;
	} while (*end);
	return 0;
}

int file_read_as_owner(const char *dir, const char *name, size_t limit, struct secret *ret)
{
	_cleanup_(freep) char *path = xconcat(dir, "/", name, NULL);
	struct stat st;
	int r;

	/* A file that another user may have put there is never opened with our privileges. */
	if (geteuid() != 0 || stat(dir, &st) < 0 || st.st_uid == 0)
		return file_read(AT_FDCWD, path, limit, ret);
	if (seteuid(st.st_uid) < 0)
		return -errno;
	r = file_read(AT_FDCWD, path, limit, ret);

	if (seteuid(0) < 0)
		_exit(EXIT_FAILURE);
	return r;
}
