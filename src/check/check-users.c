/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every user's files, each looked at by a process that has become that user, some at a time, each
 * within a time limit. What comes back through its pipe are facts (fact.h), and no more than
 * FACTS_MAX of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "../common/alloc.h"
#include "../common/file.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"
#include "checkup.h"
#include "examine.h"
#include "mounts.h"
#include "user-report.h"

#define BATCH 16
#define LOOK_TIMEOUT_USEC (10 * USEC_PER_SEC)

/* One user's look, while it goes on. */
struct look {
	struct examine_request request;
	struct examine_host *hosts;
	char **files;
	pid_t pid;
	int fd;
	struct fact fact; /* the first n_read bytes of the next one */
	size_t n_read;
	bool is_done;
};

static void look_done(struct look *l)
{
	closep(&l->fd);
	free(l->hosts);
	free(l->files);
}

static void add_host(struct look *l, const char *host, const struct secret *auth)
{
	for (size_t i = 0; i < l->request.n_hosts; i++)
		if (strcmp(l->hosts[i].host, host) == 0)
			return;
	*(struct examine_host *)array_append(&l->hosts, &l->request.n_hosts, sizeof(*l->hosts)) =
	        (struct examine_host){host, auth};
}

/* Entries are only to be there for tokens that are good. */
static void add_config_hosts(
        const struct checkup *c, const struct config_user *user, struct look *l)
{
	for (size_t i = 0; i < user->n_entries; i++) {
		const struct config_entry *e = &user->entries[i];
		struct token_key key = plan_key(&c->config, e);
		const struct token *t = tokens_find(&c->tokens, &key);

		if (!token_is_valid(t, c->now) || (e->is_auto && !t->auto_host[0]))
			continue;
		add_host(l, e->is_auto ? t->auto_host : e->host.name, &t->authorization);
	}
}

static void prepare_configured(
        const struct checkup *c, const struct config_user *user, struct look *l)
{
	bool is_root = geteuid() == 0 && strcmp(user->name, "root") == 0;

	l->request = (struct examine_request){.user = user->name,
	        .n_files = user->n_files,
	        .record = &c->record,
	        .is_own_environment = c->scope != SCOPE_HOST || is_root};
	l->files = xcalloc(user->n_files + 1, sizeof(char *));
	for (size_t i = 0; i < user->n_files; i++)
		l->files[i] = user->files[i];
	add_config_hosts(c, user, l);
}

/* Of the host's service we know the files and the registries, and no token. */
static void prepare_hosted(const struct checkup *c, struct look *l)
{
	l->request = (struct examine_request){.user = c->user, .is_own_environment = true};
	for (size_t i = 0; i < c->status.n_files; i++)
		*(char **)array_append(&l->files, &l->request.n_files, sizeof(char *)) =
		        c->status.files[i].file;
	for (size_t i = 0; i < c->status.n_registries; i++) {
		const struct status_registry *r = &c->status.registries[i];

		if (strcmp(r->state, "fresh") == 0 || strcmp(r->state, "failing") == 0)
			add_host(l, r->host, NULL);
	}
}

/* The child keeps no token but its own user's. */
static void forget_others(struct tokens *tokens, const struct look *l)
{
	for (size_t i = 0; i < tokens->count; i++) {
		bool is_used = false;

		for (size_t h = 0; h < l->request.n_hosts; h++)
			is_used |= l->hosts[h].auth == &tokens->items[i].authorization;
		if (!is_used)
			secret_done(&tokens->items[i].authorization);
	}
}

_Noreturn static void run_look(struct checkup *c, const struct look *l, int fd)
{
	struct facts facts = {};

	forget_others(&c->tokens, l);
	examine_user(&l->request, &facts);
	for (size_t i = 0; i < facts.count; i++)
		if (file_write_all(fd, &facts.items[i], sizeof(facts.items[i])) < 0)
			break;
	_exit(EXIT_SUCCESS);
}

static void start_look(struct checkup *c, struct look *l)
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
		run_look(c, l, ends[1]);
	close(ends[1]);
	l->fd = ends[0];
}

