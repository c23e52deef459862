/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The account and its files: do they exist, can they be read and replaced. */

#include "check/diagnose/diagnosis.h"

/* Adds the finding of a fact of this kind. Returns whether it is one. */
bool diagnose_file_fact(const struct diagnosis *d);
