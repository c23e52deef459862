/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The directories in which systemd looks up a credential by name only: LoadCredential=ID,
 * ImportCredential=GLOB. The administrator or the user controls them.
 */

#include <stdbool.h>

/*
 * Reports whether the system's manager, or with is_user our user's, finds a credential: in a
 * credstore, encrypted or not, or, for the system's, among the credentials passed to the machine.
 * systemd.exec(5) lists the directories. id must not contain a slash.
 */
bool credential_store_has(const char *id, bool is_user);
