/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options that all commands have, and getopt_long() for their own. */

/* The options of all commands; main() also reads them if they precede the command. */
struct common_options {
	const char *config;
	int verbose;
};

/*
 * Handles --config and --verbose for a command's own getopt loop. c is getopt_long()'s result.
 * Returns 1 if it was one of these, 0 otherwise.
 */
int common_option(int c, const char *argument, struct common_options *common);

#define OPTION_CONFIG 1000
#define OPTION_VERBOSE 1001
#define COMMON_LONG_OPTIONS                                                                        \
	{"config", required_argument, NULL, OPTION_CONFIG},                                        \
	        {"verbose", no_argument, NULL, OPTION_VERBOSE}, {"help", no_argument, NULL, 'h'},

/*
 * Calls getopt_long(), which reports what is wrong with an option, and suggests a similar one if it
 * is unknown.
 */
struct option;
int command_getopt(int argc, char *argv[], const char *short_options, const struct option *options);

/* Prints a command's usage. Returns 0 after --help, on stdout; EXIT_USAGE otherwise, on stderr. */
int command_usage(int c, const char *text);
