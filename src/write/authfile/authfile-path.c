/* SPDX-License-Identifier: Apache-2.0 */
/* Resolves paths as the user, who controls every component and can change them at any moment. */
#include "write/authfile/authfile-path.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/alloc.h"
#include "base/file.h"

#define MAX_LINKS 16
#define MOUNTINFO_MAX_SIZE (4 * 1024 * 1024)

static int set_reason(const char *path, int error, struct reason *ret_reason)
{
	const char *fix = "";

	switch (error) {
	case ELOOP:
		fix = "; remove the loop of symbolic links";
		break;
	case ENOTDIR:
		fix = "; move away the file on this path: a directory is needed";
		break;
	case EACCES:
	case EPERM:
		fix = "; the user needs access to it. Is the home directory mounted?";
		break;
	case EROFS:
		fix = "; remount the file system for writing";
		break;
	}
	return reason_set(
	        ret_reason, error, "no-directory", "%s: %s%s", path, strerror(error), fix);
}

/* Opens the directory of path, resolved, and splits off the last component. */
static int open_parent(const char *path, bool dry_run, struct authfile_path *p)
{
	_cleanup_(freep) char *copy = xstrdup(path), *real = NULL;
	const char *slash = strrchr(path, '/');
	char *dir;
	int r;

	p->name = xstrdup(slash + 1);
	dir = dirname(copy);
	real = realpath(dir, NULL);
	if (!real && errno == ENOENT) {
		if (dry_run) {
			p->path = xstrdup(path);
			return 0;
		}
		r = file_make_directories(dir);
		if (r < 0)
			return r;
		real = realpath(dir, NULL);
	}
	if (!real)
		return -errno;
	p->path = xasprintf("%s/%s", strcmp(real, "/") == 0 ? "" : real, p->name);
	p->dir_fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->dir_fd < 0 ? -errno : 0;
}

/* Returns the absolute target of the symlink at p, or NULL if it is not a symlink. Owned. */
static char *read_link(const struct authfile_path *p)
{
	char to[PATH_MAX];
	ssize_t n = p->dir_fd < 0 ? -1 : readlinkat(p->dir_fd, p->name, to, sizeof(to) - 1);
	_cleanup_(freep) char *copy = NULL;

	if (n <= 0)
		return NULL;
	to[n] = '\0';
	if (to[0] == '/')
		return xstrdup(to);
	copy = xstrdup(p->path);
	return xasprintf("%s/%s", dirname(copy), to);
}

/*
 * Reports whether the path is in the private /tmp of a service with PrivateTmp=: writing there
 * would look like success, but no client could read it. The mount's root shows it
 * (systemd.exec(5)).
 */
static bool is_private_tmp(const char *path)
{
	const char *tmp = strncmp(path, "/tmp/", 5) == 0       ? " /tmp "
	                  : strncmp(path, "/var/tmp/", 9) == 0 ? " /var/tmp "
	                                                       : NULL;
	_secret_ struct secret mounts = {};
	char *at, *line;

	if (!tmp || file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX_SIZE, &mounts) < 0 ||
	        !mounts.data)
		return false;
	for (line = strtok_r(mounts.data, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
		if (strstr(line, tmp) && strstr(line, "/systemd-private-"))
			return true;
	return false;
}

int authfile_path_open(
        const char *path, bool dry_run, struct authfile_path *ret, struct reason *ret_reason)
{
	_cleanup_(freep) char *at = xstrdup(path);

	for (unsigned i = 0; i < MAX_LINKS; i++) {
		_cleanup_(authfile_path_done) struct authfile_path p = {.dir_fd = -1};
		int r = open_parent(at, dry_run, &p);
		char *next;

		if (r < 0)
			return set_reason(path, -r, ret_reason);
		if (is_private_tmp(p.path))
			return reason_set(ret_reason, ENOENT, "private-tmp",
			        "%s: the service has its own %s (PrivateTmp=); use another "
			        "directory, or set PrivateTmp=no in a drop-in",
			        path, p.path[1] == 't' ? "/tmp" : "/var/tmp");
		next = read_link(&p);
		if (!next) {
			*ret = p;
			p = (struct authfile_path){.dir_fd = -1};
			return 0;
		}
		free(at);
		at = next;
	}
	return set_reason(path, ELOOP, ret_reason);
}

bool authfile_path_is_local(const struct authfile_path *p)
{
	static const unsigned long remote[] = {AUTOFS_SUPER_MAGIC, NFS_SUPER_MAGIC,
	        FUSE_SUPER_MAGIC, SMB_SUPER_MAGIC, 0xff534d42UL /* cifs */, 0xfe534d42UL /* smb2 */,
	        V9FS_MAGIC, AFS_SUPER_MAGIC, 0x00c36400UL /* ceph */, CODA_SUPER_MAGIC,
	        0x0bd00bd0UL /* lustre */, 0x01161970UL /* gfs2 */, 0x7461636fUL /* ocfs2 */};
	struct statfs fs;

	if (p->dir_fd < 0 || fstatfs(p->dir_fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(remote); i++)
		if ((unsigned long)fs.f_type == remote[i])
			return false;
	return true;
}

void authfile_path_done(struct authfile_path *p)
{
	closep(&p->dir_fd);
	free(p->path);
	free(p->name);
	*p = (struct authfile_path){.dir_fd = -1};
}
