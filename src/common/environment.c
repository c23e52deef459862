/* SPDX-License-Identifier: Apache-2.0 */
#include "environment.h"

#include <stdlib.h>
#include <string.h>

const char *environment_get(const char *name)
{
	const char *value = getenv(name);

	return value && value[strspn(value, " \t\r\n")] ? value : NULL;
}
