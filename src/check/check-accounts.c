/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts that the ini does not serve, or not with every registry: root, as which docker runs
 * after sudo; the administrator who ran us with sudo; and others that use a client. That is a note
 * and no failure, because on many hosts only one user pulls. It is a failure if root's or the
 * administrator's file has an expired entry for the registry, because a pull with it fails. The
 * other accounts only get notes: an ordinary user's file must not decide whether root's check
 * fails. The accounts control their files.
 */
#include "check/check-accounts.h"

#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "check/accounts.h"
#include "check/clients/client-lookup.h"
#include "check/diagnose/diagnose-text.h"
#include "check/probe/probe-process.h"

#define BATCH 16
#define OTHERS_TIMEOUT_USEC (20 * USEC_PER_SEC)
#define MAX_NAMED 5 /* accounts with their own finding */

/* The registries for which an account's clients find no valid entry. */
struct missing {
	const char *hosts[FACTS_MAX];
	size_t n_hosts;
	unsigned clients;
	const struct fact *old;    /* an expired entry, or NULL */
	const struct fact *helper; /* a helper that is not installed, or NULL */
};

static const struct config_user *find_section(const struct check_context *c, const char *name)
{
	for (size_t i = 0; i < c->config.n_users; i++)
		if (strcmp(c->config.users[i].name, name) == 0)
			return &c->config.users[i];
	return NULL;
}

/* Returns the host of an entry of the ini, or NULL for "auto" before its first token. */
static const char *host_of(const struct check_context *c, const struct config_entry *e)
{
	struct token_key key = plan_key(&c->config, e);
	const struct token *t = tokens_find(&c->tokens, &key);

	if (!e->is_auto)
		return e->host.name;
	return t && t->auto_host[0] ? t->auto_host : NULL;
}

static bool has_host(
        const struct check_context *c, const struct config_user *section, const char *host)
{
	for (size_t i = 0; section && i < section->n_entries; i++) {
		const char *own = host_of(c, &section->entries[i]);

		if (own && strcmp(own, host) == 0)
			return true;
	}
	return false;
}

/*
 * Prepares a probe for the registries that the ini has for other users and not for this account,
 * whose process gets no token.
 */
static void prepare(const struct check_context *c, const char *name, struct probe_process *ret)
{
	const struct config_user *own = find_section(c, name);

	*ret = (struct probe_process){.request = {.kind = PROBE_ACCOUNT,
	                                      .user = name,
	                                      .is_own_environment = strcmp(name, "root") == 0}};
	for (size_t u = 0; u < c->config.n_users; u++)
		for (size_t i = 0; i < c->config.users[u].n_entries; i++) {
			const char *host = host_of(c, &c->config.users[u].entries[i]);

			if (host && !has_host(c, own, host))
				probe_process_add_host(ret, host, NULL);
		}
}

static void add_missing(struct missing *m, const struct fact *fact, const char *host)
{
	m->clients |= fact->clients;
	if (fact->kind == FACT_ENTRY_OLD && !m->old)
		m->old = fact;
	if (fact->kind == FACT_HELPER_MISSING && !m->helper)
		m->helper = fact;
	for (size_t i = 0; i < m->n_hosts; i++)
		if (m->hosts[i] == host)
			return;
	m->hosts[m->n_hosts++] = host;
}

/* Returns our own copy of a registry's name, not that of the account's process; or NULL. */
static const char *find_host(const struct probe_process *probe, const char *name)
{
	for (size_t i = 0; i < probe->request.n_hosts; i++)
		if (strcmp(probe->hosts[i].host, name) == 0)
			return probe->hosts[i].host;
	return NULL;
}

static void find_missing(
        const struct probe_process *probe, const struct user_facts *u, struct missing *ret)
{
	*ret = (struct missing){};
	for (size_t i = 0; i < u->facts.count; i++) {
		const struct fact *fact = &u->facts.items[i];
		const char *host = find_host(probe, fact->host);

		if (host && (fact->kind == FACT_ENTRY_MISSING || fact->kind == FACT_ENTRY_OLD ||
		                    fact->kind == FACT_HELPER_MISSING))
			add_missing(ret, fact, host);
	}
}

