/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One fact that is to become a finding; a file of functions for each kind of facts. */

#include "check/check-context.h"

struct diagnosis {
	const struct check_context *c;
	const struct user_facts *u;
	const struct fact *fact;
	struct findings *findings;
};

typedef void diagnose_function(const struct diagnosis *d);
