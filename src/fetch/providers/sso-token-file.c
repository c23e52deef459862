/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A renewed token is saved in the same file; otherwise the AWS CLI and we would invalidate each
 * other's session. Unknown members are kept, the file is replaced atomically, and only its owner
 * can read it. The user controls it: its size is limited, and its values are checked before use.
 */

#include "fetch/providers/sso-token-file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "base/user-name.h"

#define REREAD_USEC (50 * USEC_PER_MSEC)

char *sso_token_file_path(const char *directory, const char *digest, const char *text)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	size_t n = 0;

	if (EVP_Q_digest(NULL, digest, NULL, text, strlen(text), hash, &n) != 1)
		return NULL;
	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	return xasprintf("%s/%s.json", directory, hex);
}

static int fail_to_save(const char *path, int error, struct reason *ret_reason)
{
	char user[64];

	return reason_set(ret_reason, error, "cache-not-writable",
	        "%s: the renewed session cannot be saved: %s; the user %s must be able to write "
	        "this file",
	        path, strerror(error), user_name(user, sizeof(user)));
}

/* Returns the file's own path, so that a symlink to it is not replaced. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : xstrdup(path);
}

int sso_token_file_lock(const char *path, uint64_t deadline, struct reason *ret_reason)
{
	_cleanup_(freep) char *real = resolve(path);
	_cleanup_(freep) char *directory = xstrndup(real, (size_t)(strrchr(real, '/') - real) + 1);
	_cleanup_(closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0 || faccessat(fd, ".", W_OK, AT_EACCESS) < 0)
		return fail_to_save(path, errno, ret_reason);
	r = file_lock(fd, deadline);
	return r < 0 ? fail_to_save(path, -r, ret_reason) : TAKE_FD(fd);
}

int sso_token_file_read(const char *path, struct secret *ret)
{
	struct timespec pause = {.tv_nsec = REREAD_USEC * 1000};
	_json_ struct json_object *root = NULL;
	int r = file_read(AT_FDCWD, path, SSO_TOKEN_FILE_MAX_SIZE, ret);

	if (r < 0)
		return r;
	root = json_parse(ret->data, ret->size);
	if (root)
		return 0;
	nanosleep(&pause, NULL);
	secret_done(ret);
	return file_read(AT_FDCWD, path, SSO_TOKEN_FILE_MAX_SIZE, ret);
}

bool sso_token_file_is_changed(const char *path, const struct secret *before)
{
	_secret_ struct secret text = {};

	return file_read(AT_FDCWD, path, SSO_TOKEN_FILE_MAX_SIZE, &text) < 0 ||
	       text.size != before->size || memcmp(text.data, before->data, text.size) != 0;
}

int sso_token_file_save(
        int dir_fd, const char *path, const struct secret *text, struct reason *ret_reason)
{
	_cleanup_(freep) char *real = resolve(path);
	int r = file_replace_foreign(dir_fd, strrchr(real, '/') + 1, text->data, text->size, 0600);

	return r < 0 ? fail_to_save(path, -r, ret_reason) : 0;
}

static void wipe_string(struct json_object *object, const char *key)
{
	struct json_object *old = json_member(object, key, json_type_string);

	if (old)
		explicit_bzero((char *)json_object_get_string(old),
		        (size_t)json_object_get_string_len(old));
}

void sso_token_file_set(struct json_object *object, const char *key, const char *value)
{
	wipe_string(object, key);
	json_object_object_add(object, key, json_object_new_string(value));
}

static void render_value(struct json_object *value, struct secret *ret);

static void render_array(struct json_object *array, struct secret *ret)
{
	secret_append(ret, "[", 1);
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		if (i > 0)
			secret_append(ret, ", ", 2);
		render_value(json_object_array_get_idx(array, i), ret);
	}
	secret_append(ret, "]", 1);
}

/* The recursion is bounded: json_parse() accepts no tree deeper than 32. */
static void render_value(struct json_object *value, struct secret *ret)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		/* A string may contain a NUL, so its length is used. */
		json_append_text(ret, json_object_get_string(value),
		        (size_t)json_object_get_string_len(value));
		break;
	case json_type_array:
		render_array(value, ret);
		break;
	case json_type_object:
		sso_token_file_render(value, ret);
		break;
	default:
		secret_append_string(ret, json_object_to_json_string(value));
	}
}

void sso_token_file_render(struct json_object *object, struct secret *ret)
{
	const char *separator = "";

	secret_append(ret, "{", 1);
	json_object_object_foreach(object, key, value)
	{
		secret_append_string(ret, separator);
		json_append_string(ret, key);
		secret_append(ret, ": ", 2);
		render_value(value, ret);
		separator = ", ";
	}
	secret_append(ret, "}", 1);
}

const char *sso_token_file_get(struct json_object *object, const char *key)
{
	const char *text = json_member_string(object, key);

	return text && text_is_word(text, SIZE_MAX) ? text : NULL;
}

int sso_token_file_expiry(struct json_object *object, const char *key, int64_t *ret)
{
	const char *text = json_member_string(object, key);
	size_t size = text ? strlen(text) : 0;
	char zulu[TIMESTAMP_MAX_SIZE];

	if (!text)
		return -EINVAL;
	if (size < 4 || size >= sizeof(zulu) || strcmp(text + size - 3, "UTC") != 0)
		return timestamp_parse(text, ret);
	snprintf(zulu, sizeof(zulu), "%.*sZ", (int)size - 3, text);
	return timestamp_parse(zulu, ret);
}
