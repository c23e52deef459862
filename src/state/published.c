/* SPDX-License-Identifier: Apache-2.0 */
#include "state/published.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "config/config-environment.h"
#include "state/state-file.h"

#define FORMAT_VERSION 1
#define MAX_SECTIONS 1000
#define MAX_TARGETS 100000 /* of one section */
#define MAX_WARNINGS 100
#define MAX_HOSTS 1000

static int bad(struct reason *ret_reason)
{
	return reason_set(ret_reason, EBADMSG, "bad-state",
	        PUBLISHED_FILE
	        " is not in the format of ecr-publish; remove it (objects that are no "
	        "longer configured then stay in their cluster)");
}

static uint64_t read_hash(struct json_object *o)
{
	const char *s = json_member_string(o, "hash");
	uint64_t hash = 0;

	return s && sscanf(s, "%" SCNx64, &hash) == 1 ? hash : 0;
}

static int read_target(struct json_object *o, struct published_section *s)
{
	struct published_target *t = array_append(&s->targets, &s->n_targets, sizeof(*t));

	t->kind = json_member_copy(o, "kind");
	t->name = json_member_copy(o, "name");
	t->uid = json_member_copy(o, "uid");
	t->version = json_member_copy(o, "version");
	t->hash = read_hash(o);
	t->since = json_member_time(o, "since");
	t->published_at = json_member_time(o, "published_at");
	json_member_failure(o, &t->failure);
	return t->kind && t->name ? 0 : -EBADMSG;
}

static int read_hosts(struct json_object *list, struct published_section *s)
{
	if (list && json_object_array_length(list) > MAX_HOSTS)
		return -EBADMSG;
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *name = json_member_string(o, "name");

		if (!name)
			return -EBADMSG;
		published_add_host(s, name, json_member_time(o, "expires_at"));
	}
	return 0;
}

static int read_section(struct json_object *o, struct published *p)
{
	struct published_section *s = array_append(&p->sections, &p->n_sections, sizeof(*s));
	struct json_object *list = json_member(o, "targets", json_type_array);
	struct json_object *failures = json_member(o, "failures", json_type_int);

	s->kind = json_member_copy(o, "kind");
	s->name = json_member_copy(o, "name");
	s->hash = read_hash(o);
	s->since = json_member_time(o, "since");
	s->published_at = json_member_time(o, "published_at");
	s->expires_at = json_member_time(o, "expires_at");
	s->retry_at = json_member_time(o, "retry_at");
	s->failures = failures ? (unsigned)(json_object_get_int(failures) & 0xffff) : 0;
	json_member_failure(o, &s->failure);
	if (!s->kind || !s->name || !list || json_object_array_length(list) > MAX_TARGETS)
		return -EBADMSG;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (read_target(json_object_array_get_idx(list, i), s) < 0)
			return -EBADMSG;
	if (read_hosts(json_member(o, "hosts", json_type_array), s) < 0)
		return -EBADMSG;
	return json_read_strings(json_member(o, "warnings", json_type_array), MAX_WARNINGS,
	        &s->warnings, &s->n_warnings);
}

int published_parse(const char *data, size_t size, struct published *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	_cleanup_(published_done) struct published published = {};
	struct json_object *version = json_member(root, "version", json_type_int);
	struct json_object *list = json_member(root, "sections", json_type_array);

	if (!version || json_object_get_int(version) != FORMAT_VERSION || !list ||
	        json_object_array_length(list) > MAX_SECTIONS)
		return bad(ret_reason);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (read_section(json_object_array_get_idx(list, i), &published) < 0)
			return bad(ret_reason);
	*ret = published;
	published = (struct published){};
	return 0;
}

static void append_hash(struct secret *text, uint64_t hash)
{
	char hex[17];

	snprintf(hex, sizeof(hex), "%016" PRIx64, hash);
	json_append_member(text, "hash", hash ? hex : NULL);
}

static void append_target(struct secret *text, const struct published_target *t)
{
	secret_append_string(text, "{");
	json_append_member(text, "kind", t->kind);
	json_append_member(text, "name", t->name);
	json_append_member(text, "uid", t->uid);
	json_append_member(text, "version", t->version);
	append_hash(text, t->hash);
	json_append_time(text, "since", t->since);
	json_append_time(text, "published_at", t->published_at);
	json_append_failure(text, &t->failure);
	secret_append_string(text, "}");
}

static void append_hosts(struct secret *text, const struct published_section *s)
{
	for (size_t i = 0; i < s->n_hosts; i++) {
		secret_append_string(text, i > 0 ? ",{" : "{");
		json_append_member(text, "name", s->hosts[i].name);
		json_append_time(text, "expires_at", s->hosts[i].expires_at);
		secret_append_string(text, "}");
	}
}

