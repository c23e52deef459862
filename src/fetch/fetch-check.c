/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolves the identities as a fetch would, with a finding for each. The administrator controls the
 * ini; the providers' reasons and the principal's ARN are printable and hold no secret.
 */
#include "fetch/fetch-check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "config/find-registry.h"
#include "config/plan.h"
#include "fetch/auto-region.h"
#include "fetch/fetch-check-online.h"
#include "http/http.h"
#include "status/findings.h"

struct check {
	const struct fetch_check_options *options;
	uint64_t deadline;
	struct paths paths;
	struct config config;
	struct plan plan;
	struct tokens in_use; /* the service's */
	struct fetch_check_identity *identities;
	size_t n_identities;
	struct fetch_check_token *tokens;
	size_t n_tokens;
	struct fetch_check_registry *registries;
	size_t n_registries;
};

static void check_done(struct check *c)
{
	for (size_t i = 0; i < c->n_identities; i++) {
		identity_done(&c->identities[i].identity);
		credentials_done(&c->identities[i].credentials);
	}
	for (size_t i = 0; i < c->n_tokens; i++)
		ecr_token_done(&c->tokens[i].token);
	free(c->identities);
	free(c->tokens);
	free(c->registries);
	tokens_done(&c->in_use);
	plan_done(&c->plan);
	config_done(&c->config);
	paths_done(&c->paths);
}

static bool is_used(const struct plan *plan, size_t identity)
{
	for (size_t i = 0; i < plan->n_requests; i++)
		if (plan->requests[i].identity == identity)
			return true;
	return false;
}

static void find_identities(struct check *c)
{
	struct fetch_check_identity *s;

	for (size_t i = 0; i < c->config.n_identities; i++) {
		bool is_alone = i == 0 && c->options->for_pull && c->plan.n_requests == 0;

		if (!is_alone && !is_used(&c->plan, i))
			continue;
		s = array_append(&c->identities, &c->n_identities, sizeof(*s));
		s->index = i;
	}
}

static void resolve(void *userdata, size_t i)
{
	struct check *c = userdata;
	struct fetch_check_identity *s = &c->identities[i];

	s->error = identity_open(
	        &c->config.identities[s->index], c->deadline, &s->identity, &s->reason);
	if (s->error < 0)
		return;
	if (plan_needs_own_region(&c->plan, s->index))
		auto_region_find(&s->identity, s->region, &s->region_reason);
	s->identity.fallback_region = *s->region ? s->region : plan_region(&c->plan, s->index);
	s->error = provider_chain_resolve(&s->identity, &s->credentials, &s->reason, &s->attempts);
}

static const struct fetch_check_identity *find_resolved(const struct check *c, size_t identity)
{
	for (size_t i = 0; i < c->n_identities; i++)
		if (c->identities[i].index == identity)
			return c->identities[i].error == 0 ? &c->identities[i] : NULL;
	return NULL;
}

static void find_tokens(struct check *c)
{
	for (size_t i = 0; i < c->plan.n_requests; i++) {
		const struct token_request *request = &c->plan.requests[i];
		const struct fetch_check_identity *identity = find_resolved(c, request->identity);
		struct fetch_check_token *t;

		if (!identity || (!*request->key.region && !*identity->region))
			continue;
		t = array_append(&c->tokens, &c->n_tokens, sizeof(*t));
		t->request = request;
		t->identity = identity;
	}
}

/* Gets the identities' principals and tokens, in parallel. */
static void call_aws(void *userdata, size_t i)
{
	struct check *c = userdata;
	struct fetch_check_identity *s = &c->identities[i];

	if (i >= c->n_identities)
		fetch_check_get_token(&c->tokens[i - c->n_identities], c->deadline);
	else if (s->error == 0)
		s->caller_error = sts_get_caller_identity(
		        &s->identity, &s->credentials, &s->caller, &s->caller_reason);
}

static void try_registry(void *userdata, size_t i)
{
	struct check *c = userdata;

	if (!c->registries[i].is_tried)
		fetch_check_try_registry(&c->registries[i], c->deadline);
}

/* "auto" may be a host that is also named. */
static bool is_listed(const struct check *c, const char *host, const struct secret *authorization)
{
	for (size_t i = 0; i < c->n_registries; i++)
		if (c->registries[i].authorization == authorization &&
		        strcmp(c->registries[i].host, host) == 0)
			return true;
	return false;
}

static void add_registries(struct check *c, const struct token_request *request,
        const char *auto_host, const struct secret *authorization, bool is_in_use)
{
	for (size_t i = 0; i < request->n_hosts; i++) {
		const char *host = plan_host(request, i, auto_host);

		if (strcmp(host, HOST_AUTO) != 0 && !is_listed(c, host, authorization))
			*(struct fetch_check_registry *)array_append(
			        &c->registries, &c->n_registries, sizeof(*c->registries)) =
			        (struct fetch_check_registry){.host = host,
			                .service = request->key.service,
			                .authorization = authorization,
			                .is_in_use = is_in_use};
	}
}

