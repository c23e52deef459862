/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/reason.h"

/* Says why a file could not be read or written, beginning with its path. Returns -error. */
int authfile_explain(const char *path, int error, struct reason *ret_reason);
