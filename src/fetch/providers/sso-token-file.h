/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files in which `aws sso login` and `aws login` keep what they were given: one JSON object
 * each, named by a hash, and shared with the AWS CLI and every SDK. The user controls them.
 */

#include <stdint.h>

#include "base/json.h"
#include "base/reason.h"

#define TOKEN_CACHE_MAX_SIZE (128 * 1024)

/*
 * Where the file for this text is: DIRECTORY/HASH.json, with the digest "SHA1" or "SHA256". NULL
 * where OpenSSL does not offer the digest.
 */
char *sso_token_file_path(const char *directory, const char *digest, const char *text);

/*
 * Opens the file's directory to replace the file, and waits for others of ours who are at it:
 * a refresh token may be good for one use. Returns a descriptor, whose close() ends the lock, or a
 * negative errno with a reason: it cannot be written, or the deadline (monotonic_now()) passed.
 */
int sso_token_file_lock(const char *path, uint64_t deadline, struct reason *ret_reason);

/*
 * The file's text. The AWS CLI truncates its file before it writes it: what is not JSON is read
 * once more a moment later. Returns 0 (it may still not be JSON) or a negative errno.
 */
int sso_token_file_read(const char *path, struct secret *ret);

/*
 * Whether the file says something else than this by now, or is gone. Our lock does not bind the AWS
 * CLI, so that somebody may have logged in, or out, while a session was renewed.
 */
bool sso_token_file_is_changed(const char *path, const struct secret *before);

/* Replaces the file. Returns 0, or a negative errno with a reason. */
int sso_token_file_save(
        int dir_fd, const char *path, const struct secret *text, struct reason *ret_reason);

/* Sets a string member, and overwrites the one it replaces. */
void sso_token_file_set(struct json_object *object, const char *key, const char *value);

/* Appends the object as JSON: all of its members, also those that nobody here knows. */
void sso_token_file_render(struct json_object *object, struct secret *ret);

/* A string member that can go into an HTTP header as it is (text_is_word()), or NULL. */
const char *sso_token_file_get(struct json_object *object, const char *key);

/* What `aws` writes as expiry: RFC 3339, or "…UTC" as it did until 2020. Returns 0 or -EINVAL. */
int sso_token_file_expiry(struct json_object *object, const char *key, int64_t *ret);
