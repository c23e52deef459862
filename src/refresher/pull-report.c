/* SPDX-License-Identifier: Apache-2.0 */
#include "pull-report.h"

#include "../common/log.h"

/* Whoever pulls is the journal's own field: _UID. */
void pull_report_failure(const char *host, const struct reason *reason)
{
	struct log_fields fields = {.registries = (char *[]){(char *)host},
	        .n_registries = host ? 1 : 0,
	        .error = reason->code};

	log_event_to_journal(EVENT_PULL_FAILED, &fields, "%s%s%s", host ? host : "",
	        host ? ": " : "", reason->text);
}

void pull_report_answer(const struct pull_answer *answer)
{
	static const char text[] = "%s: the file in the cache was damaged and has been made anew";
	struct log_fields fields = {.registries = (char *[]){(char *)answer->host},
	        .n_registries = 1,
	        .error = "bad-state"};

	if (!answer->cache_was_broken)
		return;
	if (log_event_to_journal(EVENT_CACHE_REBUILT, &fields, text, answer->host) < 0)
		log_event(EVENT_CACHE_REBUILT, &fields, text, answer->host);
}
