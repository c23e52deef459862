/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What docker and podman get from our helper when the user who runs the check pulls. */

#include "check/check-context.h"

/*
 * Opens a context in SCOPE_PULL further: what the clients ask our helper for. Returns 0, or -EINVAL
 * if there is nothing more to check.
 */
int check_pulls_open(struct check_context *c, struct findings *ret);

void check_pulls(struct check_context *c, struct findings *ret);
