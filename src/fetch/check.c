/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identities as the fetcher would resolve them, one finding each. The administrator controls
 * the ini; the reasons of the providers and the name that AWS gives the caller are printable and
 * hold no secret.
 */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../common/alloc.h"
#include "../common/environment.h"
#include "../common/file.h"
#include "../common/findings.h"
#include "../common/http.h"
#include "../common/log.h"
#include "../common/parallel.h"
#include "../common/plan.h"
#include "../common/state.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"
#include "fetch.h"
#include "identity.h"
#include "sts.h"

/* One identity that is looked at. */
struct subject {
	size_t identity; /* index in the configuration */
	int error;
	struct reason reason;
	struct credentials credentials;
	struct reason region_reason; /* why "auto" has no region; its code is "" otherwise */
	struct tried_list tried;
	struct sts_caller caller; /* online only */
};

struct check {
	bool online;
	uint64_t deadline;
	struct paths paths;
	struct config config;
	struct plan plan;
	struct subject *subjects;
	size_t n_subjects;
};

static void check_done(struct check *c)
{
	for (size_t i = 0; i < c->n_subjects; i++)
		credentials_done(&c->subjects[i].credentials);
	free(c->subjects);
	plan_done(&c->plan);
	config_done(&c->config);
	paths_done(&c->paths);
}

static bool is_used(const struct plan *plan, size_t identity)
{
	for (size_t i = 0; i < plan->n_requests; i++)
		if (plan->requests[i].identity == identity)
			return true;
	return false;
}

static void find_subjects(struct check *c)
{
	struct subject *s;

	for (size_t i = 0; i < c->config.n_identities; i++) {
		if (!is_used(&c->plan, i))
			continue;
		s = array_append(&c->subjects, &c->n_subjects, sizeof(*s));
		s->identity = i;
	}
}

static void look(void *userdata, size_t i)
{
	_cleanup_(identity_done) struct identity identity = {};
	struct check *c = userdata;
	struct subject *s = &c->subjects[i];
	char region[REGION_MAX_SIZE] = "";

	s->error = identity_open(
	        &c->config.identities[s->identity], c->deadline, &identity, &s->reason);
	if (s->error < 0)
		return;
	if (plan_needs_own_region(&c->plan, s->identity))
		fetch_find_region(&identity, region, &s->region_reason);
	identity.fallback_region = *region ? region : plan_region(&c->plan, s->identity);
	s->error = identity_resolve(&identity, &s->credentials, &s->reason, &s->tried);
	if (s->error == 0 && c->online)
		s->error =
		        sts_get_caller_identity(&identity, &s->credentials, &s->caller, &s->reason);
}

/* The hosts it is for: "HOST", or "HOST and 3 more". */
static void append_hosts(const struct check *c, size_t identity, char *buffer, size_t size)
{
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->plan.n_requests; i++) {
		const struct token_request *request = &c->plan.requests[i];

		if (request->identity != identity || request->n_hosts == 0)
			continue;
		first = first ? first : request->hosts[0];
		n += request->n_hosts;
	}
	if (n > 1)
		snprintf(buffer, size, "%s and %zu more", first, n - 1);
	else
		snprintf(buffer, size, "%s", first ? first : "");
}

static void say_who(const struct check *c, const struct subject *s, struct finding *f)
{
	const struct credentials *credentials = &s->credentials;
	char when[TIMESTAMP_MAX_SIZE], left[64];
	int64_t now = timestamp_now();

	finding_say(f, "provider    %s", credentials->provider);
	finding_say(f, "access key  %s", credentials->access_key_id);
	if (c->online && s->error == 0)
		finding_say(f, "is          %s", s->caller.arn);
	if (credentials->expires_at)
		finding_say(f, "ends        %s, in %s",
		        timestamp_format_local(credentials->expires_at, now, when),
		        timespan_format(credentials->expires_at - now, left, sizeof(left)));
	else
		finding_say(f, "ends        never");
}

/* The reasons say themselves whose they are: "SSO: profile …". */
static void say_tried(const struct tried_list *list, struct finding *f)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct tried *t = &list->items[i];

		if (t->outcome > 0)
			finding_say(f, "%2zu. %s: has credentials", i + 1, t->provider);
		else
			finding_say(f, "%2zu. %s", i + 1, t->reason.text);
	}
}

static void say_why(const struct subject *s, struct finding *f)
{
	const struct tried_list *list = &s->tried;
	bool is_broken = list->count > 0 && list->items[list->count - 1].outcome < 0;

	if (list->count == 0 || (is_broken && list->count == 1)) {
		finding_say(f, "%s", s->reason.text);
		return;
	}
	finding_say(f, is_broken ? "asked in this order; the last is set up, but does not work:"
	                         : "nobody has credentials; asked in this order:");
	say_tried(list, f);
}

static void report(const struct check *c, const struct subject *s, struct findings *findings)
{
	char label[300], hosts[512];
	bool is_good = s->error == 0 && !*s->region_reason.code;
	struct finding *f;

	append_hosts(c, s->identity, hosts, sizeof(hosts));
	f = findings_add(findings, is_good ? FINDING_GOOD : FINDING_BAD, "%s, for %s",
	        identity_label(c->config.identities[s->identity].name, label, sizeof(label)),
	        hosts);
	if (!s->credentials.access_key_id) {
		say_why(s, f);
		/* systemd runs the service, and root runs us. */
		if (c->paths.is_system && !environment_get("INVOCATION_ID"))
			finding_say(f,
			        "A run by hand sees nothing of what the unit alone is given: "
			        "LoadCredential=, Environment=.");
		return;
	}
	say_who(c, s, f);
	if (*s->region_reason.code)
		finding_say(f, "%s", s->region_reason.text);
	if (*s->credentials.warning.code)
		finding_say(f, "%s", s->credentials.warning.text);
	if (s->error < 0)
		finding_say(f, "%s: %s",
		        s->error == -EREMOTEIO ? "AWS does not take them"
		                               : "AWS could not be asked",
		        s->reason.text);
}

static int print(const struct findings *findings)
{
	_secret_ struct secret text = {};
	bool colour = isatty(STDOUT_FILENO) && !environment_get("NO_COLOR");

	findings_format(findings, colour, &text);
	if (file_write_all(STDOUT_FILENO, text.data, text.size) < 0)
		return EXIT_FAILURE;
	return findings_are_good(findings) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int check_identities(struct check *c)
{
	_cleanup_(findings_done) struct findings findings = {};

	plan_make(&c->config, NULL, 0, &c->plan);
	find_subjects(c);
	if (c->n_subjects == 0)
		findings_add(&findings, FINDING_GOOD,
		        "no registry is configured, so no identity is needed");
	else if (http_setup() < 0) {
		log_error("libcurl cannot be used; is it installed completely?");
		return EXIT_FAILURE;
	}
	c->deadline = monotonic_now() + c->config.timeout_usec;
	parallel_run(c->n_subjects, look, c);
	for (size_t i = 0; i < c->n_subjects; i++)
		report(c, &c->subjects[i], &findings);
	return print(&findings);
}

int check_run(const char *config, bool online)
{
	_cleanup_(check_done) struct check c = {.online = online};
	struct reason reason;

	if (paths_find(config, &c.paths, &reason) < 0) {
		log_error("%s", reason.text);
		return EXIT_FAILURE;
	}
	if (state_load_config(&c.paths, &c.config, true) < 0)
		return EXIT_CONFIG;
	return check_identities(&c);
}
