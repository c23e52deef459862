/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files of the configured users. */

#include "check/check-context.h"

void check_users(struct check_context *c, struct findings *ret);
