/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tokens of the registries, and why one could not be renewed. */

#include "check/check-context.h"

void check_registries(struct check_context *c, struct findings *ret);
