/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what docker/cli (cli/config/configfile) and containers/image (pkg/docker/config) read.
 * Users control the text.
 */
#include "check/clients/client-config.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "write/merge/json-scan.h"
#include "write/merge/json-walk.h"

/* The text while it is read. */
struct reader {
	const char *text;
	struct client_config *config;
	struct secret scratch;
	struct reason *reason;
};

static void forget_entries(struct client_config *c)
{
	for (size_t i = 0; i < c->n_entries; i++) {
		secret_done(&c->entries[i].key);
		secret_done(&c->entries[i].auth);
	}
	c->n_entries = 0;
}

static void forget_helpers(struct client_config *c)
{
	for (size_t i = 0; i < c->n_helpers; i++) {
		secret_done(&c->helpers[i].registry);
		secret_done(&c->helpers[i].name);
	}
	c->n_helpers = 0;
}

static void read_string(struct reader *r, struct json_span span, struct secret *ret)
{
	size_t size;
	const char *s = json_string(r->text, span, &r->scratch, &size);

	secret_set(ret, s, size);
}

static bool is_string(const struct reader *r, struct json_span value)
{
	return r->text[value.begin] == '"';
}

static void read_entry(struct reader *r, const struct json_member *member)
{
	struct client_config *c = r->config;
	struct client_entry *e = array_append(&c->entries, &c->n_entries, sizeof(*e));
	struct json_members members;
	struct json_member m;

	read_string(r, member->key, &e->key);
	if (r->text[member->value.begin] != '{')
		return;
	members = json_members(r->text, member->value);
	while (json_members_next(&members, &m)) {
		if (!is_string(r, m.value))
			continue;
		if (json_key_is(r->text, m.key, "auth", &r->scratch))
			read_string(r, m.value, &e->auth);
		else if (json_key_is(r->text, m.key, "identitytoken", &r->scratch))
			e->has_identity_token = m.value.end - m.value.begin > 2;
	}
}

static void read_helper(struct reader *r, const struct json_member *member)
{
	struct client_config *c = r->config;
	struct client_helper *h = array_append(&c->helpers, &c->n_helpers, sizeof(*h));

	read_string(r, member->key, &h->registry);
	if (is_string(r, member->value))
		read_string(r, member->value, &h->name);
}

/* Reads each member of an object; a null forgets all earlier ones. */
static int read_map(struct reader *r, const struct json_member *member, const char *name,
        void (*read)(struct reader *, const struct json_member *),
        void (*forget)(struct client_config *))
{
	char first = r->text[member->value.begin];
	struct json_members members;
	struct json_member m;

	if (first == 'n') {
		forget(r->config);
		return 0;
	}
	if (first != '{')
		return reason_set(r->reason, EBADMSG, "not-object",
		        "line %zu: \"%s\" is not an object",
		        json_line(r->text, member->value.begin), name);
	members = json_members(r->text, member->value);
	while (json_members_next(&members, &m))
		read(r, &m);
	return 0;
}

static int read_top(struct reader *r, struct json_span root)
{
	struct json_members members = json_members(r->text, root);
	struct json_member m;
	int error = 0;

	while (error == 0 && json_members_next(&members, &m)) {
		if (json_key_is(r->text, m.key, "auths", &r->scratch))
			error = read_map(r, &m, "auths", read_entry, forget_entries);
		else if (json_key_is(r->text, m.key, "credhelpers", &r->scratch))
			error = read_map(r, &m, "credHelpers", read_helper, forget_helpers);
		else if (json_key_is(r->text, m.key, "credsstore", &r->scratch) &&
		         is_string(r, m.value))
			read_string(r, m.value, &r->config->store);
	}
	return error;
}

int client_config_parse(
        const char *text, size_t size, struct client_config *ret, struct reason *ret_reason)
{
	_cleanup_(client_config_done) struct client_config c = {};
	struct reader r = {.text = text, .config = &c, .reason = ret_reason};
	struct json_span root;
	int error;

	if (json_is_blank(text, size)) {
		*ret = c;
		return 0;
	}
	error = json_check(text, size, ret_reason);
	if (error < 0)
		return error;
	root = json_root(text, size);
	if (text[root.begin] != '{')
		return reason_set(ret_reason, EBADMSG, "not-object",
		        "line %zu: the file is not an object", json_line(text, root.begin));
	error = read_top(&r, root);
	secret_done(&r.scratch);
	if (error < 0)
		return error;
	*ret = c;
	c = (struct client_config){};
	return 0;
}

const struct client_entry *client_config_entry(const struct client_config *c, const char *key)
{
	size_t size = strlen(key);

	for (size_t i = c->n_entries; i > 0; i--) {
		const struct secret *k = &c->entries[i - 1].key;

		if (k->size == size && memcmp(secret_string(k), key, size) == 0)
			return &c->entries[i - 1];
	}
	return NULL;
}

void client_config_done(struct client_config *c)
{
	forget_entries(c);
	forget_helpers(c);
	free(c->entries);
	free(c->helpers);
	secret_done(&c->store);
	*c = (struct client_config){};
}
