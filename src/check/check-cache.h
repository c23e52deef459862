/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pull cache of the user who runs the check. */

#include "check/check-context.h"

void check_cache(struct check_context *c, struct findings *ret);
