/* SPDX-License-Identifier: Apache-2.0 */
/* A file of a client, as that client reads it. The user controls the path and the file. */
#include "check/clients/client-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "check/clients/client.h"
#include "write/authfile/authfile-content.h"

void client_file_done(struct client_file *f)
{
	free(f->path);
	client_config_done(&f->config);
}

static const char *why_unreadable(int error)
{
	switch (error) {
	case EISDIR:
		return "it is a directory";
	case EINVAL:
		return "it is not a regular file";
	case EFBIG:
		return "it is larger than 4 MiB";
	default:
		return strerror(error);
	}
}

void client_file_open(struct client_file *f)
{
	_secret_ struct secret text = {};
	struct reason reason = {};

	f->detail[0] = '\0';
	if (stat(f->path, &f->st) < 0) {
		f->st.st_ino = 0;
		f->error = -errno;
		if (errno != ENOENT)
			snprintf(f->detail, sizeof(f->detail), "%s", why_unreadable(errno));
		return;
	}
	f->error = file_read(AT_FDCWD, f->path, AUTHFILE_MAX_SIZE, &text);
	if (f->error < 0) {
		snprintf(f->detail, sizeof(f->detail), "%s", why_unreadable(-f->error));
		return;
	}
	f->error = client_config_parse(secret_string(&text), text.size, &f->config, &reason);
	if (f->error < 0)
		snprintf(f->detail, sizeof(f->detail), "%s", reason.text);
}

bool client_file_is(const struct client_file *f, const char *path)
{
	struct stat st;

	if (strcmp(f->path, path) == 0)
		return true;
	return f->st.st_ino != 0 && stat(path, &st) == 0 && st.st_ino == f->st.st_ino &&
	       st.st_dev == f->st.st_dev;
}

/* docker reads config.json in any directory, and Watchtower a mounted config.json. */
unsigned client_file_clients(const struct client_file *f)
{
	const char *name = strrchr(f->path, '/');
	bool is_config = name && strcmp(name, "/config.json") == 0;

	return CLIENT_PODMAN | (is_config ? CLIENT_DOCKER | CLIENT_WATCHTOWER : 0);
}
