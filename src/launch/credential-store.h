/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where systemd looks up a credential by its name alone: LoadCredential=ID, ImportCredential=GLOB.
 */

#include <stdbool.h>

/*
 * Whether a manager (is_user: the one of the user that we are) finds it there: in a credstore,
 * encrypted or not, or, for that of the system, among what the machine was started with.
 * systemd.exec(5) lists the directories. id: without a slash.
 */
bool credential_store_has(const char *id, bool is_user);
