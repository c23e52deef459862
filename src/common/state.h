/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the programs load at their start: the ini and the tokens, from the places of paths.h. */

#include "config.h"
#include "paths.h"
#include "state-file.h"
#include "tokens.h"

/* Exit status where the ini is wrong (EX_CONFIG of sysexits.h, which systemd knows by name). */
#define EXIT_CONFIG 78

/*
 * Reads the ini and, if it speaks, logs each of its errors. Returns 0, or -EINVAL where it is
 * wrong; *ret is untouched then.
 */
int state_load_config(const struct paths *paths, struct config *ret, bool speaks);

/*
 * Reads the ini for a program that can do without: where there is none it is as good as an empty
 * one, unless it has to exist. Returns 0, or -EINVAL with its first error as the reason; *ret is
 * untouched then.
 */
int state_find_config(const struct paths *paths, bool has_to_exist, struct config *ret,
        struct reason *ret_reason);

/*
 * Reads the tokens. Returns 0, also where there are none yet, or a negative errno with a reason.
 */
int state_load_tokens(const struct paths *paths, struct tokens *ret, struct reason *ret_reason);

/* Writes them, 0600. The directory is ours. Returns 0 or a negative errno with a reason. */
int state_save_tokens(
        const struct paths *paths, const struct tokens *tokens, struct reason *ret_reason);
