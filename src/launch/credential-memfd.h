/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sealed memory for a unit's credential that is not in a file (SetCredential=,
 * SetCredentialEncrypted=), so that another unit can load it as one: it is neither in an argument
 * nor on a disk.
 */

#include <json-c/json_object.h>
#include <stdbool.h>

/*
 * Stores a credential. bytes: an array of numbers, as busctl prints them. is_encrypted: for
 * LoadCredentialEncrypted=, which expects base64. Returns a descriptor that survives execve(2), or
 * a negative errno.
 */
int credential_memfd(struct json_object *bytes, bool is_encrypted);
