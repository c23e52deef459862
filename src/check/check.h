/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `ecr-refresher check`: why a pull would fail, and what to type. Changes nothing. */

#include "check/check-context.h"

/* Prints the findings. Returns an exit status: 1 if something is wrong, 78 if the ini is. */
int check_run(const struct check_options *options);
