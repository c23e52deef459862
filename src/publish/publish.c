/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sections at the same time, so that a cluster that does not answer delays nobody else; one
 * that failed is left in peace for a while. What is in a cluster is never emptied because AWS
 * failed: without a token nothing is sent, and what it has of one that is missing stays.
 */
#include "publish/publish.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/systemd.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/config-environment.h"
#include "config/config-load.h"
#include "http/http.h"
#include "publish/publish-dry.h"
#include "publish/publish-log.h"
#include "publish/publish-tokens.h"
#include "publish/sink-types.h"
#include "state/state-file.h"

#define SECTION_TIMEOUT_USEC (10 * USEC_PER_SEC)
#define LOCK_TIMEOUT_USEC (30 * USEC_PER_SEC)
#define MIN_RETRY 60 /* seconds after the first failure, doubled after each other one */
#define MAX_RETRY (15 * 60)
#define RETRY_SLACK 5 /* a timer is not exact to the second */

/* One section and all it needs. */
struct job {
	const struct config_sink *sink;

	struct publish_tokens tokens;

	struct sink_run section;
	struct published_section *fresh;
	struct published_section nothing; /* for section.old at the first time */
	uint64_t hash;
	bool is_due;
	int error;
	size_t n_tried; /* of the targets of fresh, the first ones; the others are as they were */
};

struct run {
	const struct publish_options *options;
	struct paths paths;
	struct config config;
	struct tokens tokens;
	struct published old, fresh;
	struct job *jobs;
	size_t n_jobs;
	int64_t now;
	bool is_asked_for; /* by a person, who does not want to wait */
};

static void run_done(struct run *run)
{
	for (size_t i = 0; i < run->n_jobs; i++)
		publish_tokens_done(&run->jobs[i].tokens);
	free(run->jobs);
	published_done(&run->old);
	published_done(&run->fresh);
	tokens_done(&run->tokens);
	config_done(&run->config);
	paths_done(&run->paths);
}

/*
 * Tokens may be missing because this machine was restarted, while those in the cluster are good for
 * hours. Of Kubernetes they can be read, and so be kept beside new ones. Rancher does not give them
 * back: there, nothing is sent until the first of them has run out. A registry that never had a
 * token holds up no other.
 */
static bool has_what_it_needs(const struct run *run, const struct job *job)
{
	return job->tokens.count > 0 && (sink_type_of(job->sink)->can_read_tokens ||
	                                        job->section.old->expires_at <= run->now ||
	                                        !sink_would_drop_valid_token(&job->section));
}

static bool is_due(const struct run *run, const struct job *job)
{
	const struct published_section *old = job->section.old;

	/* A pause longer than any was set by a clock that was ahead. */
	return run->options->force || run->is_asked_for || old->hash != job->hash ||
	       run->now + RETRY_SLACK >= old->retry_at || old->retry_at > run->now + MAX_RETRY;
}

static void make_jobs(struct run *run)
{
	for (size_t i = 0; i < run->config.n_sinks; i++) {
		const struct config_sink *sink = &run->config.sinks[i];
		struct job *job = array_append(&run->jobs, &run->n_jobs, sizeof(*job));

		job->sink = sink;
		job->hash = sink_type_of(sink)->hash(sink);
	}
}

static void prepare(struct run *run, struct job *job)
{
	struct sink_run *s = &job->section;

	publish_tokens_find(&run->config, &run->tokens, job->sink, run->now, &job->tokens);
	s->old = published_find(&run->old, config_sink_kind_name(job->sink->kind), job->sink->name);
	if (!s->old)
		s->old = &job->nothing;
	s->tokens = job->tokens.items;
	s->n_tokens = job->tokens.count;
	s->missing = job->tokens.lost;
	s->n_missing = job->tokens.n_lost;
	s->is_system = run->paths.is_system;
	s->force = run->options->force;
	s->now = run->now;
	job->hash = sink_attempt_hash(job->hash, s);
	s->is_unchanged = s->old->hash == job->hash;
	job->is_due = has_what_it_needs(run, job) && is_due(run, job);
}

static void work(void *userdata, size_t i)
{
	struct run *run = userdata;
	struct job *job = &run->jobs[i];

	if (!job->is_due)
		return;
	job->section.deadline = monotonic_now() + SECTION_TIMEOUT_USEC;
	job->error = sink_type_of(job->sink)->publish(job->sink, &job->section);
}

static int64_t since(
        const struct reason *failure, const struct reason *before, int64_t old_since, int64_t now)
{
	return old_since && strcmp(failure->code, before->code) == 0 ? old_since : now;
}

