/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The facts about one user's files, as findings: what is wrong, why, and what to type. */

#include "check/check-context.h"

void diagnose_user(const struct check_context *c, const struct user_facts *u, struct findings *ret);
