/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the programs load at their start: the ini and the tokens, from the places of paths.h. */

#include "common/config.h"
#include "common/paths.h"
#include "common/state-file.h"
#include "common/tokens.h"

/* Exit status where the ini is wrong (EX_CONFIG of sysexits.h, which systemd knows by name). */
#define EXIT_CONFIG 78

/*
 * Reads the ini, and adds what the service's environment asks for; if it speaks, logs each error.
 * If no ini exists, and none was named with --config, that is an empty one whose is_absent is set.
 * Returns 0, or -EINVAL if it is wrong, cannot be read, or is a link that leads nowhere; *ret is
 * untouched then.
 */
int state_load_config(const struct paths *paths, struct config *ret, bool speaks);

/*
 * The same for a program that answers a pull: without the environment, and with the first error as
 * the reason.
 */
int state_find_config(const struct paths *paths, struct config *ret, struct reason *ret_reason);

/*
 * What to do if no ini exists, as the end of a message; has_entries: the files of users have some
 * of our entries. The caller frees it.
 */
char *state_absent_remedy(const struct paths *paths, bool has_entries);

/*
 * Reads the tokens. Returns 0, also where there are none yet, or a negative errno with a reason.
 */
int state_load_tokens(const struct paths *paths, struct tokens *ret, struct reason *ret_reason);

/* Writes them, 0600. The directory is ours. Returns 0 or a negative errno with a reason. */
int state_save_tokens(
        const struct paths *paths, const struct tokens *tokens, struct reason *ret_reason);
