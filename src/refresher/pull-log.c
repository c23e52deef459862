/* SPDX-License-Identifier: Apache-2.0 */
/* Logs pulls to the journal, within a time limit. The caller controls the host. */
#include "refresher/pull-log.h"

#include <signal.h>
#include <unistd.h>

#include "base/log.h"

#define JOURNAL_TIMEOUT_SEC 2

static void interrupt(_unused_ int signal)
{
}

/* Limits the time: a journal that is full or stuck blocks its writers, and a pull cannot wait. */
static void limit_time(void)
{
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = interrupt}, NULL);
	alarm(JOURNAL_TIMEOUT_SEC);
}

/* The journal itself adds the user, as _UID. */
void pull_log_failure(const char *host, const struct reason *reason)
{
	char name[HOST_NAME_MAX_SIZE];
	struct log_fields fields = {.error = reason->code};

	/* Clients write it with or without a scheme; the journal should have one form. */
	if (host && host_normalize(host, name) == 0)
		host = name;
	fields.registries = (char *[]){(char *)host};
	fields.n_registries = host ? 1 : 0;
	limit_time();
	log_event_to_journal(EVENT_PULL_FAILED, &fields, "%s%s%s", host ? host : "",
	        host ? ": " : "", reason->text);
	alarm(0);
}

void pull_log_rebuilt_cache(const struct pull_token *token)
{
	static const char text[] = "%s: the file in the cache was damaged and has been rebuilt";
	struct log_fields fields = {.registries = (char *[]){(char *)token->host},
	        .n_registries = 1,
	        .error = "bad-state"};

	if (!token->cache_was_broken)
		return;
	limit_time();
	if (log_event_to_journal(EVENT_CACHE_REBUILT, &fields, text, token->host) < 0)
		log_event(EVENT_CACHE_REBUILT, &fields, text, token->host);
	alarm(0);
}