/* Where the sink could not finish, and where it was not called: what was there is there. */
static void keep_targets(struct job *job)
{
	const struct published_section *old = job->section.old;

	job->n_tried = job->fresh->n_targets;
	for (size_t i = 0; i < old->n_targets; i++)
		if (!published_find_target(job->fresh, old->targets[i].kind, old->targets[i].name))
			sink_target(&job->section, old->targets[i].kind, old->targets[i].name);
}

static void keep_warnings(struct job *job)
{
	const struct published_section *old = job->section.old;

	for (size_t i = 0; i < old->n_warnings; i++)
		sink_warn(&job->section, "%s", old->warnings[i]);
}

static void plan_retry(const struct run *run, struct job *job)
{
	struct published_section *s = job->fresh;
	int64_t pause = MIN_RETRY;

	s->failures = job->section.old->failures + 1;
	for (unsigned i = 1; i < s->failures && pause < MAX_RETRY; i++)
		pause *= 2;
	s->retry_at = run->now + (pause < MAX_RETRY ? pause : MAX_RETRY);
}

/* missing_only: those that were not sent now, but stay in the cluster. */
static void keep_hosts(struct job *job, bool missing_only)
{
	const struct published_section *old = job->section.old;

	for (size_t i = 0; i < old->n_hosts; i++)
		if (!missing_only || sink_misses(&job->section, old->hosts[i].name))
			published_add_host(
			        job->fresh, old->hosts[i].name, old->hosts[i].expires_at);
}

static void set_hosts(struct job *job)
{
	keep_hosts(job, true);
	for (size_t i = 0; i < job->tokens.count; i++)
		published_add_host(
		        job->fresh, job->tokens.items[i].host, job->tokens.items[i].expires_at);
	job->fresh->expires_at = publish_tokens_expiry(&job->tokens);
}

static void conclude_attempt(const struct run *run, struct job *job)
{
	struct published_section *s = job->fresh;
	const struct published_section *old = job->section.old;

	s->hash = job->hash;
	if (job->error < 0) {
		keep_targets(job);
		keep_hosts(job, false);
		plan_retry(run, job);
		s->expires_at = old->expires_at;
	} else {
		set_hosts(job);
		s->failure = job->tokens.missing;
		job->n_tried = s->n_targets;
	}
	s->published_at = old->published_at;
	for (size_t i = 0; i < s->n_targets; i++) {
		struct published_target *t = &s->targets[i];
		const struct published_target *before =
		        published_find_target(old, t->kind, t->name);
		static const struct reason none;

		t->since = since(&t->failure, before ? &before->failure : &none,
		        before ? before->since : 0, run->now);
		if (t->published_at > s->published_at)
			s->published_at = t->published_at;
	}
}

static void conclude(const struct run *run, struct job *job)
{
	struct published_section *s = job->fresh;
	const struct published_section *old = job->section.old;

	if (job->is_due) {
		conclude_attempt(run, job);
	} else {
		keep_targets(job);
		keep_warnings(job);
		keep_hosts(job, false);
		s->hash = old->hash;
		s->failures = old->failures;
		s->retry_at = old->retry_at;
		s->published_at = old->published_at;
		s->expires_at = old->expires_at;
		s->failure = has_what_it_needs(run, job) ? old->failure : job->tokens.missing;
	}
	s->since = since(&s->failure, &old->failure, old->since, run->now);
}

/* A section that waits is silent. */
static bool is_worth_telling(const struct run *run, const struct job *job)
{
	return job->is_due || !has_what_it_needs(run, job);
}

/* Whether the section is no longer wanted. Only the environment's can be if there is no ini. */
static bool is_left(const struct run *run, const struct published_section *section)
{
	bool is_of_environment = strcmp(section->kind, "rancher") == 0 &&
	                         strcmp(section->name, CONFIG_ENVIRONMENT_SECTION) == 0;

	return !config_find_sink(&run->config, section->kind, section->name) &&
	       (!run->config.is_absent || is_of_environment);
}

/* Returns how many failed. */
static size_t report(struct run *run)
{
	size_t failed = 0;

	for (size_t i = 0; i < run->n_jobs; i++) {
		struct job *job = &run->jobs[i];

		if (is_worth_telling(run, job))
			publish_log(job->section.old, job->fresh, job->n_tried, job->tokens.hosts,
			        job->tokens.count, run->now);
		failed += published_failures(job->fresh);
	}
	for (size_t i = 0; i < run->old.n_sections; i++)
		if (is_left(run, &run->old.sections[i]))
			publish_log_left(&run->old.sections[i]);
	return failed;
}

/* What a run would do. */
struct dry_runs {
	struct run *run;
	struct publish_dry *sections; /* of the jobs */
};

