/* SPDX-License-Identifier: Apache-2.0 */
#include "state/written.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "state/state-file.h"

#define FORMAT_VERSION 1
#define MAX_FILES 100000
#define MAX_FINDINGS 100000 /* of one file */

uint64_t written_hash(const char *auth, size_t size)
{
	return hash_bytes(HASH_START, auth, size);
}

static int bad(struct reason *ret_reason)
{
	return reason_set(ret_reason, EBADMSG, "bad-state",
	        RECORD_FILE
	        " is not in the format of ecr-refresher; remove it (entries that are no "
	        "longer configured then stay in their files)");
}

static int read_entries(struct json_object *o, struct written_file *f)
{
	struct json_object *list = json_member(o, "entries", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *hash = json_member_string(item, "hash");
		char *host = json_member_copy(item, "host");
		struct record_entry *e = array_append(&f->entries, &f->n_entries, sizeof(*e));

		e->host = host;
		if (!host || !hash || sscanf(hash, "%" SCNx64, &e->hash) != 1)
			return -EBADMSG;
	}
	return 0;
}

static int read_file(struct json_object *o, struct written_file *f)
{
	struct json_object *list = json_member(o, "findings", json_type_array);

	f->user = json_member_copy(o, "user");
	f->file = json_member_copy(o, "file");
	f->path = json_member_copy(o, "path");
	f->since = json_member_time(o, "since");
	f->written_at = json_member_time(o, "written_at");
	json_member_failure(o, &f->failure);
	if (json_read_strings(list, MAX_FINDINGS, &f->findings, &f->n_findings) < 0)
		return -EBADMSG;
	return f->user && f->file ? read_entries(o, f) : -EBADMSG;
}

static uint64_t read_number(struct json_object *o, const char *key)
{
	struct json_object *member = json_member(o, key, json_type_int);
	int64_t n = member ? json_object_get_int64(member) : 0;

	return n > 0 ? (uint64_t)n : 0;
}

static void read_counters(struct json_object *o, struct record_counters *ret)
{
	ret->files_written = read_number(o, "files_written");
	ret->files_repaired = read_number(o, "files_repaired");
	ret->file_failures = read_number(o, "file_failures");
	ret->token_failures = read_number(o, "token_failures");
	ret->token_failed_at = json_member_time(o, "token_failed_at");
}

int written_parse(const char *data, size_t size, struct written *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	_cleanup_(written_done) struct written record = {};
	struct json_object *version = json_member(root, "version", json_type_int);
	struct json_object *list = json_member(root, "files", json_type_array);

	if (!version || json_object_get_int(version) != FORMAT_VERSION || !list ||
	        json_object_array_length(list) > MAX_FILES)
		return bad(ret_reason);
	json_member_failure(json_member(root, "watch", json_type_object), &record.watch_failure);
	read_counters(json_member(root, "counters", json_type_object), &record.counters);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct written_file *f = array_append(&record.files, &record.n_files, sizeof(*f));

		if (read_file(json_object_array_get_idx(list, i), f) < 0)
			return bad(ret_reason);
	}
	*ret = record;
	record = (struct written){};
	return 0;
}

static void append_file(struct secret *text, const struct written_file *f)
{
	secret_append_string(text, "{");
	json_append_member(text, "user", f->user);
	json_append_member(text, "file", f->file);
	json_append_member(text, "path", f->path);
	json_append_time(text, "since", f->since);
	json_append_time(text, "written_at", f->written_at);
	json_append_failure(text, &f->failure);
	secret_append_string(text, ",\"entries\":[");
	for (size_t i = 0; i < f->n_entries; i++) {
		char hash[17];

		snprintf(hash, sizeof(hash), "%016" PRIx64, f->entries[i].hash);
		secret_append_string(text, i > 0 ? ",{" : "{");
		json_append_member(text, "host", f->entries[i].host);
		json_append_member(text, "hash", hash);
		secret_append_string(text, "}");
	}
	secret_append_string(text, "]");
	json_append_strings(text, "findings", f->findings, f->n_findings);
	secret_append_string(text, "}");
}

static void append_counters(struct secret *text, const struct record_counters *c)
{
	_cleanup_(freep) char *numbers =
	        xasprintf(",\"counters\":{\"files_written\":%" PRIu64 ",\"files_repaired\":%" PRIu64
	                  ",\"file_failures\":%" PRIu64 ",\"token_failures\":%" PRIu64,
	                c->files_written, c->files_repaired, c->file_failures, c->token_failures);

	secret_append_string(text, numbers);
	json_append_time(text, "token_failed_at", c->token_failed_at);
	secret_append_string(text, "}");
}

void written_format(const struct written *record, struct secret *ret)
{
	char head[32];

	snprintf(head, sizeof(head), "{\"version\":%d", FORMAT_VERSION);
	secret_append_string(ret, head);
	if (record->watch_failure.code[0]) {
		secret_append_string(ret, ",\"watch\":{");
		json_append_failure(ret, &record->watch_failure);
		secret_append_string(ret, "}");
	}
	append_counters(ret, &record->counters);
	secret_append_string(ret, ",\"files\":[");
	for (size_t i = 0; i < record->n_files; i++) {
		secret_append_string(ret, i > 0 ? ",\n" : "\n");
		append_file(ret, &record->files[i]);
	}
	secret_append_string(ret, "\n]}\n");
}

struct written_file *written_find(const struct written *record, const char *user, const char *file)
{
	for (size_t i = 0; i < record->n_files; i++)
		if (strcmp(record->files[i].user, user) == 0 &&
		        strcmp(record->files[i].file, file) == 0)
			return &record->files[i];
	return NULL;
}

struct record_entry *written_file_find_entry(const struct written_file *f, const char *host)
{
	for (size_t i = 0; f && i < f->n_entries; i++)
		if (strcmp(f->entries[i].host, host) == 0)
			return &f->entries[i];
	return NULL;
}

bool written_has_entries(const struct written *record)
{
	for (size_t i = 0; i < record->n_files; i++)
		if (record->files[i].n_entries > 0)
			return true;
	return false;
}

int written_load(const struct paths *paths, struct written *ret, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = state_file_read(paths->record_dir, RECORD_FILE, RECORD_MAX_SIZE, &text, ret_reason);

	if (r == 0)
		*ret = (struct written){};
	if (r <= 0)
		return r;
	r = written_parse(secret_string(&text), text.size, ret, ret_reason);
	return r < 0 ? reason_prefix(ret_reason, r, "%s/", paths->record_dir) : 0;
}

int written_save(const struct paths *paths, const struct written *record, const struct written *old,
        struct reason *ret_reason)
{
	_secret_ struct secret text = {}, before = {};

	written_format(record, &text);
	written_format(old, &before);
	if (secret_equal(&text, &before))
		return 0;
	return state_file_write(paths->record_dir, RECORD_FILE, &text, ret_reason);
}

void written_file_done(struct written_file *f)
{
	free(f->user);
	free(f->file);
	free(f->path);
	for (size_t i = 0; i < f->n_entries; i++)
		free(f->entries[i].host);
	free(f->entries);
	for (size_t i = 0; i < f->n_findings; i++)
		free(f->findings[i]);
	free(f->findings);
	*f = (struct written_file){};
}

void written_done(struct written *r)
{
	for (size_t i = 0; i < r->n_files; i++)
		written_file_done(&r->files[i]);
	free(r->files);
	*r = (struct written){};
}