/* The registries whose clients have a valid token, which is used. */
static void add_registries_in_use(struct check *c)
{
	for (size_t i = 0; i < c->plan.n_requests; i++) {
		const struct token_request *request = &c->plan.requests[i];
		const struct token *t = tokens_find(&c->in_use, &request->key);

		if (token_is_valid(t, timestamp_now()))
			add_registries(c, request, t->auto_host, &t->authorization, true);
	}
}

/* The other registries, with the token that AWS has just issued. */
static void add_other_registries(struct check *c)
{
	for (size_t i = 0; i < c->n_tokens; i++) {
		const struct fetch_check_token *t = &c->tokens[i];
		const struct token *in_use = tokens_find(&c->in_use, &t->request->key);

		if (t->error == 0 && !token_is_valid(in_use, timestamp_now()))
			add_registries(
			        c, t->request, t->token.proxy_host, &t->token.authorization, false);
	}
}

static void try_registries(struct check *c)
{
	parallel_run(c->n_registries, try_registry, c);
	for (size_t i = 0; i < c->n_registries; i++)
		c->registries[i].is_tried = true;
}

static void run_requests(struct check *c)
{
	parallel_run(c->n_identities, resolve, c);
	if (!c->options->online)
		return;
	add_registries_in_use(c);
	try_registries(c);
	find_tokens(c);
	parallel_run(c->n_identities + c->n_tokens, call_aws, c);
	add_other_registries(c);
	try_registries(c);
}

/* Writes the hosts of an identity: "HOST", or "HOST and 3 more". */
static void append_hosts(const struct check *c, size_t identity, char *buffer, size_t size)
{
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->plan.n_requests; i++) {
		const struct token_request *request = &c->plan.requests[i];

		if (request->identity != identity || request->n_hosts == 0)
			continue;
		first = first ? first : request->hosts[0];
		n += request->n_hosts;
	}
	if (n > 1)
		snprintf(buffer, size, "%s and %zu more", first, n - 1);
	else
		snprintf(buffer, size, "%s",
		        first ? first : "every registry without another identity");
}

static void add_credentials_lines(
        const struct check *c, const struct fetch_check_identity *s, struct finding *f)
{
	const struct credentials *credentials = &s->credentials;
	char when[TIMESTAMP_MAX_SIZE], left[64];
	int64_t now = timestamp_now();

	finding_add_line(f, "provider    %s", credentials->provider);
	finding_add_line(f, "access key  %s", credentials->access_key_id);
	if (c->options->online && s->caller_error == 0)
		finding_add_line(f, "identity    %s", s->caller.arn);
	if (credentials->expires_at)
		finding_add_line(f, "expires     %s, in %s",
		        timestamp_format_local(credentials->expires_at, now, when),
		        timespan_format(credentials->expires_at - now, left, sizeof(left)));
	else
		finding_add_line(f, "expires     never");
}

/* Each reason names its provider: "SSO: profile …". */
static void add_attempt_lines(const struct attempt_list *list, struct finding *f)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct attempt *t = &list->items[i];

		if (t->outcome > 0)
			finding_add_line(f, "%2zu. %s: has credentials", i + 1, t->provider);
		else
			finding_add_line(f, "%2zu. %s", i + 1, t->reason.text);
	}
}

static void add_failure_lines(const struct fetch_check_identity *s, struct finding *f)
{
	const struct attempt_list *list = &s->attempts;
	bool is_broken = list->count > 0 && list->items[list->count - 1].outcome < 0;

	if (list->count == 0 || (is_broken && list->count == 1)) {
		finding_add_line(f, "%s", s->reason.text);
		return;
	}
	finding_add_line(f, is_broken ? "tried in this order; the last one is configured but fails:"
	                              : "no provider has credentials; tried in this order:");
	add_attempt_lines(list, f);
}

/* A pull works without GetCallerIdentity, as long as AWS issues tokens. */
static bool has_token(const struct check *c, const struct fetch_check_identity *s)
{
	for (size_t i = 0; i < c->n_tokens; i++)
		if (c->tokens[i].identity == s && c->tokens[i].error == 0)
			return true;
	return false;
}

static bool is_good(const struct check *c, const struct fetch_check_identity *s)
{
	return s->error == 0 && !*s->region_reason.code &&
	       (s->caller_error == 0 || has_token(c, s));
}

static const char *code_of(const struct fetch_check_identity *s)
{
	const char *code = finding_code_of(s->error < 0          ? s->reason.code
	                                   : s->caller_error < 0 ? s->caller_reason.code
	                                                         : s->region_reason.code);

	/* A failure without AWS's doing is the identity's. */
	return s->error < 0 && strcmp(code, "aws-error") == 0 ? "no-identity" : code;
}

