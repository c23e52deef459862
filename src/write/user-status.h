/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the host's service leaves for its users to read: users/UID.json for each of them, with only
 * that user's registries and files. Root owns it, because root has no CAP_CHOWN in the service; an
 * ACL lets the user read it, as journald does with users' journals.
 */

#include "config/config.h"
#include "state/tokens.h"
#include "state/written.h"
#include "status/status.h"
#include "write/workers/worker-report.h"

struct user_status_run {
	const struct config *config;
	const struct tokens *tokens;
	const struct written *record;
	const struct desired *desired;
	const struct worker_reports *reports;
	bool is_partial; /* of some users only: the others' files stay as they are */
};

/*
 * Writes what has changed, and removes files that no longer belong to a user of the service.
 * Returns 0, or a negative errno with a reason, having done what it could.
 */
int user_status_update(
        const struct user_status_run *run, const char *dir, struct reason *ret_reason);
