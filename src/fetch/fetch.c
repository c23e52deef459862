/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage with the network. It keeps every token that is still good, whatever fails: a failure is
 * written down beside the token, for the journal, the status and the exit code.
 */
#include "fetch.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

#include "../common/alloc.h"
#include "../common/environment.h"
#include "../common/log.h"
#include "../common/state.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"
#include "ecr.h"
#include "http.h"
#include "identity.h"
#include "parallel.h"

#define MAX_JITTER 100 /* per mille: the random tenth by which a fleet spreads itself */

enum progress { UNNEEDED, TO_RESOLVE, RESOLVING, RESOLVED };

/* An identity that at least one request needs, resolved once. */
struct resolution {
	enum progress progress; /* guarded by the run's lock, as is all the rest until RESOLVED */
	int error;
	struct reason reason;
	/* Of "auto", where the ini names none. */
	int region_error;
	struct reason region_reason;
	char region[REGION_MAX_SIZE];
	struct identity identity;
	struct credentials credentials;
};

/* One call to be made. */
struct job {
	const struct token_request *request;
	struct token *token; /* where the result goes */
	bool is_taken;       /* by a worker; guarded by the run's lock */
	int error;
	struct reason reason;
	int64_t skew;
	struct ecr_token fresh;
};

struct run {
	const struct fetch_options *options;
	struct paths paths;
	struct config config;
	struct plan plan;
	struct tokens tokens;
	struct resolution *resolutions; /* one per identity of the configuration */
	struct job *jobs;
	size_t n_jobs;
	uint64_t deadline;
	int64_t now;
	pthread_mutex_t lock;
	pthread_cond_t resolved;
};

static void run_done(struct run *run)
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
 * The old tokens that the plan still asks for, under unchanged settings, and an empty one for each
 * new request. A limited run (--user) keeps the others as they are.
 */
static void carry_over(struct run *run, struct tokens *old)
{
	for (size_t i = 0; i < run->plan.n_requests; i++) {
		const struct token_request *request = &run->plan.requests[i];
		const struct config_identity *identity = &run->config.identities[request->identity];
		_cleanup_(freep) char *settings = config_identity_text(identity);
		struct token *found = tokens_find(old, &request->key);
		struct token *t = array_append(&run->tokens.items, &run->tokens.count, sizeof(*t));

		if (found && found->identity_settings &&
		        strcmp(found->identity_settings, settings) == 0) {
			*t = *found;
			*found = (struct token){};
			continue;
		}
		t->identity = xstrdup(identity->name);
		t->identity_settings = TAKE_PTR(settings);
		t->service = request->key.service;
		t->partition = request->key.partition;
		memcpy(t->region, request->key.region, sizeof(t->region));
	}
}

/* What failed is tried again, however good the token that is there: its failure stays until then.
 */
static bool is_due(
        const struct run *run, const struct token_request *request, const struct token *t)
{
	return run->options->force || (request->is_auto && !t->auto_host[0]) || t->failed_at ||
	       !token_is_valid(t, run->now) || run->now >= token_renewal(t, run->config.renew_at);
}

static void find_jobs(struct run *run)
{
	for (size_t i = 0; i < run->plan.n_requests; i++) {
		const struct token_request *request = &run->plan.requests[i];
		struct job *job;

		if (!is_due(run, request, &run->tokens.items[i]))
			continue;
		job = array_append(&run->jobs, &run->n_jobs, sizeof(*job));
		job->request = request;
		job->token = &run->tokens.items[i];
		run->resolutions[request->identity].progress = TO_RESOLVE;
	}
}

int fetch_find_region(const struct identity *identity, char ret_region[static REGION_MAX_SIZE],
        struct reason *ret_reason)
{
	const char *region = identity_region(identity);
	char of_instance[REGION_MAX_SIZE];
	struct reason why = {};

	if (!region && imds_region(identity, of_instance, &why) > 0)
		region = of_instance;
	if (!region)
		return reason_set(ret_reason, ENOENT, "no-region",
		        "'registries = auto' needs a region; set region = in [aws] or AWS_REGION "
		        "(%.300s)",
		        why.text);
	if (!region_is_valid(region))
		return reason_set(ret_reason, EINVAL, "bad-region",
		        "\"%.64s\" is not a region; correct AWS_REGION or the profile", region);
	strcpy(ret_region, region);
	return 0;
}

