/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage without the network. As root it has CAP_SETUID and CAP_SETGID and needs nothing else:
 * it reads what the administrator and the fetcher wrote, and only a worker that has become a user
 * touches that user's files.
 */
#include "write/write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "base/systemd.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "launch/stage.h"
#include "state/state-file.h"
#include "status/metrics.h"
#include "status/status-judge.h"
#include "write/file-run.h"
#include "write/metrics-file.h"
#include "write/user-status.h"
#include "write/watch.h"

#define LOCK_TIMEOUT_USEC (30 * USEC_PER_SEC)
#define METRICS_TIMEOUT_USEC (5 * USEC_PER_SEC)

struct run {
	const struct write_options *options;
	struct paths paths;
	struct config config;
	struct tokens tokens;
	struct published published; /* loaded if a cluster may exist */
	struct file_run files;
	uint64_t started; /* monotonic_now() */
};

static void run_done(struct run *run)
{
	file_run_done(&run->files);
	tokens_done(&run->tokens);
	published_done(&run->published);
	config_done(&run->config);
	paths_done(&run->paths);
	closep(&run->files.lock);
}

static void log_state_failure(struct run *run, const struct reason *reason)
{
	file_run_log_failure(&run->files, reason);
}

/* Logs a failure when it begins, not at every run. */
static void log_watch_failure(struct run *run, const struct reason *reason)
{
	struct log_fields fields = {.error = reason->code};

	run->files.record.watch_failure = *reason;
	if (strcmp(reason->text, run->files.old.watch_failure.text) != 0)
		log_event(EVENT_WATCH_FAILED, &fields, "%s", reason->text);
}

/* Updates the path units; a run for some users only does not know the others' files. */
static void update_watches(void *userdata, const struct worker_reports *reports)
{
	_cleanup_(freep) char **paths = NULL;
	struct run *run = userdata;
	const struct desired *desired = &run->files.desired;
	struct reason reason = {};
	size_t n = 0;

	if (run->options->n_users > 0)
		return;
	for (size_t u = 0; u < reports->n_users; u++)
		for (size_t i = 0; i < desired->users[u].n_files; i++) {
			struct worker_file_report *f = &reports->users[u].files[i];

			if (f->path[0] && f->watchable && desired->users[u].files[i].is_configured)
				*(char **)array_append(&paths, &n, sizeof(*paths)) = f->path;
		}
	run->files.record.watch_failure = (struct reason){};
	if (watch_update(run->paths.is_system, paths, n, &reason) < 0)
		log_watch_failure(run, &reason);
}

static int update_files(struct run *run)
{
	size_t n = run->files.desired.n_users;
	struct reason reason;
	int r;

	if (n > 0)
		systemd_notify("STATUS=Writing the files of %zu user%s", n, n == 1 ? "" : "s");
	r = file_run_do(&run->files, &reason);
	if (r < 0) {
		log_state_failure(run, &reason);
		systemd_notify("STATUS=%s", reason.text);
	}
	return r;
}

/* A manual run does not have the variables that configure one: only the state shows it. */
static bool may_have_clusters(const struct run *run)
{
	return run->config.n_sinks > 0 || run->options->report || config_is_empty(&run->config);
}

static void load(struct run *run)
{
	struct reason reason;
	int r;

	if (tokens_load(&run->paths, &run->tokens, &reason) < 0)
		log_state_failure(run, &reason);
	r = written_load(&run->paths, &run->files.old, &reason);
	if (r < 0)
		log_state_failure(run, &reason);
	/* A file that is not a record may be replaced; one that cannot be read may be a record. */
	run->files.keeps_old = r < 0 && r != -EBADMSG;
	if (may_have_clusters(run) && published_load(&run->paths, &run->published, &reason) < 0)
		log_state_failure(run, &reason);
}

/*
 * Writes the files. Without an ini the desired state is unknown: the files, the record, the watches
 * and the users' status stay as they are. The environment may still configure a cluster.
 */
static int serve(struct run *run)
{
	struct reason reason;

	if (run->config.is_absent) {
		load(run);
		return 0;
	}
	run->files.lock =
	        state_lock(run->paths.record_dir, monotonic_now() + LOCK_TIMEOUT_USEC, &reason);
	if (run->files.lock < 0) {
		log_state_failure(run, &reason);
		systemd_notify("STATUS=Nothing was written: %s", reason.text);
		return run->files.lock;
	}
	load(run);
	desired_make(&run->config, &run->tokens, &run->files.old, run->files.now,
	        run->options->users, run->options->n_users, &run->files.desired);
	return update_files(run);
}

static void log_unserved(struct run *run, const char *kind, const char *name)
{
	_cleanup_(freep) char *target = xasprintf("%s %s", kind, name);
	struct log_fields fields = {.target = target, .error = "not-served"};

	if (stage_is_installed(STAGE_PUBLISH) && published_find(&run->published, kind, name))
		return;
	log_event(EVENT_PUBLISH_FAILED, &fields,
	        stage_is_installed(STAGE_PUBLISH)
	                ? "[%s] ecr-publish has not served it; see its messages"
	                : "[%s] " LIBEXECDIR "/ecr-publish, which would serve it, is not "
	                  "installed; install the package ecr-refresher-publish",
	        target);
	run->files.failed++;
}

