/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Accounts that no section of the ini serves: root, the caller of sudo, and others. */

#include "check/check-context.h"

void check_accounts(struct check_context *c, struct findings *ret);
