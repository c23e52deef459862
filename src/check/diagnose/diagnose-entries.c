/* SPDX-License-Identifier: Apache-2.0 */
/* What a configured file has for the registries. Users control the files. */
#include "check/diagnose/diagnose-entries.h"

#include "base/alloc.h"
#include "check/diagnose/diagnose-text.h"

static void report_found(const struct diagnosis *d)
{
	findings_add(d->findings, FINDING_GOOD, "%s: %s %s %s in %s", d->u->user,
	        diagnose_client_names(d->fact->clients),
	        diagnose_verb(d->fact->clients, "finds", "find"),
	        d->u->n_hosts == 1 ? "the entry" : "all entries", d->fact->path);
}

static void report_entry_missing(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "entry-missing",
	        "%s: %s has no entry for %s", d->u->user, d->fact->path, d->fact->host);

	finding_add_line(f, "it has been removed since the last run (docker logout?)");
	diagnose_type_refresh(d, f);
}

static void report_entry_old(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "entry-old",
	        "%s: %s has an older token for %s", d->u->user, d->fact->path, d->fact->host);

	finding_add_line(f, "the current token has not been written to it yet");
	diagnose_type_refresh(d, f);
}

static void report_entry_foreign(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "entry-replaced",
	        "%s: %s has another entry for %s instead of ours", d->u->user, d->fact->path,
	        d->fact->host);

	finding_add_line(f, "another program writes it as well (docker login in cron?); its entry "
	                    "expires after 12 hours, the next run restores ours");
	diagnose_type_refresh(d, f);
}

static void report_identity_token(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "identity-token",
	        "%s: an identitytoken hides the entry for %s", d->u->user, d->fact->host);

	finding_add_line(f, "%s has one besides auth, and the clients prefer it", d->fact->path);
	diagnose_type_refresh(d, f);
}

static void report_twin(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "twin-key",
	        "%s: %s has a second entry for %s", d->u->user, d->fact->path, d->fact->host);

	finding_add_line(
	        f, "\"%s\" has other credentials; some clients use that one", d->fact->detail);
	diagnose_type_refresh(d, f);
}

static void report_malformed(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "entry-malformed",
	        "%s: docker cannot read all of %s", d->u->user, d->fact->path);
	_cleanup_(freep) char *what = xasprintf("remove \"%s\" from \"auths\"", d->fact->detail);

	finding_add_line(f,
	        "the auth of \"%s\" is not the base64 of name:password; docker warns, and "
	        "sometimes ignores other entries, including ours",
	        d->fact->detail);
	diagnose_add_edit(d, f, what);
}

bool diagnose_entry_fact(const struct diagnosis *d)
{
	static diagnose_function *const reports[FACT_KIND_COUNT] = {
	        [FACT_FOUND] = report_found,
	        [FACT_ENTRY_MISSING] = report_entry_missing,
	        [FACT_ENTRY_OLD] = report_entry_old,
	        [FACT_ENTRY_FOREIGN] = report_entry_foreign,
	        [FACT_IDENTITY_TOKEN] = report_identity_token,
	        [FACT_TWIN] = report_twin,
	        [FACT_MALFORMED] = report_malformed,
	};

	return diagnose_by(reports, d);
}
