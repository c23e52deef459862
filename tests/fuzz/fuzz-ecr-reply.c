/* SPDX-License-Identifier: Apache-2.0 */

/* Any reply to GetAuthorizationToken, of ECR and of ECR Public: an accepted token is usable. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "fetch/api/ecr-reply.h"
#include "state/tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void parse(const char *body, size_t size, enum aws_service service)
{
	_cleanup_(ecr_token_done) struct ecr_token token = {};
	_secret_ struct secret decoded = {};
	const struct secret *s = &token.authorization;

	if (ecr_parse_token(body, size, service, 1795261200, &token, NULL) < 0) {
		must(!s->data && !token.expires_at);
		return;
	}
	must(s->size <= TOKEN_MAX_SIZE && base64_decode(s->data, s->size, &decoded) == 0);
	must(memchr(decoded.data, ':', decoded.size) && token.expires_at > 1795261200);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse((const char *)data, size, SERVICE_ECR);
	parse((const char *)data, size, SERVICE_ECR_PUBLIC);
	return 0;
}