/* The region comes first: STS is asked there, too. */
static void resolve(struct run *run, size_t i)
{
	struct resolution *r = &run->resolutions[i];

	r->error =
	        identity_open(&run->config.identities[i], run->deadline, &r->identity, &r->reason);
	if (r->error < 0)
		return;
	if (plan_needs_own_region(&run->plan, i))
		r->region_error = fetch_find_region(&r->identity, r->region, &r->region_reason);
	r->identity.fallback_region = *r->region ? r->region : plan_region(&run->plan, i);
	r->error = identity_resolve(&r->identity, &r->credentials, &r->reason, NULL);
}

static int place_call(struct job *job, const struct resolution *r, struct ecr_call *call)
{
	const struct token_request *request = job->request;

	call->service = request->key.service;
	call->fips = request->fips;
	call->dualstack = request->dualstack;
	call->partition = request->key.partition;
	call->region = request->key.region;
	if (*call->region)
		return 0;
	job->reason = r->region_reason;
	call->partition = partition_of_region(r->region);
	call->region = r->region;
	return r->region_error;
}

static void fetch_token(struct run *run, struct job *job)
{
	const struct resolution *r = &run->resolutions[job->request->identity];
	struct ecr_call call = {.identity = &r->identity,
	        .credentials = &r->credentials,
	        .deadline = run->deadline};

	job->error = r->error;
	job->reason = r->reason;
	if (job->error == 0)
		job->error = place_call(job, r, &call);
	if (job->error == 0)
		job->error =
		        ecr_get_authorization_token(&call, &job->fresh, &job->skew, &job->reason);
	if (job->error == 0 && job->request->is_auto && !job->fresh.proxy_host[0]) {
		ecr_token_done(&job->fresh);
		job->error = reason_set(&job->reason, EBADMSG, "bad-reply",
		        "ECR did not say which registry is this account's own; name the registry's "
		        "host instead of auto");
	}
}

/* Whose identity is resolved; NULL for none. */
static struct job *find_ready_job(struct run *run)
{
	for (size_t i = 0; i < run->n_jobs; i++) {
		struct job *job = &run->jobs[i];

		if (!job->is_taken && run->resolutions[job->request->identity].progress == RESOLVED)
			return job;
	}
	return NULL;
}

/* Returns the first identity that is so far, or n_identities for none. */
static size_t find_identity(const struct run *run, enum progress progress)
{
	size_t i = 0;

	while (i < run->config.n_identities && run->resolutions[i].progress != progress)
		i++;
	return i;
}

static void resolve_unlocked(struct run *run, size_t i)
{
	run->resolutions[i].progress = RESOLVING;
	pthread_mutex_unlock(&run->lock);
	resolve(run, i);
	pthread_mutex_lock(&run->lock);
	run->resolutions[i].progress = RESOLVED;
	pthread_cond_broadcast(&run->resolved);
}

static void fetch_unlocked(struct run *run, struct job *job)
{
	job->is_taken = true;
	pthread_mutex_unlock(&run->lock);
	fetch_token(run, job);
	pthread_mutex_lock(&run->lock);
}

/*
 * Takes whatever can be done until there is nothing left. Tokens come first, and wait for their own
 * identity alone: one that is slow holds up nobody else's.
 */
static void work(void *userdata, size_t worker _unused_)
{
	struct run *run = userdata;

	pthread_mutex_lock(&run->lock);
	for (;;) {
		struct job *job = find_ready_job(run);
		size_t i = find_identity(run, TO_RESOLVE);

		if (job)
			fetch_unlocked(run, job);
		else if (i < run->config.n_identities)
			resolve_unlocked(run, i);
		else if (find_identity(run, RESOLVING) < run->config.n_identities)
			pthread_cond_wait(&run->resolved, &run->lock);
		else
			break;
	}
	pthread_mutex_unlock(&run->lock);
}

/* Each identity has a job at least, so that more workers than jobs never have work. */
static void fetch_all(struct run *run)
{
	pthread_mutex_init(&run->lock, NULL);
	pthread_cond_init(&run->resolved, NULL);
	parallel_run(run->n_jobs < PARALLEL_MAX ? run->n_jobs : PARALLEL_MAX, work, run);
	pthread_cond_destroy(&run->resolved);
	pthread_mutex_destroy(&run->lock);
}

