/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecr-publish as it is started: execs the network program only if the ini has a sink, or a record
 * of one exists. Loading libcurl takes five times as long as this check. It logs nothing: if
 * anything is wrong, the network program runs and reports it.
 */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/drop-privileges.h"
#include "config/config-load.h"
#include "launch/network-main.h"
#include "state/published.h"

/* Returns whether they request an ordinary run; the network program handles others (main.c). */
static bool read_arguments(int argc, char *argv[], const char **ret_config)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	        {"by-hand", no_argument, NULL, 'b'}, {"end-with-input", no_argument, NULL, 'i'},
	        {}};

	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, "+", options, NULL)) >= 0;) {
		if (c == 'c')
			*ret_config = optarg;
		else if (c != 'b' && c != 'i') /* this check is too short to be interrupted */
			return false;
	}
	return optind == argc;
}

static bool has_no_sinks(const char *config_option)
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
	/* The network program refuses root. */
	if (geteuid() != 0 && read_arguments(argc, argv, &config) && has_no_sinks(config))
		return EXIT_SUCCESS;
	return network_main_exec("ecr-publish", argv);
}
