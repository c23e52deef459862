/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows the state of the services, and changes nothing. Root sees the host's service; another user
 * sees its own service, if one exists, and the part of the host's that is readable for that user.
 */
#include "refresher/command-status.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/exit-status.h"
#include "base/file.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "refresher/status-table.h"
#include "status/status-json.h"
#include "status/status-judge.h"

static const char usage[] =
        "ecr-refresher status [--json] [--config FILE]\n"
        "Shows each registry and file. Exits 1 if one of them is not fresh.\n"
        "Root sees the host's service; other users see what it does for them, and their own\n"
        "service.\n\n"
        "      --json  as JSON\n";

#define USUAL_WIDTH 80

/* The services to show: at most two. */
struct shown {
	struct status list[2];
	struct published published; /* of the service with a readable state */
	size_t n;
	char *remedy; /* how to configure a shown service that has no ini, or NULL */
	int result;   /* EXIT_SUCCESS, or what went wrong */
};

static void shown_done(struct shown *s)
{
	for (size_t i = 0; i < s->n; i++)
		status_done(&s->list[i]);
	published_done(&s->published);
	free(s->remedy);
}

static int load_state(const struct paths *paths, struct shown *shown)
{
	_cleanup_(config_done) struct config config = {};
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(written_done) struct written record = {};
	struct reason reason;
	int r;

	if (config_load(paths, &config, true) < 0)
		return EXIT_CONFIG;
	r = tokens_load(paths, &tokens, &reason);
	if (r == 0)
		r = written_load(paths, &record, &reason);
	if (r == 0)
		r = published_load(paths, &shown->published, &reason);
	if (r < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config.is_absent && !paths->is_system && record.n_files == 0 &&
	        shown->published.n_sections == 0)
		return EXIT_SUCCESS; /* this user has no service */
	if (config.is_absent)
		shown->remedy = status_absent_remedy(paths, written_has_entries(&record));
	status_make(&config, &tokens, &record, NULL, 0, &shown->list[shown->n]);
	status_add_published(&shown->list[shown->n], &config, &shown->published);
	shown->list[shown->n++].is_host = paths->is_system;
	return EXIT_SUCCESS;
}

/* Loads what the host's service has written for this user; only root and the user can read it. */
static int load_hosts_part(struct shown *shown)
{
	_cleanup_(freep) char *path = status_path_of_hosted();
	_secret_ struct secret text = {};
	struct reason reason;
	int r = file_read(AT_FDCWD, path, STATUS_MAX_SIZE, &text);

	if (r == -ENOENT)
		return EXIT_SUCCESS; /* it does not serve this user */
	if (r == -EACCES)
		reason_set(&reason, EACCES, "no-acl",
		        "the host's service serves you, but its status cannot be shown: %s has no "
		        "ACL, because its file system does not support ACLs; root can run "
		        "'ecr-refresher status'",
		        path);
	else if (r < 0)
		reason_set(&reason, -r, "state-unreadable", "%s: cannot be read: %s", path,
		        strerror(-r));
	else
		r = status_parse(text.data, text.size, &shown->list[shown->n], &reason);
	if (r < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	shown->n++;
	return EXIT_SUCCESS;
}

static int load_own_part(const struct common_options *common, struct shown *shown)
{
	_cleanup_(paths_done) struct paths paths = {};
	struct reason reason;

	if (paths_find(common->config, &paths, &reason) < 0) {
		/* Without a runtime directory this user cannot have a service. */
		if (!common->config && shown->n > 0)
			return EXIT_SUCCESS;
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	return load_state(&paths, shown);
}

static void load(const struct common_options *common, struct shown *shown)
{
	int host = geteuid() == 0 ? EXIT_SUCCESS : load_hosts_part(shown);
	int own = load_own_part(common, shown);

	shown->result = own != EXIT_SUCCESS ? own : host;
}

static bool wants_colour(void)
{
	const char *terminal = environment_get("TERM");

	return isatty(STDOUT_FILENO) && !environment_get("NO_COLOR") &&
	       !(terminal && strcmp(terminal, "dumb") == 0);
}

/* Returns the terminal's width, or 0 if the output goes to a file or a program. */
static size_t terminal_width(void)
{
	const char *columns = environment_get("COLUMNS");
	struct winsize size = {};

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return columns && atoi(columns) > 0 ? (size_t)atoi(columns) : USUAL_WIDTH;
}

static void print_nothing_configured(void)
{
	_cleanup_(paths_done) struct paths paths = {};
	struct reason reason;

	if (paths_find(NULL, &paths, &reason) == 0)
		printf("No [user %s] exists in " SYSCONFDIR "/ecr-refresher.ini, and no %s.\n",
		        paths.user, paths.config_name);
}

static int show(struct shown *shown, bool as_json)
{
	struct status_view view = {.now = timestamp_now(),
	        .table = {.colour = wants_colour(), .width = terminal_width()}};
	_secret_ struct secret text = {};
	bool is_good = true;

	for (size_t i = 0; i < shown->n; i++) {
		status_judge(&shown->list[i], view.now);
		is_good &= shown->list[i].is_good;
	}
	if (as_json)
		status_format_json(shown->list, shown->n, &text);
	else
		status_table(shown->list, shown->n, &view, &text);
	fputs(secret_string(&text), stdout);
	if (shown->n == 0 && !as_json)
		print_nothing_configured();
	if (shown->remedy && !as_json)
		printf("%s\n", shown->remedy);
	if (fflush(stdout) < 0 || ferror(stdout)) {
		log_error("standard output: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	return is_good ? shown->result : EXIT_FAILURE;
}

int command_status(int argc, char *argv[], struct common_options *common)
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"json", no_argument, NULL, 'j'}, {}};
	_cleanup_(shown_done) struct shown shown = {};
	bool as_json = false;

	for (int c; (c = command_getopt(argc, argv, "", options)) >= 0;) {
		if (common_option(c, optarg, common))
			continue;
		if (c != 'j')
			return command_usage(c, usage);
		as_json = true;
	}
	if (optind < argc)
		return command_usage('?', usage);
	log_setup("ecr-refresher", common->verbose);
	load(common, &shown);
	/* If one of two cannot be loaded the other is shown; without any, only the error. */
	if (shown.n == 0 && shown.result != EXIT_SUCCESS)
		return shown.result;
	return show(&shown, as_json);
}
