/* SPDX-License-Identifier: Apache-2.0 */
/* A user controls what its own process says, and whether that ever ends. */
#include "check/probe/probe-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "check/probe/probe.h"

#define BATCH 16
#define LOOK_TIMEOUT_USEC (10 * USEC_PER_SEC)
/* Comes last: what ends without it was killed, and may not have told all. */
#define CLOSING FACT_KIND_COUNT

void probe_process_done(struct probe_process *l)
{
	closep(&l->fd);
	free(l->hosts);
	free(l->files);
}

void probe_process_add_host(struct probe_process *l, const char *host, const struct secret *auth)
{
	for (size_t i = 0; i < l->request.n_hosts; i++)
		if (strcmp(l->hosts[i].host, host) == 0)
			return;
	*(struct probe_host *)array_append(&l->hosts, &l->request.n_hosts, sizeof(*l->hosts)) =
	        (struct probe_host){host, auth};
}

void probe_process_add_file(struct probe_process *l, char *file)
{
	*(char **)array_append(&l->files, &l->request.n_files, sizeof(*l->files)) = file;
}

/* The child keeps no token but its own user's. */
static void forget_others(struct tokens *tokens, const struct probe_process *l)
{
	for (size_t i = 0; i < tokens->count; i++) {
		bool is_used = false;

		for (size_t h = 0; h < l->request.n_hosts; h++)
			is_used |= l->hosts[h].auth == &tokens->items[i].authorization;
		if (!is_used)
			secret_done(&tokens->items[i].authorization);
	}
}

_Noreturn static void run_look(struct tokens *tokens, const struct probe_process *l, int fd)
{
	const struct fact closing = {.kind = CLOSING};
	struct facts facts = {};

	forget_others(tokens, l);
	probe_user(&l->request, &facts);
	for (size_t i = 0; i < facts.count; i++)
		if (file_write_all(fd, &facts.items[i], sizeof(facts.items[i])) < 0)
			_exit(EXIT_FAILURE);
	_exit(file_write_all(fd, &closing, sizeof(closing)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void start_look(struct tokens *tokens, struct probe_process *l)
{
	int ends[2];

	l->pid = -1;
	l->fd = -1;
	l->request.files = l->files;
	l->request.hosts = l->hosts;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	fflush(NULL);
	l->pid = fork();
	if (l->pid == 0)
		run_look(tokens, l, ends[1]);
	close(ends[1]);
	if (l->pid > 0)
		l->fd = ends[0];
	else
		close(ends[0]);
}

/* Reads what has come, at most one fact. */
static void take_fact(struct probe_process *l, struct facts *ret)
{
	ssize_t got = read(l->fd, (char *)&l->fact + l->n_read, sizeof(l->fact) - l->n_read);

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		closep(&l->fd);
		l->fd = -1;
		return;
	}
	l->n_read += (size_t)got;
	if (l->n_read < sizeof(l->fact))
		return;
	l->n_read = 0;
	l->is_done = l->fact.kind == CLOSING;
	if (fact_sanitize(&l->fact))
		facts_add(ret, l->fact.kind, l->fact.clients, l->fact.path, l->fact.host,
		        l->fact.detail);
	l->is_done |= ret->count >= FACTS_MAX;
}

/* Of up to BATCH users at once: one whose files do not answer takes nobody else's time. */
static void take_facts(struct probe_process *looks, size_t n, struct user_facts *users)
{
	uint64_t deadline = monotonic_now() + LOOK_TIMEOUT_USEC, now;

	while ((now = monotonic_now()) < deadline) {
		struct pollfd fds[BATCH];
		size_t n_open = 0;

		for (size_t i = 0; i < n; i++) {
			fds[i] = (struct pollfd){
			        .fd = looks[i].is_done ? -1 : looks[i].fd, .events = POLLIN};
			n_open += fds[i].fd >= 0;
		}
		if (n_open == 0)
			return;
		if (poll(fds, n, (int)((deadline - now) / USEC_PER_MSEC) + 1) <= 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				take_fact(&looks[i], &users[i].facts);
	}
}

/* A child that is late may hang on a dead file system: it is not waited for for long. */
static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	for (unsigned tries = 0; tries < 20 && waitpid(pid, NULL, WNOHANG) == 0; tries++)
		usleep(10000);
}

static void look_at_batch(
        struct probe_process *looks, size_t n, struct tokens *tokens, struct user_facts *users)
{
	for (size_t i = 0; i < n; i++) {
		start_look(tokens, &looks[i]);
		users[i] = (struct user_facts){.user = xstrdup(looks[i].request.user),
		        .is_own_environment = looks[i].request.is_own_environment,
		        .n_hosts = looks[i].request.n_hosts};
	}
	take_facts(looks, n, users);
	for (size_t i = 0; i < n; i++) {
		users[i].is_incomplete = !looks[i].is_done;
		users[i].has_died = !looks[i].is_done && looks[i].fd < 0;
		if (looks[i].pid > 0)
			reap(looks[i].pid);
	}
}

void probe_processes_run(
        struct probe_process *looks, size_t n, struct tokens *tokens, struct user_facts *ret)
{
	for (size_t first = 0; first < n; first += BATCH)
		look_at_batch(
		        &looks[first], n - first < BATCH ? n - first : BATCH, tokens, &ret[first]);
}
