/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries the service's token, the cache and AWS, in that order and no further than necessary,
 * because a pull is waiting. A cached token is renewed in the second half of its life; if that
 * fails, it is used until it expires. The user controls the host, the environment and the
 * cache.
 */
#include "pull/pull.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "config/find-registry.h"
#include "pull/fetch-token.h"
#include "pull/identity-fingerprint.h"
#include "pull/pull-cache.h"

#define PRINCIPAL_MAX_SIZE 65536
#define RENEWAL_TIMEOUT_USEC (4 * USEC_PER_SEC) /* of a token that is still valid */
#define RENEWAL_PAUSE_SEC 60

struct pull {
	const struct pull_request *request;
	uint64_t deadline;
	int64_t now;
	struct paths paths;
	struct config config;
	struct registry_host host;
	const struct config_identity *identity;
	struct token entry; /* the key, and its cache entry */
	bool cache_was_broken;
};

static void pull_done(struct pull *p)
{
	token_done(&p->entry);
	config_done(&p->config);
	paths_done(&p->paths);
}

static void set_token(const struct pull *p, const struct token *t, struct pull_token *ret)
{
	*ret = (struct pull_token){.expires_at = t->expires_at,
	        .fetched_at = t->fetched_at,
	        .cache_was_broken = p->cache_was_broken};
	secret_set(&ret->authorization, t->authorization.data, t->authorization.size);
	memcpy(ret->host, p->host.name, sizeof(ret->host));
}

/* Finds the host's identity. If the ini is wrong, only a host that is ECR by its name fails. */
static int find_host(struct pull *p, struct reason *ret_reason)
{
	const char *host = p->request->host;
	size_t index = 0;
	int r = config_load_for_pull(&p->paths, &p->config, ret_reason);

	if (r < 0 && registry_host_parse(host, &p->host) == 0)
		return r;
	if (r < 0 || find_registry_of_host(&p->config, host, &p->host, &index) < 0)
		return reason_set(ret_reason, ENOTSUP, "not-ecr",
		        "%.300s is not an Amazon ECR registry%s%s", host,
		        p->paths.config_name ? ", nor a [registry] of " : "",
		        p->paths.config_name ? p->paths.config_name : "");
	p->identity = &p->config.identities[index];
	p->entry.identity = xstrdup(p->identity->name);
	p->entry.service = p->host.service;
	p->entry.partition = p->host.partition;
	memcpy(p->entry.region, p->host.region, sizeof(p->entry.region));
	return 0;
}

/* Reports whether the token is for the host, by its own key or as "auto" in the same region. */
static bool is_for_host(const struct pull *p, const struct token *t)
{
	struct registry_host own;

	if (strcmp(t->identity, p->identity->name) != 0 || t->service != p->host.service)
		return false;
	if (t->partition)
		return t->partition == p->host.partition && strcmp(t->region, p->host.region) == 0;
	return registry_host_parse(t->auto_host, &own) == 0 && own.partition == p->host.partition &&
	       strcmp(own.region, p->host.region) == 0;
}

/* Root's docker is the host's; another user's shell may have another principal. */
static bool has_same_principal(const struct pull *p, const struct token *t)
{
	return geteuid() == 0 || identity_fingerprint_may_match(p->identity, t->principal);
}

/* Returns 1 if the service has the token, otherwise 0: the service reports its own failures. */
static int find_service_token(const struct pull *p, struct pull_token *ret)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(freep) char *settings = config_identity_text(p->identity);

	if (!p->paths.runtime_dir || tokens_load(&p->paths, &tokens, NULL) < 0)
		return 0;
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *t = &tokens.items[i];

		if (!token_is_valid(t, p->now) || !is_for_host(p, t) || !t->identity_settings ||
		        strcmp(t->identity_settings, settings) != 0 || !has_same_principal(p, t))
			continue;
		set_token(p, t, ret);
		return 1;
	}
	return 0;
}

/* Completes the entry's key. Returns whether that is possible; if not, ecr-fetch reports why. */
static bool make_fingerprint(struct pull *p)
{
	struct passwd *service = NULL;

	/* For root, ecr-fetch runs as the user ecr-refresher. */
	if (geteuid() == 0 && !(service = getpwnam(SERVICE_USER)))
		return false;
	if (identity_fingerprint_find(p->identity, service, &p->entry.identity_settings) < 0)
		return false;
	return strlen(p->entry.identity_settings) < PRINCIPAL_MAX_SIZE;
}

/* Reads the cache entry. Returns whether no request to AWS is needed. */
static bool use_cache(struct pull *p, int dir_fd)
{
	struct token found = {};
	enum token_life life;
	int r = pull_cache_find(dir_fd, &p->entry, &found);

	p->cache_was_broken |= r < 0;
	if (r > 0) {
		token_done(&p->entry);
		p->entry = found;
	}
	life = token_judge(&p->entry, p->config.renew_at, p->now);
	if (life == TOKEN_FRESH || !token_life_is_usable(life))
		return life == TOKEN_FRESH;
	/* A failure in the future means that the clock was set back. */
	return p->entry.failed_at <= p->now && p->now - p->entry.failed_at < RENEWAL_PAUSE_SEC;
}

