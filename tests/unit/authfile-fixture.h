/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A new directory for every case, files in it, and one entry to write into them. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <json-c/json.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "state/written.h"
#include "tap.h"
#include "write/authfile/authfile-content.h"
#include "write/authfile/authfile.h"

#define REGISTRY "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
#define AUTH "QVdTOnMzY3IzdA=="
#define FOREIGN "{\"auths\":{\"example.com\":{\"auth\":\"Zm9v\"}},\"x\":1e400}"
#define NOBODY 65534

static char fixture_dir[PATH_MAX];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

__attribute__((unused)) static void fixture_end(void)
{
	tap_end();
	nftw(fixture_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Begins a case, in an empty directory. */
__attribute__((unused)) static void fixture_begin(const char *name)
{
	char made[] = "/tmp/test-target.XXXXXX";

	tap_begin("%s", name);
	signal(SIGIO, SIG_IGN); /* as the workers do: a lease may be broken */
	umask(0);
	if (!CHECK(mkdtemp(made)) || !CHECK(realpath(made, fixture_dir)))
		exit(EXIT_FAILURE);
}

/* Returns a path in the directory, valid until the eighth next call. */
__attribute__((unused)) static const char *in_dir(const char *name)
{
	static char paths[8][PATH_MAX + 256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", fixture_dir, name);
	return path;
}

__attribute__((unused)) static void put_text(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK_INT(fchmod(fd, mode), 0);
	close(fd);
}

/* Saves as other programs do: writes another file and renames it. */
__attribute__((unused)) static void save_text(const char *path, const char *text)
{
	_cleanup_(freep) char *beside = xasprintf("%s.theirs", path);

	put_text(beside, text, 0600);
	CHECK_INT(rename(beside, path), 0);
}

/* Returns the text, owned, or NULL if it cannot be read. */
__attribute__((unused)) static char *get_text(const char *path)
{
	char *text = xcalloc(1, 65536);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, 65535);

	if (fd >= 0)
		close(fd);
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

#define CHECK_TEXT(path, expected)                                                                 \
	({                                                                                         \
		_cleanup_(freep) char *text_ = get_text(path);                                     \
		CHECK_STRING(text_, expected);                                                     \
	})

/* Returns the auth of a host in a file, as another JSON parser reads it. Owned, or NULL. */
__attribute__((unused)) static char *auth_of(const char *path, const char *host)
{
	_cleanup_(freep) char *text = get_text(path);
	struct json_object *root = text ? json_tokener_parse(text) : NULL, *auths, *entry, *auth;
	char *copy = NULL;

	if (json_object_object_get_ex(root, "auths", &auths) &&
	        json_object_object_get_ex(auths, host, &entry) &&
	        json_object_object_get_ex(entry, "auth", &auth))
		copy = xstrdup(json_object_get_string(auth));
	json_object_put(root);
	return copy;
}

#define CHECK_AUTH(path, host, expected)                                                           \
	({                                                                                         \
		_cleanup_(freep) char *auth_ = auth_of(path, host);                                \
		CHECK_STRING(auth_, expected);                                                     \
	})

/* Writes the entry into a file. */
__attribute__((unused)) static int update_with(const char *path, const char *auth, bool dry_run,
        struct authfile_result *o, struct reason *reason)
{
	_secret_ struct secret wanted = {};
	struct desired_entry entry = {.host = REGISTRY, .auth = &wanted};

	secret_set_string(&wanted, auth);
	return authfile_update(path, &entry, 1, dry_run, o, reason);
}

/* Removes it. */
__attribute__((unused)) static int update_without(
        const char *path, const char *ours, struct authfile_result *o, struct reason *reason)
{
	static const struct secret nothing;
	struct desired_entry entry = {
	        .host = REGISTRY, .auth = &nothing, .hash = written_hash(ours, strlen(ours))};

	return authfile_update(path, &entry, 1, false, o, reason);
}

/* Counts our temporary files in a directory. */
__attribute__((unused)) static size_t count_temporaries(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	CHECK(dir);
	for (struct dirent *e; dir && (e = readdir(dir));)
		n += strstr(e->d_name, ".ecr-refresher.") != NULL;
	if (dir)
		closedir(dir);
	return n;
}

/* Updates a file, and checks that this succeeds and what is true then. */
__attribute__((unused)) static void check_update(const char *path, bool written)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};
	struct reason reason = {};

	if (!CHECK_INT(update_with(path, AUTH, false, &o, &reason), 0))
		printf("# %s\n", reason.text);
	CHECK_INT(o.written, written);
	CHECK(o.path && o.merged.n_entries == 1 && o.merged.present[0]);
	CHECK(!authfile_has_changed(&o));
	if (o.path) {
		CHECK_AUTH(o.path, REGISTRY, AUTH);
		*strrchr(o.path, '/') = '\0';
		CHECK_INT(count_temporaries(*o.path ? o.path : "/"), 0);
		o.path[strlen(o.path)] = '/';
	}
}

/* Checks that an update fails with a reason that begins with the path, and leaves nothing behind.
 */
__attribute__((unused)) static void check_failure(
        const char *path, int error, const char *code, const char *mentioned)
{
	_cleanup_(authfile_result_done) struct authfile_result o = {};
	struct reason reason = {};

	CHECK_INT(update_with(path, AUTH, false, &o, &reason), -error);
	CHECK(!o.written);
	CHECK_STRING(reason.code, code);
	if (!CHECK(strncmp(reason.text, fixture_dir, strlen(fixture_dir)) == 0) ||
	        !CHECK(strstr(reason.text, mentioned)))
		printf("# %s\n", reason.text);
	CHECK(!strstr(reason.text, AUTH));
	CHECK_INT(count_temporaries(fixture_dir), 0);
}

/* Runs a function in a child process, which it may change; its CHECKs count for this case. */
__attribute__((unused)) static void run_apart(void (*function)(void))
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		function();
		fflush(NULL);
		_exit(tap_case_failed ? 1 : 0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
