/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options that all commands have, and getopt_long() for their own. */

#include "launch/network-main.h"

/* The options that all commands know; main() reads them where they stand before the command, too.
 */
struct common_options {
	const char *config;
	int verbose;
};

/*
 * Handles --config and --verbose for a command's own getopt loop. c is getopt_long()'s result.
 * Returns 1 where it was one of these, 0 otherwise.
 */
int common_option(int c, const char *argument, struct common_options *common);

#define OPTION_CONFIG 1000
#define OPTION_VERBOSE 1001
#define COMMON_LONG_OPTIONS                                                                        \
	{"config", required_argument, NULL, OPTION_CONFIG},                                        \
	        {"verbose", no_argument, NULL, OPTION_VERBOSE}, {"help", no_argument, NULL, 'h'},

/*
 * getopt_long(), which has told what is wrong with an option; with a guess what an unknown one was
 * meant to be.
 */
struct option;
int command_getopt(int argc, char *argv[], const char *short_options, const struct option *options);

/* Prints a command's usage: to stdout and 0 for --help, to stderr and EXIT_USAGE for a wrong
 * option. */
int command_usage(int c, const char *text);
