/* SPDX-License-Identifier: Apache-2.0 */
/* ecr-refresher: finds the command and runs it. */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/drop-privileges.h"
#include "base/suggest.h"
#include "launch/rootless.h"
#include "refresher/commands.h"

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[], struct common_options *common);
	const char *summary;
} commands[] = {
        {"refresh", command_refresh, "fetch tokens and write every user's files, now"},
        {"write", command_write, "write the files only, from the tokens there are"},
        {"status", command_status, "how each registry and file is"},
        {"check", command_check, "why a pull would fail, and what to type"},
        {"logout", command_logout, "take our entries out of the files again"},
        {"get-login-password", command_get_login_password,
                "the password of a registry, as the AWS CLI prints it"},
        {"get-authorization", command_get_authorization, "the same as a header for curl -H @-"},
        {"export-credentials", command_export_credentials, "the AWS credentials in use, as JSON"},
        {"credential-helper", command_credential_helper, "answers docker and podman, which run it"},
        {"kubelet-credential-provider", command_kubelet, "answers kubelet, which runs it"},
};

/* Our other names, under which docker and kubelet find a program of theirs. */
static const struct {
	const char *name;
	int (*run)(int argc, char *argv[], struct common_options *common);
} links[] = {
        {"docker-credential-ecr-refresher", command_credential_helper},
        {"ecr-refresher-credential-provider", command_kubelet},
};

static void usage(FILE *to)
{
	fputs("ecr-refresher COMMAND [OPTION…]\n"
	      "Keeps Amazon ECR tokens fresh in the config.json of every configured user.\n\n",
	        to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-28s %s\n", commands[i].name, commands[i].summary);
	fputs("\n      --config FILE  read FILE instead of /etc/ecr-refresher.ini\n"
	      "      --verbose      say more\n"
	      "      --help         this text; after a command, the command's\n"
	      "      --version      the version\n\n"
	      "As root it serves the host, as anyone else that user alone.\n"
	      "systemctl enable --now ecr-refresher.timer has it run by itself.\n",
	        to);
}

/* The programs that we start have a working directory of their own. */
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
	char word[NEAR_MAX_SIZE + 2];
	struct suggestion suggestion = {.word = word};
	int n;

	if (strncmp(argument, "--", 2) != 0)
		return;
	n = snprintf(word, sizeof(word), "%.*s", (int)strcspn(argument, "=") - 2, argument + 2);
	for (const struct option *o = options; o->name; o++) {
		if (strncmp(o->name, word, (size_t)n) == 0)
			return; /* the beginning of several, which have been told */
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

/*
 * Whoever runs us may have closed standard output: no file of ours may come to stand there, and
 * what is written has to fail.
 */
static void fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_NOCTTY);
	while (fd >= STDIN_FILENO && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int no_command(const char *name)
{
	struct suggestion suggestion = {.word = name};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		suggest_try(&suggestion, commands[i].name);
	if (suggestion.found)
		fprintf(stderr, "ecr-refresher: %s: no such command; did you mean '%s'?\n", name,
		        suggestion.found);
	else
		fprintf(stderr, "ecr-refresher: %s: no such command; see ecr-refresher --help\n",
		        name);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
	        COMMON_LONG_OPTIONS{"version", no_argument, NULL, 'V'}, {}};
	struct common_options common = {};
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	int r;

	fill_standard_streams();
	r = rootless_become_user();
	if (r < 0) {
		fprintf(stderr, "ecr-refresher: cannot leave podman's user namespace: %s\n",
		        strerror(-r));
		return EXIT_FAILURE;
	}
	forbid_dumps(); /* the state files hold tokens */
	for (size_t i = 0; argc > 0 && i < ARRAY_SIZE(links); i++)
		if (strcmp(slash ? slash + 1 : argv[0], links[i].name) == 0)
			return links[i].run(argc, argv, &common);
	/* '+': options behind the command are the command's. */
	for (int c; (c = command_getopt(argc, argv, "+", options)) >= 0;) {
		if (common_option(c, optarg, &common))
			continue;
		if (c == 'V') {
			puts("ecr-refresher " PROJECT_VERSION);
			return EXIT_SUCCESS;
		}
		usage(c == 'h' ? stdout : stderr);
		return c == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
	}
	if (optind >= argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	argc -= optind;
	argv += optind;
	optind = 0; /* the command begins anew */
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return commands[i].run(argc, argv, &common);
	return no_command(argv[0]);
}
