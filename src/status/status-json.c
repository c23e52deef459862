/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status as JSON, in two shapes. `status --json` prints one for other programs;
 * etc/status.schema.json describes it: members keep their name and meaning within a "version", and
 * new ones may be added at any time. The other is the file that root's writer leaves for one user,
 * whose `status` reads it: the same members without "state" and whatever else depends on the time,
 * so that the file changes only with its content. The user controls paths, root all else.
 */
#include "status/status-json.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "status/summary.h"

#define FORMAT_VERSION 1
#define MAX_ITEMS 10000

static void append_error(struct secret *text, const struct reason *reason)
{
	if (!reason->code[0])
		return;
	secret_append_string(text, ",\"error\":{");
	json_append_failure(text, reason);
	secret_append_string(text, "}");
}

/* Users choose the names of the directories in a path. */
static void append_printable(struct secret *text, const char *key, const char *value)
{
	_cleanup_(freep) char *copy = value ? xstrdup(value) : NULL;

	if (copy)
		text_sanitize(copy);
	json_append_member(text, key, copy);
}

static const char *service_of(const struct status *s)
{
	return s->is_host ? "host" : "user";
}

/* service: NULL in the file for one user, where nothing is judged. */
static void append_registry(
        struct secret *text, const struct status_registry *r, const char *service)
{
	secret_append_string(text, "{");
	json_append_member(text, "service", service);
	json_append_member(text, "registry", r->host);
	json_append_member(text, "identity", r->identity);
	json_append_member(text, "state", service ? r->state : NULL);
	json_append_time(text, "fetched_at", r->fetched_at);
	/* Unknown if the clock was ahead at the fetch. */
	if (!service || r->life != TOKEN_AHEAD)
		json_append_time(text, "expires_at", r->expires_at);
	if (!service || token_life_is_usable(r->life))
		json_append_time(text, "renew_at", r->renewal);
	json_append_member(text, "provider", r->provider);
	json_append_member(text, "principal", r->principal);
	json_append_time(text, "failing_since", r->failing_since);
	append_error(text, &r->failure);
	secret_append_string(text, "}");
}

static void append_strings(struct secret *text, const char *key, char *const *strings, size_t n)
{
	secret_append_string(text, ",");
	json_append_string(text, key);
	secret_append_string(text, ":[");
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *copy = xstrdup(strings[i]);

		text_sanitize(copy);
		secret_append_string(text, i > 0 ? "," : "");
		json_append_string(text, copy);
	}
	secret_append_string(text, "]");
}

/* By their index in the list of registries. */
static void append_needs(struct secret *text, const struct status_file *f)
{
	secret_append_string(text, ",\"needs\":[");
	for (size_t i = 0; i < f->n_needs; i++) {
		char item[64];

		snprintf(item, sizeof(item), "%s{\"registry\":%zu,\"written\":%s}",
		        i > 0 ? "," : "", f->needs[i].registry,
		        f->needs[i].is_written ? "true" : "false");
		secret_append_string(text, item);
	}
	secret_append_string(text, "]");
}

static void append_file(struct secret *text, const struct status_file *f, const char *service)
{
	secret_append_string(text, "{");
	json_append_member(text, "service", service);
	append_printable(text, "user", f->user);
	append_printable(text, "file", f->file);
	append_printable(text, "path", f->path);
	json_append_member(text, "state", service ? f->state : f->is_pending ? "pending" : NULL);
	json_append_time(text, "since", service ? f->state_since : f->since);
	json_append_time(text, "written_at", f->written_at);
	append_error(text, &f->failure);
	append_strings(text, "registries", f->hosts, f->n_hosts);
	append_strings(text, "findings", f->findings, f->n_findings);
	if (!service)
		append_needs(text, f);
	secret_append_string(text, "}");
}

