/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user controls the directory, and with $AWS_ECR_CACHE_DIR others may be able to write to it: a
 * file is used only if it belongs to the user and contains the whole key. Each token has its own
 * file, so that a pull reads only the one it needs, and two processes that save at the same time do
 * not undo each other's work.
 */
#include "pull/pull-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "config/paths.h"

#define ENTRY_MAX_SIZE (512 * 1024)
#define MAX_ENTRIES 1000 /* looked at when tidying up */
#define NAME_SIZE sizeof("0123456789abcdef.json")
#define LOCK_FILE "lock"
#define LOCK_PAUSE_NSEC 5000000 /* at first; it doubles to eight times that */
#define FAILURE_SEC 3600        /* an entry with only a failure is of no use by then */

/* With the NUL: "ab" "c" is not "a" "bc". */
static uint64_t hash(uint64_t h, const char *text)
{
	return hash_bytes(h, text, strlen(text) + 1);
}

/* A collision does no harm, because the entry contains the key. */
static uint64_t key_hash(const struct token *key)
{
	uint64_t h = hash(HASH_START, key->identity);

	h = hash(h, key->identity_settings);
	h = hash(h, aws_service_name(key->service));
	h = hash(h, key->partition->name);
	return hash(h, key->region);
}

static void entry_name(const struct token *key, char ret[static NAME_SIZE])
{
	uint64_t h = key_hash(key);

	for (size_t i = 0; i < 16; i++, h <<= 4)
		ret[i] = "0123456789abcdef"[h >> 60];
	strcpy(ret + 16, ".json");
}

static bool has_entry_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == 16 && strncmp(name + 16, ".json", 5) == 0;
}

static bool is_entry_name(const char *name)
{
	return strlen(name) == NAME_SIZE - 1 && has_entry_name(name);
}

/* sudo may leave root with another user's home, in which root must not write. */
static bool is_ours(const char *base)
{
	struct stat st;

	return geteuid() != 0 || (stat(base, &st) == 0 && st.st_uid == 0);
}

char *pull_cache_path(void)
{
	const char *named = environment_get("AWS_ECR_CACHE_DIR");
	const char *xdg = environment_get("XDG_CACHE_HOME");
	_cleanup_(freep) char *home = NULL;

	if (environment_get("AWS_ECR_DISABLE_CACHE"))
		return NULL;
	if (named)
		return paths_expand(named);
	if (xdg && *xdg == '/')
		return is_ours(xdg) ? xconcat(xdg, "/ecr-refresher", NULL) : NULL;
	home = paths_home();
	return home && is_ours(home) ? xconcat(home, "/.cache/ecr-refresher", NULL) : NULL;
}

int pull_cache_open(bool make)
{
	_cleanup_(freep) char *dir = pull_cache_path();
	int fd, r;

	if (!dir)
		return -ENOENT;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || !make)
		return fd < 0 ? -errno : fd;
	r = file_make_directories(dir);
	if (r < 0)
		return r;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Returns 1, 0 if there is none, or -EBADMSG. */
static int read_entry(int dir_fd, const char *name, struct token *ret)
{
	_cleanup_(closep) int fd =
	        openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_(tokens_done) struct tokens tokens = {};
	_secret_ struct secret text = {};
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -EBADMSG;
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid())
		return 0;
	if (file_read_fd(fd, ENTRY_MAX_SIZE, &text) < 0 ||
	        tokens_parse(secret_string(&text), text.size, &tokens, NULL) < 0 ||
	        tokens.count != 1 || !tokens.items[0].identity_settings ||
	        !tokens.items[0].partition)
		return -EBADMSG;
	*ret = tokens.items[0];
	tokens.items[0] = (struct token){};
	return 1;
}

static bool has_key(const struct token *t, const struct token *key)
{
	return t->service == key->service && t->partition == key->partition &&
	       strcmp(t->region, key->region) == 0 && strcmp(t->identity, key->identity) == 0 &&
	       strcmp(t->identity_settings, key->identity_settings) == 0;
}

