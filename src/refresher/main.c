/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the command and runs it. The caller controls the arguments and the open descriptors. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/drop-privileges.h"
#include "base/exit-status.h"
#include "base/subprocess.h"
#include "base/suggest.h"
#include "launch/rootless.h"
#include "refresher/command-check.h"
#include "refresher/command-credential-helper.h"
#include "refresher/command-export-credentials.h"
#include "refresher/command-get-authorization.h"
#include "refresher/command-get-login-password.h"
#include "refresher/command-kubelet.h"
#include "refresher/command-logout.h"
#include "refresher/command-refresh.h"
#include "refresher/command-status.h"
#include "refresher/command-write.h"

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[], struct common_options *common);
	const char *summary;
} commands[] = {
        {"refresh", command_refresh, "fetch tokens and write every user's files, now"},
        {"write", command_write, "write only the files, from tokens fetched before"},
        {"status", command_status, "show the state of each registry and file"},
        {"check", command_check, "report why a pull would fail, and how to fix it"},
        {"logout", command_logout, "remove our entries from the files"},
        {"get-login-password", command_get_login_password,
                "print the password of a registry, as the AWS CLI does"},
        {"get-authorization", command_get_authorization, "print it as a header for curl -H @-"},
        {"export-credentials", command_export_credentials,
                "print the AWS credentials in use as JSON"},
        {"credential-helper", command_credential_helper, "run by docker and podman"},
        {"kubelet-credential-provider", command_kubelet, "run by kubelet"},
};

/* Our other names, by which docker and kubelet find their plugins. */
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
	      "      --verbose      log more\n"
	      "      --help         print this text; after a command, that of the command\n"
	      "      --version      print the version\n\n"
	      "Run as root it serves the host, as another user only that user.\n"
	      "systemctl enable --now ecr-refresher.timer runs it regularly.\n",
	        to);
}

/*
 * Opens closed standard streams, so that no file of ours gets their descriptors, and writing to
 * them fails.
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

static int report_unknown_command(const char *name)
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
	subprocess_setup();
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
	/* '+': options after the command are the command's. */
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
	optind = 0; /* getopt_long() starts over */
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return commands[i].run(argc, argv, &common);
	return report_unknown_command(argv[0]);
}
