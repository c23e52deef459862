/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accounts that the ini does not serve, or not with every registry: root, as which docker runs
 * after sudo; the administrator who called us with sudo; and others that use a client. Not to be
 * served is no fault (on many a host one user pulls), so that it is a note. It is a fault if root's
 * file, or the administrator's, has an entry for the registry that has expired: a pull with it
 * fails. Of the others there are notes only, because an ordinary user's file must not decide
 * whether root's check fails.
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
#define MAX_NAMED 5 /* with a finding of its own */

/* What an account's clients do not find. */
struct lack {
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

/* NULL for "auto" before its first token. */
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
 * The registries that the ini wants in others' files and not in this account's. Its process gets no
 * token.
 */
static void prepare(const struct check_context *c, const char *name, struct probe_process *l)
{
	const struct config_user *own = find_section(c, name);

	*l = (struct probe_process){.request = {.kind = PROBE_ACCOUNT,
	                                    .user = name,
	                                    .is_own_environment = strcmp(name, "root") == 0}};
	for (size_t u = 0; u < c->config.n_users; u++)
		for (size_t i = 0; i < c->config.users[u].n_entries; i++) {
			const char *host = host_of(c, &c->config.users[u].entries[i]);

			if (host && !has_host(c, own, host))
				probe_process_add_host(l, host, NULL);
		}
}

static void add_host(struct lack *l, const char *host)
{
	for (size_t i = 0; i < l->n_hosts; i++)
		if (l->hosts[i] == host)
			return;
	l->hosts[l->n_hosts++] = host;
}

static void add_lack(struct lack *l, const struct fact *fact, const char *host)
{
	l->clients |= fact->clients;
	if (fact->kind == FACT_ENTRY_OLD && !l->old)
		l->old = fact;
	if (fact->kind == FACT_HELPER_MISSING && !l->helper)
		l->helper = fact;
	add_host(l, host);
}

/* The names of the registries are ours, and not those that come from the account's process. */
static const char *find_host(const struct probe_process *look, const char *name)
{
	for (size_t i = 0; i < look->request.n_hosts; i++)
		if (strcmp(look->hosts[i].host, name) == 0)
			return look->hosts[i].host;
	return NULL;
}

static void find_lack(
        const struct probe_process *look, const struct user_facts *u, struct lack *ret)
{
	*ret = (struct lack){};
	for (size_t i = 0; i < u->facts.count; i++) {
		const struct fact *fact = &u->facts.items[i];
		const char *host = find_host(look, fact->host);

		if (host && (fact->kind == FACT_ENTRY_MISSING || fact->kind == FACT_ENTRY_OLD ||
		                    fact->kind == FACT_HELPER_MISSING))
			add_lack(ret, fact, host);
	}
}

/* "registries =" in lines of the ini, each a word for a shell. Owned. */
static char *registries_words(const struct lack *lack)
{
	char *words;

	if (lack->n_hosts == 1) {
		_cleanup_(freep) char *line = xasprintf("registries = %s", lack->hosts[0]);

		return diagnose_quote(line);
	}
	words = xstrdup("'registries ='");
	for (size_t i = 0; i < lack->n_hosts; i++) {
		_cleanup_(freep) char *line = xasprintf("    %s", lack->hosts[i]);
		_cleanup_(freep) char *word = diagnose_quote(line), *before = words;

		words = xasprintf("%s %s", before, word);
	}
	return words;
}

/* What is typed to serve the account: a section, and a run. Owned. */
static char *serving_command(
        const struct check_context *c, const char *user, const struct lack *lack)
{
	_cleanup_(freep) char *section = xasprintf("[user %s]", user);
	_cleanup_(freep) char *quoted = diagnose_quote(section), *lines = registries_words(lack);
	_cleanup_(freep) char *ini = diagnose_quote(c->paths.config_name);

	return xasprintf("printf '%%s\\n' '' %s %s | sudo tee -a %s && %s", quoted, lines, ini,
	        check_context_refresh(c));
}

/* What is typed to remove the expired entry. Owned. */
static char *logout_command(const char *user, const struct fact *old)
{
	_cleanup_(freep) char *host = diagnose_quote(old->host), *path = diagnose_quote(old->path);
	const char *sudo = strcmp(user, "root") == 0 ? "sudo " : "";

	if (old->clients & CLIENT_DOCKER)
		return xasprintf("%sdocker logout %s", sudo, host);
	return xasprintf("%spodman logout --authfile %s %s", sudo, path, host);
}

static struct finding *add_finding(
        const struct diagnosis *d, const struct lack *lack, bool is_bad, const char *what)
{
	const char *user = d->u->user;

	if (is_bad)
		return findings_add_bad(d->findings, "not-served",
		        "%s: the entry for %s in %s has expired", user, lack->old->host,
		        lack->old->path);
	return findings_add(d->findings, FINDING_NOTE, "%s: %s %s no %sentry for %s", user,
	        diagnose_client_names(lack->clients),
	        (lack->clients & (lack->clients - 1)) ? "find" : "finds", lack->old ? "valid " : "",
	        what);
}

/* What the ini says of the account. */
static const char *describe_section(const struct diagnosis *d, char *buffer, size_t size)
{
	bool is_there = find_section(d->c, d->u->user);

	snprintf(buffer, size,
	        is_there ? "[user %2$s] of %1$s does not name it" : "%1$s has no [user %2$s]",
	        d->c->paths.config_name, d->u->user);
	return buffer;
}

static void say_why(
        const struct diagnosis *d, const struct lack *lack, bool is_bad, struct finding *f)
{
	const struct check_context *c = d->c;
	bool is_root = strcmp(d->u->user, "root") == 0;
	char section[1024];

	finding_say(f, "%s%s", describe_section(d, section, sizeof(section)),
	        is_root ? "; 'sudo docker pull' and 'sudo podman pull' run as root" : "");
	if (lack->old && !is_bad)
		finding_say(f, "the entry in %s is older than 12 hours", lack->old->path);
	if (lack->helper)
		finding_say(f, "%s names docker-credential-%s, which is not installed",
		        lack->helper->path, lack->helper->detail);
	if (is_root && !find_section(c, "root") && c->caller && find_section(c, c->caller))
		finding_say(f, "%s is served: pull without sudo, or serve root as well", c->caller);
}

/* evidence: why it is thought to pull, or NULL. */
static void report_lack(
        const struct diagnosis *d, const struct lack *lack, bool may_be_bad, const char *evidence)
{
	_cleanup_(freep) char *what = lack->n_hosts == 1
	                                      ? xstrdup(lack->hosts[0])
	                                      : xasprintf("%zu registries", lack->n_hosts);
	_cleanup_(freep) char *serve = serving_command(d->c, d->u->user, lack);
	_cleanup_(freep) char *ini = diagnose_quote(d->c->paths.config_name);
	bool is_bad = may_be_bad && lack->old;
	struct finding *f = add_finding(d, lack, is_bad, what);

	say_why(d, lack, is_bad, f);
	if (evidence)
		finding_say(f, "%s", evidence);
	if (is_bad) {
		_cleanup_(freep) char *logout = logout_command(d->u->user, lack->old);

		finding_say(f, "if %s does not pull: %s", d->u->user, logout);
	}
	if (find_section(d->c, d->u->user))
		finding_say(f, "if %s pulls: name it there, with sudoedit %s", d->u->user, ini);
	else if (is_bad)
		finding_type(f, "%s", serve);
	else
		finding_say(f, "if %s pulls: %s", d->u->user, serve);
}

static bool is_alike(const struct fact *a, const struct fact *b)
{
	return a->kind == b->kind && a->clients == b->clients && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->detail, b->detail) == 0;
}