/* Reads what has come, at most one fact. */
static void take_fact(struct look *l, struct facts *ret)
{
	ssize_t got = read(l->fd, (char *)&l->fact + l->n_read, sizeof(l->fact) - l->n_read);

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		l->is_done = true;
		return;
	}
	l->n_read += (size_t)got;
	if (l->n_read < sizeof(l->fact))
		return;
	l->n_read = 0;
	if (fact_sanitize(&l->fact))
		facts_add(ret, l->fact.kind, l->fact.clients, l->fact.path, l->fact.host,
		        l->fact.detail);
	l->is_done = ret->count >= FACTS_MAX;
}

/* Of up to BATCH users at once: one whose files do not answer takes nobody else's time. */
static void take_facts(struct look *looks, size_t n, struct user_facts *users)
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

static void look_at_batch(struct checkup *c, struct look *looks, size_t n, struct user_facts *users)
{
	for (size_t i = 0; i < n; i++) {
		start_look(c, &looks[i]);
		users[i] = (struct user_facts){.user = xstrdup(looks[i].request.user),
		        .is_own_environment = looks[i].request.is_own_environment,
		        .n_hosts = looks[i].request.n_hosts};
	}
	take_facts(looks, n, users);
	for (size_t i = 0; i < n; i++) {
		users[i].is_unanswered = !looks[i].is_done;
		if (looks[i].pid > 0)
			reap(looks[i].pid);
	}
}

static void look_at_all(struct checkup *c, struct look *looks, size_t n, struct user_facts *users)
{
	for (size_t first = 0; first < n; first += BATCH)
		look_at_batch(
		        c, &looks[first], n - first < BATCH ? n - first : BATCH, &users[first]);
}

static void report_mount(const struct user_facts *u, const char *path, const struct mount_user *m,
        struct findings *ret)
{
	_cleanup_(freep) char *volume =
	        xasprintf("%.*s:/config:ro", (int)(strrchr(path, '/') - path), path);
	_cleanup_(freep) char *quoted = user_report_quote(volume);
	struct finding *f = findings_add_bad(
	        ret, "bind-mount", "%s: a container has the single file %s mounted", u->user, path);

	finding_say(f,
	        "%s (process %d) sees it as %s, and goes on seeing the old one when it is "
	        "replaced, as every program that saves it does",
	        m->name, m->pid, m->point);
	finding_say(f, "mount the directory instead of the file: -v %s -e DOCKER_CONFIG=/config",
	        quoted);
}

/* Of all users at once: each process is looked at once. */
static void check_mounts(const struct user_facts *users, size_t n, struct findings *ret)
{
	_cleanup_(freep) const struct user_facts **owners = NULL;
	_cleanup_(freep) char **paths = NULL;
	_cleanup_(freep) struct mount_user *found = NULL;
	size_t n_paths = 0, n_owners = 0;

	for (size_t u = 0; u < n; u++)
		for (size_t i = 0; i < users[u].facts.count; i++) {
			struct fact *fact = &users[u].facts.items[i];

			if (fact->kind != FACT_SEEN || fact->path[0] != '/')
				continue;
			*(char **)array_append(&paths, &n_paths, sizeof(*paths)) = fact->path;
			*(const struct user_facts **)array_append(
			        &owners, &n_owners, sizeof(*owners)) = &users[u];
		}
	found = xcalloc(n_paths + 1, sizeof(*found));
	mounts_find(paths, n_paths, found);
	for (size_t i = 0; i < n_paths; i++)
		if (found[i].pid != 0)
			report_mount(owners[i], paths[i], &found[i], ret);
	mount_users_done(found, n_paths);
}

void check_users(struct checkup *c, struct findings *ret)
{
	size_t n = c->scope == SCOPE_HOSTED ? 1 : c->config.n_users;
	struct look *looks = xcalloc(n + 1, sizeof(*looks));
	struct user_facts *users = xcalloc(n + 1, sizeof(*users));
	bool has_said = false;

	for (size_t i = 0; i < n; i++)
		if (c->scope == SCOPE_HOSTED)
			prepare_hosted(c, &looks[i]);
		else
			prepare_configured(c, &c->config.users[i], &looks[i]);
	look_at_all(c, looks, n, users);
	for (size_t i = 0; i < n; i++) {
		users[i].says_environment = !users[i].is_own_environment && !has_said;
		has_said |= users[i].says_environment;
		user_report(c, &users[i], ret);
	}
	check_mounts(users, n, ret);
	for (size_t i = 0; i < n; i++) {
		look_done(&looks[i]);
		facts_done(&users[i].facts);
		free(users[i].user);
	}
	free(looks);
	free(users);
}