/* ecr-publish has run before and logged each cluster, good or bad, unless it could not run. */
static void check_publisher(struct run *run)
{
	if (run->options->dry_run || run->options->n_users > 0)
		return;
	for (size_t i = 0; i < run->config.n_sinks; i++)
		log_unserved(run, config_sink_kind_name(run->config.sinks[i].kind),
		        run->config.sinks[i].name);
}

/* The users of the host's service cannot read its state. */
static void update_user_status(struct run *run)
{
	struct user_status_run o = {.config = &run->config,
	        .tokens = &run->tokens,
	        .record = &run->files.record,
	        .desired = &run->files.desired,
	        .reports = &run->files.reports,
	        .is_partial = run->options->n_users > 0};
	struct reason reason;

	if (run->paths.is_system && !run->options->dry_run &&
	        user_status_update(&o, SYSTEM_STATUS_DIR, &reason) < 0)
		log_state_failure(run, &reason);
}

/* Judges the state of everything, or, with users, of what is theirs. */
static void judge(const struct run *run, char *const *users, size_t n_users, struct status *ret)
{
	status_make(&run->config, &run->tokens, &run->files.record, users, n_users, ret);
	if (n_users == 0)
		status_add_published(ret, &run->config, &run->published);
	ret->is_host = run->paths.is_system;
	status_judge(ret, run->files.now);
}

static void format_metrics(const struct run *run, bool succeeded, struct secret *ret)
{
	_cleanup_(status_done) struct status status = {};
	struct metrics_run latest = {.ended_at = timestamp_now(),
	        .duration_usec = monotonic_now() - run->started,
	        .succeeded = succeeded};

	judge(run, NULL, 0, &status);
	metrics_format(&status, &run->files.record.counters, &latest, ret);
}

/* Writes the metrics and frees the tokens, so it must be the last step. Returns the exit status. */
static int write_metrics(struct run *run, int exit_status)
{
	struct log_fields fields = {.file = run->config.metrics_file};
	_secret_ struct secret text = {};
	struct reason reason;

	if (!run->config.metrics_file || run->options->dry_run)
		return exit_status;
	format_metrics(run, exit_status == EXIT_SUCCESS, &text);
	tokens_done(&run->tokens);
	if (metrics_file_write(run->config.metrics_file, &text, METRICS_TIMEOUT_USEC,
	            run->files.lock, &reason) == 0)
		return exit_status;
	fields.error = reason.code;
	log_event(EVENT_METRICS_FAILED, &fields, "%s", reason.text);
	return EXIT_FAILURE;
}

static void log_nothing_configured(struct run *run)
{
	_cleanup_(freep) char *remedy = NULL;

	if (!run->config.is_absent) {
		log_event(EVENT_NOTHING_CONFIGURED, NULL,
		        "nothing configured: %s has no [user NAME] section, nor any other to serve",
		        run->paths.config_name);
		return;
	}
	remedy = status_absent_remedy(&run->paths, written_has_entries(&run->files.old));
	log_event(EVENT_NOTHING_CONFIGURED, NULL, "nothing configured: %s", remedy);
}

static int conclude(struct run *run)
{
	_cleanup_(status_done) struct status status = {};

	if (!run->config.is_absent)
		update_user_status(run);
	check_publisher(run);
	judge(run, run->options->users, run->options->n_users, &status);
	systemd_notify("STATUS=%s", status.summary);
	if (run->options->report)
		printf("%s\n", status.summary);
	if (config_is_empty(&run->config) &&
	        !published_is_of_environment(&run->published, &run->config))
		log_nothing_configured(run);
	return write_metrics(
	        run, run->files.failed == 0 && !status.has_failed ? EXIT_SUCCESS : EXIT_FAILURE);
}

int write_run(const struct write_options *options)
{
	_cleanup_(run_done) struct run run = {.options = options, .started = options->started};
	struct reason reason;

	if (run.started == 0)
		run.started = monotonic_now();
	run.files = (struct file_run){.paths = &run.paths,
	        .tokens = &run.tokens,
	        .now = timestamp_now(),
	        .dry_run = options->dry_run,
	        .only_users = options->users,
	        .n_only_users = options->n_users,
	        .lock = -1,
	        .before_save = update_watches,
	        .userdata = &run};
	if (paths_find(options->config, &run.paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&run.paths, &run.config, true) < 0) {
		systemd_notify("STATUS=%s is wrong; nothing was changed", run.paths.config_name);
		return EXIT_CONFIG;
	}
	/* Only now, because the environment may configure Rancher. */
	environment_forget_secrets();
	return serve(&run) < 0 ? EXIT_FAILURE : conclude(&run);
}
