/* SPDX-License-Identifier: Apache-2.0 */
/* A user controls what its process sends, and whether it ever ends. */
#include "check/probe/probe-process.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/subprocess.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "check/probe/probe.h"

#define BATCH 16
#define PROBE_TIMEOUT_USEC (10 * USEC_PER_SEC)
/* The last fact of a process; one that ends without it was killed and may not have sent all. */
#define LAST_FACT FACT_KIND_COUNT

void probe_process_done(struct probe_process *p)
{
	closep(&p->fd);
	free(p->hosts);
	free(p->files);
}

void probe_process_add_host(struct probe_process *p, const char *host, const struct secret *auth)
{
	for (size_t i = 0; i < p->request.n_hosts; i++)
		if (strcmp(p->hosts[i].host, host) == 0)
			return;
	*(struct probe_host *)array_append(&p->hosts, &p->request.n_hosts, sizeof(*p->hosts)) =
	        (struct probe_host){host, auth};
}

void probe_process_add_file(struct probe_process *p, char *file)
{
	*(char **)array_append(&p->files, &p->request.n_files, sizeof(*p->files)) = file;
}

/* Wipes the tokens of other users in the child. */
static void wipe_other_tokens(struct tokens *tokens, const struct probe_process *p)
{
	for (size_t i = 0; i < tokens->count; i++) {
		bool is_used = false;

		for (size_t h = 0; h < p->request.n_hosts; h++)
			is_used |= p->hosts[h].auth == &tokens->items[i].authorization;
		if (!is_used)
			secret_done(&tokens->items[i].authorization);
	}
}

_Noreturn static void run_probe(struct tokens *tokens, const struct probe_process *p, int fd)
{
	const struct fact last = {.kind = LAST_FACT};
	struct facts facts = {};

	wipe_other_tokens(tokens, p);
	probe_user(&p->request, &facts);
	for (size_t i = 0; i < facts.count; i++)
		if (file_write_all(fd, &facts.items[i], sizeof(facts.items[i])) < 0)
			_exit(EXIT_FAILURE);
	_exit(file_write_all(fd, &last, sizeof(last)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void start_probe(struct tokens *tokens, struct probe_process *p)
{
	p->fd = -1;
	p->request.files = p->files;
	p->request.hosts = p->hosts;
	p->pid = subprocess_fork(&p->fd);
	if (p->pid == 0)
		run_probe(tokens, p, p->fd);
}

/* Reads what is available, one fact at most. */
static void read_fact(struct probe_process *p, struct facts *ret)
{
	ssize_t got = read(p->fd, (char *)&p->fact + p->n_read, sizeof(p->fact) - p->n_read);

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		closep(&p->fd);
		p->fd = -1;
		return;
	}
	p->n_read += (size_t)got;
	if (p->n_read < sizeof(p->fact))
		return;
	p->n_read = 0;
	p->is_done = p->fact.kind == LAST_FACT;
	if (fact_sanitize(&p->fact))
		facts_add(ret, p->fact.kind, p->fact.clients, p->fact.path, p->fact.host,
		        p->fact.detail);
	p->is_done |= ret->count >= FACTS_MAX;
}

/* Reads from up to BATCH users at once, so files that do not answer delay only their user. */
static void read_facts(struct probe_process *probes, size_t n, struct user_facts *users)
{
	uint64_t deadline = monotonic_now() + PROBE_TIMEOUT_USEC;

	for (;;) {
		struct pollfd fds[BATCH];
		size_t n_open = 0;

		for (size_t i = 0; i < n; i++) {
			fds[i] = (struct pollfd){
			        .fd = probes[i].is_done ? -1 : probes[i].fd, .events = POLLIN};
			n_open += fds[i].fd >= 0;
		}
		if (n_open == 0 || deadline_poll(fds, n, deadline) <= 0)
			return;
		for (size_t i = 0; i < n; i++)
			if (fds[i].fd >= 0 && fds[i].revents)
				read_fact(&probes[i], &users[i].facts);
	}
}

static void run_batch(
        struct probe_process *probes, size_t n, struct tokens *tokens, struct user_facts *users)
{
	for (size_t i = 0; i < n; i++) {
		start_probe(tokens, &probes[i]);
		users[i] = (struct user_facts){.user = xstrdup(probes[i].request.user),
		        .is_own_environment = probes[i].request.is_own_environment,
		        .n_hosts = probes[i].request.n_hosts};
	}
	read_facts(probes, n, users);
	for (size_t i = 0; i < n; i++) {
		users[i].is_incomplete = !probes[i].is_done;
		users[i].has_died = !probes[i].is_done && probes[i].fd < 0;
		if (probes[i].pid > 0)
			subprocess_kill(probes[i].pid, NULL);
	}
}

void probe_processes_run(
        struct probe_process *probes, size_t n, struct tokens *tokens, struct user_facts *ret)
{
	for (size_t first = 0; first < n; first += BATCH)
		run_batch(
		        &probes[first], n - first < BATCH ? n - first : BATCH, tokens, &ret[first]);
}