static void append_registries(struct secret *text, const struct status *list, size_t n, bool judged)
{
	const char *separator = "";

	secret_append_string(text, ",\"registries\":[");
	for (size_t s = 0; s < n; s++)
		for (size_t i = 0; i < list[s].n_registries; i++) {
			secret_append_string(text, separator);
			append_registry(
			        text, &list[s].registries[i], judged ? service_of(&list[s]) : NULL);
			separator = ",";
		}
	secret_append_string(text, "]");
}

static void append_files(struct secret *text, const struct status *list, size_t n, bool judged)
{
	const char *separator = "";

	secret_append_string(text, ",\"files\":[");
	for (size_t s = 0; s < n; s++)
		for (size_t i = 0; i < list[s].n_files; i++) {
			secret_append_string(text, separator);
			append_file(text, &list[s].files[i], judged ? service_of(&list[s]) : NULL);
			separator = ",";
		}
	secret_append_string(text, "]");
}

static void append_target(struct secret *text, const struct published_target *t)
{
	secret_append_string(text, "{");
	append_printable(text, "kind", t->kind);
	append_printable(text, "name", t->name);
	json_append_member(text, "state", status_of_target(t));
	json_append_time(text, "since", t->since);
	json_append_time(text, "published_at", t->published_at);
	append_error(text, &t->failure);
	secret_append_string(text, "}");
}

static void append_section(struct secret *text, const struct published_section *section)
{
	json_append_time(text, "since", section->since);
	json_append_time(text, "published_at", section->published_at);
	json_append_time(text, "expires_at", section->expires_at);
	json_append_time(text, "retry_at", section->retry_at);
	append_error(text, &section->failure);
	append_strings(text, "warnings", section->warnings, section->n_warnings);
	secret_append_string(text, ",\"targets\":[");
	for (size_t i = 0; i < section->n_targets; i++) {
		secret_append_string(text, i > 0 ? "," : "");
		append_target(text, &section->targets[i]);
	}
	secret_append_string(text, "]");
}

static void append_clusters(struct secret *text, const struct status *list, size_t n)
{
	static const struct published_section nothing;
	const char *separator = "";

	secret_append_string(text, ",\"clusters\":[");
	for (size_t s = 0; s < n; s++)
		for (size_t i = 0; i < list[s].n_clusters; i++) {
			const struct status_cluster *c = &list[s].clusters[i];

			secret_append_string(text, separator);
			secret_append_string(text, "{");
			json_append_member(text, "service", service_of(&list[s]));
			json_append_member(text, "kind", c->kind);
			append_printable(text, "name", c->name);
			json_append_member(text, "state", c->state);
			append_section(text, c->section ? c->section : &nothing);
			secret_append_string(text, "}");
			separator = ",";
		}
	secret_append_string(text, "]");
}

static void append_version(struct secret *text)
{
	char head[32];

	snprintf(head, sizeof(head), "{\"version\":%d", FORMAT_VERSION);
	secret_append_string(text, head);
}

static void append_watch(struct secret *text, const struct status *s)
{
	if (!s->watch_failure.code[0])
		return;
	secret_append_string(text, ",\"watch\":{");
	json_append_failure(text, &s->watch_failure);
	secret_append_string(text, "}");
}

void status_format_json(const struct status *list, size_t n, struct secret *ret)
{
	_cleanup_(freep) char *summary = summary_format_list(list, n);
	bool is_good = true;

	for (size_t i = 0; i < n; i++)
		is_good &= list[i].is_good;
	append_version(ret);
	secret_append_string(ret, is_good ? ",\"good\":true" : ",\"good\":false");
	json_append_member(ret, "summary", summary);
	append_registries(ret, list, n, true);
	append_files(ret, list, n, true);
	append_clusters(ret, list, n);
	/* At most one of the services has one: the one whose record was read. */
	for (size_t i = 0; i < n; i++)
		append_watch(ret, &list[i]);
	secret_append_string(ret, "}\n");
}

void status_format_for(const struct status *s, const char *user, struct secret *ret)
{
	append_version(ret);
	append_printable(ret, "for", user);
	append_registries(ret, s, 1, false);
	append_files(ret, s, 1, false);
	secret_append_string(ret, "}\n");
}

