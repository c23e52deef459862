/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* [aws] and [aws NAME]. */

#include "config/config-build.h"

void config_add_identity(struct config_builder *b, const struct ini_section *section);