/* While the old token is still valid, a pull should not wait long for a new one. */
static uint64_t renewal_deadline(const struct pull *p)
{
	uint64_t soon = monotonic_now() + RENEWAL_TIMEOUT_USEC;

	return token_is_valid(&p->entry, p->now) && soon < p->deadline ? soon : p->deadline;
}

static int renew(struct pull *p, struct reason *ret_reason)
{
	struct reason why = {};
	int r = pull_fetch_token(p->request, renewal_deadline(p), &p->entry, &why);

	if (r == 0)
		return 0;
	p->entry.failing_since = p->entry.failed_at ? p->entry.failing_since : p->now;
	p->entry.failed_at = timestamp_now();
	p->entry.failure = why;
	*ret_reason = why;
	return token_is_valid(&p->entry, p->now) ? 0 : r;
}

/* Renews the token in one of the processes that need it; the others wait and use its result. */
static int renew_under_lock(struct pull *p, int dir_fd, struct reason *ret_reason)
{
	bool has_waited = false;
	_cleanup_(closep) int lock =
	        pull_cache_lock(dir_fd, &p->entry, renewal_deadline(p), &has_waited);
	int r;

	if (lock < 0 && token_is_valid(&p->entry, p->now))
		return 0;
	if (lock == -ETIMEDOUT)
		return reason_set(ret_reason, ETIMEDOUT, "timeout",
		        "another pull, for which this one waited, got no reply from AWS in time; "
		        "'ecr-refresher check --online' shows how far it gets");
	if (use_cache(p, dir_fd))
		return 0;
	if (has_waited && p->entry.failed_at >= p->now) {
		*ret_reason = p->entry.failure;
		return token_is_valid(&p->entry, p->now) ? 0 : -EIO;
	}
	r = renew(p, ret_reason);
	pull_cache_save(dir_fd, &p->entry, p->now); /* a failure does not matter */
	return r;
}

static int get_cached_token(struct pull *p, struct reason *ret_reason)
{
	_cleanup_(closep) int dir_fd = pull_cache_open(false);

	if (dir_fd >= 0 && use_cache(p, dir_fd))
		return 0;
	if (dir_fd == -ENOENT)
		dir_fd = pull_cache_open(true);
	return dir_fd < 0 ? renew(p, ret_reason) : renew_under_lock(p, dir_fd, ret_reason);
}

int pull_get_token(
        const struct pull_request *request, struct pull_token *ret, struct reason *ret_reason)
{
	_cleanup_(pull_done) struct pull p = {.request = request,
	        .deadline =
	                request->deadline ? request->deadline : monotonic_now() + PULL_TIMEOUT_USEC,
	        .now = timestamp_now()};
	int r;

	paths_guess(request->config, &p.paths);
	r = find_host(&p, ret_reason);
	if (r < 0)
		return r;
	if (request->web_identity_token)
		r = pull_fetch_token(request, p.deadline, &p.entry, ret_reason);
	else if (find_service_token(&p, ret) > 0)
		return 0;
	else if (make_fingerprint(&p))
		r = get_cached_token(&p, ret_reason);
	else
		r = renew(&p, ret_reason);
	if (r < 0)
		return r;
	set_token(&p, &p.entry, ret);
	return 0;
}

static void preview_cache(struct pull *p, struct pull_preview *ret)
{
	_cleanup_(closep) int dir_fd = pull_cache_open(false);
	_cleanup_(token_done) struct token found = {};

	if (dir_fd < 0 || !make_fingerprint(p) || pull_cache_peek(dir_fd, &p->entry, &found) <= 0)
		return;
	if (token_is_valid(&found, p->now))
		ret->expires_at = found.expires_at;
	ret->failing_since = found.failing_since;
	ret->failure = found.failure;
}

int pull_preview(const char *host, struct pull_preview *ret, struct reason *ret_reason)
{
	const struct pull_request request = {.host = host};
	_cleanup_(pull_done) struct pull p = {.request = &request, .now = timestamp_now()};
	_cleanup_(pull_token_done) struct pull_token token = {};
	int r;

	paths_guess(NULL, &p.paths);
	r = find_host(&p, ret_reason);
	if (r < 0)
		return r;
	*ret = (struct pull_preview){};
	if (find_service_token(&p, &token) > 0)
		*ret = (struct pull_preview){.is_of_service = true, .expires_at = token.expires_at};
	else
		preview_cache(&p, ret);
	return 0;
}

void pull_token_done(struct pull_token *t)
{
	secret_done(&t->authorization);
	*t = (struct pull_token){};
}
