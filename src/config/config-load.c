/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "config/config-environment.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "config/config.h"
#include "config/paths.h"

/* The text of SetCredential= in ecr-refresher.service, used if no ini could be copied. */
#define NO_CONFIG "missing"

static int read_path(const char *path, struct secret *ret)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *dir = NULL;

	if (!slash || slash == path)
		return file_read(AT_FDCWD, path, CONFIG_MAX_SIZE, ret);
	dir = xstrndup(path, (size_t)(slash - path));
	return file_read_as_owner(dir, slash + 1, CONFIG_MAX_SIZE, ret);
}

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/*
 * Reads the copy that systemd made, or the file itself. If systemd could not copy the file, the
 * copy is the text of SetCredential=, or absent for a directory: the file itself is read then, for
 * the reason. -ENOENT means that no ini exists; a dangling link is -ENOLINK.
 */
static int read_config(const struct paths *paths, struct secret *ret)
{
	bool is_copy = strcmp(paths->config, paths->config_name) != 0;
	int r = read_path(paths->config, ret);

	if (is_copy && (r == -ENOENT || (r == 0 && strcmp(secret_string(ret), NO_CONFIG) == 0))) {
		secret_done(ret);
		r = read_path(paths->config_name, ret);
	}
	return r == -ENOENT && is_link(paths->config_name) ? -ENOLINK : r;
}

/* Errors in the text are added to *ret_errors; if there are none, the file is unreadable. */
static int load_file(
        const struct paths *paths, struct config *ret, struct config_errors *ret_errors)
{
	_secret_ struct secret text = {};
	int r = paths->config ? read_config(paths, &text) : -ENOENT;
	bool is_absent = r == -ENOENT && !paths->is_named;

	if (r < 0 && !is_absent)
		return r;
	r = config_parse(
	        secret_string(&text), text.size, paths->config_name, paths->user, ret, ret_errors);
	if (r == 0)
		ret->is_absent = is_absent;
	return r;
}

static const char *why_unreadable(int error)
{
	switch (error) {
	case -EFBIG:
		return "it is larger than 1 MiB";
	case -EINVAL:
		return "it is not a regular file";
	case -ENOLINK:
		return "it is a symbolic link to a file that does not exist";
	default:
		return strerror(-error);
	}
}

static void log_unreadable_config(const char *name, int error)
{
	const char *fix = error == -ENOENT    ? "create it, or correct --config"
	                  : error == -ENOLINK ? "create that file, or remove the link"
	                                      : "make it a file that root can read";
	struct log_fields fields = {.file = name, .error = "unreadable"};

	log_event(EVENT_CONFIG_INVALID, &fields, "%s: cannot be read: %s; %s", name,
	        why_unreadable(error), fix);
}

static int add_environment(struct config *config, bool log_errors)
{
	struct reason reason;
	struct log_fields fields = {.error = "config-invalid"};
	int r = config_add_environment(config, &reason);

	if (r == 0)
		return 0;
	if (log_errors)
		log_event(EVENT_CONFIG_INVALID, &fields, "%s", reason.text);
	config_done(config);
	return r;
}

int config_load(const struct paths *paths, struct config *ret, bool log_errors)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	struct log_fields fields = {.file = paths->config_name, .error = "config-invalid"};
	int r = load_file(paths, ret, &errors);

	if (r < 0 && errors.count == 0 && log_errors)
		log_unreadable_config(paths->config_name, r);
	for (size_t i = 0; log_errors && i < errors.count; i++)
		log_event(EVENT_CONFIG_INVALID, &fields, "%s", errors.messages[i]);
	if (log_errors && errors.more)
		log_event(EVENT_CONFIG_INVALID, &fields, "%s: and more errors after these",
		        paths->config_name);
	return r < 0 ? -EINVAL : add_environment(ret, log_errors);
}

int config_load_for_pull(const struct paths *paths, struct config *ret, struct reason *ret_reason)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	int r = load_file(paths, ret, &errors);

	if (r == 0)
		return 0;
	if (errors.count == 0)
		return reason_set(ret_reason, EINVAL, "config-unreadable",
		        "%s: cannot be read: %s; correct its name or its mode", paths->config_name,
		        why_unreadable(r));
	return reason_set(ret_reason, EINVAL, "config-invalid", "%s%s", errors.messages[0],
	        errors.count > 1 ? "; ecr-refresher check shows what else is wrong" : "");
}