/* Returns "registries =" as lines of the ini, each a word for a shell. Owned. */
static char *registries_words(const struct missing *missing)
{
	char *words;

	if (missing->n_hosts == 1) {
		_cleanup_(freep) char *line = xasprintf("registries = %s", missing->hosts[0]);

		return diagnose_quote(line);
	}
	words = xstrdup("'registries ='");
	for (size_t i = 0; i < missing->n_hosts; i++) {
		_cleanup_(freep) char *line = xasprintf("    %s", missing->hosts[i]);
		_cleanup_(freep) char *word = diagnose_quote(line), *before = words;

		words = xasprintf("%s %s", before, word);
	}
	return words;
}

/* Returns the command that serves the account: adds a section, and starts a run. Owned. */
static char *serving_command(
        const struct check_context *c, const char *user, const struct missing *missing)
{
	_cleanup_(freep) char *section = xasprintf("[user %s]", user);
	_cleanup_(freep) char *quoted = diagnose_quote(section), *lines = registries_words(missing);
	_cleanup_(freep) char *ini = diagnose_quote(c->paths.config_name);

	return xasprintf("printf '%%s\\n' '' %s %s | sudo tee -a %s && %s", quoted, lines, ini,
	        check_context_refresh(c));
}

/* Returns the command that removes the expired entry. Owned. */
static char *logout_command(const char *user, const struct fact *old)
{
	_cleanup_(freep) char *host = diagnose_quote(old->host), *path = diagnose_quote(old->path);
	const char *sudo = strcmp(user, "root") == 0 ? "sudo " : "";

	if (old->clients & CLIENT_DOCKER)
		return xasprintf("%sdocker logout %s", sudo, host);
	return xasprintf("%spodman logout --authfile %s %s", sudo, path, host);
}

static struct finding *add_finding(
        const struct diagnosis *d, const struct missing *missing, bool is_bad, const char *what)
{
	const char *user = d->u->user;

	if (is_bad)
		return findings_add_bad(d->findings, "not-served",
		        "%s: the entry for %s in %s has expired", user, missing->old->host,
		        missing->old->path);
	return findings_add(d->findings, FINDING_NOTE, "%s: %s %s no %sentry for %s", user,
	        diagnose_client_names(missing->clients),
	        diagnose_verb(missing->clients, "finds", "find"), missing->old ? "valid " : "",
	        what);
}

/* Describes what the ini has for the account. */
static const char *describe_section(const struct diagnosis *d, char *buffer, size_t size)
{
	bool exists = find_section(d->c, d->u->user);

	snprintf(buffer, size,
	        exists ? "[user %2$s] of %1$s does not name it" : "%1$s has no [user %2$s]",
	        d->c->paths.config_name, d->u->user);
	return buffer;
}

static void add_why(
        const struct diagnosis *d, const struct missing *missing, bool is_bad, struct finding *f)
{
	const struct check_context *c = d->c;
	bool is_root = strcmp(d->u->user, "root") == 0;
	char section[1024];

	finding_add_line(f, "%s%s", describe_section(d, section, sizeof(section)),
	        is_root ? "; 'sudo docker pull' and 'sudo podman pull' run as root" : "");
	if (missing->old && !is_bad)
		finding_add_line(f, "the entry in %s is older than 12 hours", missing->old->path);
	if (missing->helper)
		finding_add_line(f, "%s names docker-credential-%s, which is not installed",
		        missing->helper->path, missing->helper->detail);
	if (is_root && !find_section(c, "root") && c->caller && find_section(c, c->caller))
		finding_add_line(
		        f, "%s is served: pull without sudo, or serve root as well", c->caller);
}

