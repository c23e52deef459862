/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/publish-job.h"

#include <string.h>

#include "base/timespan.h"
#include "base/timestamp.h"
#include "publish/publish-log.h"
#include "publish/sink-types.h"

#define TIMEOUT_USEC (10 * USEC_PER_SEC)
#define MIN_PAUSE 60 /* seconds after the first failure, doubled after each other one */
#define MAX_PAUSE (15 * 60)
#define TIMER_SLACK 5 /* a timer is not exact to the second */

/*
 * Tokens may be missing because this machine was restarted, while those in the sink are valid for
 * hours. If they can be read back, they are kept beside new ones. Rancher does not return them:
 * nothing is sent to it until the first of them has expired. A registry that never had a token does
 * not delay others.
 */
static bool has_tokens(const struct publish_job *job)
{
	const struct sink_run *s = &job->sink_run;

	return s->n_tokens > 0 &&
	       (sink_type_of(job->sink)->can_read_tokens || s->old->expires_at <= s->now ||
	               !sink_would_drop_valid_token(s));
}

/* A pause that ends later than any that starts now was set by a clock that was ahead. */
static bool is_pausing(const struct sink_run *s)
{
	int64_t end = s->old->retry_at;

	return s->is_unchanged && s->now + TIMER_SLACK < end && end <= s->now + MAX_PAUSE;
}

void publish_job_prepare(struct publish_job *job, const struct config_sink *sink,
        const struct publish_inputs *inputs, struct published_section *fresh)
{
	struct sink_run *s = &job->sink_run;

	job->sink = sink;
	publish_tokens_find(inputs->config, inputs->tokens, sink, inputs->now, &job->tokens);
	if (inputs->is_dry)
		publish_tokens_assume(&job->tokens);
	*s = (struct sink_run){.tokens = job->tokens.items,
	        .n_tokens = job->tokens.count,
	        .missing = job->tokens.missing,
	        .n_missing = job->tokens.n_missing,
	        .is_dry = inputs->is_dry,
	        .is_system = inputs->is_system,
	        .force = inputs->force,
	        /* A dry run needs a time that the record cannot have, to see what would be sent. */
	        .now = inputs->now + inputs->is_dry,
	        .old = published_find(inputs->old, config_sink_kind_name(sink->kind), sink->name),
	        .fresh = fresh};
	if (!s->old)
		s->old = &job->nothing;
	job->hash = sink_hash_attempt(sink_type_of(sink)->hash(sink), s);
	s->is_unchanged = s->old->hash == job->hash;
	job->has_tokens = has_tokens(job);
	job->is_due =
	        job->has_tokens && (inputs->force || inputs->is_interactive || !is_pausing(s));
}

void publish_job_run(struct publish_job *job)
{
	job->sink_run.deadline = monotonic_now() + TIMEOUT_USEC;
	job->error = sink_type_of(job->sink)->publish(job->sink, &job->sink_run);
}

/* Keeps targets of the old record that the attempt, if any, did not get to. */
static void keep_targets(struct publish_job *job)
{
	const struct published_section *old = job->sink_run.old;
	struct published_section *fresh = job->sink_run.fresh;

	job->n_tried = fresh->n_targets;
	for (size_t i = 0; i < old->n_targets; i++)
		if (!published_find_target(fresh, old->targets[i].kind, old->targets[i].name))
			sink_add_target(&job->sink_run, old->targets[i].kind, old->targets[i].name);
}

/* missing_only: those that were not sent now, but stay in the sink. */
static void keep_hosts(struct publish_job *job, bool missing_only)
{
	const struct published_section *old = job->sink_run.old;

	for (size_t i = 0; i < old->n_hosts; i++)
		if (!missing_only || sink_lacks_token(&job->sink_run, old->hosts[i].name))
			published_add_host(
			        job->sink_run.fresh, old->hosts[i].name, old->hosts[i].expires_at);
}

static void set_pause(struct publish_job *job)
{
	struct published_section *fresh = job->sink_run.fresh;
	int64_t pause = MIN_PAUSE;

	fresh->failures = job->sink_run.old->failures + 1;
	for (unsigned i = 1; i < fresh->failures && pause < MAX_PAUSE; i++)
		pause *= 2;
	fresh->retry_at = job->sink_run.now + (pause < MAX_PAUSE ? pause : MAX_PAUSE);
}

static void finish_failed(struct publish_job *job)
{
	keep_targets(job);
	keep_hosts(job, false);
	set_pause(job);
	job->sink_run.fresh->expires_at = job->sink_run.old->expires_at;
}

static void finish_served(struct publish_job *job)
{
	struct published_section *fresh = job->sink_run.fresh;

	keep_hosts(job, true);
	for (size_t i = 0; i < job->tokens.count; i++)
		published_add_host(
		        fresh, job->tokens.items[i].host, job->tokens.items[i].expires_at);
	fresh->expires_at = publish_tokens_expiry(&job->tokens);
	fresh->failure = job->tokens.failure;
	job->n_tried = fresh->n_targets;
}

/* Returns since when something is good, or fails with this code. */
static int64_t since(
        const struct reason *failure, const struct reason *before, int64_t old_since, int64_t now)
{
	return old_since && strcmp(failure->code, before->code) == 0 ? old_since : now;
}

static void finish_attempt(struct publish_job *job)
{
	static const struct published_target unknown;
	const struct published_section *old = job->sink_run.old;
	struct published_section *fresh = job->sink_run.fresh;

	fresh->hash = job->hash;
	if (job->error < 0)
		finish_failed(job);
	else
		finish_served(job);
	fresh->published_at = old->published_at;
	for (size_t i = 0; i < fresh->n_targets; i++) {
		struct published_target *t = &fresh->targets[i];
		const struct published_target *before =
		        published_find_target(old, t->kind, t->name);

		before = before ? before : &unknown;
		t->since = since(&t->failure, &before->failure, before->since, job->sink_run.now);
		if (t->published_at > fresh->published_at)
			fresh->published_at = t->published_at;
	}
}

static void keep_section(struct publish_job *job)
{
	const struct published_section *old = job->sink_run.old;
	struct published_section *fresh = job->sink_run.fresh;

	keep_targets(job);
	keep_hosts(job, false);
	for (size_t i = 0; i < old->n_warnings; i++)
		sink_warn(&job->sink_run, "%s", old->warnings[i]);
	fresh->hash = old->hash;
	fresh->failures = old->failures;
	fresh->retry_at = old->retry_at;
	fresh->published_at = old->published_at;
	fresh->expires_at = old->expires_at;
	fresh->failure = job->has_tokens ? old->failure : job->tokens.failure;
}

void publish_job_finish(struct publish_job *job)
{
	const struct published_section *old = job->sink_run.old;
	struct published_section *fresh = job->sink_run.fresh;

	if (job->is_due)
		finish_attempt(job);
	else
		keep_section(job);
	fresh->since = since(&fresh->failure, &old->failure, old->since, job->sink_run.now);
}

void publish_job_log(const struct publish_job *job)
{
	if (job->is_due || !job->has_tokens)
		publish_log(job->sink_run.old, job->sink_run.fresh, job->n_tried, job->tokens.hosts,
		        job->tokens.count, job->sink_run.now);
}

void publish_job_done(struct publish_job *job)
{
	publish_tokens_done(&job->tokens);
}
