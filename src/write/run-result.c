/* SPDX-License-Identifier: Apache-2.0 */
#include "write/run-result.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

const struct reason *run_result_failure(
        const struct worker_user_report *u, const struct worker_file_report *f)
{
	static const struct reason unfinished = {.code = "timeout",
	        .text = "the file could not be written in time; does its file system answer?"};

	if (u->error < 0)
		return &u->reason;
	if (!f->is_done)
		return &unfinished;
	return f->error < 0 ? &f->reason : NULL;
}

bool run_result_is_gone(const struct desired_user *user, const struct worker_user_report *report)
{
	if (report->error != -ENOENT || strcmp(report->reason.code, "no-such-user") != 0)
		return false;
	for (size_t i = 0; i < user->n_files; i++)
		if (user->files[i].is_configured)
			return false;
	return true;
}

char *run_result_describe(const struct merge_finding *f)
{
	switch (f->kind) {
	case MERGE_CRED_HELPER:
		return xasprintf(
		        "credHelpers has \"%s\" for %s, so docker asks that helper and not "
		        "our entry; take the line out of credHelpers",
		        f->detail, f->host);
	case MERGE_CREDS_STORE:
		return xasprintf("credsStore is \"%s\", so docker asks that helper and not our "
		                 "entries; take credsStore out, or, for a user with an AWS "
		                 "identity, add \"credHelpers\": {\"HOST\": "
		                 "\"ecr-refresher\"} for each of ours",
		        f->detail);
	case MERGE_REPOSITORY_KEY:
		return xasprintf(
		        "there is an entry for \"%s\", which podman prefers to ours for %s; "
		        "remove it with podman logout %s",
		        f->detail, f->host, f->detail);
	}
	return xstrdup("");
}