static void report(
        const struct check *c, const struct fetch_check_identity *s, struct findings *findings)
{
	char label[300], hosts[512];
	struct finding *f;

	append_hosts(c, s->index, hosts, sizeof(hosts));
	f = findings_add(findings, is_good(c, s) ? FINDING_GOOD : FINDING_BAD, "%s, for %s",
	        identity_label(c->config.identities[s->index].name, label, sizeof(label)), hosts);
	f->code = is_good(c, s) ? NULL : code_of(s);
	if (!s->credentials.access_key_id) {
		add_failure_lines(s, f);
		/* The unit's environment is not visible to a process that root has started. */
		if (c->paths.is_system && !environment_get("INVOCATION_ID"))
			finding_add_line(f,
			        "A %s does not have what only the unit has: LoadCredential=, "
			        "Environment=.",
			        c->options->for_pull ? "pull" : "run by hand");
		return;
	}
	add_credentials_lines(c, s, f);
	if (*s->region_reason.code)
		finding_add_line(f, "%s", s->region_reason.text);
	if (*s->credentials.warning.code)
		finding_add_line(f, "%s", s->credentials.warning.text);
	if (s->caller_error < 0)
		finding_add_line(f, "%s: %s",
		        s->caller_error == -EREMOTEIO ? "AWS rejects these credentials"
		                                      : "AWS could not confirm the identity",
		        s->caller_reason.text);
}

/* Returns the largest clock difference found. */
static int64_t find_skew(const struct check *c)
{
	int64_t skew = 0;

	for (size_t i = 0; i < c->n_tokens; i++)
		if (llabs(c->tokens[i].skew) > llabs(skew))
			skew = c->tokens[i].skew;
	for (size_t i = 0; i < c->n_registries; i++)
		if (llabs(c->registries[i].skew) > llabs(skew))
			skew = c->registries[i].skew;
	return skew;
}

static int report_all(const struct check *c)
{
	_cleanup_(findings_done) struct findings findings = {};

	for (size_t i = 0; i < c->n_identities; i++)
		report(c, &c->identities[i], &findings);
	for (size_t i = 0; i < c->n_tokens; i++)
		fetch_check_report_token(&c->tokens[i], &findings);
	for (size_t i = 0; i < c->n_registries; i++)
		fetch_check_report_registry(&c->registries[i], c->paths.is_system, &findings);
	fetch_check_report_skew(find_skew(c), &findings);
	if (c->n_identities == 0)
		findings_add(&findings, FINDING_GOOD,
		        "no registry is configured, so no identity is needed");
	if (findings_print(&findings) < 0)
		return EXIT_FAILURE;
	return findings_are_good(&findings) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The configured registries. */
static int open_configured(struct check *c)
{
	struct reason reason;

	if (paths_find(c->options->config, &c->paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&c->paths, &c->config, true) < 0)
		return EXIT_CONFIG;
	plan_make(&c->config, NULL, 0, &c->plan);
	return EXIT_SUCCESS;
}

/* Adds a user section for the hosts, with a name that no user can have. */
static void add_pulls(struct check *c)
{
	char no_name[] = "", *only[] = {no_name};
	struct config_user *user =
	        array_append(&c->config.users, &c->config.n_users, sizeof(*user));

	user->name = xstrdup(no_name);
	for (size_t i = 0; i < c->options->n_hosts; i++) {
		struct config_entry entry = {}, *slot;

		if (find_registry_of_host(
		            &c->config, c->options->hosts[i], &entry.host, &entry.identity) < 0)
			continue;
		slot = array_append(&user->entries, &user->n_entries, sizeof(*slot));
		*slot = entry;
	}
	plan_make(&c->config, only, 1, &c->plan);
}

static int open_pulls(struct check *c)
{
	struct reason reason;

	paths_guess(c->options->config, &c->paths);
	if (config_load_for_pull(&c->paths, &c->config, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_CONFIG;
	}
	add_pulls(c);
	return EXIT_SUCCESS;
}

int fetch_check_run(const struct fetch_check_options *options)
{
	_cleanup_(check_done) struct check c = {.options = options};
	int r = options->for_pull ? open_pulls(&c) : open_configured(&c);

	if (r != EXIT_SUCCESS)
		return r;
	find_identities(&c);
	if (c.n_identities > 0 && http_setup() < 0) {
		log_error("libcurl cannot be used; is it installed completely?");
		return EXIT_FAILURE;
	}
	/* If they cannot be read, the registries are tried with new tokens. */
	if (c.paths.runtime_dir)
		tokens_load(&c.paths, &c.in_use, NULL);
	c.deadline = monotonic_now() + c.config.timeout_usec;
	run_requests(&c);
	return report_all(&c);
}