/* evidence: what suggests that the account pulls, or NULL. */
static void report_missing(const struct diagnosis *d, const struct missing *missing,
        bool may_be_bad, const char *evidence)
{
	_cleanup_(freep) char *what = missing->n_hosts == 1
	                                      ? xstrdup(missing->hosts[0])
	                                      : xasprintf("%zu registries", missing->n_hosts);
	_cleanup_(freep) char *serve = serving_command(d->c, d->u->user, missing);
	_cleanup_(freep) char *ini = diagnose_quote(d->c->paths.config_name);
	bool is_bad = may_be_bad && missing->old;
	struct finding *f = add_finding(d, missing, is_bad, what);

	add_why(d, missing, is_bad, f);
	if (evidence)
		finding_add_line(f, "%s", evidence);
	if (is_bad) {
		_cleanup_(freep) char *logout = logout_command(d->u->user, missing->old);

		finding_add_line(f, "if %s does not pull: %s", d->u->user, logout);
	}
	if (find_section(d->c, d->u->user))
		finding_add_line(
		        f, "if %s pulls: add it to that section with sudoedit %s", d->u->user, ini);
	else if (is_bad)
		finding_add_command(f, "%s", serve);
	else
		finding_add_line(f, "if %s pulls: %s", d->u->user, serve);
}

static bool has_same_line(const struct fact *a, const struct fact *b)
{
	return a->kind == b->kind && a->clients == b->clients && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->detail, b->detail) == 0;
}

/* Reports what a client finds although no section serves the account; once for all registries. */
static void report_found(const struct diagnosis *d)
{
	const struct facts *facts = &d->u->facts;
	const struct fact *fact = d->fact;
	const char *clients = diagnose_client_names(fact->clients);
	_cleanup_(freep) char *what = NULL;
	char section[1024];
	struct finding *f;
	bool is_ours;
	size_t n = 0;

	for (size_t i = 0; i < facts->count; i++) {
		if (has_same_line(&facts->items[i], fact) && &facts->items[i] < fact)
			return; /* reported with that one */
		n += has_same_line(&facts->items[i], fact);
	}
	what = n == 1 ? xstrdup(fact->host) : xasprintf("%zu registries", n);
	if (fact->kind == FACT_FOUND) {
		/* The entry may be older than its file, which also changes for other registries. */
		f = findings_add(d->findings, FINDING_NOTE, "%s: %s %s an entry for %s in %s",
		        d->u->user, clients, diagnose_verb(fact->clients, "finds", "find"), what,
		        fact->path);
		finding_add_line(f, "%s: something else must renew it every 12 hours",
		        describe_section(d, section, sizeof(section)));
		return;
	}
	is_ours = helper_is_ours(fact->detail, strlen(fact->detail));
	f = findings_add(d->findings, is_ours ? FINDING_GOOD : FINDING_NOTE,
	        "%s: %s %s docker-credential-%s for %s (configured in %s)", d->u->user, clients,
	        diagnose_verb(fact->clients, "asks", "ask"), fact->detail, what, fact->path);
	if (!is_ours)
		finding_add_line(f, "whether it has valid credentials is unknown");
	else if (!diagnose_may_read_tokens(d))
		diagnose_add_own_identity(d, f);
}

/* Reports about root, or the administrator who ran us: also what their clients find. */
static void report_caller(const struct check_context *c, const struct probe_process *probe,
        const struct user_facts *u, struct findings *ret)
{
	struct diagnosis d = {.c = c, .u = u, .findings = ret};
	struct missing missing;

	if (u->is_incomplete) {
		findings_add(ret, FINDING_NOTE,
		        "%s: the files do not answer, so what docker and podman find in them is "
		        "unknown",
		        u->user);
		return;
	}
	for (size_t i = 0; i < u->facts.count; i++) {
		d.fact = &u->facts.items[i];
		if (d.fact->kind == FACT_FOUND || d.fact->kind == FACT_HELPER)
			report_found(&d);
		else if (d.fact->kind == FACT_NO_HOME)
			findings_add(ret, FINDING_NOTE,
			        "%s: docker and podman find no entry: the home directory does not "
			        "exist (%s: %s)",
			        u->user, d.fact->path, d.fact->detail);
	}
	find_missing(probe, u, &missing);
	if (missing.n_hosts > 0)
		report_missing(&d, &missing, true, NULL);
}

static void check_callers(struct check_context *c, struct findings *ret)
{
	const char *const names[] = {"root", c->caller};
	struct probe_process probes[2];
	struct user_facts users[2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++) {
		prepare(c, names[i], &probes[n]);
		n += probes[n].request.n_hosts > 0; /* otherwise the ini has all for it */
	}
	probe_processes_run(probes, n, &c->tokens, users);
	for (size_t i = 0; i < n; i++) {
		report_caller(c, &probes[i], &users[i], ret);
		probe_process_done(&probes[i]);
		user_facts_done(&users[i]);
	}
}

