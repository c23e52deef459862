/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A credential of a unit that is in no file (SetCredential=, SetCredentialEncrypted=), for another
 * unit that loads it from one: sealed memory, which is neither an argument nor on a disk.
 */

#include <json-c/json_object.h>
#include <stdbool.h>

/*
 * bytes: an array of numbers, as busctl prints them. is_encrypted: to be read by
 * LoadCredentialEncrypted=, which wants base64. Returns a descriptor that lives on in a program
 * that is executed, or a negative errno.
 */
int credential_memfd(struct json_object *bytes, bool is_encrypted);
