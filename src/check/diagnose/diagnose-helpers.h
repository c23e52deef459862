/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Helpers that the clients ask instead of reading an entry. */

#include "check/diagnose/diagnosis.h"

/* Adds the finding of a fact of this kind. Returns whether it is one. */
bool diagnose_helper_fact(const struct diagnosis *d);
