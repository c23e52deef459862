/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The AWS identities; ecr-fetch prints these findings itself. */

#include "check/check-context.h"

void check_identities(struct check_context *c, struct findings *ret);