static void look(void *userdata, size_t i)
{
	const struct dry_runs *plan = userdata;
	const struct run *run = plan->run;
	struct publish_dry *dry = &plan->sections[i];

	dry->sink = run->jobs[i].sink;
	publish_dry_run(dry, &run->config, &run->tokens, &run->old, run->paths.is_system,
	        run->options->force, monotonic_now() + SECTION_TIMEOUT_USEC);
}

/* Nothing is changed, so no other run has to be waited for. */
static int say_plan(struct run *run)
{
	_cleanup_(freep) struct publish_dry *sections = xcalloc(run->n_jobs + 1, sizeof(*sections));
	struct dry_runs plan = {run, sections};
	struct reason reason;
	size_t failed = 0;

	if (published_load(&run->paths, &run->old, &reason) < 0 ||
	        tokens_load(&run->paths, &run->tokens, &reason) < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	if (run->n_jobs > 0 && http_setup() < 0)
		return EXIT_FAILURE;
	parallel_run(run->n_jobs, look, &plan);
	for (size_t i = 0; i < run->n_jobs; i++) {
		failed += publish_dry_print(&sections[i]);
		publish_dry_done(&sections[i]);
	}
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The sections of the new record, in the order of the jobs: only now do they no longer move. */
static void make_fresh(struct run *run)
{
	for (size_t i = 0; i < run->n_jobs; i++) {
		struct published_section *s =
		        array_append(&run->fresh.sections, &run->fresh.n_sections, sizeof(*s));

		s->kind = xstrdup(config_sink_kind_name(run->jobs[i].sink->kind));
		s->name = xstrdup(run->jobs[i].sink->name);
	}
	for (size_t i = 0; i < run->n_jobs; i++)
		run->jobs[i].fresh = run->jobs[i].section.fresh = &run->fresh.sections[i];
}

/* Of the others whatever is known stays known. */
static int keep_unconfigured(struct run *run, struct reason *ret_reason)
{
	_cleanup_(published_done) struct published kept = {};
	int r = run->config.is_absent ? published_load(&run->paths, &kept, ret_reason) : 0;

	for (size_t i = 0; r == 0 && i < kept.n_sections; i++) {
		if (config_find_sink(&run->config, kept.sections[i].kind, kept.sections[i].name) ||
		        is_left(run, &kept.sections[i]))
			continue;
		*(struct published_section *)array_append(&run->fresh.sections,
		        &run->fresh.n_sections, sizeof(*kept.sections)) = kept.sections[i];
		kept.sections[i] = (struct published_section){};
	}
	return r;
}

static int publish_locked(struct run *run)
{
	bool is_due = false;
	struct reason reason;
	size_t failed;

	/* Only the record knows what is ours in the clusters: it is not to be lost for nothing. */
	if (published_load(&run->paths, &run->old, &reason) < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	if (tokens_load(&run->paths, &run->tokens, &reason) < 0)
		state_log_failure(&reason);
	make_fresh(run);
	for (size_t i = 0; i < run->n_jobs; i++) {
		prepare(run, &run->jobs[i]);
		is_due |= run->jobs[i].is_due;
	}
	if (is_due && http_setup() < 0) {
		log_error("libcurl cannot be used; is it installed completely?");
		return EXIT_FAILURE;
	}
	if (is_due)
		systemd_notify("STATUS=Publishing to %zu cluster%s", run->n_jobs,
		        run->n_jobs == 1 ? "" : "s");
	parallel_run(run->n_jobs, work, run);
	for (size_t i = 0; i < run->n_jobs; i++)
		conclude(run, &run->jobs[i]);
	failed = report(run);
	if (keep_unconfigured(run, &reason) < 0 ||
	        published_save(&run->paths, &run->fresh, &run->old, &reason) < 0) {
		state_log_failure(&reason);
		failed++;
	}
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int publish_run(const struct publish_options *options)
{
	_cleanup_(run_done) struct run run = {.options = options, .now = timestamp_now()};
	_cleanup_(closep) int lock = -1;
	/*
	 * In the service the writer runs next, reads the same copy of the ini, and tells. A shell
	 * may have the variable, too: of a desktop that is a user's unit.
	 */
	bool log_errors = options->by_hand || !environment_get("INVOCATION_ID");
	struct reason reason;

	if (paths_find(options->config, &run.paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&run.paths, &run.config, log_errors) < 0)
		return EXIT_CONFIG;
	run.is_asked_for = log_errors;
	make_jobs(&run);
	if (options->dry_run)
		return say_plan(&run);
	/* publish-launcher.c does not judge a run with --verbose; it makes and awaits nothing,
	 * either. */
	if (run.n_jobs == 0 && !published_is_there(&run.paths))
		return EXIT_SUCCESS;
	lock = state_lock(run.paths.published_dir, monotonic_now() + LOCK_TIMEOUT_USEC, &reason);
	if (lock < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	return publish_locked(&run);
}
