/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files in which `aws sso login` and `aws login` save their session: one JSON object each,
 * named by a hash, and shared with the AWS CLI and every SDK. The user controls them.
 */

#include <stdint.h>

#include "base/json.h"
#include "base/reason.h"

#define SSO_TOKEN_FILE_MAX_SIZE (128 * 1024)

/*
 * Returns the path DIRECTORY/HASH.json, with the digest "SHA1" or "SHA256" of the text; NULL if
 * OpenSSL does not have the digest. The caller frees it.
 */
char *sso_token_file_path(const char *directory, const char *digest, const char *text);

/*
 * Locks the file's directory against other processes of ecr-refresher, because a refresh token may
 * work only once. Returns a descriptor, whose close() ends the lock, or a negative errno with a
 * reason if the directory is not writable or the deadline (monotonic_now()) passed.
 */
int sso_token_file_lock(const char *path, uint64_t deadline, struct reason *ret_reason);

/*
 * Reads the file. The AWS CLI truncates its file before it writes, so if the text is not JSON, it
 * is read once more a moment later. Returns 0 (it may still not be JSON) or a negative errno.
 */
int sso_token_file_read(const char *path, struct secret *ret);

/*
 * Reports whether the file's text has changed from before, or the file is gone. Our lock does not
 * bind the AWS CLI, so the user may have logged in or out during a renewal.
 */
bool sso_token_file_is_changed(const char *path, const struct secret *before);

/* Replaces the file. Returns 0, or a negative errno with a reason. */
int sso_token_file_save(
        int dir_fd, const char *path, const struct secret *text, struct reason *ret_reason);

/* Sets a string member, and wipes the one it replaces. */
void sso_token_file_set(struct json_object *object, const char *key, const char *value);

/* Appends the object as JSON, with all its members, known or not. */
void sso_token_file_render(struct json_object *object, struct secret *ret);

/* Returns a string member that can go into an HTTP header unchanged (text_is_word()), or NULL. */
const char *sso_token_file_get(struct json_object *object, const char *key);

/* Reads an expiry as `aws` writes it: RFC 3339, or "…UTC" until 2020. Returns 0 or -EINVAL. */
int sso_token_file_expiry(struct json_object *object, const char *key, int64_t *ret);
