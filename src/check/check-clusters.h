/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The clusters; ecr-publish prints these findings itself. */

#include "check/check-context.h"

void check_clusters(struct check_context *c, struct findings *ret);
