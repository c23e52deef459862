/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a run: one line for each request, the clock's difference, and exposed keys. */
#include "fetch/fetch-log.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/timespan.h"
#include "base/timestamp.h"

/* Allocates *ret_hosts, which the fields refer to. */
static struct log_fields fields_of(const struct fetch_job *job, char ***ret_hosts)
{
	const struct token_request *request = job->request;
	char **hosts = xcalloc(request->n_hosts, sizeof(*hosts));

	for (size_t i = 0; i < request->n_hosts; i++)
		hosts[i] = (char *)plan_host(request, i, job->token->auto_host);
	*ret_hosts = hosts;
	return (struct log_fields){
	        .registries = hosts,
	        .n_registries = request->n_hosts,
	        .identity = job->token->identity,
	        .error = job->error < 0 ? job->reason.code : NULL,
	        .expires_at = job->token->authorization.size > 0 ? job->token->expires_at : 0,
	};
}

static void log_failure(const struct fetch_run *run, const struct fetch_job *job)
{
	char hosts[512], identity[300], left[64];
	_cleanup_(freep) char **registries = NULL;
	struct log_fields fields = fields_of(job, &registries);
	const char *state = "no token exists";

	plan_label_hosts(job->request, job->token->auto_host, hosts, sizeof(hosts));
	identity_label(job->token->identity, identity, sizeof(identity));
	if (token_is_valid(job->token, run->now)) {
		timespan_format(job->token->expires_at - run->now, left, sizeof(left));
		log_event(EVENT_TOKEN_FAILED, &fields,
		        "%s (%s): %s. The current token is valid for %s more.", hosts, identity,
		        job->reason.text, left);
		return;
	}
	if (token_judge(job->token, run->config.renew_at, run->now) == TOKEN_AHEAD)
		state = "the last token was fetched by a clock that was ahead";
	else if (job->token->authorization.size > 0)
		state = "the last token has expired";
	log_event(EVENT_TOKEN_FAILED, &fields, "%s (%s): %s (%s)", hosts, identity,
	        job->reason.text, state);
}

static void log_renewal(const struct fetch_run *run, const struct fetch_job *job)
{
	char hosts[512], identity[300], left[64];
	_cleanup_(freep) char **registries = NULL;
	struct log_fields fields = fields_of(job, &registries);

	plan_label_hosts(job->request, job->token->auto_host, hosts, sizeof(hosts));
	identity_label(job->token->identity, identity, sizeof(identity));
	timespan_format(job->token->expires_at - run->now, left, sizeof(left));
	log_event(EVENT_TOKEN_RENEWED, &fields, "%s (%s): new token, valid for %s", hosts, identity,
	        left);
	log_debug("%s (%s): provider %s, access key %s", hosts, identity, job->token->provider,
	        job->token->principal);
}

void fetch_log_kept(
        const struct fetch_run *run, const struct token_request *request, const struct token *t)
{
	char hosts[512], identity[300], left[64], when[TIMESTAMP_MAX_SIZE];

	if (!log_is_verbose())
		return;
	timespan_format(t->expires_at - run->now, left, sizeof(left));
	log_debug("%s (%s): the token is valid for %s, and will be renewed at %s",
	        plan_label_hosts(request, t->auto_host, hosts, sizeof(hosts)),
	        identity_label(t->identity, identity, sizeof(identity)), left,
	        timestamp_format_local(token_renewal(t, run->config.renew_at), run->now, when));
}

static void log_skew(const struct fetch_run *run)
{
	for (size_t i = 0; i < run->n_jobs; i++) {
		int64_t skew = run->jobs[i].skew;
		char span[64];

		if (skew == 0)
			continue;
		log_event(EVENT_CLOCK_SKEW, NULL,
		        "this machine's clock is %s %s AWS's; requests were signed with AWS's "
		        "time; correct the clock (timedatectl)",
		        timespan_format(llabs(skew), span, sizeof(span)),
		        skew > 0 ? "behind" : "ahead of");
		return;
	}
}

/* Logs once for each identity. */
static void log_exposed(const struct fetch_run *run)
{
	char identity[300];

	for (size_t i = 0; i < run->config.n_identities; i++) {
		const struct reason *warning = &run->resolutions[i].credentials.warning;
		const char *name = run->config.identities[i].name;
		struct log_fields fields = {.identity = name, .error = warning->code};

		if (*warning->code)
			log_event(EVENT_CREDENTIALS_EXPOSED, &fields, "%s: %s",
			        identity_label(name, identity, sizeof(identity)), warning->text);
	}
}

void fetch_log(const struct fetch_run *run, bool saved)
{
	log_skew(run);
	log_exposed(run);
	for (size_t i = 0; i < run->n_jobs; i++) {
		if (run->jobs[i].error < 0)
			log_failure(run, &run->jobs[i]);
		else if (saved)
			log_renewal(run, &run->jobs[i]);
	}
}

void fetch_log_plan(const struct fetch_run *run)
{
	char hosts[512], identity[300];

	for (size_t i = 0; i < run->n_jobs; i++)
		printf("%s (%s): would request a new token\n",
		        plan_label_hosts(run->jobs[i].request, run->jobs[i].token->auto_host, hosts,
		                sizeof(hosts)),
		        identity_label(run->jobs[i].token->identity, identity, sizeof(identity)));
}
