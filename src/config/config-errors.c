/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Error messages of the ini. The administrator controls the text. Messages go to the journal and to
 * terminals, so they repeat it only as far as it cannot be a secret.
 */

#include "config/config-errors.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* Makes room for a message about this line. Returns its index, or CONFIG_MAX_ERRORS if none fits.
 */
static size_t make_room(struct config_error_list *errors, unsigned line)
{
	struct config_errors *e = &errors->errors;
	size_t at = e->count;

	while (at > 0 && errors->lines[at - 1] > line)
		at--;
	if (e->count == CONFIG_MAX_ERRORS) {
		e->more = true;
		if (at == CONFIG_MAX_ERRORS)
			return at;
		free(e->messages[--e->count]);
	}
	for (size_t i = e->count++; i > at; i--) {
		e->messages[i] = e->messages[i - 1];
		errors->lines[i] = errors->lines[i - 1];
	}
	return at;
}

void config_errors_add(struct config_error_list *errors, unsigned line, const char *format, ...)
{
	size_t at = make_room(errors, line);
	char text[1024];
	va_list ap;

	if (at == CONFIG_MAX_ERRORS)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	errors->lines[at] = line;
	errors->errors.messages[at] = xasprintf("%s:%u: %s", errors->name, line, text);
}

const char *config_quote(const char *text, char buffer[static CONFIG_QUOTE_SIZE])
{
	size_t size = strlen(text);

	if (size > CONFIG_QUOTE_MAX) {
		snprintf(buffer, CONFIG_QUOTE_SIZE, "(a text of %zu characters)", size);
		return buffer;
	}
	snprintf(buffer, CONFIG_QUOTE_SIZE, "'%s'", text);
	text_to_ascii(buffer, strlen(buffer));
	return buffer;
}

void config_errors_done(struct config_errors *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->messages[i]);
	*e = (struct config_errors){};
}
