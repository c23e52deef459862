/* SPDX-License-Identifier: Apache-2.0 */
#include "base/user-name.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

const char *user_name(char *buffer, size_t size)
{
	struct passwd pw, *found = NULL;
	char text[4096];

	if (getpwuid_r(geteuid(), &pw, text, sizeof(text), &found) == 0 && found)
		snprintf(buffer, size, "%s", found->pw_name);
	else
		snprintf(buffer, size, "%u", (unsigned)geteuid());
	return buffer;
}