int pull_cache_peek(int dir_fd, const struct token *key, struct token *ret)
{
	_cleanup_(token_done) struct token found = {};
	char name[NAME_SIZE];
	int r;

	entry_name(key, name);
	r = read_entry(dir_fd, name, &found);
	if (r <= 0 || !has_key(&found, key))
		return r < 0 ? r : 0;
	*ret = found;
	found = (struct token){};
	return 1;
}

int pull_cache_find(int dir_fd, const struct token *key, struct token *ret)
{
	char name[NAME_SIZE];
	int r = pull_cache_peek(dir_fd, key, ret);

	if (r < 0) {
		entry_name(key, name);
		unlinkat(dir_fd, name, 0);
	}
	return r;
}

/* Reports whether a crash left the file before it was renamed; other files are not ours. */
static bool is_leftover(int dir_fd, const char *entry, int64_t now)
{
	_cleanup_(freep) char *name = NULL;

	if (entry[0] != '.' || !has_entry_name(entry + 1))
		return false;
	name = xstrndup(entry + 1, NAME_SIZE - 1);
	return file_is_leftover(dir_fd, entry, name, FILE_NAMES_EARLIER, now);
}

static void evict(int dir_fd, int64_t now)
{
	_cleanup_(closedirp) DIR *dir = file_list(dir_fd);
	struct dirent *entry;

	for (unsigned n = 0; dir && n < MAX_ENTRIES && (entry = readdir(dir)); n++) {
		_cleanup_(token_done) struct token token = {};
		bool is_out = false;

		if (is_entry_name(entry->d_name)) {
			int r = read_entry(dir_fd, entry->d_name, &token);

			is_out = r < 0 || (r > 0 && !token_is_valid(&token, now) &&
			                          now - token.failed_at >= FAILURE_SEC);
		}
		if (is_out || is_leftover(dir_fd, entry->d_name, now))
			unlinkat(dir_fd, entry->d_name, 0);
	}
}

int pull_cache_save(int dir_fd, const struct token *token, int64_t now)
{
	_secret_ struct secret text = {};
	char name[NAME_SIZE];

	evict(dir_fd, now);
	entry_name(token, name);
	tokens_format(&(struct tokens){(struct token *)token, 1}, &text);
	return file_replace(dir_fd, name, text.data, text.size, 0600);
}

/* Returns 1 if we got the lock, 0 if another process holds it. */
static int try_lock(int fd, uint64_t offset)
{
	struct flock lock = {
	        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES || errno == EINTR ? 0 : -errno;
}

/* Opens the lock; refuses another user's, who could hold it forever. */
static int open_lock(int dir_fd)
{
	_cleanup_(closep) int fd = openat(
	        dir_fd, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() ? TAKE_FD(fd) : -EPERM;
}

int pull_cache_lock(int dir_fd, const struct token *key, uint64_t deadline, bool *ret_waited)
{
	struct timespec pause = {.tv_nsec = LOCK_PAUSE_NSEC};
	const uint64_t offset = key_hash(key) >> 2; /* an off_t is signed, and ends one further */
	_cleanup_(closep) int fd = open_lock(dir_fd);
	int r;

	*ret_waited = false;
	if (fd < 0)
		return fd;
	while ((r = try_lock(fd, offset)) == 0) {
		*ret_waited = true;
		if (monotonic_now() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 8 * LOCK_PAUSE_NSEC)
			pause.tv_nsec *= 2;
	}
	return r < 0 ? r : TAKE_FD(fd);
}

void pull_cache_list(int dir_fd, int64_t now, struct tokens *ret)
{
	_cleanup_(closedirp) DIR *dir = file_list(dir_fd);
	struct dirent *entry;

	for (unsigned n = 0; dir && n < MAX_ENTRIES && (entry = readdir(dir)); n++) {
		_cleanup_(token_done) struct token token = {};
		struct token *t;

		if (!is_entry_name(entry->d_name) ||
		        read_entry(dir_fd, entry->d_name, &token) <= 0 ||
		        !token_is_valid(&token, now))
			continue;
		t = array_append(&ret->items, &ret->count, sizeof(*t));
		*t = token;
		token = (struct token){};
	}
}
