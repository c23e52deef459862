/* SPDX-License-Identifier: Apache-2.0 */
#include "base/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

const char *environment_get(const char *name)
{
	const char *value = getenv(name);

	return value && value[strspn(value, " \t\r\n")] ? value : NULL;
}

static bool may_be_secret(const char *variable, size_t name_size)
{
	static const char proxy[] = "_proxy";
	const size_t n = sizeof(proxy) - 1;

	return strncmp(variable, "AWS_", 4) == 0 || strncmp(variable, "CATTLE_", 7) == 0 ||
	       (name_size >= n && strncasecmp(variable + name_size - n, proxy, n) == 0);
}

/* unsetenv() would leave the value, which /proc/PID/environ shows. */
void environment_forget_secrets(void)
{
	char **to = environ;

	for (char **from = environ; from && *from; from++) {
		if (may_be_secret(*from, strcspn(*from, "=")))
			explicit_bzero(*from, strlen(*from));
		else
			*to++ = *from;
	}
	if (to)
		*to = NULL;
}
