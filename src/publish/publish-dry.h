/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a run would do in one section, found out without changing anything there. */

#include "publish/publish-tokens.h"
#include "status/findings.h"

struct publish_dry {
	const struct config_sink *sink;
	struct publish_tokens tokens;
	struct sink_run section;
	struct published_section nothing, fresh;
	int error; /* of the whole section: fresh.failure has the reason */
};

/*
 * Asks the cluster. ret->sink is set; force as --force. Everything
 * that is passed has to outlive ret. A registry without a token is treated as if it had one.
 */
void publish_dry_run(struct publish_dry *ret, const struct config *config,
        const struct tokens *tokens, const struct published *published, bool is_system, bool force,
        uint64_t deadline);

/* On standard output, an object a line. Returns how many objects it would fail for. */
size_t publish_dry_print(const struct publish_dry *dry);

/* The same as lines of a finding, how many and the first of each sort. */
size_t publish_dry_say(const struct publish_dry *dry, struct finding *f);

void publish_dry_done(struct publish_dry *dry);
