/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage that uses the network. It keeps every token that is still valid, whatever fails: a
 * failure is recorded with the token, for the journal, the status and the exit code. The
 * administrator controls the ini, the network the tokens.
 */
#include "fetch/fetch.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "base/systemd.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "fetch/fetch-log.h"
#include "fetch/fetch-workers.h"
#include "fetch/identity/identity.h"
#include "fetch/new-token.h"
#include "fetch/renewal.h"
#include "http/http.h"
#include "state/state-file.h"

static void run_done(struct fetch_run *run)
{
	for (size_t i = 0; run->resolutions && i < run->config.n_identities; i++) {
		identity_done(&run->resolutions[i].identity);
		credentials_done(&run->resolutions[i].credentials);
	}
	for (size_t i = 0; i < run->n_jobs; i++)
		ecr_token_done(&run->jobs[i].fresh);
	free(run->resolutions);
	free(run->jobs);
	tokens_done(&run->tokens);
	plan_done(&run->plan);
	config_done(&run->config);
	paths_done(&run->paths);
}

/*
 * Takes over the old tokens that the plan requests with unchanged settings, and adds an empty one
 * for each new request. A limited run (--user) keeps the others unchanged.
 */
static void carry_over(struct fetch_run *run, struct tokens *old)
{
	for (size_t i = 0; i < run->plan.n_requests; i++) {
		const struct token_request *request = &run->plan.requests[i];
		const struct config_identity *identity = &run->config.identities[request->identity];
		struct token *found = renewal_find_token(&run->config, request, old);
		struct token *t = array_append(&run->tokens.items, &run->tokens.count, sizeof(*t));

		if (found) {
			*t = *found;
			*found = (struct token){};
			continue;
		}
		t->identity = xstrdup(identity->name);
		t->identity_settings = config_identity_text(identity);
		t->service = request->key.service;
		t->partition = request->key.partition;
		memcpy(t->region, request->key.region, sizeof(t->region));
	}
}

static void find_jobs(struct fetch_run *run)
{
	for (size_t i = 0; i < run->plan.n_requests; i++) {
		const struct token_request *request = &run->plan.requests[i];
		struct token *t = &run->tokens.items[i];
		struct fetch_job *job;

		if (!run->options->force && !renewal_is_due(&run->config, request, t, run->now)) {
			fetch_log_kept(run, request, t);
			continue;
		}
		job = array_append(&run->jobs, &run->n_jobs, sizeof(*job));
		job->request = request;
		job->token = t;
		run->resolutions[request->identity].progress = TO_RESOLVE;
	}
}

/* Returns a token of the same request that has not been fetched. */
static struct token empty_token(const struct token *from)
{
	struct token t = {.identity = xstrdup(from->identity),
	        .identity_settings = xstrdup(from->identity_settings),
	        .service = from->service,
	        .partition = from->partition};

	memcpy(t.region, from->region, sizeof(t.region));
	return t;
}

/* Replaces the old token if the new one is usable. */
static int keep_token(struct fetch_run *run, struct fetch_job *job)
{
	const struct credentials *c = &run->resolutions[job->request->identity].credentials;
	_cleanup_(token_done) struct token t = empty_token(job->token);
	struct token old = *job->token;
	int r = new_token_fill(&t, &job->fresh, c, run->now, job->skew, &job->reason);

	if (r < 0)
		return r;
	*job->token = t;
	t = old;
	return 0;
}

static void keep_failure(struct fetch_run *run, struct fetch_job *job)
{
	struct token *t = job->token;

	t->failing_since = t->failed_at ? t->failing_since : run->now;
	t->failed_at = run->now;
	t->failure = job->reason;
}

/* Returns the number of failures. */
static size_t keep_results(struct fetch_run *run)
{
	size_t failed = 0;

	for (size_t i = 0; i < run->n_jobs; i++) {
		struct fetch_job *job = &run->jobs[i];

		if (job->error == 0)
			job->error = keep_token(run, job);
		if (job->error < 0)
			keep_failure(run, job);
		failed += job->error < 0;
	}
	return failed;
}

static void keep_others(struct fetch_run *run, struct tokens *old)
{
	for (size_t i = 0; i < old->count; i++) {
		struct token *t;

		if (!old->items[i].identity)
			continue;
		t = array_append(&run->tokens.items, &run->tokens.count, sizeof(*t));
		*t = old->items[i];
		old->items[i] = (struct token){};
	}
}

static int fetch_due(struct fetch_run *run, struct tokens *old)
{
	size_t failed;
	struct reason reason;
	int r;

	if (run->n_jobs == 0 && !renewal_has_leftovers(&run->config, &run->plan, run->options, old))
		return EXIT_SUCCESS; /* nothing to fetch or remove */
	if (run->n_jobs > 0) {
		systemd_notify("STATUS=Fetching tokens for %zu of %zu registry regions",
		        run->n_jobs, run->plan.n_requests);
		if (http_setup() < 0) {
			log_error("libcurl cannot be used; is it installed completely?");
			return EXIT_FAILURE;
		}
		fetch_workers_run(run);
	}
	failed = keep_results(run);
	if (renewal_keeps_others(&run->config, run->options))
		keep_others(run, old);
	r = tokens_save(&run->paths, &run->tokens, &reason);
	fetch_log(run, r == 0);
	if (r < 0)
		state_log_failure(&reason);
	return r < 0 || failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int fetch_locked(struct fetch_run *run)
{
	_cleanup_(tokens_done) struct tokens old = {};
	struct reason reason;

	/* Unreadable tokens count as missing and are fetched again. */
	if (tokens_load(&run->paths, &old, &reason) < 0)
		state_log_failure(&reason);
	carry_over(run, &old);
	run->resolutions = xcalloc(run->config.n_identities, sizeof(*run->resolutions));
	find_jobs(run);
	if (run->options->dry_run) {
		fetch_log_plan(run);
		return EXIT_SUCCESS;
	}
	return fetch_due(run, &old);
}

int fetch_run(const struct fetch_options *options)
{
	_cleanup_(run_done) struct fetch_run run = {.options = options, .now = timestamp_now()};
	_cleanup_(closep) int lock = -1;
	/*
	 * In the service the writer runs next, reads the same copy of the ini, and logs its errors.
	 * A shell may also have the variable, if the desktop is a user's unit.
	 */
	bool log_errors = options->by_hand || !environment_get("INVOCATION_ID");
	struct reason reason;

	if (paths_find(options->config, &run.paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&run.paths, &run.config, log_errors) < 0)
		return EXIT_CONFIG;
	plan_make(&run.config, options->users, options->n_users, &run.plan);
	run.deadline = monotonic_now() + run.config.timeout_usec;
	lock = state_lock(run.paths.runtime_dir, run.deadline, &reason);
	if (lock < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	return fetch_locked(&run);
}
