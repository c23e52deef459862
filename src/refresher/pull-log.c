/* SPDX-License-Identifier: Apache-2.0 */
#include "refresher/pull-log.h"

#include <signal.h>
#include <unistd.h>

#include "base/log.h"

#define JOURNAL_TIMEOUT_SEC 2

static void interrupt(_unused_ int signal)
{
}

/* A journal that is full or stuck holds up whoever writes to it, and a pull cannot wait for it. */
static void limit_time(void)
{
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = interrupt}, NULL);
	alarm(JOURNAL_TIMEOUT_SEC);
}

/* Whoever pulls is the journal's own field: _UID. */
void pull_log_failure(const char *host, const struct reason *reason)
{
	char name[HOST_NAME_MAX_SIZE];
	struct log_fields fields = {.error = reason->code};

	/* Clients write it with or without a scheme; who reads the journal looks for one form. */
	if (host && host_normalize(host, name) == 0)
		host = name;
	fields.registries = (char *[]){(char *)host};
	fields.n_registries = host ? 1 : 0;
	limit_time();
	log_event_to_journal(EVENT_PULL_FAILED, &fields, "%s%s%s", host ? host : "",
	        host ? ": " : "", reason->text);
	alarm(0);
}

void pull_log_rebuilt_cache(const struct pull_token *answer)
{
	static const char text[] = "%s: the file in the cache was damaged and has been made anew";
	struct log_fields fields = {.registries = (char *[]){(char *)answer->host},
	        .n_registries = 1,
	        .error = "bad-state"};

	if (!answer->cache_was_broken)
		return;
	limit_time();
	if (log_event_to_journal(EVENT_CACHE_REBUILT, &fields, text, answer->host) < 0)
		log_event(EVENT_CACHE_REBUILT, &fields, text, answer->host);
	alarm(0);
}
