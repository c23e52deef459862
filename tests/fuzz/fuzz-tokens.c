/* SPDX-License-Identifier: Apache-2.0 */
/* Any tokens.json: what is accepted can be written and read again, and has only valid values. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(tokens_done) struct tokens tokens = {}, again = {};
	_secret_ struct secret first = {}, second = {};
	struct reason reason = {};

	if (tokens_parse((const char *)data, size, &tokens, &reason) < 0) {
		must(*reason.code && *reason.text && tokens.count == 0);
		return 0;
	}
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *t = &tokens.items[i];

		must(!strpbrk(t->identity, "\r\n\t\033\177"));
		must(!strpbrk(secret_string(&t->authorization), " \t\r\n\"\\:"));
		must(t->jitter <= 1000 && (!t->partition || region_is_valid(t->region)));
	}
	tokens_format(&tokens, &first);
	must(tokens_parse(first.data, first.size, &again, NULL) == 0);
	tokens_format(&again, &second);
	must(again.count == tokens.count && secret_equal(&first, &second));
	return 0;
}
