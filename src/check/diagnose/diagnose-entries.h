/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a configured file has for the registries. */

#include "check/diagnose/diagnosis.h"

/* Adds the finding of a fact of this kind. Returns whether it is one. */
bool diagnose_entry_fact(const struct diagnosis *d);
