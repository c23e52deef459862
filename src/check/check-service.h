/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The units of the service: timer, path units, last run. */

#include "check/check-context.h"

void check_service(struct check_context *c, struct findings *ret);
