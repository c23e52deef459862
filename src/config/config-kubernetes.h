/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* [kubernetes NAME]. */

#include "config/config-build.h"

void config_add_kubernetes(struct config_builder *b, const struct ini_section *section);
