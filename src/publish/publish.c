/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sections are served at the same time, so that a sink that does not answer does not delay the
 * others. The record is the only place that knows what is ours in the sinks.
 */
#include "publish/publish.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/systemd.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/config-environment.h"
#include "config/config-load.h"
#include "http/http.h"
#include "publish/publish-dry.h"
#include "publish/publish-job.h"
#include "publish/publish-log.h"
#include "state/state-file.h"

#define LOCK_TIMEOUT_USEC (30 * USEC_PER_SEC)

struct run {
	struct publish_inputs inputs;
	struct paths paths;
	struct config config;
	struct tokens tokens;
	struct published old, fresh;
	struct publish_job *jobs; /* one for each sink */
};

static void run_done(struct run *run)
{
	for (size_t i = 0; run->jobs && i < run->config.n_sinks; i++)
		publish_job_done(&run->jobs[i]);
	free(run->jobs);
	published_done(&run->old);
	published_done(&run->fresh);
	tokens_done(&run->tokens);
	config_done(&run->config);
	paths_done(&run->paths);
}

struct dry_run {
	const struct run *run;
	struct publish_dry *sections; /* one for each sink */
};

static void run_dry(void *userdata, size_t i)
{
	const struct dry_run *dry = userdata;

	publish_dry_run(&dry->sections[i], &dry->run->config.sinks[i], &dry->run->inputs);
}

/* Takes no lock, because nothing is changed. */
static int publish_dry(struct run *run)
{
	size_t n = run->config.n_sinks, failed = 0;
	_cleanup_(freep) struct publish_dry *sections = xcalloc(n + 1, sizeof(*sections));
	struct dry_run dry = {run, sections};
	struct reason reason;

	if (published_load(&run->paths, &run->old, &reason) < 0 ||
	        tokens_load(&run->paths, &run->tokens, &reason) < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	if (n > 0 && http_setup() < 0)
		return EXIT_FAILURE;
	parallel_run(n, run_dry, &dry);
	for (size_t i = 0; i < n; i++) {
		failed += publish_dry_print(&sections[i]);
		publish_dry_done(&sections[i]);
	}
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Prepares a job and a section of the new record for each sink. Returns whether any is due. */
static bool prepare_jobs(struct run *run)
{
	size_t n = run->config.n_sinks;
	bool is_due = false;

	for (size_t i = 0; i < n; i++) {
		struct published_section *s =
		        array_append(&run->fresh.sections, &run->fresh.n_sections, sizeof(*s));

		s->kind = xstrdup(config_sink_kind_name(run->config.sinks[i].kind));
		s->name = xstrdup(run->config.sinks[i].name);
	}
	run->jobs = xcalloc(n + 1, sizeof(*run->jobs));
	for (size_t i = 0; i < n; i++) {
		publish_job_prepare(&run->jobs[i], &run->config.sinks[i], &run->inputs,
		        &run->fresh.sections[i]);
		is_due |= run->jobs[i].is_due;
	}
	return is_due;
}

static void run_job(void *userdata, size_t i)
{
	struct run *run = userdata;

	if (run->jobs[i].is_due)
		publish_job_run(&run->jobs[i]);
}

/*
 * Reports whether the ini no longer has a section. Without an ini that is known only of the one
 * that the environment asks for.
 */
static bool is_unconfigured(const struct run *run, const struct published_section *section)
{
	bool is_of_environment = strcmp(section->kind, "rancher") == 0 &&
	                         strcmp(section->name, CONFIG_ENVIRONMENT_SECTION) == 0;

	return !config_find_sink(&run->config, section->kind, section->name) &&
	       (!run->config.is_absent || is_of_environment);
}

/* Completes and logs the sections. Returns how many objects failed. */
static size_t finish_jobs(struct run *run)
{
	size_t failed = 0;

	for (size_t i = 0; i < run->config.n_sinks; i++) {
		publish_job_finish(&run->jobs[i]);
		publish_job_log(&run->jobs[i]);
		failed += published_failures(&run->fresh.sections[i]);
	}
	for (size_t i = 0; i < run->old.n_sections; i++)
		if (is_unconfigured(run, &run->old.sections[i]))
			publish_log_unconfigured(&run->old.sections[i]);
	return failed;
}

/* Copies the sections of an ini that does not exist now: they may be wanted again. */
static int keep_unknown(struct run *run, struct reason *ret_reason)
{
	_cleanup_(published_done) struct published kept = {};
	int r = run->config.is_absent ? published_load(&run->paths, &kept, ret_reason) : 0;

	for (size_t i = 0; r == 0 && i < kept.n_sections; i++) {
		struct published_section *section = &kept.sections[i];

		if (config_find_sink(&run->config, section->kind, section->name) ||
		        is_unconfigured(run, section))
			continue;
		*(struct published_section *)array_append(
		        &run->fresh.sections, &run->fresh.n_sections, sizeof(*section)) = *section;
		*section = (struct published_section){};
	}
	return r;
}

static int publish_locked(struct run *run)
{
	size_t n = run->config.n_sinks, failed;
	struct reason reason;
	bool is_due;

	/* Without the old record, nothing would know what is ours in the sinks. */
	if (published_load(&run->paths, &run->old, &reason) < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	if (tokens_load(&run->paths, &run->tokens, &reason) < 0)
		state_log_failure(&reason);
	is_due = prepare_jobs(run);
	if (is_due && http_setup() < 0) {
		log_error("libcurl cannot be used; is it installed completely?");
		return EXIT_FAILURE;
	}
	if (is_due)
		systemd_notify("STATUS=Publishing to %zu cluster%s", n, n == 1 ? "" : "s");
	parallel_run(n, run_job, run);
	failed = finish_jobs(run);
	if (keep_unknown(run, &reason) < 0 ||
	        published_save(&run->paths, &run->fresh, &run->old, &reason) < 0) {
		state_log_failure(&reason);
		failed++;
	}
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int publish_run(const struct publish_options *options)
{
	_cleanup_(run_done) struct run run = {};
	_cleanup_(closep) int lock = -1;
	/*
	 * In the service, the writer runs next, reads the same copy of the ini and logs its errors.
	 * A shell may have the variable as well: that of a desktop that is a user's unit.
	 */
	bool log_errors = options->by_hand || !environment_get("INVOCATION_ID");
	struct reason reason;

	if (paths_find(options->config, &run.paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&run.paths, &run.config, log_errors) < 0)
		return EXIT_CONFIG;
	run.inputs = (struct publish_inputs){.config = &run.config,
	        .tokens = &run.tokens,
	        .old = &run.old,
	        .is_system = run.paths.is_system,
	        .is_interactive = log_errors,
	        .is_dry = options->dry_run,
	        .force = options->force,
	        .now = timestamp_now()};
	if (options->dry_run)
		return publish_dry(&run);
	/* As publish-launcher.c, which leaves runs with --verbose to us. */
	if (run.config.n_sinks == 0 && !published_is_there(&run.paths))
		return EXIT_SUCCESS;
	lock = state_lock(run.paths.published_dir, monotonic_now() + LOCK_TIMEOUT_USEC, &reason);
	if (lock < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	return publish_locked(&run);
}
