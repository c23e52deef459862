/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file without being held up by what it may be. The user controls it. */
#include "write/authfile/authfile-content.h"

#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "base/file.h"

int authfile_content_read(int dir_fd, const char *name, struct authfile_content *c)
{
	_cleanup_(closep) int fd =
	        openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*c = (struct authfile_content){.fd = -1};
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	c->exists = true;
	c->fd = TAKE_FD(fd);
	if (fstat(c->fd, &c->st) < 0)
		return -errno;
	return file_read_fd(c->fd, AUTHFILE_MAX_SIZE, &c->text);
}

int authfile_content_read_access(struct authfile_content *c)
{
	_cleanup_(closep) int fd = TAKE_FD(c->fd);

	return fd < 0 ? 0 : authfile_access_read(fd, &c->st, &c->access);
}

bool authfile_same_state(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void authfile_content_done(struct authfile_content *c)
{
	closep(&c->fd);
	c->fd = -1;
	authfile_access_done(&c->access);
	secret_done(&c->text);
}

bool authfile_content_equal(const struct authfile_content *a, const struct authfile_content *b)
{
	return a->exists == b->exists && a->st.st_mode == b->st.st_mode &&
	       a->st.st_uid == b->st.st_uid && a->st.st_gid == b->st.st_gid &&
	       authfile_access_equal(&a->access, &b->access) && secret_equal(&a->text, &b->text);
}
