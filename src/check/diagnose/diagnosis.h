/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A fact that becomes a finding; each kind of facts has its file of functions. */

#include "check/check-context.h"

struct diagnosis {
	const struct check_context *c;
	const struct user_facts *u;
	const struct fact *fact;
	struct findings *findings;
};

typedef void diagnose_function(const struct diagnosis *d);
