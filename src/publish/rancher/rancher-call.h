/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Requests to a Rancher server. The network controls the replies. */

#include "publish/rancher/rancher-server.h"

/*
 * Sends a request. path is relative to the server's url; body is JSON or NULL. Returns 0 and the
 * body of a reply with a status of 200 to 299. Otherwise sets a reason with the cause and the fix,
 * and *ret_error if it is not NULL, and returns -ECOMM      the server cannot be used at all, or
 * rejects our keys -EACCES     403 and 405: not allowed -ENOENT     404 -EBUSY      409 -EINVAL 400
 * and 422 -EREMOTEIO  the server failed, or its reply is unexpected
 */
int rancher_call(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct secret *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/* The same, with a row as the reply. */
int rancher_call_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/*
 * The same for a row that may be in transition and refuse changes for a moment: tries a few times
 * again after 409.
 */
int rancher_change_row(struct rancher_server *server, const char *method, const char *path,
        const struct secret *body, struct rancher_row *ret, struct rancher_error *ret_error,
        struct reason *ret_reason);

/* Reads all pages of a collection. */
int rancher_call_list(struct rancher_server *server, const char *path, struct rancher_list *ret,
        struct reason *ret_reason);
