/* SPDX-License-Identifier: Apache-2.0 */
/* The account and its files: are they there, can they be read and replaced. */
#include "check/diagnose/diagnose-files.h"

#include <errno.h>
#include <string.h>

#include "check/diagnose/diagnose-text.h"

static void report_no_user(const struct diagnosis *d)
{
	struct finding *f =
	        findings_add_bad(d->findings, "no-such-user", "%s: cannot be served", d->u->user);

	finding_say(f, "%s", d->fact->detail);
	finding_say(f, "create the account, or take [user %s] out of the ini", d->u->user);
	finding_type(f, "getent passwd '%s'", d->u->user);
}

static void report_no_home(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(
	        d->findings, "no-home", "%s: there is no home directory", d->u->user);

	finding_say(f, "%s: %s", d->fact->path, d->fact->detail);
	finding_say(f, "create or mount it, or name absolute paths with files =");
}

static void report_file_missing(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(
	        d->findings, "file-missing", "%s: %s is not there", d->u->user, d->fact->path);

	finding_say(f, "no run has written it since it was configured or removed");
	diagnose_type_refresh(d, f);
}

static void report_file_unreadable(const struct diagnosis *d)
{
	struct finding *f =
	        findings_add_bad(d->findings, "file-unreadable", "%s: %s cannot read %s",
	                d->u->user, diagnose_client_names(d->fact->clients), d->fact->path);

	finding_say(f, "as %s: %s", d->u->user, d->fact->detail);
	if (strcmp(d->fact->detail, strerror(ENOTDIR)) == 0) {
		finding_say(f, "a file stands where a directory is needed; move it away");
		diagnose_type_refresh(d, f);
		return;
	}
	if (strcmp(d->fact->detail, "it is a directory") == 0)
		finding_say(f, "docker makes one where a container mounts a file that is not "
		               "there: mount the directory above it");
	if (d->c->scope == SCOPE_PULL) {
		finding_say(f, "give it back to %s: it may say whom to ask", d->u->user);
		return;
	}
	finding_say(f,
	        "give it back to %s, or move it away: the entries come anew, others it may "
	        "have do not",
	        d->u->user);
	diagnose_type_move(d, f);
	diagnose_type_refresh(d, f);
}

/* No command: a directory that a path of the user's leads to is not given away blindly. */
static void report_file_unwritable(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "file-unwritable",
	        "%s: %s cannot be replaced", d->u->user, d->fact->path);

	finding_say(f, "as %s, its directory: %s; the present entry will expire there", d->u->user,
	        d->fact->detail);
	finding_say(f, "let %s own that directory, or name another file with files =", d->u->user);
}

static void report_file_broken(const struct diagnosis *d)
{
	struct finding *f = findings_add_bad(d->findings, "file-broken",
	        "%s: %s cannot be read by any client", d->u->user, d->fact->path);

	finding_say(f, "%s", d->fact->detail);
	finding_say(f, "mend that line, or move the file away; ecr-refresher never overwrites it");
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
