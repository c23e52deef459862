/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* [rancher NAME]. */

#include "config/config-build.h"

void config_add_rancher(struct config_builder *b, const struct ini_section *section);
