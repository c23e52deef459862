/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"

int state_file_read(const char *dir, const char *name, size_t limit, struct secret *ret,
        struct reason *ret_reason)
{
	int r = file_read_as_owner(dir, name, limit, ret);

	if (r == 0 || r == -ENOENT)
		return r == 0;
	return reason_set(ret_reason, -r, "state-unreadable",
	        "%s/%s: cannot be read: %s; check its owner and mode, or remove it", dir, name,
	        strerror(-r));
}

int state_file_write(
        const char *dir, const char *name, const struct secret *text, struct reason *ret_reason)
{
	_cleanup_(closep) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir_fd < 0 ? -errno : file_replace(dir_fd, name, text->data, text->size, 0600);

	if (r == 0)
		return 0;
	return reason_set(ret_reason, -r, "state-unwritable",
	        "%s/%s: cannot be written: %s; check the directory's owner, mode and free space",
	        dir, name, strerror(-r));
}

int state_lock(const char *dir, uint64_t deadline, struct reason *ret_reason)
{
	_cleanup_(closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0 && errno == ENOENT) {
		r = file_make_directories(dir);
		if (r == 0)
			fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return reason_set(ret_reason, r < 0 ? -r : errno, "state-unwritable",
		        "%s: cannot be used: %s; check its owner and mode", dir,
		        strerror(r < 0 ? -r : errno));
	r = file_lock(fd, deadline);
	if (r < 0)
		return reason_set(ret_reason, -r, "locked",
		        "%s: another run has held the lock for too long; see systemctl "
		        "status ecr-refresher",
		        dir);
	return TAKE_FD(fd);
}

void state_log_failure(const struct reason *reason)
{
	struct log_fields fields = {.error = reason->code};

	log_event(EVENT_STATE_FAILED, &fields, "%s", reason->text);
}