/* Returns what suggests that an account uses a client, owned; or NULL. */
static char *find_evidence(const struct account *a, const struct user_facts *u)
{
	for (size_t i = 0; i < u->facts.count; i++)
		if (u->facts.items[i].kind == FACT_SEEN)
			return xasprintf("it has a file of %s: %s",
			        diagnose_client_names(u->facts.items[i].clients),
			        u->facts.items[i].path);
	return a->may_use_docker ? xstrdup("it is a member of the group docker") : NULL;
}

/* The accounts without a finding of their own are named together. */
struct others {
	struct check_context *c;
	struct findings *findings;
	size_t n_named;
	char *more; /* their names, or NULL */
	size_t n_more;
};

static void report_other(struct others *o, const struct account *a,
        const struct probe_process *probe, const struct user_facts *u)
{
	_cleanup_(freep) char *evidence = find_evidence(a, u), *before = NULL;
	struct diagnosis d = {.c = o->c, .u = u, .findings = o->findings};
	struct missing missing;

	find_missing(probe, u, &missing);
	if (u->is_incomplete || missing.n_hosts == 0 || !evidence)
		return;
	if (o->n_named < MAX_NAMED) {
		o->n_named++;
		report_missing(&d, &missing, false, evidence);
		return;
	}
	before = o->more;
	o->more = xasprintf("%s%s%s", before ? before : "", before ? ", " : "", a->name);
	o->n_more++;
}

static void probe_batch(struct others *o, const struct account *const *accounts, size_t n)
{
	struct probe_process probes[BATCH];
	struct user_facts users[BATCH];

	for (size_t i = 0; i < n; i++)
		prepare(o->c, accounts[i]->name, &probes[i]);
	probe_processes_run(probes, n, &o->c->tokens, users);
	for (size_t i = 0; i < n; i++) {
		report_other(o, accounts[i], &probes[i], &users[i]);
		probe_process_done(&probes[i]);
		user_facts_done(&users[i]);
	}
}

/*
 * Homes that do not answer cost a batch its time limit, so the rest is skipped after
 * OTHERS_TIMEOUT_USEC. Returns how many accounts that is.
 */
static size_t probe_others(struct others *o, const struct accounts *all)
{
	uint64_t deadline = monotonic_now() + OTHERS_TIMEOUT_USEC;
	const struct account *batch[BATCH];
	size_t n = 0, i;

	for (i = 0; i < all->count && monotonic_now() < deadline; i++) {
		const char *name = all->items[i].name;

		if (!find_section(o->c, name) && !(o->c->caller && strcmp(o->c->caller, name) == 0))
			batch[n++] = &all->items[i];
		if (n == BATCH || i + 1 == all->count) {
			probe_batch(o, batch, n);
			n = 0;
		}
	}
	return all->count - i + n;
}

static void check_others(struct check_context *c, struct findings *ret)
{
	_cleanup_(accounts_done) struct accounts all = {};
	struct others o = {.c = c, .findings = ret};
	size_t n_left;

	accounts_list("/etc/passwd", "/etc/group", &all);
	n_left = probe_others(&o, &all);
	if (o.n_more > 0) {
		struct finding *f = findings_add(ret, FINDING_NOTE,
		        "%zu more account%s use%s a client, and find%s no entry", o.n_more,
		        o.n_more == 1 ? "" : "s", o.n_more == 1 ? "s" : "",
		        o.n_more == 1 ? "s" : "");

		finding_add_line(f, "%s", o.more);
	}
	if (n_left > 0)
		findings_add(ret, FINDING_NOTE,
		        "%zu other accounts were not checked: files of some do not answer", n_left);
	free(o.more);
}

void check_accounts(struct check_context *c, struct findings *ret)
{
	if (c->scope != SCOPE_HOST || geteuid() != 0 || c->config.n_users == 0)
		return;
	check_callers(c, ret);
	check_others(c, ret);
}
