/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The settings of an AWS identity: the keys of [aws] and [aws NAME] in the ini and of a profile in
 * the shared files, in one table. They are those of an AWS profile ("Settings reference" in the AWS
 * SDKs and Tools Reference Guide), and config_file and credentials_file of the ini. Lists of some
 * of them are filters of this one, by these columns:
 *
 *   provider          the setting configures this provider of provider-chain.c: a profile or
 *                     section that has it has credentials, without any source_profile
 *   takes_role        this provider assumes the role in role_arn itself
 *   needs_role        the setting has no meaning without role_arn
 *   selects_identity  a section that has it is an identity of its own, whatever the provider
 *   in_fingerprint    a change of it may change the principal, as one of a provider's does
 *   profile_only      not a key of the ini
 *   is_secret         an access key: it belongs in an AWS file or the environment
 */

#include "config/config-key.h"

/* Ends with a key that has no name. */
extern const struct config_key aws_settings[];

/* Finds a setting, in any case as the SDKs compare it; NULL if there is no such setting. */
const struct config_key *aws_setting_find(const char *name);

/* Reports whether the value of the setting is part of an identity's fingerprint. */
bool aws_setting_is_in_fingerprint(const struct config_key *setting);
