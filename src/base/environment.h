/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Returns an environment variable, or NULL if it is unset or blank: the AWS SDKs agreed that blank
 * counts as unset, and none of our other variables needs a blank value.
 */
const char *environment_get(const char *name);

/*
 * Removes every AWS_*, CATTLE_* and *_proxy variable and overwrites its value: keys, and passwords
 * of proxies. For a process that does not need them and whose children run as other users.
 */
void environment_forget_secrets(void);
