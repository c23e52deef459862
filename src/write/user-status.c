/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the users' status. Root alone controls the directory. The names of the users come from the
 * ini; their uids from the password database, which is read only for users that a worker has just
 * found there: a slow directory service causes no second delay.
 */
#include "write/user-status.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "status/status-json.h"
#include "status/status.h"

#define NAME_SIZE 64 /* for temporary files as well */
#define ROOT_UID 0

struct status_file_entry {
	char name[NAME_SIZE];
	char *user; /* that it is for, by its own account, or NULL */
	bool is_wanted;
};

struct directory {
	int fd;
	struct status_file_entry *files;
	size_t n_files;
};

static void directory_done(struct directory *d)
{
	for (size_t i = 0; i < d->n_files; i++)
		free(d->files[i].user);
	free(d->files);
	closep(&d->fd);
}

static struct status_file_entry *find_file(const struct directory *d, const char *name)
{
	for (size_t i = 0; i < d->n_files; i++)
		if (strcmp(d->files[i].name, name) == 0)
			return &d->files[i];
	return NULL;
}

static int directory_open(const char *path, struct directory *ret)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(closedirp) DIR *listing = NULL;

	if (fd < 0 && errno == ENOENT && mkdir(path, 0711) == 0) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && fchmod(fd, 0711) < 0) /* the umask is stricter */
			return -errno;
	}
	if (fd < 0)
		return -errno;
	listing = file_list(fd);
	if (!listing)
		return -errno;
	for (struct dirent *e; (e = readdir(listing));) {
		struct status_file_entry *p;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		        strlen(e->d_name) >= NAME_SIZE)
			continue;
		p = array_append(&ret->files, &ret->n_files, sizeof(*p));
		strcpy(p->name, e->d_name);
	}
	ret->fd = TAKE_FD(fd);
	return 0;
}

/*
 * Gives the file an ACL (acl(5)): the owner reads and writes, the user with this uid reads, others
 * have no access. If the file system has no ACLs, only root can read it, and `status` reports that.
 */
static int allow_user(int fd, uid_t uid)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} acl = {.header = {htole32(POSIX_ACL_XATTR_VERSION)},
	        .entries = {
	                {htole16(ACL_USER_OBJ), htole16(ACL_READ | ACL_WRITE), ACL_UNDEFINED_ID},
	                {htole16(ACL_USER), htole16(ACL_READ), htole32(uid)},
	                {htole16(ACL_GROUP_OBJ), 0, ACL_UNDEFINED_ID},
	                {htole16(ACL_MASK), htole16(ACL_READ), ACL_UNDEFINED_ID},
	                {htole16(ACL_OTHER), 0, ACL_UNDEFINED_ID},
	        }};

	if (fsetxattr(fd, "system.posix_acl_access", &acl, sizeof(acl), 0) == 0)
		return 0;
	return errno == EOPNOTSUPP ? 0 : -errno;
}

/* Replaces a file. Not synced: what a crash leaves of it differs, and is replaced by the next run.
 */
static int replace_file(int dir_fd, const char *name, uid_t uid, const struct secret *text)
{
	_cleanup_(file_temporary_done) struct file_temporary t = {.fd = -1};
	int r = file_temporary_open(dir_fd, name, 0600, &t);

	if (r == 0)
		r = file_write_all(t.fd, text->data, text->size);
	if (r == 0)
		r = allow_user(t.fd, uid);
	return r == 0 ? file_temporary_rename(&t, name) : r;
}

static int update_one(const struct user_status_run *run, struct directory *d, const char *user)
{
	_cleanup_(status_done) struct status status = {};
	_secret_ struct secret text = {}, before = {};
	struct passwd *pw = getpwnam(user);
	char name[NAME_SIZE];
	struct status_file_entry *old;

	if (!pw || pw->pw_uid == ROOT_UID)
		return 0; /* root sees everything */
	snprintf(name, NAME_SIZE, "%u.json", pw->pw_uid);
	old = find_file(d, name);
	if (old && old->is_wanted)
		return 0; /* two names with one uid: the first counts */
	if (old)
		old->is_wanted = true;
	status_make(run->config, run->tokens, run->record, (char *const *)&user, 1, &status);
	status_hide_identities(&status);
	status_format_for(&status, user, &text);
	if (file_read(d->fd, name, STATUS_MAX_SIZE, &before) == 0 && secret_equal(&text, &before))
		return 0;
	return replace_file(d->fd, name, pw->pw_uid, &text);
}

/* Reports whether this run was able to look up the user, and whether the user exists. */
static bool was_looked_up(const struct user_status_run *run, const char *user, bool *ret_exists)
{
	for (size_t u = 0; u < run->desired->n_users; u++) {
		const struct worker_user_report *report = &run->reports->users[u];

		if (strcmp(run->desired->users[u].name, user) != 0)
			continue;
		*ret_exists = report->error == 0;
		return report->error == 0 || strcmp(report->reason.code, "no-such-user") == 0;
	}
	return false;
}

static bool is_configured(const struct config *config, const char *user)
{
	for (size_t u = 0; user && u < config->n_users; u++)
		if (strcmp(config->users[u].name, user) == 0)
			return true;
	return false;
}

/* Returns the user that a file is for, owned, or NULL if it does not say. */
static char *owner_of(int dir_fd, const char *name)
{
	_secret_ struct secret text = {};
	_json_ struct json_object *root = NULL;
	const char *user;

	if (file_read(dir_fd, name, STATUS_MAX_SIZE, &text) < 0)
		return NULL;
	root = json_parse(text.data, text.size);
	user = json_member_string(root, "for");
	return user ? xstrdup(user) : NULL;
}

/* Removes files of other users, except of those that could not be looked up. */
static void remove_stale(const struct user_status_run *run, struct directory *d)
{
	for (size_t i = 0; i < d->n_files; i++) {
		struct status_file_entry *p = &d->files[i];
		bool exists = false;

		if (p->is_wanted)
			continue;
		p->user = owner_of(d->fd, p->name);
		if (!is_configured(run->config, p->user) || was_looked_up(run, p->user, &exists))
			unlinkat(d->fd, p->name, 0);
	}
}

int user_status_update(
        const struct user_status_run *run, const char *dir, struct reason *ret_reason)
{
	_cleanup_(directory_done) struct directory d = {.fd = -1};
	int result = directory_open(dir, &d);

	for (size_t u = 0; d.fd >= 0 && u < run->config->n_users; u++) {
		const char *user = run->config->users[u].name;
		bool exists = false;
		int r = was_looked_up(run, user, &exists) && exists ? update_one(run, &d, user) : 0;

		result = r < 0 ? r : result;
	}
	if (d.fd >= 0 && !run->is_partial)
		remove_stale(run, &d);
	if (result < 0)
		return reason_set(ret_reason, -result, "state-unwritable",
		        "%s: the users' status cannot be written: %s; check the directory's owner, "
		        "mode and free space",
		        dir, strerror(-result));
	return 0;
}
