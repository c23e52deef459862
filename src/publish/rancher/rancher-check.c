/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run that does not send its changes, so most failures of a run are found. The lists of Rancher 2
 * contain what we may change; those of Rancher 1 do not.
 */
#include "publish/rancher/rancher-check.h"

#include "base/alloc.h"
#include "base/timestamp.h"
#include "publish/rancher/rancher-server.h"
#include "publish/rancher/rancher.h"

struct check {
	const struct config_sink *sink;
	struct finding *finding;
	struct sink_run sink_run;
	struct published_section old, fresh;
	struct sink_token *tokens; /* of the hosts, but empty */
	size_t n_bad;
};

static void check_done(struct check *c)
{
	published_section_done(&c->fresh);
	free(c->tokens);
}

static void add_failure(struct check *c, const struct reason *reason)
{
	if (!reason->code[0])
		return;
	finding_add_line(c->finding, "%s", reason->text);
	c->n_bad++;
}

/* Checks the url and the keys, which need no server. Returns whether they are good. */
static bool check_settings(struct check *c)
{
	_cleanup_(rancher_server_done) struct rancher_server server;
	struct reason reason = {};

	if (rancher_server_find(c->sink, &c->sink_run, &server, &reason) == 0) {
		finding_add_line(c->finding, "server      %s%s", server.url.server,
		        rancher_api_path(server.url.api));
		if (rancher_server_read_keys(&server, &reason) == 0)
			finding_add_line(c->finding, "as          %s", server.keys_origin);
	}
	add_failure(c, &reason);
	return c->n_bad == 0;
}

static void make_tokens(struct check *c, char *const *hosts, size_t n_hosts)
{
	static const struct secret nothing;

	c->tokens = xcalloc(n_hosts + 1, sizeof(*c->tokens));
	for (size_t i = 0; i < n_hosts; i++)
		c->tokens[i] = (struct sink_token){.host = hosts[i],
		        .authorization = &nothing,
		        .username = "AWS",
		        .password = ""};
	c->sink_run.tokens = c->tokens;
	c->sink_run.n_tokens = n_hosts;
}

static void check_server(struct check *c)
{
	rancher_publish(c->sink, &c->sink_run);
	add_failure(c, &c->fresh.failure);
	for (size_t i = 0; i < c->fresh.n_targets; i++)
		add_failure(c, &c->fresh.targets[i].failure);
	for (size_t i = 0; i < c->fresh.n_warnings; i++)
		finding_add_line(c->finding, "%s", c->fresh.warnings[i]);
	if (c->n_bad == 0)
		finding_add_line(c->finding, "a run would send to %zu object%s", c->fresh.n_targets,
		        c->fresh.n_targets == 1 ? "" : "s");
}

void rancher_check(const struct config_sink *sink, char *const *hosts, size_t n_hosts, bool online,
        uint64_t deadline, struct findings *ret)
{
	_cleanup_(check_done) struct check c = {.sink = sink};

	c.sink_run = (struct sink_run){.is_dry = true,
	        .now = timestamp_now(),
	        .deadline = deadline,
	        .old = &c.old,
	        .fresh = &c.fresh};
	c.finding = findings_add(ret, FINDING_GOOD, "[rancher %s]", sink->name);
	make_tokens(&c, hosts, n_hosts);
	if (check_settings(&c) && online && n_hosts > 0)
		check_server(&c);
	if (c.n_bad > 0) {
		c.finding->severity = FINDING_BAD;
		c.finding->code = "cluster";
	}
}
