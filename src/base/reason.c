/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reason.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

int reason_set(struct reason *ret, int error, const char *code, const char *format, ...)
{
	va_list ap;

	if (!ret)
		return -error;
	snprintf(ret->code, sizeof(ret->code), "%s", code);
	text_sanitize(ret->code);
	va_start(ap, format);
	vsnprintf(ret->text, sizeof(ret->text), format, ap);
	va_end(ap);
	text_sanitize(ret->text);
	return -error;
}

int reason_prefix(struct reason *reason, int error, const char *format, ...)
{
	struct reason old;
	va_list ap;
	size_t used;

	if (!reason)
		return error;
	old = *reason;
	va_start(ap, format);
	vsnprintf(reason->text, sizeof(reason->text), format, ap);
	va_end(ap);
	used = strlen(reason->text);
	snprintf(reason->text + used, sizeof(reason->text) - used, "%s", old.text);
	text_sanitize(reason->text);
	return error;
}