static int bad(struct reason *ret_reason)
{
	return reason_set(ret_reason, EBADMSG, "bad-state",
	        "the host's status was written by another version of ecr-refresher; the next run "
	        "of "
	        "ecr-refresher.service rewrites it");
}

static char *read_string(struct json_object *o, const char *key)
{
	char *copy = json_member_copy(o, key);

	if (copy)
		text_sanitize(copy);
	return copy;
}

static int read_strings(struct json_object *o, const char *key, char ***ret, size_t *ret_n)
{
	struct json_object *list = json_member(o, key, json_type_array);
	int r;

	if (!list)
		return -EBADMSG;
	r = json_read_strings(list, MAX_ITEMS, ret, ret_n);
	for (size_t i = 0; i < *ret_n; i++)
		text_sanitize((*ret)[i]);
	return r;
}

static int read_registry(struct json_object *o, struct status *s)
{
	struct status_registry *r = array_append(&s->registries, &s->n_registries, sizeof(*r));

	r->host = read_string(o, "registry");
	r->identity = read_string(o, "identity");
	r->fetched_at = json_member_time(o, "fetched_at");
	r->expires_at = json_member_time(o, "expires_at");
	r->renewal = json_member_time(o, "renew_at");
	r->failing_since = json_member_time(o, "failing_since");
	json_member_failure(json_member(o, "error", json_type_object), &r->failure);
	return r->host && r->identity ? 0 : -EBADMSG;
}

/* The registries have been read. An older version wrote no needs. */
static int read_needs(struct json_object *o, const struct status *s, struct status_file *f)
{
	struct json_object *list = json_member(o, "needs", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		struct json_object *place = json_member(item, "registry", json_type_int);
		struct json_object *written = json_member(item, "written", json_type_boolean);
		int64_t registry = place ? json_object_get_int64(place) : -1;

		if (registry < 0 || (size_t)registry >= s->n_registries || !written)
			return -EBADMSG;
		*(struct status_need *)array_append(&f->needs, &f->n_needs, sizeof(*f->needs)) =
		        (struct status_need){(size_t)registry, json_object_get_boolean(written)};
	}
	return 0;
}

static int read_file(struct json_object *o, struct status *s)
{
	struct status_file *f = array_append(&s->files, &s->n_files, sizeof(*f));
	const char *state = json_member_string(o, "state");

	f->user = read_string(o, "user");
	f->file = read_string(o, "file");
	f->path = read_string(o, "path");
	f->since = json_member_time(o, "since");
	f->written_at = json_member_time(o, "written_at");
	f->is_pending = state && strcmp(state, "pending") == 0;
	json_member_failure(json_member(o, "error", json_type_object), &f->failure);
	if (!f->user || !f->file || read_strings(o, "registries", &f->hosts, &f->n_hosts) < 0)
		return -EBADMSG;
	if (read_needs(o, s, f) < 0)
		return -EBADMSG;
	return read_strings(o, "findings", &f->findings, &f->n_findings);
}

static int read_list(struct json_object *root, const char *key, struct status *s,
        int (*read_item)(struct json_object *o, struct status *s))
{
	struct json_object *list = json_member(root, key, json_type_array);
	int r = list && json_object_array_length(list) <= MAX_ITEMS ? 0 : -EBADMSG;

	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++)
		r = read_item(json_object_array_get_idx(list, i), s);
	return r;
}

int status_parse(const char *data, size_t size, struct status *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	_cleanup_(status_done) struct status s = {.is_host = true, .n_users = 1};
	struct json_object *version = json_member(root, "version", json_type_int);

	if (!version || json_object_get_int(version) != FORMAT_VERSION)
		return bad(ret_reason);
	if (read_list(root, "registries", &s, read_registry) < 0 ||
	        read_list(root, "files", &s, read_file) < 0)
		return bad(ret_reason);
	*ret = s;
	s = (struct status){};
	return 0;
}
