/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the stages one after the other. The caller controls the arguments. */
#include "refresher/command-refresh.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "base/suggest.h"
#include "base/systemd.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "launch/stage.h"
#include "status/status.h"
#include "write/write.h"

static const char usage[] =
        "ecr-refresher refresh [--user NAME]… [--force] [--dry-run] [--config FILE] [--verbose]\n"
        "Fetches the tokens that are due, publishes them to clusters, and writes every user's\n"
        "files. If systemd runs, the unit's environment and credentials are used, not the "
        "shell's.\n\n"
        "      --user NAME  only this user's registries and files; may be repeated\n"
        "      --force      also renew tokens that are still fresh; remove from clusters all\n"
        "                   objects that are no longer configured, however many\n"
        "      --dry-run    only report what would be done\n";

struct refresh {
	struct write_options write;
	bool force;
	bool has_clusters;
	const char *config; /* absolute: the stages run elsewhere */
};

/* Checks that the ini has the names given with --user: a typo must not look like success. */
static int check_users(struct refresh *r)
{
	_cleanup_(config_done) struct config config = {};
	_cleanup_(paths_done) struct paths paths = {};
	struct reason reason;

	if (paths_find(r->write.config, &paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&paths, &config, true) < 0)
		return EXIT_CONFIG;
	r->has_clusters = config.n_sinks > 0;
	if (config.is_absent && r->write.n_users > 0) {
		_cleanup_(freep) char *remedy = status_absent_remedy(&paths, false);

		log_error("no [user %s] exists: %s", r->write.users[0], remedy);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < r->write.n_users; i++) {
		struct suggestion suggestion = {.word = r->write.users[i]};
		bool found = false;

		for (size_t u = 0; u < config.n_users; u++) {
			suggest_try(&suggestion, config.users[u].name);
			found |= strcmp(config.users[u].name, r->write.users[i]) == 0;
		}
		if (!found) {
			log_error("%s has no [user %s]; %s%s", paths.config_name, suggestion.word,
			        suggestion.found ? "did you mean "
			                         : "add the section, or name another user",
			        suggestion.found ? suggestion.found : "");
			return EXIT_USAGE;
		}
	}
	return EXIT_SUCCESS;
}

static const char **make_arguments(const struct refresh *r, bool verbose)
{
	const char **arguments = NULL;
	size_t n = 0;

#define ADD(s) (*(const char **)array_append(&arguments, &n, sizeof(*arguments)) = (s))
	if (r->config) {
		ADD("--config");
		ADD(r->config);
	}
	for (size_t i = 0; i < r->write.n_users; i++) {
		ADD("--user");
		ADD(r->write.users[i]);
	}
	if (r->force)
		ADD("--force");
	if (r->write.dry_run)
		ADD("--dry-run");
	if (verbose)
		ADD("--verbose");
	ADD("--by-hand");
	ADD(NULL);
#undef ADD
	return arguments;
}

/* Logs that systemd could not start a stage: the service would fail in the same way. */
static int log_start_failure(int status)
{
	if (status >= SYSTEMD_STATUS)
		log_error("systemd cannot start the stage with the service's settings (status %d); "
		          "run 'ecr-refresher check'",
		        status);
	return status;
}

static int fetch(const struct refresh *r, bool verbose)
{
	_cleanup_(freep) const char **arguments = make_arguments(r, verbose);

	return log_start_failure(stage_run(STAGE_FETCH, (char *const *)arguments));
}

/*
 * Publishes, unless the run is only for some users. The writer's exit code covers what was
 * published; a dry run publishes nothing, so its status is returned. Only the unit may have the
 * variables that configure a cluster: without one, the stage exits at once.
 */
static int publish(const struct refresh *r, bool verbose)
{
	_cleanup_(freep) const char **arguments = make_arguments(r, verbose);
	int status = EXIT_SUCCESS;

	if (r->write.n_users == 0 && (r->has_clusters || systemd_is_running()) &&
	        stage_is_installed(STAGE_PUBLISH))
		status = log_start_failure(stage_run(STAGE_PUBLISH, (char *const *)arguments));
	return r->write.dry_run ? status : EXIT_SUCCESS;
}

int command_refresh(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"user", required_argument, NULL, 'u'},
	        {"force", no_argument, NULL, 'f'}, {"dry-run", no_argument, NULL, 'n'}, {}};
	_cleanup_(freep) char **users = NULL;
	_cleanup_(freep) char *config = NULL;
	struct refresh r = {};
	int fetched, published, written;

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;) {
		if (common_option(c, optarg, common))
			continue;
		if (c == 'u')
			*(char **)array_append(&users, &r.write.n_users, sizeof(*users)) = optarg;
		else if (c == 'f')
			r.force = true;
		else if (c == 'n')
			r.write.dry_run = true;
		else
			return command_usage(c, usage);
	}
	if (optind < argc)
		return command_usage('?', usage);
	r.write.report = true;
	r.write.started = monotonic_now();
	r.write.users = users;
	r.write.config = common->config;
	log_setup("ecr-refresher", common->verbose);
	written = check_users(&r);
	config = common->config ? realpath(common->config, NULL) : NULL;
	r.config = config;
	if (written != EXIT_SUCCESS)
		return written;
	fetched = fetch(&r, common->verbose);
	if (fetched == EXIT_CONFIG)
		return EXIT_CONFIG;
	published = publish(&r, common->verbose);
	written = write_run(&r.write);
	if (written == EXIT_SUCCESS && (fetched != EXIT_SUCCESS || published != EXIT_SUCCESS))
		return EXIT_FAILURE;
	return written;
}