/* What a client finds although no section serves the account; in one line for all registries. */
static void report_found(const struct diagnosis *d)
{
	const struct facts *facts = &d->u->facts;
	const struct fact *fact = d->fact;
	bool is_plural = fact->clients & (fact->clients - 1);
	const char *clients = diagnose_client_names(fact->clients);
	_cleanup_(freep) char *what = NULL;
	char section[1024];
	struct finding *f;
	bool is_ours;
	size_t n = 0;

	for (size_t i = 0; i < facts->count; i++) {
		if (is_alike(&facts->items[i], fact) && &facts->items[i] < fact)
			return; /* reported with that one */
		n += is_alike(&facts->items[i], fact);
	}
	what = n == 1 ? xstrdup(fact->host) : xasprintf("%zu registries", n);
	if (fact->kind == FACT_FOUND) {
		/* Its age is not known: the file may have been written for another registry. */
		f = findings_add(d->findings, FINDING_NOTE, "%s: %s %s an entry for %s in %s",
		        d->u->user, clients, is_plural ? "find" : "finds", what, fact->path);
		finding_say(f, "%s: something else must renew it every 12 hours",
		        describe_section(d, section, sizeof(section)));
		return;
	}
	is_ours = helper_is_ours(fact->detail, strlen(fact->detail));
	f = findings_add(d->findings, is_ours ? FINDING_GOOD : FINDING_NOTE,
	        "%s: %s %s docker-credential-%s for %s, as %s says", d->u->user, clients,
	        is_plural ? "ask" : "asks", fact->detail, what, fact->path);
	if (!is_ours)
		finding_say(f, "whether it has good credentials is not known here");
	else if (!diagnose_may_read_tokens(d))
		diagnose_say_own_identity(d, f);
}

