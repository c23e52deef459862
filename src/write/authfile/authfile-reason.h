/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Why a file could not be read or written, and how to fix it. */

#include "base/reason.h"

/* Sets a reason that begins with the path. Returns -error. */
int authfile_set_reason(const char *path, int error, struct reason *ret_reason);
