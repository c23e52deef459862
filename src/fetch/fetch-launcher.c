/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecr-fetch as it is started: looks whether anything is due, and only then becomes the program with
 * the network. Nearly always nothing is, and loading libcurl and OpenSSL takes five times as long
 * as the look. It says nothing: whatever is wrong is something to do. No lock is taken, either, for
 * tokens.json is replaced as a whole, and who finds work looks again under the lock.
 */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/drop-privileges.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "fetch/renewal.h"
#include "launch/network-main.h"

/* Returns whether they ask for nothing but what is due; all others are the network's (main.c). */
static bool read_arguments(int argc, char *argv[], struct fetch_options *ret)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	        {"user", required_argument, NULL, 'u'}, {"by-hand", no_argument, NULL, 'b'},
	        {"end-with-input", no_argument, NULL, 'i'}, {}};
	char **user;

	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, "+", options, NULL)) >= 0;) {
		switch (c) {
		case 'c':
			ret->config = optarg;
			break;
		case 'u':
			user = array_append(&ret->users, &ret->n_users, sizeof(*user));
			*user = optarg;
			break;
		case 'b':
		case 'i': /* a look is over before anybody could end it */
			break;
		default:
			return false;
		}
	}
	return optind == argc;
}

static bool is_nothing_due(const struct fetch_options *options)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(plan_done) struct plan plan = {};

	if (paths_find(options->config, &paths, NULL) < 0 ||
	        config_load(&paths, &config, false) < 0 || tokens_load(&paths, &tokens, NULL) < 0)
		return false;
	plan_make(&config, options->users, options->n_users, &plan);
	return renewal_none_due(&config, &plan, options, &tokens, timestamp_now());
}

int main(int argc, char *argv[])
{
	struct fetch_options options = {};
	bool is_idle;

	forbid_dumps();
	/* Root is refused there. */
	is_idle =
	        geteuid() != 0 && read_arguments(argc, argv, &options) && is_nothing_due(&options);
	free(options.users);
	return is_idle ? EXIT_SUCCESS : network_main_exec("ecr-fetch", argv);
}
