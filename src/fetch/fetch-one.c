/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user who pulls controls the host; the ini names its identity. Keeps nothing: the token goes
 * to the caller, over a pipe.
 */
#include "fetch/fetch-one.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "config/find-registry.h"
#include "fetch/api/ecr.h"
#include "fetch/new-token.h"
#include "fetch/providers/provider-chain.h"
#include "http/http.h"
#include "state/tokens.h"

/*
 * The identity of a service account: its role and its token, with no fallback to other providers.
 */
static void describe_role(const struct fetch_one_options *options, struct config_identity *ret)
{
	static const char *const keys[] = {"role_arn", "web_identity_token_file"};

	*ret = (struct config_identity){.name = xstrdup("service-account")};
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct config_setting *s =
		        array_append(&ret->settings, &ret->n_settings, sizeof(*s));

		s->key = xstrdup(keys[i]);
		s->value = i == 0 ? xstrdup(options->role_arn)
		                  : xasprintf("/proc/self/fd/%d", options->token_fd);
	}
}

static void role_done(struct config_identity *role)
{
	for (size_t i = 0; i < role->n_settings; i++) {
		free(role->settings[i].key);
		free(role->settings[i].value);
	}
	free(role->settings);
	free(role->name);
}

static int get_token(const struct config_identity *section, const struct registry_host *host,
        uint64_t deadline, struct token *ret, struct reason *ret_reason)
{
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials credentials = {};
	_cleanup_(ecr_token_done) struct ecr_token fresh = {};
	struct ecr_call call = {.identity = &identity,
	        .service = host->service,
	        .partition = host->partition,
	        .region = host->region,
	        .fips = host->fips,
	        .dualstack = host->dualstack,
	        .credentials = &credentials,
	        .deadline = deadline};
	int64_t skew;
	int r = identity_open(section, deadline, &identity, ret_reason);

	if (r < 0)
		return r;
	identity.fallback_region = host->region;
	r = provider_chain_resolve(&identity, &credentials, ret_reason, NULL);
	if (r == 0)
		r = ecr_get_authorization_token(&call, &fresh, &skew, ret_reason);
	if (r == 0)
		r = new_token_fill(ret, &fresh, &credentials, timestamp_now(), skew, ret_reason);
	return r;
}

/* Fills in the parts of *ret as soon as each is known, because a failure is printed with them. */
static int get_token_of_host(
        const struct fetch_one_options *options, struct token *ret, struct reason *why)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(role_done) struct config_identity role = {};
	const struct config_identity *section = &role;
	struct registry_host host;
	uint64_t deadline = options->deadline;
	size_t index;
	int r;

	paths_guess(options->config, &paths);
	r = config_load_for_pull(&paths, &config, why);
	if (r < 0)
		return r;
	if (find_registry_of_host(&config, options->host, &host, &index) < 0)
		return reason_set(
		        why, EINVAL, "not-ecr", "%.300s is not an ECR registry", options->host);
	ret->service = host.service;
	ret->partition = host.partition;
	memcpy(ret->region, host.region, sizeof(ret->region));
	if (options->token_fd >= 0 && options->role_arn)
		describe_role(options, &role);
	else
		section = &config.identities[index];
	free(ret->identity);
	ret->identity = xstrdup(section->name);
	if (http_setup() < 0)
		return reason_set(
		        why, EIO, "libcurl", "libcurl cannot be used; is it installed completely?");
	if (!deadline)
		deadline = monotonic_now() + config.timeout_usec;
	return get_token(section, &host, deadline, ret, why);
}

static int print(const struct tokens *tokens)
{
	_secret_ struct secret text = {};
	int r;

	tokens_format(tokens, &text);
	r = file_write_all(STDOUT_FILENO, text.data, text.size);
	if (r < 0)
		log_error("standard output: %s", strerror(-r));
	return r;
}

int fetch_one_run(const struct fetch_one_options *options)
{
	_cleanup_(token_done) struct token token = {.identity = xstrdup("")};
	int r = get_token_of_host(options, &token, &token.failure);

	if (r < 0) {
		secret_done(&token.authorization); /* an unusable token is not printed */
		token.failed_at = token.failing_since = timestamp_now();
	}
	if (print(&(struct tokens){&token, 1}) < 0)
		return EXIT_FAILURE;
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
