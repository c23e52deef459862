/* SPDX-License-Identifier: Apache-2.0 */
/* Reports how the latest run ended for each sink, and whether the sink could be served now. */
#include "publish/publish-check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/exit-status.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "http/http.h"
#include "publish/publish-dry.h"
#include "publish/publish-finding.h"
#include "publish/sink-types.h"
#include "state/published.h"
#include "status/findings.h"

#define SECTION_TIMEOUT_USEC (10 * USEC_PER_SEC)

struct check {
	bool online;
	struct paths paths;
	struct config config;
	struct published published;
	struct tokens tokens;      /* for what "auto" stands for */
	struct findings *findings; /* one list for each sink */
};

static void check_done(struct check *c)
{
	for (size_t i = 0; c->findings && i < c->config.n_sinks; i++)
		findings_done(&c->findings[i]);
	free(c->findings);
	published_done(&c->published);
	tokens_done(&c->tokens);
	config_done(&c->config);
	paths_done(&c->paths);
}

/* Adds what the record has of the latest run. */
static void add_record(const struct check *c, const struct config_sink *sink, struct findings *ret)
{
	const char *kind = config_sink_kind_name(sink->kind), *name = sink->name;
	const struct published_section *s = published_find(&c->published, kind, name);
	char when[TIMESTAMP_MAX_SIZE];
	struct finding *f;

	if (!s) {
		f = findings_add_bad(ret, "cluster", "[%s %s] has not been served yet", kind, name);
		finding_add_command(
		        f, "%secr-refresher refresh", c->paths.is_system ? "sudo " : "");
		return;
	}
	if (published_failures(s) > 0) {
		f = findings_add_bad(
		        ret, "cluster", "[%s %s] failed in the latest run", kind, name);
		publish_finding_add_failures(f, s, "ecr-refresher status");
		return;
	}
	f = findings_add(ret, FINDING_GOOD, "[%s %s] has %zu published object%s", kind, name,
	        s->n_targets, s->n_targets == 1 ? "" : "s");
	if (s->published_at)
		finding_add_line(f, "last sent   %s",
		        timestamp_format_local(s->published_at, timestamp_now(), when));
	for (size_t i = 0; i < s->n_warnings; i++)
		finding_add_line(f, "%s", s->warnings[i]);
}

/* Returns the known registries of the section; the caller frees the list. */
static char **find_hosts(struct check *c, const struct config_sink *sink, size_t *ret_n)
{
	char **hosts = xcalloc(sink->n_entries + 1, sizeof(*hosts));
	size_t n = 0;

	for (size_t i = 0; i < sink->n_entries; i++) {
		struct token_key key = plan_key(&c->config, &sink->entries[i]);
		struct token *token = tokens_find(&c->tokens, &key);

		if (!sink->entries[i].is_auto)
			hosts[n++] = sink->entries[i].host.name;
		else if (token && *token->auto_host)
			hosts[n++] = token->auto_host;
	}
	*ret_n = n;
	return hosts;
}

/* Adds what a run would do now, and what would fail. */
static void add_plan(const struct check *c, const struct config_sink *sink, struct finding *f)
{
	const struct publish_inputs inputs = {.config = &c->config,
	        .tokens = &c->tokens,
	        .old = &c->published,
	        .is_system = c->paths.is_system,
	        .is_dry = true,
	        .now = timestamp_now()};
	_cleanup_(publish_dry_done) struct publish_dry dry = {};

	publish_dry_run(&dry, sink, &inputs);
	if (publish_dry_add(&dry, f) == 0)
		return;
	f->severity = FINDING_BAD;
	f->code = "cluster";
}

static void check_sink(void *userdata, size_t i)
{
	struct check *c = userdata;
	struct findings *findings = &c->findings[i];
	const struct config_sink *sink = &c->config.sinks[i];
	const struct sink_type *type = sink_type_of(sink);
	size_t n_hosts;
	_cleanup_(freep) char **hosts = find_hosts(c, sink, &n_hosts);

	type->check(
	        sink, hosts, n_hosts, c->online, monotonic_now() + SECTION_TIMEOUT_USEC, findings);
	if (!type->check_is_dry_run && c->online && findings_are_good(findings))
		add_plan(c, sink,
		        findings->count > 0
		                ? &findings->items[0]
		                : findings_add(findings, FINDING_GOOD, "[%s %s]",
		                          config_sink_kind_name(sink->kind), sink->name));
	add_record(c, sink, findings);
}

static int show(const struct check *c, size_t n)
{
	int result = EXIT_SUCCESS;

	for (size_t i = 0; i < n; i++)
		if (findings_print(&c->findings[i]) < 0 || !findings_are_good(&c->findings[i]))
			result = EXIT_FAILURE;
	return result;
}

int publish_check_run(const char *config, bool online)
{
	_cleanup_(check_done) struct check c = {.online = online};
	struct reason reason;
	size_t n;

	if (paths_find(config, &c.paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (config_load(&c.paths, &c.config, false) < 0)
		return EXIT_CONFIG;
	if (published_load(&c.paths, &c.published, &reason) < 0 ||
	        tokens_load(&c.paths, &c.tokens, &reason) < 0)
		log_error("%s", reason.text);
	n = c.config.n_sinks;
	if (n > 0 && http_setup() < 0)
		return EXIT_FAILURE;
	c.findings = xcalloc(n + 1, sizeof(*c.findings));
	parallel_run(n, check_sink, &c);
	return show(&c, n);
}
