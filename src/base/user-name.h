/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The name of the user that this process runs as, for messages. */

#include <stddef.h>

/* The user that a login command has to be run as. Writes to and returns buffer. */
const char *user_name(char *buffer, size_t size);
