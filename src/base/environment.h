/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An environment variable, or NULL where it is unset or blank: the AWS SDKs agreed that blank
 * counts as unset, and nothing else we read has a use for a blank value.
 */
const char *environment_get(const char *name);

/*
 * Takes every AWS_*, CATTLE_* and *_proxy out of the environment and wipes its value: keys, and
 * passwords of proxies. For a process that has no use for them and whose children are others'
 * users.
 */
void environment_forget_secrets(void);
