/* SPDX-License-Identifier: Apache-2.0 */
/* The account and its files: do they exist, can they be read and replaced. */
#include "check/diagnose/diagnose-files.h"

#include <errno.h>
#include <string.h>

#include "check/diagnose/diagnose-text.h"

static void report_no_user(const struct diagnosis *d)
{
	struct finding *f =
	        findings_add_bad(d->findings, "no-such-user", "%s: cannot be served", d->u->user);

	finding_add_line(f, "%s", d->fact->detail);
	finding_add_line(f, "create the account, or remove [user %s] from the ini", d->u->user);
	finding_add_command(f, "getent passwd '%s'", d->u->user);
}

static void report_no_home(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(
	        d->findings, "no-home", "%s: the home directory does not exist", d->u->user);

	finding_add_line(f, "%s: %s", d->fact->path, d->fact->detail);
	finding_add_line(f, "create or mount it, or set files = to absolute paths");
}

static void report_file_missing(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(
	        d->findings, "file-missing", "%s: %s does not exist", d->u->user, d->fact->path);

	finding_add_line(f, "no run has written it since it was configured or removed");
	diagnose_type_refresh(d, f);
}

/* Suggests no chown, because a path that the user controls may lead to any file. */
static void report_file_unreadable(const struct diagnosis *d)
{
	struct finding *f =
	        findings_add_bad(d->findings, "file-unreadable", "%s: %s cannot read %s",
	                d->u->user, diagnose_client_names(d->fact->clients), d->fact->path);

	finding_add_line(f, "as %s: %s", d->u->user, d->fact->detail);
	if (strcmp(d->fact->detail, strerror(ENOTDIR)) == 0) {
		finding_add_line(f, "one of its directories is a file; move that file away");
		diagnose_type_refresh(d, f);
		return;
	}
	if (strcmp(d->fact->detail, "it is a directory") == 0)
		finding_add_line(f, "docker creates one if a container mounts a file that does not "
		                    "exist; mount the directory above it instead");
	if (d->c->scope == SCOPE_PULL) {
		finding_add_line(f, "make %s its owner: it may name a helper", d->u->user);
		return;
	}
	finding_add_line(f,
	        "make %s its owner, or move it away, which loses the logins of other registries:",
	        d->u->user);
	diagnose_type_move(d, f);
	diagnose_type_refresh(d, f);
}

/* No chown either. */
static void report_file_unwritable(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "file-unwritable",
	        "%s: %s cannot be replaced", d->u->user, d->fact->path);

	finding_add_line(f, "as %s, its directory: %s; the current entry will expire there",
	        d->u->user, d->fact->detail);
	finding_add_line(f, "make %s the owner of that directory, or set files = to another file",
	        d->u->user);
}

static void report_file_broken(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "file-broken",
	        "%s: no client can parse %s", d->u->user, d->fact->path);

	finding_add_line(f, "%s", d->fact->detail);
	finding_add_line(
	        f, "fix that line, or move the file away; ecr-refresher never overwrites it");
	diagnose_type_move(d, f);
	diagnose_type_refresh(d, f);
}

bool diagnose_file_fact(const struct diagnosis *d)
{
	static diagnose_function *const reports[FACT_KIND_COUNT] = {
	        [FACT_NO_USER] = report_no_user,
	        [FACT_NO_HOME] = report_no_home,
	        [FACT_FILE_MISSING] = report_file_missing,
	        [FACT_FILE_UNREADABLE] = report_file_unreadable,
	        [FACT_FILE_UNWRITABLE] = report_file_unwritable,
	        [FACT_FILE_BROKEN] = report_file_broken,
	};

	return diagnose_by(reports, d);
}
