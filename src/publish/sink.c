/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "aws/registry-host.h"
#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/hash.h"

#define SECRET_MAX_SIZE (64 * 1024)

uint64_t sink_hash(uint64_t hash, const void *data, size_t size)
{
	hash = hash_bytes(hash ? hash : HASH_START, data, size);
	return hash ? hash : 1;
}

uint64_t sink_hash_string(uint64_t hash, const char *string)
{
	/* With the NUL, because "ab" "c" is not "a" "bc". NULL differs from "". */
	return string ? sink_hash(hash, string, strlen(string) + 1) : sink_hash(hash, "\1", 1);
}

uint64_t sink_hash_missing(uint64_t hash, const struct sink_run *sink_run)
{
	for (size_t i = 0; i < sink_run->n_missing; i++)
		hash = sink_hash_string(hash, sink_run->missing[i]);
	return hash;
}

uint64_t sink_hash_tokens(const struct sink_run *sink_run)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < sink_run->n_tokens; i++) {
		const struct sink_token *t = &sink_run->tokens[i];

		hash = sink_hash_string(hash, t->host);
		hash = sink_hash(hash, t->authorization->data, t->authorization->size);
	}
	return sink_hash_missing(hash, sink_run);
}

uint64_t sink_hash_attempt(uint64_t spec, const struct sink_run *sink_run)
{
	uint64_t tokens_hash = sink_hash_tokens(sink_run);

	return sink_hash(spec, &tokens_hash, sizeof(tokens_hash));
}

bool sink_has_token(const struct sink_run *sink_run, const char *host)
{
	for (size_t i = 0; i < sink_run->n_tokens; i++)
		if (strcmp(sink_run->tokens[i].host, host) == 0)
			return true;
	return false;
}

bool sink_had_token(const struct sink_run *sink_run, const char *host)
{
	for (size_t i = 0; i < sink_run->old->n_hosts; i++)
		if (strcmp(sink_run->old->hosts[i].name, host) == 0)
			return true;
	return false;
}

bool sink_lacks_token(const struct sink_run *sink_run, const char *host)
{
	struct registry_host parsed;

	if (sink_has_token(sink_run, host))
		return false;
	for (size_t i = 0; i < sink_run->n_missing; i++) {
		const char *name = sink_run->missing[i];

		if (name ? strcmp(name, host) == 0 : registry_host_parse(host, &parsed) == 0)
			return true;
	}
	return false;
}

bool sink_would_drop_valid_token(const struct sink_run *sink_run)
{
	const struct published_section *old = sink_run->old;

	for (size_t i = 0; i < old->n_hosts; i++)
		if (old->hosts[i].expires_at > sink_run->now &&
		        sink_lacks_token(sink_run, old->hosts[i].name))
			return true;
	return false;
}

const char *sink_force_command(const struct sink_run *sink_run)
{
	return sink_run->is_system ? "sudo ecr-refresher refresh --force"
	                           : "ecr-refresher refresh --force";
}

bool sink_is_mass_removal(const struct sink_run *sink_run, size_t n, size_t total)
{
	bool is_most = total >= 3 && n * 2 > total;

	return n > 0 && (n == total || is_most) && !sink_run->force;
}

void sink_refuse_removal(const struct sink_run *sink_run, struct published_target *t,
        const char *keys, size_t n, size_t total)
{
	reason_set(&t->failure, EPERM, "mass-removal",
	        "%s: kept: %s no longer ask%s for %zu of %zu object%s, too many to remove at once; "
	        "correct the section, or remove them with '%s'",
	        t->name, keys, strchr(keys, ' ') ? "" : "s", n, total, total == 1 ? "" : "s",
	        sink_force_command(sink_run));
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

struct published_target *sink_add_target(
        struct sink_run *sink_run, const char *kind, const char *name)
{
	const struct published_target *old = published_find_target(sink_run->old, kind, name);
	struct published_target *t = published_add_target(sink_run->fresh, kind, name);

	if (!old)
		return t;
	t->uid = copy(old->uid);
	t->version = copy(old->version);
	t->hash = old->hash;
	t->since = old->since;
	t->published_at = old->published_at;
	t->failure = old->failure;
	return t;
}

void sink_drop_targets(struct sink_run *sink_run, const bool *is_gone)
{
	struct published_section *s = sink_run->fresh;
	size_t kept = 0;

	for (size_t i = 0; i < s->n_targets; i++) {
		if (is_gone[i])
			published_target_done(&s->targets[i]);
		else
			s->targets[kept++] = s->targets[i];
	}
	s->n_targets = kept;
}

void sink_warn(struct sink_run *sink_run, const char *format, ...)
{
	struct published_section *s = sink_run->fresh;
	char *text = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		abort();
	va_end(ap);
	*(char **)array_append(&s->warnings, &s->n_warnings, sizeof(char *)) = text;
}

/* Returns NULL if it is the name of a credential and the service has none. */
static char *find_secret(const char *name)
{
	const char *dir = environment_get("CREDENTIALS_DIRECTORY");

	if (strchr(name, '/'))
		return paths_expand(name);
	return dir ? xasprintf("%s/%s", dir, name) : NULL;
}

int sink_read_secret(
        const char *name, const char *what, struct secret *ret, struct reason *ret_reason)
{
	_cleanup_(freep) char *path = find_secret(name);
	_secret_ struct secret text = {};
	size_t size;
	int r = path ? file_read(AT_FDCWD, path, SECRET_MAX_SIZE, &text) : -ENOENT;

	if (r < 0 && !strchr(name, '/'))
		return reason_set(ret_reason, -r, "no-credential",
		        "the systemd credential '%s' with %s cannot be read: %s; add "
		        "LoadCredential=%s:FILE to ecr-refresher.service, or write the absolute "
		        "path of a file",
		        name, what, strerror(-r), name);
	if (r < 0)
		return reason_set(ret_reason, -r, "secret-unreadable",
		        "%s with %s cannot be read: %s; make it readable for the user "
		        "ecr-refresher",
		        path, what, strerror(-r));
	for (size = text.size; size > 0 && strchr("\r\n", text.data[size - 1]);)
		size--;
	if (size == 0)
		return reason_set(
		        ret_reason, ENODATA, "secret-empty", "%s with %s is empty", path, what);
	secret_set(ret, text.data, size);
	return 0;
}