static void keep_token(struct run *run, struct job *job)
{
	const struct credentials *c = &run->resolutions[job->request->identity].credentials;
	struct token *t = job->token;
	unsigned random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (unsigned)run->now;
	secret_move(&t->authorization, &job->fresh.authorization);
	memcpy(t->auto_host, job->fresh.proxy_host, sizeof(t->auto_host));
	free(t->principal);
	t->principal = xstrdup(c->access_key_id);
	free(t->provider);
	t->provider = xstrdup(c->provider);
	t->fetched_at = run->now;
	t->expires_at = job->fresh.expires_at - job->skew; /* by our clock, right or wrong */
	t->jitter = random % (MAX_JITTER + 1);
	t->failed_at = t->failing_since = 0;
	t->failure = (struct reason){};
}

static void keep_failure(struct run *run, struct job *job)
{
	struct token *t = job->token;

	t->failing_since = t->failed_at ? t->failing_since : run->now;
	t->failed_at = run->now;
	t->failure = job->reason;
}

/* "HOST", or "HOST and 3 more"; "auto" only until ECR has named the host. */
static const char *label_hosts(const struct job *job, char *buffer, size_t size)
{
	const struct token_request *request = job->request;
	const char *host = plan_host(request, 0, job->token->auto_host);

	if (request->n_hosts <= 1)
		snprintf(buffer, size, "%s", host);
	else
		snprintf(buffer, size, "%s and %zu more", host, request->n_hosts - 1);
	return buffer;
}

/* Allocates hosts, which lives as long as the fields. */
static struct log_fields fields_of(const struct job *job, char ***ret_hosts)
{
	const struct token_request *request = job->request;
	char **hosts = xcalloc(request->n_hosts, sizeof(*hosts));

	for (size_t i = 0; i < request->n_hosts; i++)
		hosts[i] = (char *)plan_host(request, i, job->token->auto_host);
	*ret_hosts = hosts;
	return (struct log_fields){
	        .registries = hosts,
	        .n_registries = request->n_hosts,
	        .identity = job->token->identity,
	        .error = job->error < 0 ? job->reason.code : NULL,
	        .expires_at = job->token->authorization.size > 0 ? job->token->expires_at : 0,
	};
}

static void log_failure(const struct run *run, const struct job *job)
{
	char hosts[512], identity[300], left[64];
	_cleanup_(freep) char **registries = NULL;
	struct log_fields fields = fields_of(job, &registries);
	const char *still = "there is no token";

	label_hosts(job, hosts, sizeof(hosts));
	identity_label(job->token->identity, identity, sizeof(identity));
	if (token_is_valid(job->token, run->now)) {
		timespan_format(job->token->expires_at - run->now, left, sizeof(left));
		log_event(EVENT_TOKEN_FAILED, &fields,
		        "%s (%s): %s. The present token stays good for %s.", hosts, identity,
		        job->reason.text, left);
		return;
	}
	if (job->token->authorization.size > 0)
		still = "the last token has expired";
	log_event(EVENT_TOKEN_FAILED, &fields, "%s (%s): %s (%s)", hosts, identity,
	        job->reason.text, still);
}

static void log_renewal(const struct run *run, const struct job *job)
{
	char hosts[512], identity[300], left[64];
	_cleanup_(freep) char **registries = NULL;
	struct log_fields fields = fields_of(job, &registries);

	label_hosts(job, hosts, sizeof(hosts));
	identity_label(job->token->identity, identity, sizeof(identity));
	timespan_format(job->token->expires_at - run->now, left, sizeof(left));
	log_event(EVENT_TOKEN_RENEWED, &fields, "%s (%s): new token, good for %s", hosts, identity,
	        left);
}

static void log_skew(const struct run *run)
{
	for (size_t i = 0; i < run->n_jobs; i++) {
		int64_t skew = run->jobs[i].skew;
		char span[64];

		if (skew == 0)
			continue;
		log_event(EVENT_CLOCK_SKEW, NULL,
		        "this machine's clock is %s %s AWS's; requests were signed with AWS's "
		        "time, but correct the clock (timedatectl)",
		        timespan_format(llabs(skew), span, sizeof(span)),
		        skew > 0 ? "behind" : "ahead of");
		return;
	}
}

