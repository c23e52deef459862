/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single files in other mount namespaces. mountinfo has a line for each mount: "36 35 98:0 /root
 * /point options … - type source options", with \040 and the like for blanks (proc(5)). Root reads
 * the lines of all processes, whose owners control the names in them.
 */
#include "check/clients/bind-mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#define MOUNTINFO_MAX_SIZE (1024 * 1024)
#define MAX_NAMESPACES 256
#define MAX_PROCESSES 4096
#define DELETED "//deleted"

/* The relevant fields of a line; owned. */
struct mount {
	char *device;
	char *root;
	char *point;
};

static void mount_done(struct mount *m)
{
	free(m->device);
	free(m->root);
	free(m->point);
	*m = (struct mount){};
}

static bool is_octal(const char *s)
{
	return s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
	       s[3] >= '0' && s[3] <= '7';
}

static char *unescape(const char *s, size_t size)
{
	char *text = xstrndup(s, size), *to = text;

	for (const char *from = text; *from; from++) {
		if (is_octal(from)) {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return text;
}

/* Parses a line. Returns the rest of the text, or NULL if the line is malformed. */
static const char *next_mount(const char *text, struct mount *ret)
{
	const char *fields[5], *at = text;
	size_t sizes[5], n = 0;

	mount_done(ret);
	for (; n < 5 && *at && *at != '\n'; n++) {
		fields[n] = at;
		sizes[n] = strcspn(at, " \n");
		at += sizes[n];
		at += *at == ' ';
	}
	if (n < 5)
		return NULL;
	ret->device = xstrndup(fields[2], sizes[2]);
	ret->root = unescape(fields[3], sizes[3]);
	ret->point = unescape(fields[4], sizes[4]);
	at = strchrnul(at, '\n');
	return at + (*at == '\n');
}

static size_t prefix_size(const char *point, const char *path)
{
	size_t n = strcmp(point, "/") == 0 ? 0 : strlen(point);

	return strncmp(path, point, n) == 0 && (path[n] == '/' || path[n] == '\0') ? n : SIZE_MAX;
}

int mounted_file_find(const char *mountinfo, const char *path, struct mounted_file *ret)
{
	_cleanup_(mount_done) struct mount m = {};
	struct mounted_file found = {};
	size_t longest = 0;

	/* Of two at the same point the later one covers the other. */
	while (*mountinfo && (mountinfo = next_mount(mountinfo, &m))) {
		size_t n = prefix_size(m.point, path);

		if (n == SIZE_MAX || (found.path && n < longest))
			continue;
		longest = n;
		free(found.path);
		snprintf(found.device, sizeof(found.device), "%s", m.device);
		found.path = xasprintf("%s%s", strcmp(m.root, "/") == 0 ? "" : m.root, path + n);
	}
	if (!found.path)
		return -ENOENT;
	*ret = found;
	return 0;
}

/*
 * Reports whether a mount's root is the file, or a former version of it: a replaced file is
 * "NAME//deleted", and one that we exchanged had the temporary name when it was removed.
 */
static bool is_version_of(const char *root, const char *path)
{
	size_t n = strlen(root), n_deleted = strlen(DELETED);
	const char *slash = strrchr(path, '/');
	size_t n_dir = slash ? (size_t)(slash - path) + 1 : 0;

	if (strcmp(root, path) == 0)
		return true;
	if (!slash || n < n_deleted || strcmp(root + n - n_deleted, DELETED) != 0)
		return false;
	n -= n_deleted;
	return (n == strlen(path) && strncmp(root, path, n) == 0) ||
	       (strncmp(root, path, n_dir) == 0 && file_is_temporary(root + n_dir, path + n_dir));
}

char *mounted_file_point(const char *mountinfo, const struct mounted_file *file)
{
	_cleanup_(mount_done) struct mount m = {};

	while (*mountinfo && (mountinfo = next_mount(mountinfo, &m)))
		if (strcmp(m.device, file->device) == 0 && is_version_of(m.root, file->path))
			return TAKE_PTR(m.point);
	return NULL;
}

void mounted_file_done(struct mounted_file *f)
{
	free(f->path);
	*f = (struct mounted_file){};
}

/* The mount namespaces that have been examined. */
struct seen {
	ino_t items[MAX_NAMESPACES];
	size_t count;
};

/* Adds the mount namespace of a process. Returns whether it is a new one. */
static bool add_namespace(struct seen *seen, const char *process)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s/ns/mnt", process);
	struct stat st;

	if (seen->count == MAX_NAMESPACES || stat(path, &st) < 0)
		return false;
	for (size_t i = 0; i < seen->count; i++)
		if (seen->items[i] == st.st_ino)
			return false;
	seen->items[seen->count++] = st.st_ino;
	return true;
}

static void read_mountinfo(const char *process, struct secret *ret)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s/mountinfo", process);

	file_read(AT_FDCWD, path, MOUNTINFO_MAX_SIZE, ret);
}

static void read_name(const char *process, char name[static 32])
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s/comm", process);
	_secret_ struct secret text = {};

	file_read(AT_FDCWD, path, 4096, &text);
	snprintf(name, 32, "%.*s", (int)strcspn(secret_string(&text), "\n"), secret_string(&text));
	text_sanitize(name);
}

static void examine_process(
        const char *process, const struct mounted_file *files, size_t n, struct mount_user *users)
{
	_secret_ struct secret mountinfo = {};

	read_mountinfo(process, &mountinfo);
	for (size_t i = 0; i < n; i++) {
		if (users[i].pid != 0 || !files[i].path)
			continue;
		users[i].point = mounted_file_point(secret_string(&mountinfo), &files[i]);
		if (!users[i].point)
			continue;
		users[i].pid = atoi(process);
		text_sanitize(users[i].point);
		read_name(process, users[i].name);
	}
}

void mounts_find(char *const *paths, size_t n_paths, struct mount_user *ret_users)
{
	struct mounted_file *files = xcalloc(n_paths + 1, sizeof(*files));
	_secret_ struct secret own = {};
	struct seen seen = {};
	DIR *proc = opendir("/proc");
	size_t n_processes = 0;

	add_namespace(&seen, "self");
	read_mountinfo("self", &own);
	for (size_t i = 0; i < n_paths; i++)
		mounted_file_find(secret_string(&own), paths[i], &files[i]);
	for (struct dirent *e; proc && n_processes < MAX_PROCESSES && (e = readdir(proc));) {
		if (strspn(e->d_name, "0123456789") != strlen(e->d_name))
			continue;
		n_processes++;
		if (add_namespace(&seen, e->d_name))
			examine_process(e->d_name, files, n_paths, ret_users);
	}
	if (proc)
		closedir(proc);
	for (size_t i = 0; i < n_paths; i++)
		mounted_file_done(&files[i]);
	free(files);
}

void mount_users_done(struct mount_user *users, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(users[i].point);
}
