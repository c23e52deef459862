/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What can be asked of a Rancher server. The network controls the replies. */

#include "publish/rancher/rancher-server.h"

/*
 * One request. path is what follows the server's url; body is JSON or NULL. Returns 0 and what was
 * answered, with a status of 200 to 299. Otherwise a reason that names cause and mend, *ret_error
 * where not NULL, and
 *   -ECOMM      the server cannot be used at all, or does not know our keys
 *   -EACCES     403 and 405: we may not
 *   -ENOENT     404
 *   -EBUSY      409
 *   -EINVAL     400 and 422
 *   -EREMOTEIO  it failed, or answered something odd
 */
int rancher_call(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct secret *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/* The same, its answer a row. */
int rancher_call_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/*
 * The same where the row may be in transition, and refuse changes for a moment: 409 is tried again
 * a few times.
 */
int rancher_change_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/* All pages of a collection. */
int rancher_call_list(struct rancher_server *server, const char *path, struct rancher_list *ret,
        struct reason *ret_reason);