/* Once for each identity that was asked for. */
static void log_exposed(const struct run *run)
{
	char identity[300];

	for (size_t i = 0; i < run->config.n_identities; i++) {
		const struct reason *warning = &run->resolutions[i].credentials.warning;
		const char *name = run->config.identities[i].name;
		struct log_fields fields = {.identity = name, .error = warning->code};

		if (*warning->code)
			log_event(EVENT_CREDENTIALS_EXPOSED, &fields, "%s: %s",
			        identity_label(name, identity, sizeof(identity)), warning->text);
	}
}

/* Returns how many failed. */
static size_t keep_results(struct run *run)
{
	size_t failed = 0;

	for (size_t i = 0; i < run->n_jobs; i++) {
		struct job *job = &run->jobs[i];

		if (job->error == 0)
			keep_token(run, job);
		else
			keep_failure(run, job);
		failed += job->error < 0;
	}
	return failed;
}

/* A token that could not be kept is not announced. */
static void log_results(const struct run *run, bool kept)
{
	log_skew(run);
	log_exposed(run);
	for (size_t i = 0; i < run->n_jobs; i++) {
		if (run->jobs[i].error < 0)
			log_failure(run, &run->jobs[i]);
		else if (kept)
			log_renewal(run, &run->jobs[i]);
	}
}

static void log_state_failure(const struct reason *reason)
{
	struct log_fields fields = {.error = reason->code};

	log_event(EVENT_STATE_FAILED, &fields, "%s", reason->text);
}

static void print_plan(const struct run *run)
{
	char hosts[512], identity[300];

	for (size_t i = 0; i < run->n_jobs; i++)
		printf("%s (%s): would ask for a new token\n",
		        label_hosts(&run->jobs[i], hosts, sizeof(hosts)),
		        identity_label(run->jobs[i].token->identity, identity, sizeof(identity)));
}

/* In a run for some users only, the others' tokens stay in the file. */
static void keep_others(struct run *run, struct tokens *old)
{
	for (size_t i = 0; run->options->n_users > 0 && i < old->count; i++) {
		struct token *t;

		if (!old->items[i].identity)
			continue;
		t = array_append(&run->tokens.items, &run->tokens.count, sizeof(*t));
		*t = old->items[i];
		old->items[i] = (struct token){};
	}
}

static int fetch_due(struct run *run, struct tokens *old)
{
	size_t failed;
	struct reason reason;
	int r;

	if (run->n_jobs == 0 && old->count == run->plan.n_requests)
		return EXIT_SUCCESS; /* nothing to do, nothing to write */
	if (run->n_jobs > 0) {
		sd_notifyf(0, "STATUS=Fetching tokens for %zu of %zu registry regions", run->n_jobs,
		        run->plan.n_requests);
		if (http_setup() < 0) {
			log_error("libcurl cannot be used; is it installed completely?");
			return EXIT_FAILURE;
		}
		fetch_all(run);
	}
	failed = keep_results(run);
	keep_others(run, old);
	r = state_save_tokens(&run->paths, &run->tokens, &reason);
	log_results(run, r == 0);
	if (r < 0)
		log_state_failure(&reason);
	return r < 0 || failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int fetch_locked(struct run *run)
{
	_cleanup_(tokens_done) struct tokens old = {};
	struct reason reason;

	/* Tokens that cannot be read are as good as none: they are fetched anew. */
	if (state_load_tokens(&run->paths, &old, &reason) < 0)
		log_state_failure(&reason);
	carry_over(run, &old);
	run->resolutions = xcalloc(run->config.n_identities, sizeof(*run->resolutions));
	find_jobs(run);
	if (run->options->dry_run) {
		print_plan(run);
		return EXIT_SUCCESS;
	}
	return fetch_due(run, &old);
}

int fetch_run(const struct fetch_options *options)
{
	_cleanup_(run_done) struct run run = {.options = options, .now = timestamp_now()};
	_cleanup_(closep) int lock = -1;
	/* In the service the writer runs next, reads the same copy of the ini, and tells. */
	bool speaks = !environment_get("INVOCATION_ID");
	struct reason reason;

	if (paths_find(options->config, &run.paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (state_load_config(&run.paths, &run.config, speaks) < 0)
		return EXIT_CONFIG;
	plan_make(&run.config, options->users, options->n_users, &run.plan);
	run.deadline = monotonic_now() + run.config.timeout_usec;
	lock = state_lock(run.paths.runtime_dir, run.deadline, &reason);
	if (lock < 0) {
		log_state_failure(&reason);
		return EXIT_FAILURE;
	}
	return fetch_locked(&run);
}
