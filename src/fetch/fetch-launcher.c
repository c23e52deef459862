/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program ecr-fetch: exits if no token is due, and otherwise becomes the network program.
 * Usually none is due, and loading libcurl and OpenSSL takes five times as long as finding that
 * out. It logs nothing: any error counts as due, and the network program reports it. It takes no
 * lock, because tokens.json is replaced atomically and the network program checks again under the
 * lock. The user ecr-refresher, or an ordinary one, controls the arguments.
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

/* Returns whether the options are only those of an ordinary run; main.c handles all others. */
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
		case 'i': /* the launcher ends too early to be interrupted */
			break;
		default:
			return false;
		}
	}
	return optind == argc;
}

static bool nothing_is_due(const struct fetch_options *options)
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
	/* The network program refuses root. */
	is_idle =
	        geteuid() != 0 && read_arguments(argc, argv, &options) && nothing_is_due(&options);
	free(options.users);
	return is_idle ? EXIT_SUCCESS : network_main_exec("ecr-fetch", argv);
}
