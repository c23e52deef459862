/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The facts about one user's files. */

#include "check/probe/fact.h"

struct user_facts {
	char *user;
	bool is_own_environment; /* the look was with the user's own environment */
	bool says_environment;   /* this report is the one that says it was not */
	bool is_unanswered;      /* the look came to no end, and the facts may not be all */
	bool is_broken_off;      /* and not for want of time: it was not started, or killed */
	size_t n_hosts;          /* whose entries are to be there */
	struct facts facts;
};

void user_facts_done(struct user_facts *u);
