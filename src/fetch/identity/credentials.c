/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/identity/credentials.h"

#include <stdlib.h>

void credentials_done(struct credentials *c)
{
	free(c->access_key_id);
	free(c->account_id);
	secret_done(&c->secret_access_key);
	secret_done(&c->session_token);
	*c = (struct credentials){};
}
