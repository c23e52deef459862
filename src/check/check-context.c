/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads the state of the service that is checked. Root or the user controls the ini, the service
 * its state files.
 */
#include "check/check-context.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>

#include "base/alloc.h"
#include "base/exit-status.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "check/accounts.h"
#include "config/config-load.h"
#include "config/find-registry.h"
#include "status/status-json.h"
#include "status/status-judge.h"

static void report_unreadable(struct findings *ret, const struct reason *reason)
{
	struct finding *f =
	        findings_add_bad(ret, "state-unreadable", "the service's state cannot be read");

	finding_add_line(f, "%s", reason->text);
}

/* Reads as much as it can; a file that cannot be read is a finding. */
static void load_state(struct check_context *c, struct findings *ret)
{
	struct reason reason;

	if (tokens_load(&c->paths, &c->tokens, &reason) < 0)
		report_unreadable(ret, &reason);
	if (written_load(&c->paths, &c->record, &reason) < 0)
		report_unreadable(ret, &reason);
	if (published_load(&c->paths, &c->published, &reason) < 0)
		report_unreadable(ret, &reason);
	status_make(&c->config, &c->tokens, &c->record, NULL, 0, &c->status);
	status_judge(&c->status, c->now);
}

static void report_nothing(const struct check_context *c, struct findings *ret)
{
	struct finding *f =
	        findings_add(ret, FINDING_GOOD, "%s: nothing is configured", c->paths.config_name);
	_cleanup_(freep) char *remedy = NULL;

	if (c->config.is_absent) {
		remedy = status_absent_remedy(&c->paths, written_has_entries(&c->record));
		finding_add_line(f, "%s", remedy);
	}
	finding_add_line(f, c->config.is_absent ? "for example:" : "add a section, for example:");
	finding_add_line(f, "[user %s]",
	        c->paths.user ? c->paths.user
	        : c->caller   ? c->caller
	                      : "root");
	finding_add_line(f, "registries = auto");
}

static void report_config(const struct check_context *c, struct findings *ret)
{
	if (published_is_of_environment(&c->published, &c->config) && config_is_empty(&c->config)) {
		findings_add(ret, FINDING_GOOD, "the service's environment: one Rancher server");
		return;
	}
	if (c->config.n_users == 0 && c->status.n_registries == 0) {
		report_nothing(c, ret);
		return;
	}
	findings_add(ret, FINDING_GOOD, "%s: %zu user%s, %zu registr%s", c->paths.config_name,
	        c->config.n_users, c->config.n_users == 1 ? "" : "s", c->status.n_registries,
	        c->status.n_registries == 1 ? "y" : "ies");
}

static int open_ini(struct check_context *c, struct findings *ret)
{
	struct finding *f;

	if (config_load(&c->paths, &c->config, true) < 0) {
		f = findings_add_bad(ret, "ini-invalid", "%s is invalid", c->paths.config_name);
		finding_add_line(f,
		        "the lines above name the errors; until they are fixed, nothing in "
		        "it is applied and no token is renewed");
		c->result = EXIT_CONFIG;
		return -EINVAL;
	}
	load_state(c, ret);
	report_config(c, ret);
	return 0;
}

/* Reads the status that the host's service has written for this user. */
static int open_hosted(struct check_context *c, struct findings *ret)
{
	_cleanup_(freep) char *path = status_path_of_hosted();
	_secret_ struct secret text = {};
	struct reason reason = {};
	struct finding *f;
	int r = file_read(AT_FDCWD, path, STATUS_MAX_SIZE, &text);

	if (r == 0)
		r = status_parse(text.data, text.size, &c->status, &reason);
	if (r == 0) {
		status_judge(&c->status, c->now);
		findings_add(ret, FINDING_GOOD, "the host's service serves you: %zu registr%s",
		        c->status.n_registries, c->status.n_registries == 1 ? "y" : "ies");
		return 0;
	}
	f = findings_add_bad(
	        ret, "state-unreadable", "the host's service: its status for you is unreadable");
	finding_add_line(f, "%s: %s; root can run 'ecr-refresher check'", path,
	        *reason.text ? reason.text : strerror(-r));
	return -EINVAL;
}

int check_context_open(struct check_context *c, struct findings *ret)
{
	struct passwd *pw = getpwuid(geteuid());

	c->user = pw ? xstrdup(pw->pw_name) : NULL;
	c->now = timestamp_now();
	c->caller = c->scope == SCOPE_HOST ? accounts_find_caller() : NULL;
	if (c->scope == SCOPE_PULL)
		return 0;
	return c->scope == SCOPE_USER_OF_HOST ? open_hosted(c, ret) : open_ini(c, ret);
}

int check_context_find_registry(
        const struct check_context *c, const char *name, char ret[static HOST_NAME_MAX_SIZE])
{
	struct registry_host host;
	size_t identity;

	if (find_registry_of_host(&c->config, name, &host, &identity) < 0)
		return -EINVAL;
	memcpy(ret, host.name, HOST_NAME_MAX_SIZE);
	return strcmp(host.name, name) != 0;
}

const char *check_context_systemctl(const struct check_context *c)
{
	return c->scope == SCOPE_OWN ? "systemctl --user" : "sudo systemctl";
}

const char *check_context_refresh(const struct check_context *c)
{
	return c->scope == SCOPE_OWN ? "ecr-refresher refresh" : "sudo ecr-refresher refresh";
}

void check_context_done(struct check_context *c)
{
	user_facts_done(&c->pulls.facts);
	known_registries_done(&c->pulls.hosts);
	status_done(&c->status);
	published_done(&c->published);
	written_done(&c->record);
	tokens_done(&c->tokens);
	config_done(&c->config);
	paths_done(&c->paths);
	free(c->caller);
	free(c->user);
}
