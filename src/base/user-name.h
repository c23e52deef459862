/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The name of the user that this process runs as, for messages. */

#include <stddef.h>

/*
 * Returns the name of the effective user, or its uid if it has none. Writes to and returns buffer.
 */
const char *user_name(char *buffer, size_t size);