static void append_section(struct secret *text, const struct published_section *s)
{
	char failures[32];

	secret_append_string(text, "{");
	json_append_member(text, "kind", s->kind);
	json_append_member(text, "name", s->name);
	append_hash(text, s->hash);
	json_append_time(text, "since", s->since);
	json_append_time(text, "published_at", s->published_at);
	json_append_time(text, "expires_at", s->expires_at);
	json_append_time(text, "retry_at", s->retry_at);
	json_append_failure(text, &s->failure);
	snprintf(failures, sizeof(failures), ",\"failures\":%u,\"warnings\":[", s->failures);
	secret_append_string(text, failures);
	for (size_t i = 0; i < s->n_warnings; i++) {
		secret_append_string(text, i > 0 ? "," : "");
		json_append_string(text, s->warnings[i]);
	}
	secret_append_string(text, "],\"hosts\":[");
	append_hosts(text, s);
	secret_append_string(text, "],\"targets\":[");
	for (size_t i = 0; i < s->n_targets; i++) {
		secret_append_string(text, i > 0 ? ",\n" : "\n");
		append_target(text, &s->targets[i]);
	}
	secret_append_string(text, "\n]}");
}

void published_format(const struct published *published, struct secret *ret)
{
	char head[32];

	snprintf(head, sizeof(head), "{\"version\":%d,\"sections\":[", FORMAT_VERSION);
	secret_append_string(ret, head);
	for (size_t i = 0; i < published->n_sections; i++) {
		secret_append_string(ret, i > 0 ? ",\n" : "\n");
		append_section(ret, &published->sections[i]);
	}
	secret_append_string(ret, "\n]}\n");
}

struct published_section *published_find(
        const struct published *published, const char *kind, const char *name)
{
	for (size_t i = 0; i < published->n_sections; i++)
		if (strcmp(published->sections[i].kind, kind) == 0 &&
		        strcmp(published->sections[i].name, name) == 0)
			return &published->sections[i];
	return NULL;
}

struct published_target *published_find_target(
        const struct published_section *section, const char *kind, const char *name)
{
	for (size_t i = 0; i < section->n_targets; i++)
		if (strcmp(section->targets[i].name, name) == 0 &&
		        strcmp(section->targets[i].kind, kind) == 0)
			return &section->targets[i];
	return NULL;
}

struct published_target *published_add_target(
        struct published_section *section, const char *kind, const char *name)
{
	struct published_target *t =
	        array_append(&section->targets, &section->n_targets, sizeof(*t));

	t->kind = xstrdup(kind);
	t->name = xstrdup(name);
	return t;
}

void published_add_host(struct published_section *section, const char *name, int64_t expires_at)
{
	struct published_host *h = array_append(&section->hosts, &section->n_hosts, sizeof(*h));

	h->name = xstrdup(name);
	h->expires_at = expires_at;
}

size_t published_failures(const struct published_section *section)
{
	size_t n = 0;

	for (size_t i = 0; i < section->n_targets; i++)
		n += section->targets[i].failure.code[0] != '\0';
	return n == 0 && section->failure.code[0] ? 1 : n;
}

const struct reason *published_first_failure(const struct published_section *section)
{
	if (section->failure.code[0])
		return &section->failure;
	for (size_t i = 0; i < section->n_targets; i++)
		if (section->targets[i].failure.code[0])
			return &section->targets[i].failure;
	return NULL;
}

bool published_is_of_environment(const struct published *p, const struct config *config)
{
	return !config_has_sink(config, SINK_RANCHER) &&
	       published_find(p, "rancher", CONFIG_ENVIRONMENT_SECTION);
}

bool published_is_there(const struct paths *paths)
{
	_cleanup_(freep) char *record = xconcat(paths->published_dir, "/" PUBLISHED_FILE, NULL);

	return access(record, F_OK) == 0;
}

int published_load(const struct paths *paths, struct published *ret, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = state_file_read(
	        paths->published_dir, PUBLISHED_FILE, PUBLISHED_MAX_SIZE, &text, ret_reason);

	if (r == 0)
		*ret = (struct published){};
	if (r <= 0)
		return r;
	r = published_parse(secret_string(&text), text.size, ret, ret_reason);
	return r < 0 ? reason_prefix(ret_reason, r, "%s/", paths->published_dir) : 0;
}

int published_save(const struct paths *paths, const struct published *published,
        const struct published *old, struct reason *ret_reason)
{
	_secret_ struct secret text = {}, before = {};

	published_format(published, &text);
	published_format(old, &before);
	if (secret_equal(&text, &before))
		return 0;
	return state_file_write(paths->published_dir, PUBLISHED_FILE, &text, ret_reason);
}

void published_target_done(struct published_target *t)
{
	free(t->kind);
	free(t->name);
	free(t->uid);
	free(t->version);
	*t = (struct published_target){};
}

void published_section_done(struct published_section *s)
{
	free(s->kind);
	free(s->name);
	for (size_t i = 0; i < s->n_warnings; i++)
		free(s->warnings[i]);
	free(s->warnings);
	for (size_t i = 0; i < s->n_hosts; i++)
		free(s->hosts[i].name);
	free(s->hosts);
	for (size_t i = 0; i < s->n_targets; i++)
		published_target_done(&s->targets[i]);
	free(s->targets);
	*s = (struct published_section){};
}

void published_done(struct published *p)
{
	for (size_t i = 0; i < p->n_sections; i++)
		published_section_done(&p->sections[i]);
	free(p->sections);
	*p = (struct published){};
}
