/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokens, and the last answer that the service had from AWS. The service controls its state
 * files, AWS the texts in them.
 */
#include "check/check-registries.h"

#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"

#define OVERDUE_SECONDS (45 * 60) /* two runs of the timer and then some */

/* Returns an earlier one that failed for the same reason, which can be long; or NULL. */
static const struct status_registry *find_same(
        const struct check_context *c, const struct status_registry *r)
{
	for (const struct status_registry *o = c->status.registries; o < r; o++)
		if (strcmp(o->failure.text, r->failure.text) == 0)
			return o;
	return NULL;
}

static void add_failure(
        const struct check_context *c, const struct status_registry *r, struct finding *f)
{
	const struct status_registry *same = find_same(c, r);
	char when[TIMESTAMP_MAX_SIZE];

	if (!*r->failure.code)
		return;
	timestamp_format_local(r->failing_since, c->now, when);
	if (same) {
		finding_add_line(
		        f, "each run has failed since %s, as for %s above", when, same->host);
		return;
	}
	finding_add_line(f, "each run has failed since %s:", when);
	finding_add_reason(f, &r->failure);
}

static const char *code_of(const struct status_registry *r, const char *fallback)
{
	return *r->failure.code ? finding_code_of(r->failure.code) : fallback;
}

static void report_unusable(
        const struct check_context *c, const struct status_registry *r, struct findings *ret)
{
	bool is_expired = strcmp(r->state, "expired") == 0;
	char when[TIMESTAMP_MAX_SIZE];
	struct finding *f;

	f = findings_add_bad(ret, code_of(r, is_expired ? "token-expired" : "token-missing"),
	        is_expired ? "%s: the token has expired" : "%s: no token yet", r->host);
	if (is_expired)
		finding_add_line(f, "it was valid until %s",
		        timestamp_format_local(r->expires_at, c->now, when));
	add_failure(c, r, f);
	if (!*r->failure.code)
		finding_add_line(f, "no run has fetched %s", is_expired ? "a new one" : "one");
	finding_add_command(f, "%s", check_context_refresh(c));
}

/* The clock was ahead during the fetch, so the token's real expiry is unknown. */
static void report_ahead(
        const struct check_context *c, const struct status_registry *r, struct findings *ret)
{
	char when[TIMESTAMP_MAX_SIZE];
	struct finding *f = findings_add_bad(ret, *r->failure.code ? code_of(r, "") : "clock-skew",
	        "%s: the token is not used: its fetch time is in the future", r->host);

	finding_add_line(f,
	        "this host's clock read %s during the fetch; it has been set back since, or is "
	        "wrong now",
	        timestamp_format_local(r->fetched_at, c->now, when));
	add_failure(c, r, f);
	finding_add_command(f, "%s", check_context_refresh(c));
}

static void report_valid(
        const struct check_context *c, const struct status_registry *r, struct findings *ret)
{
	char left[64], when[TIMESTAMP_MAX_SIZE];
	struct finding *f;

	timespan_format(r->expires_at - c->now, left, sizeof(left));
	if (*r->failure.code) {
		f = findings_add_bad(ret, code_of(r, "aws-error"),
		        "%s: the token cannot be renewed; it expires in %s", r->host, left);
		add_failure(c, r, f);
	} else if (r->renewal && r->renewal + OVERDUE_SECONDS < c->now) {
		f = findings_add_bad(ret, "renewal-overdue",
		        "%s: renewal is overdue; the token expires in %s", r->host, left);
		finding_add_line(f, "it was due at %s; the service has not run since",
		        timestamp_format_local(r->renewal, c->now, when));
		finding_add_command(f, "%s status ecr-refresher.timer", check_context_systemctl(c));
	} else {
		findings_add(ret, FINDING_GOOD, "%s: the token is valid for %s", r->host, left);
	}
}

void check_registries(struct check_context *c, struct findings *ret)
{
	for (size_t i = 0; i < c->status.n_registries; i++) {
		const struct status_registry *r = &c->status.registries[i];

		if (token_life_is_usable(r->life))
			report_valid(c, r, ret);
		else if (r->life == TOKEN_AHEAD)
			report_ahead(c, r, ret);
		else
			report_unusable(c, r, ret);
	}
}
