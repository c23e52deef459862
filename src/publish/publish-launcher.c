/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecr-publish as it is started: becomes the program with the network only where there is a cluster,
 * or a record of one. Loading libcurl takes five times as long as the look. It says nothing:
 * whatever is wrong is something to do.
 */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/drop-privileges.h"
#include "config/config-load.h"
#include "launch/network-main.h"
#include "state/published.h"

/* Returns whether they ask for a usual run; all others are the network's (main.c). */
static bool read_arguments(int argc, char *argv[], const char **ret_config)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	        {"by-hand", no_argument, NULL, 'b'}, {"end-with-input", no_argument, NULL, 'i'},
	        {}};

	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, "+", options, NULL)) >= 0;) {
		if (c == 'c')
			*ret_config = optarg;
		else if (c != 'b' && c != 'i') /* a look is over before anybody could end it */
			return false;
	}
	return optind == argc;
}

static bool is_without_clusters(const char *config_option)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};

	return paths_find(config_option, &paths, NULL) == 0 &&
	       config_load(&paths, &config, false) == 0 && config.n_sinks == 0 &&
	       !published_is_there(&paths);
}

int main(int argc, char *argv[])
{
	const char *config = NULL;

	forbid_dumps();
	/* Root is refused there. */
	if (geteuid() != 0 && read_arguments(argc, argv, &config) && is_without_clusters(config))
		return EXIT_SUCCESS;
	return network_main_exec("ecr-publish", argv);
}
