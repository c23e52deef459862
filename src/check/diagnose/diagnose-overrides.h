/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Variables and other files that a client prefers to our entry. */

#include "check/diagnose/diagnosis.h"

/* Adds the finding of a fact of this kind. Returns whether it is one. */
bool diagnose_override_fact(const struct diagnosis *d);