/* Root, and the administrator who called us: what they find is reported in any case. */
static void report_caller(const struct check_context *c, const struct probe_process *look,
        const struct user_facts *u, struct findings *ret)
{
	struct diagnosis d = {.c = c, .u = u, .findings = ret};
	struct lack lack;

	if (u->is_incomplete) {
		findings_add(ret, FINDING_NOTE,
		        "%s: the files do not answer: what docker and podman would find there is "
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
			        "%s: docker and podman find no entry: there is no home directory "
			        "(%s: %s)",
			        u->user, d.fact->path, d.fact->detail);
	}
	find_lack(look, u, &lack);
	if (lack.n_hosts > 0)
		report_lack(&d, &lack, true, NULL);
}

static void check_callers(struct check_context *c, struct findings *ret)
{
	const char *const names[] = {"root", c->caller};
	struct probe_process looks[2];
	struct user_facts users[2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++) {
		prepare(c, names[i], &looks[n]);
		n += looks[n].request.n_hosts > 0; /* otherwise the ini serves it with all */
	}
	probe_processes_run(looks, n, &c->tokens, users);
	for (size_t i = 0; i < n; i++) {
		report_caller(c, &looks[i], &users[i], ret);
		probe_process_done(&looks[i]);
		user_facts_done(&users[i]);
	}
}

/* Why an account is thought to use a client; owned. NULL: it does not seem to. */
static char *find_evidence(const struct account *a, const struct user_facts *u)
{
	for (size_t i = 0; i < u->facts.count; i++)
		if (u->facts.items[i].kind == FACT_SEEN)
			return xasprintf("it has a file of %s: %s",
			        diagnose_client_names(u->facts.items[i].clients),
			        u->facts.items[i].path);
	return a->may_use_docker ? xstrdup("it belongs to the group docker") : NULL;
}

/* The accounts beyond the first few are named together. */
struct others {
	struct check_context *c;
	struct findings *findings;
	size_t n_named;
	char *more; /* their names, or NULL */
	size_t n_more;
};

static void report_other(struct others *o, const struct account *a,
        const struct probe_process *look, const struct user_facts *u)
{
	_cleanup_(freep) char *evidence = find_evidence(a, u), *before = NULL;
	struct diagnosis d = {.c = o->c, .u = u, .findings = o->findings};
	struct lack lack;

	find_lack(look, u, &lack);
	if (u->is_incomplete || lack.n_hosts == 0 || !evidence)
		return;
	if (o->n_named < MAX_NAMED) {
		o->n_named++;
		report_lack(&d, &lack, false, evidence);
		return;
	}
	before = o->more;
	o->more = xasprintf("%s%s%s", before ? before : "", before ? ", " : "", a->name);
	o->n_more++;
}

static void look_at_batch(struct others *o, const struct account *const *accounts, size_t n)
{
	struct probe_process looks[BATCH];
	struct user_facts users[BATCH];

	for (size_t i = 0; i < n; i++)
		prepare(o->c, accounts[i]->name, &looks[i]);
	probe_processes_run(looks, n, &o->c->tokens, users);
	for (size_t i = 0; i < n; i++) {
		report_other(o, accounts[i], &looks[i], &users[i]);
		probe_process_done(&looks[i]);
		user_facts_done(&users[i]);
	}
}

/* Homes that do not answer cost a batch its time limit; after some of them the rest is left out. */
static size_t look_at_others(struct others *o, const struct accounts *all)
{
	uint64_t deadline = monotonic_now() + OTHERS_TIMEOUT_USEC;
	const struct account *batch[BATCH];
	size_t n = 0, i;

	for (i = 0; i < all->count && monotonic_now() < deadline; i++) {
		const char *name = all->items[i].name;

		if (!find_section(o->c, name) && !(o->c->caller && strcmp(o->c->caller, name) == 0))
			batch[n++] = &all->items[i];
		if (n == BATCH || i + 1 == all->count) {
			look_at_batch(o, batch, n);
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
	n_left = look_at_others(&o, &all);
	if (o.n_more > 0) {
		struct finding *f = findings_add(ret, FINDING_NOTE,
		        "%zu more account%s use%s a client, and find%s no entry", o.n_more,
		        o.n_more == 1 ? "" : "s", o.n_more == 1 ? "s" : "",
		        o.n_more == 1 ? "s" : "");

		finding_say(f, "%s", o.more);
	}
	if (n_left > 0)
		findings_add(ret, FINDING_NOTE,
		        "%zu other accounts were not looked at: files of some do not answer",
		        n_left);
	free(o.more);
}

void check_accounts(struct check_context *c, struct findings *ret)
{
	if (c->scope != SCOPE_HOST || geteuid() != 0 || c->config.n_users == 0)
		return;
	check_callers(c, ret);
	check_others(c, ret);
}
