/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the workers' reports. Users control their findings. */
#include "write/run-result.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "write/merge/helper-selection.h"

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

static char *describe_helper(
        const struct merge_finding *f, enum helper_setting setting, const char *alternative)
{
	_cleanup_(freep) char *cause = helper_describe(setting, f->host, f->detail);
	_cleanup_(freep) char *remedy = helper_remedy(setting, f->host, f->detail);

	return xasprintf("%s; %s%s", cause, remedy, alternative);
}

char *run_result_describe(const struct merge_finding *f)
{
	switch (f->kind) {
	case MERGE_CRED_HELPER:
		return describe_helper(f, HELPER_CRED_HELPERS, "");
	case MERGE_CREDS_STORE:
		return describe_helper(f, HELPER_CREDS_STORE,
		        ", or, for a user with an AWS identity, add " HELPER_BESIDE_CREDS_STORE);
	case MERGE_REPOSITORY_KEY:
		return xasprintf(
		        "podman prefers the entry for \"%s\" to ours for %s; remove it with podman "
		        "logout %s",
		        f->detail, f->host, f->detail);
	}
	return xstrdup("");
}
