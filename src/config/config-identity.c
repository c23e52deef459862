/* SPDX-License-Identifier: Apache-2.0 */

/* [aws] and [aws NAME]: an AWS identity, in the words of an AWS profile. */

#include "config/config-identity.h"

#include <string.h>

#include "base/alloc.h"

#define MAX_IDENTITIES 256

/* Returns the identity that this section describes, or NULL after reporting why there is none. */
static struct config_identity *make_identity(
        struct config_builder *b, const struct ini_section *section)
{
	struct config *c = &b->config;
	struct config_identity *identity;
	char quoted[CONFIG_QUOTE_SIZE];

	if (!config_name_is_valid(section->name)) {
		config_errors_add(b->errors, section->line,
		        "invalid identity name %s; expected up to %d letters, digits and ._-",
		        config_quote(section->name, quoted), CONFIG_MAX_NAME);
		return NULL;
	}
	for (size_t i = 0; i < c->n_identities; i++) {
		if (strcmp(c->identities[i].name, section->name) != 0)
			continue;
		if (c->identities[i].line == 0) /* [aws] exists even if the ini omits it */
			return &c->identities[i];
		config_errors_add_duplicate(b, section, c->identities[i].line);
		return NULL;
	}
	if (c->n_identities == MAX_IDENTITIES) {
		config_errors_add(
		        b->errors, section->line, "more than %d sections [aws]", MAX_IDENTITIES);
		return NULL;
	}
	identity = array_append(&c->identities, &c->n_identities, sizeof(*identity));
	identity->name = xstrdup(section->name);
	return identity;
}

void config_add_identity(struct config_builder *b, const struct ini_section *section)
{
	struct config_identity *identity = make_identity(b, section);

	if (!identity)
		return;
	identity->line = section->line;
	for (size_t i = 0; i < section->n_keys; i++) {
		const struct ini_key *key = &section->keys[i];
		struct config_setting *setting =
		        array_append(&identity->settings, &identity->n_settings, sizeof(*setting));

		setting->key = xstrdup(key->name);
		setting->value = xstrdup(key->values[0].text);
		setting->line = key->line;
	}
}
