/* SPDX-License-Identifier: Apache-2.0 */
#include "base/suggest.h"

#include <string.h>

#include "base/alloc.h"
#include "tap.h"

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const known[] = {"region", "role_arn", "profile", "profile_arn", "registries",
        "files", "aws", "namespaces", "namespace_selector", "token_file", SIXTY_FOUR};

static const struct {
	const char *word, *found;
} cases[] = {
        /* one slip */
        {"regin", "region"},
        {"regionn", "region"},
        {"regiom", "region"},
        {"reigon", "region"},
        {"egion", "region"},
        {"regio", "region"},
        {"aw", "aws"},
        {"asw", "aws"},
        /* no slip, but another case */
        {"Region", "region"},
        {"ROLE_ARN", "role_arn"},
        /* several, in longer words */
        {"rolearns", "role_arn"},
        {"registry", "registries"},
        {"namspcaes", "namespaces"},
        /* the nearer one */
        {"profil", "profile"},
        {"profile_ar", "profile_arn"},
        {"namespace", "namespaces"},
        /* a part of it */
        {"token", "token_file"},
        {"fil", "files"},
        {"regional", "region"},
        {"namespace_sel", "namespace_selector"},
        /* something else */
        {"", NULL},
        {"x", NULL},
        {"ax", NULL},
        {"xy", NULL},
        {"docker", NULL},
        {"filtre", NULL},
        {"password", NULL},
        {"the_region_of_aws", NULL},
        /* limits */
        {"1" SIXTY_FOUR, NULL},
        {SIXTY_FOUR, SIXTY_FOUR},
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suggestion suggestion = {.word = cases[i].word};

		tap_begin("%s", cases[i].word);
		for (size_t k = 0; k < ARRAY_SIZE(known); k++)
			suggest_try(&suggestion, known[k]);
		CHECK((suggestion.found != NULL) == (cases[i].found != NULL));
		if (suggestion.found && cases[i].found)
			CHECK_STRING(suggestion.found, cases[i].found);
		tap_end();
	}
	return tap_finish();
}
