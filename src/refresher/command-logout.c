/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selects the entries to remove from the writer's record, so that it works without an ini, or with
 * one that is wrong. The caller controls the arguments.
 */
#include "refresher/command-logout.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "aws/registry-host.h"
#include "base/alloc.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "config/config-load.h"
#include "config/plan.h"
#include "state/written.h"
#include "write/logout.h"

static const char usage[] =
        "ecr-refresher logout [--user NAME]… [HOST…] [--config FILE] [--verbose]\n"
        "Removes the entries that ecr-refresher wrote from the files of all users, and leaves\n"
        "everything else in them as it is. The next run restores what the ini still names.\n\n"
        "      --user NAME  only from this user's files; may be repeated\n"
        "      HOST         only the entries of this registry\n";

struct logout {
	struct paths paths;
	struct config config;
	bool has_config; /* it could be read */
	struct written record;
	char **users;
	size_t n_users;
	char **hosts; /* owned */
	size_t n_hosts;
};

static void logout_done(struct logout *l)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		free(l->hosts[i]);
	free(l->hosts);
	free(l->users);
	written_done(&l->record);
	config_done(&l->config);
	paths_done(&l->paths);
}

static bool is_known_user(const struct logout *l, const char *user)
{
	for (size_t i = 0; i < l->config.n_users; i++)
		if (strcmp(l->config.users[i].name, user) == 0)
			return true;
	for (size_t i = 0; i < l->record.n_files; i++)
		if (strcmp(l->record.files[i].user, user) == 0)
			return true;
	return false;
}

/* Counts the entries of this host in the selected users' files, or in all. */
static size_t count_entries(const struct logout *l, const char *host, bool of_all_users)
{
	size_t n = 0;

	for (size_t i = 0; i < l->record.n_files; i++) {
		const struct written_file *f = &l->record.files[i];

		if (!of_all_users && !name_filter_matches(f->user, l->users, l->n_users))
			continue;
		for (size_t e = 0; e < f->n_entries; e++)
			n += strcmp(f->entries[e].host, host) == 0;
	}
	return n;
}

static bool user_has_host(const struct config_user *user, char *const *hosts, size_t n_hosts)
{
	for (size_t i = 0; i < user->n_entries; i++)
		if (user->entries[i].is_auto ||
		        name_filter_matches(user->entries[i].host.name, hosts, n_hosts))
			return true;
	return false;
}

static bool is_known_host(const struct logout *l, char *host)
{
	for (size_t i = 0; i < l->config.n_users; i++)
		for (size_t e = 0; e < l->config.users[i].n_entries; e++)
			if (strcmp(l->config.users[i].entries[e].host.name, host) == 0)
				return true;
	return count_entries(l, host, true) > 0;
}

/* A typo must not look like success. */
static int check_users(const struct logout *l)
{
	for (size_t i = 0; i < l->n_users; i++) {
		const char *user = l->users[i];

		if (!l->paths.is_system && strcmp(user, l->paths.user) != 0) {
			log_error("%s: only root can remove entries from other users' files", user);
			return EXIT_USAGE;
		}
		if (l->paths.is_system && !is_known_user(l, user)) {
			log_error("%s: no such user: %s has no [user %s], and ecr-refresher wrote "
			          "no entry for it; 'ecr-refresher status' lists the users",
			        user, l->paths.config_name, user);
			return EXIT_USAGE;
		}
	}
	return EXIT_SUCCESS;
}

static int add_host(struct logout *l, const char *text)
{
	char host[HOST_NAME_MAX_SIZE];

	if (host_normalize(text, host) < 0) {
		log_error("%s: not a host name; expected one that 'ecr-refresher status' lists",
		        text);
		return EXIT_USAGE;
	}
	*(char **)array_append(&l->hosts, &l->n_hosts, sizeof(*l->hosts)) = xstrdup(host);
	if (!is_known_host(l, host)) {
		log_error("%s: ecr-refresher wrote no entry for it, and %s does not name it; "
		          "'ecr-refresher status' lists the registries, and 'docker logout %s' "
		          "removes an entry that another program wrote",
		        host, l->paths.config_name, host);
		return EXIT_USAGE;
	}
	return EXIT_SUCCESS;
}

static int prepare(struct logout *l, const struct common_options *common, char *const *hosts)
{
	struct reason reason;
	int r = EXIT_SUCCESS;

	if (paths_find(common->config, &l->paths, &reason) < 0 ||
	        written_load(&l->paths, &l->record, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	l->has_config = config_load(&l->paths, &l->config, false) == 0;
	r = check_users(l);
	for (; r == EXIT_SUCCESS && *hosts; hosts++)
		r = add_host(l, *hosts);
	return r;
}

/* Warns that the next run restores entries that are still configured. */
static void warn_of_next_run(const struct logout *l)
{
	const char *user = l->paths.is_system ? "" : " --user";

	for (size_t u = 0; u < l->config.n_users; u++) {
		const struct config_user *cu = &l->config.users[u];

		if (!name_filter_matches(cu->name, l->users, l->n_users) ||
		        !user_has_host(cu, l->hosts, l->n_hosts))
			continue;
		printf("%s still names them: the next run of ecr-refresher.service restores them,\n"
		       "immediately if the files are watched. To prevent that, change the ini "
		       "first, or stop the timer:\n"
		       "    systemctl%s disable --now ecr-refresher.timer\n",
		        l->paths.config_name, user);
		return;
	}
}

static void print_result(const struct logout *l, size_t removed, bool has_failed)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		if (count_entries(l, l->hosts[i], false) == 0)
			printf("%s: no file has an entry that ecr-refresher wrote\n", l->hosts[i]);
	if (removed > 0)
		printf("Removed %zu entr%s.\n", removed, removed == 1 ? "y" : "ies");
	else if (!has_failed)
		printf("There was nothing to remove.\n");
	if (removed > 0)
		warn_of_next_run(l);
}

int command_logout(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"user", required_argument, NULL, 'u'}, {}};
	_cleanup_(logout_done) struct logout l = {};
	struct logout_options o;
	size_t removed;
	int r;

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;) {
		if (common_option(c, optarg, common))
			continue;
		if (c != 'u')
			return command_usage(c, usage);
		*(char **)array_append(&l.users, &l.n_users, sizeof(*l.users)) = optarg;
	}
	log_setup("ecr-refresher", common->verbose);
	r = prepare(&l, common, argv + optind);
	if (r != EXIT_SUCCESS)
		return r;
	o = (struct logout_options){.paths = &l.paths,
	        .config = l.has_config ? &l.config : NULL,
	        .users = l.users,
	        .n_users = l.n_users,
	        .hosts = l.hosts,
	        .n_hosts = l.n_hosts};
	r = logout_run(&o, &removed);
	print_result(&l, removed, r != EXIT_SUCCESS);
	return r;
}
