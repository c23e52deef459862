/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a command many times and prints for each run: microseconds on the clock, microseconds of
 * processor (user and system, children included), the largest resident set in KiB, exit status.
 *
 * It is in C and small because Linux counts the memory of a process from before its exec: a child
 * of Python would never be smaller than Python.
 *
 *     meter [-n RUNS] [-i STDIN] [-r FILE]… -- COMMAND…     -r: removed before each run
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REMOVED_MAX 8

struct options {
	int runs;
	const char *input;
	const char *removed[REMOVED_MAX];
	int n_removed;
};

static long long now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long usec(const struct timeval *t)
{
	return t->tv_sec * 1000000LL + t->tv_usec;
}

static void execute(const struct options *options, char **argv)
{
	int in = open(options->input, O_RDONLY), out = open("/dev/null", O_WRONLY);

	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

static int run_once(const struct options *options, char **argv)
{
	struct rusage usage;
	long long start;
	int status;
	pid_t pid;

	for (int i = 0; i < options->n_removed; i++)
		unlink(options->removed[i]);
	start = now_usec();
	pid = vfork();
	if (pid == 0)
		execute(options, argv);
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return -1;
	printf("%lld %lld %ld %d\n", now_usec() - start,
	        usec(&usage.ru_utime) + usec(&usage.ru_stime), usage.ru_maxrss,
	        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {.runs = 1, .input = "/dev/null"};
	int option;

	while ((option = getopt(argc, argv, "+n:i:r:")) != -1) {
		if (option == 'n')
			options.runs = atoi(optarg);
		else if (option == 'i')
			options.input = optarg;
		else if (option == 'r' && options.n_removed < REMOVED_MAX)
			options.removed[options.n_removed++] = optarg;
		else
			return 2;
	}
	if (optind == argc)
		return 2;
	for (int i = 0; i < options.runs; i++)
		if (run_once(&options, argv + optind) < 0)
			return 1;
	return 0;
}
