/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolves a path one name at a time and follows links itself, because the administrator controls
 * the path, but the owner of each directory on it its contents.
 */
#include "write/open-as-owner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/drop-privileges.h"

#define NOBODYS_GROUP 65534
#define MAX_LINKS 40 /* as many as the kernel follows */

struct descent {
	int fd;     /* of the current directory */
	char *rest; /* of the path */
	unsigned links;
};

static void descent_done(struct descent *d)
{
	closep(&d->fd);
	free(d->rest);
}

static int become_owner(uid_t uid)
{
	struct passwd owner = {.pw_uid = uid, .pw_gid = NOBODYS_GROUP};
	struct passwd *known;

	if (geteuid() != 0 || uid == 0)
		return 0;
	known = getpwuid(uid);
	return drop_privileges_without_groups(known ? known : &owner);
}

/* Removes and returns the next name, or NULL if none is left. The caller frees the result. */
static char *next_name(struct descent *d)
{
	const char *name = d->rest + strspn(d->rest, "/");
	size_t n = strcspn(name, "/");
	char *ret = n > 0 ? xstrndup(name, n) : NULL;

	memmove(d->rest, name + n, strlen(name + n) + 1);
	return ret;
}

/* Opens the name; O_DIRECTORY makes an automounter mount it. */
static int open_name(const struct descent *d, const char *name)
{
	int fd = openat(d->fd, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		fd = openat(d->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_root(void)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int follow(struct descent *d, int link)
{
	char target[PATH_MAX], *rest;
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);

	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	target[n] = '\0';
	if (++d->links > MAX_LINKS)
		return -ELOOP;
	rest = xconcat(target, "/", d->rest, NULL);
	free(d->rest);
	d->rest = rest;
	if (target[0] != '/')
		return 0;
	close(d->fd);
	d->fd = open_root();
	return d->fd < 0 ? d->fd : 0;
}

static int step(struct descent *d, const char *name)
{
	_cleanup_(closep) int fd = open_name(d, name);
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = become_owner(st.st_uid);
	if (r < 0)
		return r;
	if (S_ISLNK(st.st_mode))
		return follow(d, fd);
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	close(d->fd);
	d->fd = TAKE_FD(fd);
	return 0;
}

int open_as_owner(const char *dir)
{
	_cleanup_(descent_done) struct descent d = {.fd = open_root(), .rest = xstrdup(dir)};

	if (d.fd < 0)
		return d.fd;
	for (;;) {
		_cleanup_(freep) char *name = next_name(&d);
		int r = name ? step(&d, name) : 0;

		if (r < 0 || !name)
			return r < 0 ? r : TAKE_FD(d.fd);
	}
}
