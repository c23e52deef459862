/* SPDX-License-Identifier: Apache-2.0 */
/* Parses options. The caller controls them. */
#include "refresher/command-options.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit-status.h"
#include "base/suggest.h"

/* Makes a path absolute, because the programs that we start have another working directory. */
static const char *absolute(const char *path)
{
	static char found[PATH_MAX];
	char here[PATH_MAX];
	int n;

	if (*path == '/' || *path == '\0' || !getcwd(here, sizeof(here)))
		return path;
	n = snprintf(found, sizeof(found), "%s/%s", here, path);
	return n < (int)sizeof(found) ? found : path;
}

int common_option(int c, const char *argument, struct common_options *common)
{
	if (c == OPTION_CONFIG)
		common->config = absolute(argument);
	else if (c == OPTION_VERBOSE)
		common->verbose = 1;
	else
		return 0;
	return 1;
}

static void suggest_option(const char *name, const char *argument, const struct option *options)
{
	char word[SUGGEST_MAX_SIZE + 2];
	struct suggestion suggestion = {.word = word};
	int n;

	if (strncmp(argument, "--", 2) != 0)
		return;
	n = snprintf(word, sizeof(word), "%.*s", (int)strcspn(argument, "=") - 2, argument + 2);
	for (const struct option *o = options; o->name; o++) {
		if (strncmp(o->name, word, (size_t)n) == 0)
			return; /* the prefix of several, which getopt_long() has listed */
		suggest_try(&suggestion, o->name);
	}
	if (suggestion.found)
		fprintf(stderr, "%s: did you mean '--%s'?\n", name, suggestion.found);
}

int command_getopt(int argc, char *argv[], const char *short_options, const struct option *options)
{
	int c;

	optopt = 0;
	c = getopt_long(argc, argv, short_options, options, NULL);
	if (c == '?' && optopt == 0)
		suggest_option(argv[0], argv[optind - 1], options);
	return c;
}

int command_usage(int c, const char *text)
{
	fputs(text, c == 'h' ? stdout : stderr);
	return c == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
}
